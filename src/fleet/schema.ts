import { z } from 'zod';
import { checkSchema } from '../checks/schema.ts';
import { nearestZone, regionOf, ZONE_FORMAT, ZONE_PATTERN } from './regions.ts';
import { list, mapping, text, writeRule } from './rule.ts';
import { alarmName, flag, instanceId, targetGroup, topic } from './scalars.ts';
import { hosts } from './schema-hosts.ts';
import { policy } from './schema-policy.ts';
import { range } from './schema-range.ts';

const release = mapping({
  artifact: text(
    /^(?:s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]|https:\/\/[A-Za-z0-9.-]+(?::[0-9]{1,5})?)\/(?:[\w!.*'()/+=@-]|\{version\})*\{version\}(?:[\w!.*'()/+=@-]|\{version\})*\.(?:tar\.gz|tgz|zip)$/,
    's3://bucket/key or an https URL without a query, with {version} in it and .tar.gz, .tgz or .zip at its end',
    'write for example s3://acme-releases/storefront/{version}.tar.gz',
  ).describe(
    'Where a release is: s3://bucket/key or an https URL with {version} in it, ending in .tar.gz, .tgz or .zip. The same with .sha256 at its end holds the digest.',
  ),
}).describe('Where releases come from.');

const ledger = text(
  /^(?:s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/[\w!.*'()/+=@-]{1,1000}|file:(?!\/\/)[\w!.*'()/+=@-]{0,999}[\w!*'()+=@-])\.json$/,
  's3://bucket/key that ends in .json, or on one machine file:path that does, without {version}',
  'write for example s3://acme-releases/storefront/ledger.json',
).describe(
  'Where the ledger of the service is: s3://bucket/key, or file:path on a machine that runs every deployment, ending in .json. It holds which release is promoted in which zone, and is written by deployments only.',
);

const notify = mapping({
  issue: flag()
    .default(false)
    .describe('Whether a GitHub issue is opened, or the open one updated, when a deployment halts.'),
  sns: topic().optional().describe('ARN of an SNS topic that is told.'),
}).describe('Who is told when a deployment halts, beside the job summary.');

const zone = mapping({
  zone: z
    .string({ error: zoneError })
    .regex(ZONE_PATTERN, { error: zoneError, abort: true })
    .refine((name) => regionOf(name) !== undefined, { error: zoneError })
    .describe('Availability zone, such as us-east-1a.'),
  environment: text(
    /^\S(?:.{0,253}\S)?$/,
    'the name of a GitHub environment, 1 to 255 characters',
    'write the environment whose reviewers approve this zone',
  ).describe('GitHub environment whose reviewers approve this zone; every zone has one of its own.'),
  hosts: list(instanceId(), 1, 'instance ids').describe("Instance ids of the zone's hosts."),
  pools: list(
    mapping({
      'target-group': targetGroup().describe('ARN of an ELBv2 target group.'),
      entrance: text(
        /^https?:\/\/[A-Za-z0-9.:-]+$/,
        'an http or https URL without a path',
        'write for example https://shop.example.com',
      )
        .optional()
        .describe(
          'Where users reach the pool, for the smoke test through the balancer. Left out: its plain HTTP listener.',
        ),
    }),
    1,
    'pools',
  ).describe('Every pool the hosts of this zone are in.'),
  alarms: list(alarmName(), 0, 'names of alarms')
    .default([])
    .describe(
      "Names of CloudWatch alarms of the zone's region that must be OK before it is deployed and while it bakes.",
    ),
});

/**
 * The fleet file as people write it: kebab-case keys, durations and amounts as text. The JSON Schema that editors
 * use is generated from this; what one value must be to another is in `relations.ts`.
 */
export const fleetSchema = mapping({
  service: text(
    /^[a-z0-9][a-z0-9-]*$/,
    'a name of lower-case letters, digits and -, beginning with a letter or digit',
    'write for example storefront',
  ).describe('What is deployed.'),
  release,
  ledger,
  hosts,
  policy: policy.prefault({}),
  notify: notify.prefault({}),
  smoke: list(checkSchema, 0, 'checks')
    .default([])
    .describe('Checks that every host must pass, directly and through the balancer.'),
  zones: list(zone, 1, 'zones').describe('The zones in rollout order.'),
  range: range.optional(),
});

/** A valid fleet file with every default filled in. */
export type FleetDocument = z.output<typeof fleetSchema>;

function zoneError(issue: { readonly input?: unknown }): string {
  const meant = typeof issue.input === 'string' ? nearestZone(issue.input) : undefined;
  return writeRule({
    expected: ZONE_FORMAT,
    cure: meant === undefined ? 'write the name as EC2 shows it' : `did you mean ${meant}?`,
  });
}
