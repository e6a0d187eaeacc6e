import type { Fleet } from '../fleet/fleet.ts';
import { openGitHub } from '../runner/github.ts';
import { optional, readInputs, type Values, withDefault } from '../runner/inputs.ts';
import { boolean, text } from '../runner/kinds.ts';
import { type Edge, maskInputs, runAction } from '../runner/run-action.ts';
import { FLEET_INPUTS } from '../runner/zone-inputs.ts';

const INPUTS = {
  fleet: FLEET_INPUTS.fleet,
  token: FLEET_INPUTS.token,
  webhook: optional(text('an https URL', 'https://hooks.example.com/deployments')),
  'dry-run': withDefault(boolean(), false),
};
type Inputs = Values<typeof INPUTS>;

await runAction(main);

async function main(edge: Edge): Promise<void> {
  maskInputs(edge, 'token', 'webhook');
  const inputs = readInputs(edge.env, INPUTS);
  const { loadFleet } = await import('../fleet/load.ts');
  const fleet = await loadFleet(inputs.fleet);
  const [{ returnHosts }, { janitorNews, janitorResults, janitorSummary }, { tell }] = await Promise.all([
    import('../operations/janitor/return-hosts.ts'),
    import('../report/janitor.ts'),
    import('../operations/tell.ts'),
  ]);
  const { ports, notifiers } = await surroundings(edge, inputs, fleet);
  const report = await returnHosts(ports, edge, { fleet, dryRun: inputs['dry-run'] });
  edge.setOutput('state', report.state);
  edge.setOutput('results', janitorResults(report));
  await edge.summary(janitorSummary(report));
  if (report.problem === undefined) return;
  for (const news of edge.signal.aborted ? [] : janitorNews(report, edge.run))
    await tell(edge, notifiers, news);
  throw report.problem;
}

/** Everything of AWS and GitHub, loaded when the inputs are known to be valid. */
async function surroundings(edge: Edge, { token, webhook }: Inputs, fleet: Fleet) {
  const [{ openRegions }, { openLedger }, { openNotifiers }] = await Promise.all([
    import('../runner/regions.ts'),
    import('../ledger/open.ts'),
    import('../notify/open.ts'),
  ]);
  const names = fleet.zones.map(({ region }) => region);
  const github = fleet.notify.issue ? await openGitHub(edge, token) : undefined;
  const [regions, ledger, notifiers] = await Promise.all([
    openRegions(edge, fleet.release.artifact, names),
    openLedger(fleet.ledger, { region: names[0] ?? '' }),
    openNotifiers({ fleet, github, webhook }),
  ]);
  return { ports: { regions, ledger }, notifiers };
}
