import type { Amount } from '../fleet/amount.ts';
import { type DrainRequest, drain, planDrain } from '../operations/drain.ts';
import { readStatus } from '../operations/records.ts';
import { drainSummary } from '../report/drain.ts';
import { readInputs, required, withDefault } from '../runner/inputs.ts';
import { amount, boolean, duration, hostIds, targetGroups, text } from '../runner/kinds.ts';
import { oneRegion } from '../runner/region.ts';
import { type Edge, runAction } from '../runner/run-action.ts';

await runAction(main);

async function main(edge: Edge): Promise<void> {
  const inputs = readInputs(
    edge.env,
    {
      'target-groups': required(targetGroups()),
      hosts: required(hostIds()),
      'min-healthy': withDefault<Amount>(amount(), { kind: 'percent', value: 50 }),
      propagation: withDefault(duration(), 15_000),
      quiet: withDefault(duration(), 5_000),
      timeout: withDefault(duration(), 360_000),
      reason: withDefault(text('why the hosts leave service', 'kernel update'), 'drained by a workflow'),
      'dry-run': withDefault(boolean(), false),
    },
    ({ propagation, quiet, timeout }) =>
      propagation !== undefined &&
      quiet !== undefined &&
      timeout !== undefined &&
      timeout <= propagation + quiet
        ? [
            {
              inputs: ['propagation', 'quiet', 'timeout'],
              problem:
                '`timeout` must be longer than `propagation` and `quiet` together; no drain could end in time.',
            },
          ]
        : [],
  );
  const region = oneRegion(inputs['target-groups']);
  const [elbv2, ssm] = await Promise.all([import('../balancers/elbv2.ts'), import('../hosts/ssm.ts')]);
  const context = {
    ...edge,
    balancer: elbv2.createElbv2Balancer({ region }),
    transport: ssm.createSsmTransport({ region }),
  };
  // A host that the transport cannot reach may be a typing error, which the drain itself explains.
  const known = (await context.transport.facts(inputs.hosts)).filter(({ reachable }) => reachable);
  const statuses = await readStatus(
    context,
    known.map(({ host }) => host),
    '',
  );
  const request: DrainRequest = {
    pools: inputs['target-groups'],
    hosts: inputs.hosts,
    adopted: new Map(statuses.flatMap(({ host, record }) => (record === undefined ? [] : [[host, record]]))),
    releases: new Map(),
    zoneOf: new Map(),
    floor: { minHealthy: inputs['min-healthy'], surviveZone: false },
    drain: { propagation: inputs.propagation, quiet: inputs.quiet, timeout: inputs.timeout },
    // A host that cannot be proven quiet goes back: two looks, and as long as a new target may take to be checked.
    restore: { checks: 2, timeout: 300_000 },
    reason: inputs.reason,
  };
  const records = inputs['dry-run']
    ? (await planDrain(context, request)).records
    : await drain(context, request);
  edge.setOutput('hosts', records.map(({ host }) => host).join('\n'));
  edge.setOutput('undo', records);
  await edge.summary(drainSummary(records, inputs['dry-run']));
}
