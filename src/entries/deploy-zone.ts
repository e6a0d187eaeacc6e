import type { Fleet, Zone } from '../fleet/fleet.ts';
import type { Regions } from '../operations/context.ts';
import { openEvidence } from '../runner/evidence.ts';
import { optional, readInputs, required, type Values, withDefault } from '../runner/inputs.ts';
import { boolean, duration, integer, sha256, text, version } from '../runner/kinds.ts';
import { planDocument, wantedRelease } from '../runner/plan-inputs.ts';
import { type Edge, maskInputs, runAction } from '../runner/run-action.ts';
import { runId } from '../runner/run-id.ts';

const INPUTS = {
  fleet: withDefault(text('a path in the workspace', '.github/fleet.yml'), '.github/fleet.yml'),
  zone: required(text('a zone of the fleet file', 'us-east-1a')),
  version: required(version()),
  sha256: optional(sha256()),
  ordinal: optional(integer(0, Number.MAX_SAFE_INTEGER)),
  'roll-back': withDefault(boolean(), false),
  plan: optional(planDocument()),
  'allow-unprotected': withDefault(boolean(), false),
  token: optional(text('a token of GitHub', 'the token of the job')),
  webhook: optional(text('an https URL', 'https://hooks.example.com/deployments')),
  'lease-wait': withDefault(duration(), 0),
  'dry-run': withDefault(boolean(), false),
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
  const [{ deployAdmitted }, report, { hostResults }, { deploymentEvidence, evidenceLine }, { tell }] =
    await Promise.all([
      import('../operations/admission/deploy-admitted.ts'),
      import('../report/zone.ts'),
      import('../report/hosts.ts'),
      import('../report/evidence.ts'),
      import('../operations/tell.ts'),
    ]);
  const { ports, notifiers } = await surroundings(edge, inputs, fleet, zone);
  const run = runId(edge.env);
  const evidence = await openEvidence(edge, { fleet, zone, action: 'deploy', dryRun: inputs['dry-run'] });
  const regions: Regions = (region) => evidence.watched(ports.regions(region));
  const result = await deployAdmitted(
    { ...ports, regions },
    {
      ...wanted,
      fleet,
      zone,
      ordinal: wanted.ordinal ?? run,
      allowUnprotected: inputs['allow-unprotected'],
      runId: run,
      leaseWait: inputs['lease-wait'],
      dryRun: inputs['dry-run'],
    },
  );
  edge.setOutput('state', result.report.state);
  edge.setOutput('results', hostResults(result.report.hosts));
  edge.setOutput('approved-by', report.approvers(result.admission).join('\n'));
  await edge.summary(report.zoneSummary(fleet.service, result));
  const kept = await evidence.close(ports.regions(zone.region), deploymentEvidence(result));
  if (kept !== undefined) {
    edge.setOutput('evidence-bundle', kept.place);
    await edge.summary(evidenceLine(kept));
  }
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
  const github =
    token === undefined
      ? undefined
      : await (await import('../github/rest.ts')).createGitHub({ token, env: edge.env });
  const names = fleet.zones.map(({ region }) => region);
  const [regions, ledger, notifiers] = await Promise.all([
    openRegions(edge, fleet.release.artifact, names),
    openLedger(fleet.ledger, { region: zone.region }),
    openNotifiers({ fleet, github, webhook }),
  ]);
  return { ports: { regions, ledger, ...(github === undefined ? {} : { github }) }, notifiers };
}
