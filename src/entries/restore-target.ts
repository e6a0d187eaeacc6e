import { restore } from '../operations/drain/restore.ts';
import { restoreSummary } from '../report/drain.ts';
import { optional, readInputs, required, withDefault } from '../runner/inputs.ts';
import { boolean, duration, integer } from '../runner/kinds.ts';
import { oneRegion } from '../runner/region.ts';
import { type Edge, runAction } from '../runner/run-action.ts';
import { undoRecords } from '../runner/undo.ts';

await runAction(main);

async function main(edge: Edge): Promise<void> {
  const inputs = readInputs(edge.env, {
    undo: required(undoRecords()),
    checks: withDefault(integer(1, 100), 2),
    timeout: withDefault(duration(1_000), 300_000),
    'first-request': optional(duration(1_000)),
    'dry-run': withDefault(boolean(), false),
  });
  const records = inputs.undo;
  const region = oneRegion(records.flatMap(({ targets }) => targets.map(({ pool }) => pool)));
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
  if (!inputs['dry-run']) {
    const { checks, timeout, 'first-request': firstRequest } = inputs;
    const policy = { checks, timeout, ...(firstRequest === undefined ? {} : { firstRequest }) };
    await restore(context, { records, policy });
  }
  edge.setOutput('hosts', records.map(({ host }) => host).join('\n'));
  await edge.summary(restoreSummary(records, inputs['dry-run']));
}
