import { z } from 'zod';
import { AUTO_SCALING_MODES, DRAIN_POLICIES } from './fleet.ts';
import { nearestZone, regionOf, ZONE_FORMAT, ZONE_PATTERN } from './regions.ts';
import { choice, count, list, mapping, text, writeRule } from './rule.ts';
import { amount, duration, field, flag, limit, line, path, version } from './scalars.ts';

const BATCH_ERROR = writeRule({
  expected: 'a number of hosts, a percentage, or a list of them',
  cure: 'write for example 50%, 2 or [1, 25%, 100%]',
});

const STATUS_ERROR = writeRule({ expected: 'an HTTP status from 100 to 599', cure: 'write for example 200' });

const release = mapping({
  artifact: text(
    /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/(?:[\w!.*'()/+=@-]|\{version\})*\{version\}(?:[\w!.*'()/+=@-]|\{version\})*\.tar\.gz$/,
    's3://bucket/key with {version} in the key and .tar.gz at its end',
    'write for example s3://acme-releases/storefront/{version}.tar.gz',
  ).describe(
    'Where a release is: s3://bucket/key with {version} in the key, ending in .tar.gz. The object <key>.sha256 beside it holds its digest.',
  ),
}).describe('Where releases come from.');

/** Run as it is, without a shell, so that nothing in it can be taken for program text. */
const program = () =>
  text(
    /^\.\/(?!(?:.*\/)?\.\.(?:\/|$))[A-Za-z0-9._/-]{1,200}$/,
    'the path of a program inside the release, without arguments',
    'write for example ./bin/start; put arguments into the program',
  ).optional();

const hooks = mapping({
  stop: program().describe(
    'Program inside the release that stops the service; the one of the new release is run. Left out: nothing is run.',
  ),
  start: program().describe('Program inside the release that starts the service. Left out: nothing is run.'),
});

const HOST_URL = 'an http or https URL without credentials, whose only placeholders are {address} and {port}';

/** A URL on a host; `example` is what the cure says to write. */
const hostUrl = (example: string) => {
  const cure = `write for example ${example}`;
  return text(/^https?:\/\/[^\s"'`\\<>@]+$/, HOST_URL, cure).refine(isHostUrl, {
    error: writeRule({ expected: HOST_URL, cure }),
  });
};

const identity = mapping({
  url: hostUrl('http://{address}:{port}/version').describe(
    "Where a running process says who it is. {address} and {port} stand for the host's own.",
  ),
  version: field().default('version').describe('Field of the JSON answer with the version that runs.'),
  digest: field().optional().describe('Field with the sha256 of the archive the process was started from.'),
  started: field().optional().describe('Field with the time the process started, in ISO 8601.'),
});

