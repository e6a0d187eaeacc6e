import { stringify } from 'yaml';
import type { Fleet, Zone } from '../fleet/fleet.ts';
import { UserError } from '../runner/errors.ts';
import { CHECKOUT, CREDENTIALS, type Pins, partOf, pinned, type Suite, ZONE_WORKFLOW } from './pins.ts';

/** What a deployment's workflow is written from. */
export interface CallerOptions {
  readonly fleet: Fleet;
  /** Path of the fleet file from the root of its repository, with `/`. */
  readonly fleetPath: string;
  readonly suite: Suite;
  /** Pins of the actions of others that take the place of Zonewise's own. */
  readonly pins: Pins;
  /** Label of the runner of every job. */
  readonly runsOn: string;
  /** Whether zones are deployed although nobody is asked. */
  readonly allowUnprotected: boolean;
}

/** For which a zone's job goes on after its time is over, to take the zone back; minutes. */
const TIME_TO_GO_BACK = 60;
const MINUTE = 60_000;

/**
 * The workflow that deploys a fleet: one job that plans, then for each zone a job that calls `zone.yml`, in rollout order. The
 * same options give the same text.
 *
 * @throws UserError when a name in the fleet file would be read as an expression
 */
export function writeCaller(options: CallerOptions): string {
  const { fleet, fleetPath } = options;
  refuseExpressions(options);
  const jobs = fleet.zones.map((zone, index) => zoneJob(options, zone, fleet.zones[index - 1]));
  return `# Written from ${fleetPath} by \`zonewise workflow\`: change that file and write this one anew.
name: deploy ${fleet.service}
run-name: ${fleet.service} \${{ inputs.version }} from \${{ inputs.start-at }}

${trigger(fleet)}

permissions: {}

# Runs wait for each other in order; none is dropped, and none is ended half-way.
concurrency:
  group: deploy-${fleet.service}
  cancel-in-progress: false
  queue: max

jobs:
${indented([planJob(options), ...jobs].join('\n\n'))}
`;
}

function trigger({ zones }: Fleet): string {
  return `on:
  workflow_dispatch:
    inputs:
      version:
        description: Version to deploy
        type: string
        required: true
      sha256:
        description: Digest that its archive must have; without it, the one beside the archive
        type: string
      start-at:
        description: Zone to begin with; every host of the zones before it must prove this version
        type: choice
        options:
${zones.map(({ zone }) => `          - ${zone}`).join('\n')}
        default: ${zones[0]?.zone}
      roll-back:
        description: Let an older release take the place of a newer one
        type: boolean
        default: false`;
}

/** Has no environment: naming one that is not there would create it, unprotected, and this is where that is found out. */
function planJob({ fleet, fleetPath, suite, pins, runsOn, allowUnprotected }: CallerOptions): string {
  return `plan:
  runs-on: ${scalar(runsOn)}
  timeout-minutes: 15
  permissions:
    contents: read # to check the fleet file out
    actions: read # to see how environments are protected, and which runs have not ended
    id-token: write # to take the role in AWS that may only read
  outputs:
    zones: \${{ steps.plan.outputs.zones }}
    plan: \${{ steps.plan.outputs.plan }}
    sha256: \${{ steps.plan.outputs.sha256 }}
  steps:
    - uses: ${pinned(pins, CHECKOUT)}
      with:
        persist-credentials: false
    - uses: ${pinned(pins, CREDENTIALS)}
      with:
        role-to-assume: \${{ vars.PLAN_ROLE }}
        aws-region: ${fleet.zones[0]?.region}
    - name: Plan
      id: plan
      uses: ${partOf(suite, 'actions/plan-zones')}
      with:
        fleet: ${scalar(fleetPath)}
        version: \${{ inputs.version }}
        sha256: \${{ inputs.sha256 }}
        start-at: \${{ inputs.start-at }}
        roll-back: \${{ inputs.roll-back }}${allowUnprotected ? '\n        allow-unprotected: true' : ''}`;
}

function zoneJob(
  options: CallerOptions,
  { zone, region, environment }: Zone,
  before: Zone | undefined,
): string {
  const { fleet, fleetPath, suite, runsOn, allowUnprotected } = options;
  const minutes = Math.ceil(fleet.policy.bake.zoneTimeout / MINUTE) + TIME_TO_GO_BACK;
  return `${zone}:
  needs: [${['plan', ...(before === undefined ? [] : [before.zone])].join(', ')}]
  if: >-
${indented(condition(zone, before?.zone), 4)}
  permissions:
    contents: read # to check the fleet file out
    actions: read # to see who approved, and that the environment is protected
    deployments: read # to see when the approval let the job through
    id-token: write # to take the role in AWS${
      fleet.notify.issue ? '\n    issues: write # to open an issue when the deployment halts' : ''
    }
  uses: ${partOf(suite, ZONE_WORKFLOW)}
  with:
    zone: ${zone}
    environment: ${scalar(environment)}
    fleet: ${scalar(fleetPath)}
    version: \${{ inputs.version }}
    sha256: \${{ needs.plan.outputs.sha256 }}
    plan: \${{ needs.plan.outputs.plan }}
    role: \${{ vars.DEPLOY_ROLE }}
    region: ${region}
    timeout-minutes: ${minutes}${runsOn === HOSTED ? '' : `\n    runs-on: ${scalar(runsOn)}`}${
      allowUnprotected ? '\n    allow-unprotected: true' : ''
    }
  secrets:
    webhook: \${{ secrets.DEPLOY_WEBHOOK }}`;
}

/** The runner when none is asked for, which is the default of `zone.yml` too. */
export const HOSTED = 'ubuntu-24.04';

/**
 * When a zone's job runs. A job whose `needs` were skipped is skipped too unless its condition asks for the status, so it does;
 * a zone that was passed over because the deployment starts later is told from one that did not get its turn.
 */
function condition(zone: string, before: string | undefined): string {
  const has = (name: string) => `contains(fromJSON(needs.plan.outputs.zones), '${name}')`;
  const first = `\${{ !failure() && !cancelled()\n&& ${has(zone)}`;
  if (before === undefined) return `${first} }}`;
  const result = `needs.${before}.result`;
  return `${first}\n&& (${result} == 'success'\n|| (${result} == 'skipped' && !${has(before)})) }}`;
}

function refuseExpressions({ fleet, fleetPath, runsOn }: CallerOptions): void {
  const names = [fleetPath, runsOn, ...fleet.zones.map(({ environment }) => environment)];
  const bad = names.filter((name) => name.includes('${{'));
  if (bad.length === 0) return;
  throw new UserError(
    `GitHub would read ${bad.map((name) => `"${name}"`).join(' and ')} as an expression. Write names without \${{.`,
  );
}

/** A text as YAML, in quotes where it would otherwise be read as something else. */
function scalar(text: string): string {
  return stringify(text, { lineWidth: 0, singleQuote: true }).trimEnd();
}

function indented(text: string, by = 2): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(by));
}
