import type { Fleet } from '../fleet/fleet.ts';
import type { PromotePorts } from '../operations/promote/request.ts';
import { openEvidence } from '../runner/evidence.ts';
import { openGitHub } from '../runner/github.ts';
import { readInputs, type Values } from '../runner/inputs.ts';
import { wantedRelease } from '../runner/plan-inputs.ts';
import { type Edge, maskInputs, runAction } from '../runner/run-action.ts';
import { runId } from '../runner/run-id.ts';
import { ZONE_INPUTS } from '../runner/zone-inputs.ts';

type Inputs = Values<typeof ZONE_INPUTS>;

await runAction(main);

async function main(edge: Edge): Promise<void> {
  maskInputs(edge, 'token', 'webhook');
  const inputs = readInputs(edge.env, ZONE_INPUTS);
  const wanted = await wantedRelease({ version: inputs.version, sha256: inputs.sha256, plan: inputs.plan });
  const [{ loadFleet }, { findZone }] = await Promise.all([
    import('../fleet/load.ts'),
    import('../fleet/zones.ts'),
  ]);
  const fleet = await loadFleet(inputs.fleet);
  const zone = findZone(fleet, inputs.zone);
  const [{ promoteZone }, report, { promotionEvidence }] = await Promise.all([
    import('../operations/promote/promote-zone.ts'),
    import('../report/promote.ts'),
    import('../report/evidence.ts'),
  ]);
  const ports = await openPorts(edge, fleet, zone.region);
  const notifiers = await openNotifiersOf(edge, fleet, inputs);
  const { version: wantedVersion, sha256: digest, plan } = wanted;
  const dryRun = inputs['dry-run'];
  const evidence = await openEvidence(edge, { fleet, zone, action: 'promote', plan, dryRun });
  const context = evidence.watched(ports.context);
  const watched = { ...ports, context, ledger: evidence.watchedLedger(ports.ledger) };
  const result = await evidence.during(ports.context, () =>
    promoteZone(watched, {
      fleet,
      zone,
      version: wantedVersion,
      ...(digest === undefined ? {} : { sha256: digest }),
      ...(plan === undefined ? {} : { plan }),
      runId: runId(edge.env),
      leaseWait: inputs['lease-wait'],
      dryRun,
    }),
  );
  edge.setOutput('state', result.state);
  edge.setOutput('evidence', report.evidenceOutput(result));
  await edge.summary(report.promotionSummary(fleet.service, result));
  await evidence.close(ports.context, promotionEvidence(result));
  const news = report.promotionNews(fleet.service, result, edge.run);
  if (news !== undefined) {
    const { tell } = await import('../operations/tell.ts');
    await tell(edge, notifiers, news);
  }
  if (result.problem !== undefined) throw result.problem;
}

async function openPorts(edge: Edge, fleet: Fleet, region: string): Promise<PromotePorts> {
  const [{ openRegions }, { openLedger }, { createCloudWatchMetrics }, { askerFor }] = await Promise.all([
    import('../runner/regions.ts'),
    import('../ledger/open.ts'),
    import('../signals/cloudwatch-metrics.ts'),
    import('../operations/ask/asker.ts'),
  ]);
  const [regions, ledger] = await Promise.all([
    openRegions(edge, fleet.release.artifact, [region]),
    openLedger(fleet.ledger, { region }),
  ]);
  return {
    context: regions(region),
    ledger,
    metrics: createCloudWatchMetrics({ region }),
    askFromRunner: askerFor('runner'),
  };
}

async function openNotifiersOf(edge: Edge, fleet: Fleet, { token, webhook }: Inputs) {
  const { openNotifiers } = await import('../notify/open.ts');
  const github = fleet.notify.issue ? await openGitHub(edge, token) : undefined;
  return openNotifiers({ fleet, github, webhook });
}