const hosts = mapping({
  transport: z
    .enum(['ssm'], {
      error: writeRule({ expected: 'ssm', cure: 'write ssm, the only way to the hosts there is' }),
    })
    .default('ssm')
    .describe('How hosts are reached: ssm is AWS Systems Manager Run Command.'),
  directory: text(
    /^\/(?!(?:.*\/)?\.\.?(?:\/|$))[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/,
    'an absolute folder of letters, digits and . _ -, without .. in it',
    'write for example /srv/storefront',
  ).describe('Absolute folder on every host; it holds releases/<version>/ and the symlink current.'),
  'keep-releases': count(1, 'a whole number from 1', 'write how many releases to keep')
    .default(5)
    .describe('How many releases stay on a host; older ones are removed.'),
  hooks: hooks.prefault({}).describe('Commands that stop and start the service on its host.'),
  'hook-timeout': limit().default('60s').describe('How long one hook may run.'),
  'start-timeout': limit()
    .default('30s')
    .describe('How long the service may take from start until it answers as the new release.'),
  identity: identity.optional().describe('How a running process proves which release it is.'),
}).describe('How releases live on a host.');

const policyFields = {
  batch: z
    .union([amount(), list(amount(), 1, 'amounts such as 1, 25%, 100%')], { error: BATCH_ERROR })
    .describe(
      'The most hosts of a zone worked on together: a number, a percentage, or a list for the first, second, … batch whose last entry repeats.',
    ),
  'min-healthy': amount().describe(
    "The floor: least healthy targets that remain in every pool, as a number or a percentage of the pool's targets.",
  ),
  'survive-zone': flag()
    .optional()
    .describe(
      'Ask that the floor would hold even if one other zone were lost too. Left out: true in regions with three zones or more.',
    ),
  'on-failure': z
    .enum(['roll-back', 'hold'], {
      error: writeRule({ expected: 'roll-back or hold', cure: 'write one of them' }),
    })
    .describe(
      'What happens to a batch that failed: roll-back returns it to the release before, hold leaves it out of service.',
    ),
};

const gauge = mapping({
  url: hostUrl('http://{address}:{port}/inflight').describe(
    "Where the service tells how much it is working on. {address} and {port} stand for the host's own.",
  ),
  field: field().describe('Field of the JSON answer with that number; 0 means nothing.'),
});

const drainFields = {
  policy: choice(DRAIN_POLICIES).describe(
    'How a drain ends: observed when the host is seen quiet, delay when the deregistration delay is over, fixed after propagation alone.',
  ),
  propagation: duration().describe(
    'Least time from deregistration until the data plane has heard of it. Left out: 15s for an ALB, 180s for an NLB.',
  ),
  quiet: limit().describe('For how long no work may be seen on the host, with the policy observed.'),
  gauge: gauge.describe(
    'How the service tells what it is working on. Left out: its connections are counted.',
  ),
  timeout: limit().describe('When this is over, the deployment stops.'),
  'on-timeout': choice(['return', 'hold']).describe(
    'What becomes of hosts that were not quiet in time: return puts them back into service, hold leaves them out.',
  ),
  'auto-scaling': choice(AUTO_SCALING_MODES).describe(
    'What a member of an Auto Scaling group goes through: standby, suspend (of the processes that would replace it), or ignore.',
  ),
  'lower-min-size': flag().describe(
    'Whether MinSize of an Auto Scaling group may be lowered for the time that its hosts are in standby.',
  ),
};

const restoreFields = {
  checks: count(1, 'a whole number from 1', 'write how many health checks in a row must pass').describe(
    'Health checks in a row that must find a returned host healthy.',
  ),
  timeout: limit().describe('How long a returned host may take until it serves.'),
  'first-request': limit().describe(
    'How long the first real request may take to reach a host that is healthy again. Left out: it is not waited for.',
  ),
};

const DRAIN = 'When a host counts as quiet.';
const RESTORE = 'When a returned host counts as serving.';

const policy = mapping({
  ...policyFields,
  batch: policyFields.batch.default('50%'),
  'min-healthy': policyFields['min-healthy'].default('50%'),
  'on-failure': policyFields['on-failure'].default('roll-back'),
  drain: mapping({
    policy: drainFields.policy.default('observed'),
    propagation: drainFields.propagation.optional(),
    quiet: drainFields.quiet.default('5s'),
    gauge: drainFields.gauge.optional(),
    timeout: drainFields.timeout.default('6m'),
    'on-timeout': drainFields['on-timeout'].default('return'),
    'auto-scaling': drainFields['auto-scaling'].default('standby'),
    'lower-min-size': drainFields['lower-min-size'].default(false),
  })
    .prefault({})
    .describe(DRAIN),
  restore: mapping({
    checks: restoreFields.checks.default(2),
    timeout: restoreFields.timeout.default('5m'),
    'first-request': restoreFields['first-request'].optional(),
  })
    .prefault({})
    .describe(RESTORE),
}).describe('How much may be out of service, and how long each step may take.');

/** The same keys as `policy`, none of them needed: what is left out stays as it is. */
const policyChanges = mapping({
  batch: policyFields.batch.optional(),
  'min-healthy': policyFields['min-healthy'].optional(),
  'survive-zone': policyFields['survive-zone'],
  'on-failure': policyFields['on-failure'].optional(),
  drain: mapping(drainFields).partial().optional().describe(DRAIN),
  restore: mapping(restoreFields).partial().optional().describe(RESTORE),
});

const smokeCheck = mapping({
  name: line('a name on one line', 'write what the check is called in reports').describe(
    'What the check is called in reports.',
  ),
  path: path().describe("Path of the request, sent to the host's own address and to the balancer."),
  status: z
    .int({ error: STATUS_ERROR })
    .min(100, { error: STATUS_ERROR })
    .max(599, { error: STATUS_ERROR })
    .default(200)
    .describe('HTTP status the answer must have.'),
  contains: z
    .string({ error: writeRule({ expected: 'a text', cure: 'write it in quotes' }) })
    .min(1, {
      error: writeRule({ expected: 'a text that is not empty', cure: 'write it, or leave the key out' }),
    })
    .optional()
    .describe('Text that the body must contain.'),
  within: limit().default('2s').describe('Longest time to the end of the body.'),
});

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
  hosts: list(
    text(
      /^(?:i-(?:[0-9a-f]{8}|[0-9a-f]{17})|mi-[0-9a-f]{17})$/,
      'an instance id: i- and 8 or 17 hexadecimal digits, or mi- and 17',
      'copy the id from EC2 or from Systems Manager',
    ),
    1,
    'instance ids',
  ).describe("Instance ids of the zone's hosts."),
  pools: list(
    mapping({
      'target-group': text(
        /^arn:aws(?:-cn|-us-gov)?:elasticloadbalancing:[a-z0-9-]+:\d{12}:targetgroup\/[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?\/[0-9a-f]{16}$/,
        'the ARN of a target group: arn:aws:elasticloadbalancing:<region>:<account>:targetgroup/<name>/<id>',
        'copy the ARN from the console or from aws elbv2 describe-target-groups',
      ).describe('ARN of an ELBv2 target group.'),
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
});

const range = mapping({
  from: version().describe('Release that is installed on every host before a rehearsal.'),
  to: version().describe('Release that the rehearsal deploys.'),
  releases: line('a folder', 'write it relative to the fleet file, such as ./releases')
    .default('./releases')
    .describe('Folder with the release archives <version>.tar.gz, relative to the fleet file.'),
  balancer: mapping({
    type: choice(['application', 'network'])
      .default('application')
      .describe('Type of the load balancer: application forwards requests, network forwards connections.'),
    propagation: duration()
      .default('1s')
      .describe('Longest time a balancer node goes on using a target after its deregistration.'),
    'deregistration-delay': duration().default('10s').describe('How long a target is shown as draining.'),
    'health-check-interval': limit().default('300ms').describe('Time between two health checks of a target.'),
    'health-check-path': path().default('/healthz').describe('Path of the health check.'),
    'cross-zone': flag()
      .optional()
      .describe(
        'Whether a balancer node uses targets of other zones too. Left out: as AWS, yes for application, no for network.',
      ),
    'slow-start': duration()
      .default('0s')
      .describe('How long the share of a newly healthy target grows; 0s is off. Only for application.'),
  })
    .prefault({})
    .describe('The balancer of the range.'),
  'auto-scaling': mapping({
    'min-size': count(0, 'a whole number from 0', 'write the least number of hosts in service').describe(
      'Least number of hosts in service in each group.',
    ),
    'unhealthy-after': limit()
      .default('2s')
      .describe('How long a host may be ill or out of its pools until its group replaces it.'),
  })
    .optional()
    .describe('Makes the hosts of each region one Auto Scaling group with the health check type ELB.'),
  throttling: flag()
    .default(false)
    .describe('Whether the API refuses calls that come faster than AWS allows.'),
  probe: mapping({
    path: path().default('/').describe('Path that the probes ask for, over and over.'),
    'version-header': text(
      /^[A-Za-z0-9-]+$/,
      'the name of a response header',
      'write the header in which the service says its version',
    )
      .default('x-version')
      .describe('Response header in which the service says its version.'),
    rate: count(1, 'a whole number from 1', 'write how many requests a second')
      .default(240)
      .describe('Requests a second, all regions together.'),
  })
    .prefault({})
    .describe('What the probes of the rehearsal ask for.'),
  policy: policyChanges
    .prefault({})
    .describe('What the rehearsal changes in policy, so that it takes minutes.'),
}).describe("The rehearsal's stand-in for AWS; nothing on GitHub reads it.");

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
  hosts,
  policy: policy.prefault({}),
  smoke: list(smokeCheck, 0, 'checks')
    .default([])
    .describe('Requests that every host must answer correctly.'),
  zones: list(zone, 1, 'zones').describe('The zones in rollout order.'),
  range: range.optional(),
});

/** A valid fleet file with every default filled in. */
export type FleetDocument = z.output<typeof fleetSchema>;

function isHostUrl(template: string): boolean {
  const url = template.replaceAll('{address}', '192.0.2.1').replaceAll('{port}', '80');
  return !/[{}]/.test(url) && URL.canParse(url);
}

function zoneError(issue: { readonly input?: unknown }): string {
  const meant = typeof issue.input === 'string' ? nearestZone(issue.input) : undefined;
  return writeRule({
    expected: ZONE_FORMAT,
    cure: meant === undefined ? 'write the name as EC2 shows it' : `did you mean ${meant}?`,
  });
}
