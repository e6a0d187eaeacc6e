import { optional, readInputs, required, withDefault } from '../runner/inputs.ts';
import { boolean, sha256, text, version } from '../runner/kinds.ts';
import { type Edge, runAction } from '../runner/run-action.ts';

await runAction(main);

async function main(edge: Edge): Promise<void> {
  const inputs = readInputs(edge.env, {
    fleet: withDefault(text('a path in the workspace', '.github/fleet.yml'), '.github/fleet.yml'),
    zone: required(text('a zone of the fleet file', 'us-east-1a')),
    version: required(version()),
    sha256: optional(sha256()),
    'dry-run': withDefault(boolean(), false),
  });
  const [{ loadFleet }, { findZone }] = await Promise.all([
    import('../fleet/load.ts'),
    import('../fleet/zones.ts'),
  ]);
  const fleet = await loadFleet(inputs.fleet);
  const { region } = findZone(fleet, inputs.zone);
  const [{ deployZone }, { hostResults }, { zoneSummary }, { openSource }, elbv2, ssm, scaling] =
    await Promise.all([
      import('../operations/zone/deploy-zone.ts'),
      import('../report/hosts.ts'),
      import('../report/zone.ts'),
      import('../artifacts/open.ts'),
      import('../balancers/elbv2.ts'),
      import('../hosts/ssm.ts'),
      import('../hosts/auto-scaling.ts'),
    ]);
  const context = {
    ...edge,
    balancer: elbv2.createElbv2Balancer({ region }),
    transport: ssm.createSsmTransport({ region }),
    scaling: scaling.createAutoScaling({ region }),
    artifacts: await openSource(fleet.release.artifact, { region, mask: edge.mask }),
  };
  const report = await deployZone(context, {
    fleet,
    zone: inputs.zone,
    version: inputs.version,
    dryRun: inputs['dry-run'],
    ...(inputs.sha256 === undefined ? {} : { sha256: inputs.sha256 }),
  });
  edge.setOutput('state', report.state);
  edge.setOutput('results', hostResults(report.hosts));
  await edge.summary(zoneSummary(fleet.service, report));
  if (report.problem !== undefined) throw report.problem;
}
