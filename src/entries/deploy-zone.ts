import type { Fleet, Zone } from '../fleet/fleet.ts';
import type { Regions } from '../operations/context.ts';
import { openEvidence } from '../runner/evidence.ts';
import { openGitHub } from '../runner/github.ts';
import { optional, readInputs, type Values, withDefault } from '../runner/inputs.ts';
import { boolean, integer } from '../runner/kinds.ts';
import { wantedRelease } from '../runner/plan-inputs.ts';
import { type Edge, maskInputs, runAction } from '../runner/run-action.ts';
import { runId } from '../runner/run-id.ts';
import { ZONE_INPUTS } from '../runner/zone-inputs.ts';

const INPUTS = {
  ...ZONE_INPUTS,
  ordinal: optional(integer(0, Number.MAX_SAFE_INTEGER)),
  'roll-back': withDefault(boolean(), false),
  'allow-unprotected': withDefault(boolean(), false),
};
type Inputs = Values<typeof INPUTS>;

await runAction(main);

async function main(edge: Edge): Promise<void> {
  maskInputs(edge, 'token', 'webhook');
  const inputs = readInputs(edge.env, INPUTS);
  const [{ loadFleet }, { findZone }, wanted] = await Promise.all([
    import('../fleet/load.ts'),
    import('../fleet/zones.ts'),
    wantedRelease(inputs),
  ]);
  const fleet = await loadFleet(inputs.fleet);
  const zone = findZone(fleet, inputs.zone);
  const [{ deployAdmitted }, report, { hostResults }, { deploymentEvidence }, { tell }] = await Promise.all([
    import('../operations/admission/deploy-admitted.ts'),
    import('../report/zone.ts'),
    import('../report/hosts.ts'),
    import('../report/evidence.ts'),
    import('../operations/tell.ts'),
  ]);
  const { ports, notifiers } = await surroundings(edge, inputs, fleet, zone);
  const run = runId(edge.env);
  const dryRun = inputs['dry-run'];
  const evidence = await openEvidence(edge, { fleet, zone, action: 'deploy', plan: wanted.plan, dryRun });
  const regions: Regions = (region) => evidence.watched(ports.regions(region));
  const context = ports.regions(zone.region);
  const result = await evidence.during(context, () =>
    deployAdmitted(
      { ...ports, regions, ledger: evidence.watchedLedger(ports.ledger) },
      {
        ...wanted,
        fleet,
        zone,
        ordinal: wanted.ordinal ?? run,
        allowUnprotected: inputs['allow-unprotected'],
        runId: run,
        leaseWait: inputs['lease-wait'],
        dryRun,
      },
    ),
  );
  edge.setOutput('state', result.report.state);
  edge.setOutput('results', hostResults(result.report.hosts));
  edge.setOutput('approved-by', report.approvers(result.admission).join('\n'));
  await edge.summary(report.zoneSummary(fleet.service, result));
  await evidence.close(context, deploymentEvidence(result));
  const { problem } = result.report;
  if (problem === undefined) return;
  // Who cancels knows, and the runner waits for seconds only.
  if (!edge.signal.aborted) await tell(edge, notifiers, report.stoppedNews(fleet.service, result, edge.run));
  throw problem;
}

/** Everything of AWS and GitHub, loaded when the inputs are known to be valid. */
async function surroundings(edge: Edge, inputs: Inputs, fleet: Fleet, zone: Zone) {
  const { token, webhook } = inputs;
  const [{ openRegions }, { openLedger }, { openNotifiers }] = await Promise.all([
    import('../runner/regions.ts'),
    import('../ledger/open.ts'),
    import('../notify/open.ts'),
  ]);
  const github = await openGitHub(edge, token);
  const names = fleet.zones.map(({ region }) => region);
  const [regions, ledger, notifiers] = await Promise.all([
    openRegions(edge, fleet.release.artifact, names),
    openLedger(fleet.ledger, { region: zone.region }),
    openNotifiers({ fleet, github, webhook }),
  ]);
  return { ports: { regions, ledger, ...(github === undefined ? {} : { github }) }, notifiers };
}
