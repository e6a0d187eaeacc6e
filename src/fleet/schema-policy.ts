import { z } from 'zod';
import { AUTO_SCALING_MODES, BAKE_FAILURES, DRAIN_POLICIES, SMOKE_PLACES } from './fleet.ts';
import { LADDER_FORMAT, parseLadder, RUNG_PATTERN } from './ladder.ts';
import { choice, count, list, mapping, writeRule } from './rule.ts';
import { amount, duration, field, flag, hostUrl, limit, webUrl } from './scalars.ts';

const BATCH_ERROR = writeRule({
  expected: 'a number of hosts, a percentage, or a list of them',
  cure: 'write for example 50%, 2 or [1, 25%, 100%]',
});

const LADDER_ERROR = writeRule({ expected: LADDER_FORMAT, cure: 'write for example [retry 2, roll-back]' });

const rung = () => z.string({ error: LADDER_ERROR }).regex(RUNG_PATTERN, { error: LADDER_ERROR });

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
    .union([rung(), list(rung(), 1, 'rungs such as retry 2 and roll-back')], { error: LADDER_ERROR })
    .refine((written) => parseLadder([written].flat()) !== undefined, { error: LADDER_ERROR })
    .describe(
      'What is tried for hosts whose upgrade failed, in this order: retry N, roll-back to the release before, replace in the Auto Scaling group, hold out of service.',
    ),
  'approval-max-age': limit().describe(
    'How long an approval holds: a zone does not begin later than this after it was let through.',
  ),
  'deployment-timeout': limit()
    .optional()
    .describe(
      'How long a deployment may take from its plan to its last promotion. Left out: as long as it takes.',
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

const ATTEMPTS = 'a whole number from 1 to 100';

const attempts = (cure: string) =>
  count(1, ATTEMPTS, cure).max(100, { error: writeRule({ expected: ATTEMPTS, cure }) });

const smokeFields = {
  from: choice(SMOKE_PLACES).describe(
    'Where checks are asked from: the hosts themselves, or the runner, which then needs a route to them. Programs always run on the hosts.',
  ),
  attempts: attempts('write how often a check may be made').describe(
    'How often a check is made before it counts as failed.',
  ),
  interval: duration().describe('Time between two attempts.'),
  consecutive: attempts('write how many attempts in a row must pass').describe(
    'Attempts in a row that must pass.',
  ),
  'warm-up': duration().describe('Wait before the first attempt.'),
  'seen-within': limit().describe(
    'How long it may take until each returned host has answered through the balancer.',
  ),
};

const bakeFields = {
  wait: duration().describe('How long is waited before the first look at the gates.'),
  stable: duration().describe('For how long, without a break, every gate must be open.'),
  'first-zone': duration().describe(
    'The same for the first zone. Left out: 30m, or stable when that is longer.',
  ),
  retry: duration().describe('How long gates may be closed, all breaks together, before that counts.'),
  every: limit().describe('Time between two looks.'),
  'zone-timeout': limit().describe(
    "How long it may take from the beginning of a zone's deployment to its promotion.",
  ),
  gate: webUrl('https://gate.example.com/storefront').describe(
    'URL that opens the gate with any 2xx. It is shown in logs, so it must hold no secret. Left out: none is asked.',
  ),
  'min-datapoints': count(0, 'a whole number from 0', 'write 0, or how many there must be').describe(
    "Data points that each metric alarm's metric must have had during the bake; 0 asks for none.",
  ),
  'on-failure': choice(BAKE_FAILURES).describe(
    'What becomes of a zone that did not pass: hold leaves it as it is, roll-back returns it to the release promoted there before.',
  ),
};

const DRAIN = 'When a host counts as quiet.';
const RESTORE = 'When a returned host counts as serving.';
const SMOKE = 'How the checks of `smoke` are made, and when one counts as failed.';
const BAKE = 'What a zone must stand after its deployment before the next one may begin.';

export const policy = mapping({
  ...policyFields,
  batch: policyFields.batch.default('50%'),
  'min-healthy': policyFields['min-healthy'].default('50%'),
  'on-failure': policyFields['on-failure'].default(['retry 2', 'roll-back']),
  'approval-max-age': policyFields['approval-max-age'].default('24h'),
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
  smoke: mapping({
    from: smokeFields.from.default('host'),
    attempts: smokeFields.attempts.default(3),
    interval: smokeFields.interval.default('1s'),
    consecutive: smokeFields.consecutive.default(1),
    'warm-up': smokeFields['warm-up'].default('0s'),
    'seen-within': smokeFields['seen-within'].default('30s'),
  })
    .refine(({ attempts, consecutive }) => consecutive <= attempts, {
      path: ['consecutive'],
      error: writeRule({
        expected: 'no more attempts in a row than there are attempts (3 when left out)',
        cure: 'write more attempts, or fewer in a row: so many can never pass',
      }),
    })
    .prefault({})
    .describe(SMOKE),
  bake: mapping({
    wait: bakeFields.wait.default('0s'),
    stable: bakeFields.stable.default('5m'),
    'first-zone': bakeFields['first-zone'].optional(),
    retry: bakeFields.retry.default('0s'),
    every: bakeFields.every.default('10s'),
    'zone-timeout': bakeFields['zone-timeout'].default('3h'),
    gate: bakeFields.gate.optional(),
    'min-datapoints': bakeFields['min-datapoints'].default(0),
    'on-failure': bakeFields['on-failure'].default('roll-back'),
  })
    .prefault({})
    .describe(BAKE),
}).describe('How much may be out of service, and how long each step may take.');

/** The same keys as `policy`, none of them needed: what is left out stays as it is. */
export const policyChanges = mapping({
  batch: policyFields.batch.optional(),
  'min-healthy': policyFields['min-healthy'].optional(),
  'survive-zone': policyFields['survive-zone'],
  'on-failure': policyFields['on-failure'].optional(),
  'approval-max-age': policyFields['approval-max-age'].optional(),
  'deployment-timeout': policyFields['deployment-timeout'],
  drain: mapping(drainFields).partial().optional().describe(DRAIN),
  restore: mapping(restoreFields).partial().optional().describe(RESTORE),
  smoke: mapping(smokeFields).partial().optional().describe(SMOKE),
  bake: mapping(bakeFields).partial().optional().describe(BAKE),
});
