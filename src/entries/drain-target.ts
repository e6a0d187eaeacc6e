import type { Amount } from '../fleet/amount.ts';
import { AUTO_SCALING_MODES, DRAIN_POLICIES } from '../fleet/fleet.ts';
import { drain } from '../operations/drain/drain.ts';
import { planDrain } from '../operations/drain/drain-plan.ts';
import { selectHosts } from '../operations/drain/select-hosts.ts';
import { readRecords } from '../operations/records.ts';
import { drainSummary } from '../report/drain.ts';
import { type Conflict, optional, readInputs, required, type Values, withDefault } from '../runner/inputs.ts';
import {
  amount,
  boolean,
  duration,
  hostNames,
  hostUrl,
  oneOf,
  targetGroups,
  text,
  zone,
} from '../runner/kinds.ts';
import { oneRegion } from '../runner/region.ts';
import { type Edge, runAction } from '../runner/run-action.ts';

const INPUTS = {
  'target-groups': required(targetGroups()),
  hosts: optional(hostNames()),
  zone: optional(zone()),
  'min-healthy': withDefault<Amount>(amount(), { kind: 'percent', value: 50 }),
  'survive-zone': withDefault(boolean(), false),
  policy: withDefault(oneOf(...DRAIN_POLICIES), 'observed'),
  propagation: optional(duration()),
  quiet: withDefault(duration(1), 5_000),
  'gauge-url': optional(hostUrl()),
  'gauge-field': withDefault(text('a field of the JSON at gauge-url', 'in_flight'), 'in_flight'),
  timeout: withDefault(duration(1_000), 360_000),
  'on-timeout': withDefault(oneOf('return', 'hold'), 'return'),
  'auto-scaling': withDefault(oneOf(...AUTO_SCALING_MODES), 'standby'),
  'lower-min-size': withDefault(boolean(), false),
  adopt: withDefault(boolean(), false),
  reason: withDefault(text('why the hosts leave service', 'kernel update'), 'drained by a workflow'),
  'dry-run': withDefault(boolean(), false),
};

/** A host that cannot be proven quiet goes back: two looks, and as long as a new target may take to be checked. */
const RESTORE = { checks: 2, timeout: 300_000 };

await runAction(main);

async function main(edge: Edge): Promise<void> {
  const inputs = readInputs(edge.env, INPUTS, contradictions);
  const pools = inputs['target-groups'];
  const region = oneRegion(pools);
  const [elbv2, ssm, scaling] = await Promise.all([
    import('../balancers/elbv2.ts'),
    import('../hosts/ssm.ts'),
    import('../hosts/auto-scaling.ts'),
  ]);
  const context = {
    ...edge,
    balancer: elbv2.createElbv2Balancer({ region }),
    transport: ssm.createSsmTransport({ region }),
    scaling: scaling.createAutoScaling({ region }),
  };
  const instances = {
    // Most fleets never ask: EC2's client is loaded only when a zone is in question.
    zones: async (hosts: readonly string[]) =>
      (await import('../hosts/ec2.ts')).createEc2Instances({ region }).zones(hosts),
  };
  const selected = await selectHosts(
    { ...context, instances },
    {
      pools,
      named: inputs.hosts ?? [],
      surviveZone: inputs['survive-zone'],
      ...(inputs.zone === undefined ? {} : { zone: inputs.zone }),
    },
  );
  const request = {
    ...selected,
    pools,
    adopted: await readRecords(context, selected.hosts),
    adoptDraining: inputs.adopt,
    recordsElsewhere: true,
    releases: new Map<string, string>(),
    floor: { minHealthy: inputs['min-healthy'], surviveZone: inputs['survive-zone'] },
    drain: drainPolicy(inputs),
    restore: RESTORE,
    reason: inputs.reason,
  };
  if (inputs['dry-run']) {
    const plan = await planDrain(context, request);
    for (const reason of plan.reasons) edge.log.info(`floor holds: ${reason}`);
    await edge.summary(drainSummary(plan.records, true));
    return;
  }
  // Known before anything is withdrawn, so that an interrupted step can be undone by restore-target.
  const records = await drain(context, request, (undo) => {
    edge.setOutput('hosts', undo.map(({ host }) => host).join('\n'));
    edge.setOutput('undo', undo);
  });
  await edge.summary(drainSummary(records, false));
}

function drainPolicy(inputs: Values<typeof INPUTS>) {
  const { propagation, 'gauge-url': url, 'gauge-field': field } = inputs;
  return {
    policy: inputs.policy,
    ...(propagation === undefined ? {} : { propagation }),
    quiet: inputs.quiet,
    ...(url === undefined ? {} : { gauge: { url, field } }),
    timeout: inputs.timeout,
    onTimeout: inputs['on-timeout'],
    autoScaling: inputs['auto-scaling'],
    lowerMinSize: inputs['lower-min-size'],
  };
}

function contradictions({
  hosts,
  zone,
  propagation,
  quiet,
  timeout,
}: Partial<Values<typeof INPUTS>>): readonly Conflict<keyof typeof INPUTS>[] {
  const which: Conflict<keyof typeof INPUTS> = {
    inputs: ['hosts', 'zone'],
    problem:
      '`hosts` and `zone` are both missing; expected which hosts are to leave. Write one of them under `with:`.',
  };
  const never: Conflict<keyof typeof INPUTS> = {
    inputs: ['propagation', 'quiet', 'timeout'],
    problem: '`timeout` must be longer than `propagation` and `quiet` together; no drain could end in time.',
  };
  return [
    ...(hosts === undefined && zone === undefined ? [which] : []),
    ...(timeout !== undefined && timeout <= (propagation ?? 0) + (quiet ?? 0) ? [never] : []),
  ];
}
