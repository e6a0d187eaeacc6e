import { optional, required, withDefault } from './inputs.ts';
import { boolean, duration, sha256, text, version } from './kinds.ts';
import { planDocument } from './plan-inputs.ts';

/** What every action that knows the fleet file is given. */
export const FLEET_INPUTS = {
  fleet: withDefault(text('a path in the workspace', '.github/fleet.yml'), '.github/fleet.yml'),
  version: required(version()),
  sha256: optional(sha256()),
  token: optional(text('a token of GitHub', `\${{ github.token }}`)),
};

const { fleet, ...others } = FLEET_INPUTS;

/** What the actions that work on one zone are given besides, in the order in which a person gives it. */
export const ZONE_INPUTS = {
  fleet,
  zone: required(text('a zone of the fleet file', 'us-east-1a')),
  ...others,
  plan: optional(planDocument()),
  webhook: optional(text('an https URL', 'https://hooks.example.com/deployments')),
  'lease-wait': withDefault(duration(), 0),
  'dry-run': withDefault(boolean(), false),
};
