import type { Fleet } from '../fleet/fleet.ts';
import type { PlanPorts } from '../operations/plan/plan-zones.ts';
import { UserError } from '../runner/errors.ts';
import { openGitHub } from '../runner/github.ts';
import { optional, readInputs, withDefault } from '../runner/inputs.ts';
import { boolean, integer, text } from '../runner/kinds.ts';
import { type Edge, maskInputs, runAction } from '../runner/run-action.ts';
import { runId } from '../runner/run-id.ts';
import { FLEET_INPUTS } from '../runner/zone-inputs.ts';

const INPUTS = {
  ...FLEET_INPUTS,
  ordinal: optional(integer(0, Number.MAX_SAFE_INTEGER)),
  'start-at': optional(text('a zone of the fleet file', 'us-east-1b')),
  'roll-back': withDefault(boolean(), false),
  'allow-unprotected': withDefault(boolean(), false),
  'require-prevent-self-review': withDefault(boolean(), false),
  'require-branch-policy': withDefault(boolean(), false),
  'forbid-admin-bypass': withDefault(boolean(), false),
};

await runAction(main);

async function main(edge: Edge): Promise<void> {
  maskInputs(edge, 'token');
  const inputs = readInputs(edge.env, INPUTS);
  const [{ loadFleet }, { findZone }] = await Promise.all([
    import('../fleet/load.ts'),
    import('../fleet/zones.ts'),
  ]);
  const fleet = await loadFleet(inputs.fleet);
  const startAt = inputs['start-at'];
  if (startAt !== undefined) findZone(fleet, startAt);
  const [{ planZones }, { planDigest }, { planSummary, problemsText }, ports] = await Promise.all([
    import('../operations/plan/plan-zones.ts'),
    import('../operations/plan/plan.ts'),
    import('../report/plan.ts'),
    openPorts(edge, fleet, inputs.token),
  ]);
  const run = runId(edge.env);
  const report = await planZones(ports, edge, {
    fleet,
    version: inputs.version,
    ...(inputs.sha256 === undefined ? {} : { sha256: inputs.sha256 }),
    ordinal: inputs.ordinal ?? run,
    ...(startAt === undefined ? {} : { startAt }),
    rollBack: inputs['roll-back'],
    protection: {
      allowUnprotected: inputs['allow-unprotected'],
      requirePreventSelfReview: inputs['require-prevent-self-review'],
      requireBranchPolicy: inputs['require-branch-policy'],
      forbidAdminBypass: inputs['forbid-admin-bypass'],
    },
    runId: run,
  });
  for (const warning of report.warnings) edge.log.warning(warning);
  await edge.summary(planSummary(report));
  const { plan } = report;
  // Without a plan there are no outputs: a job that ignores how this one ended has nothing to go by.
  if (plan === undefined) throw new UserError(problemsText(report));
  const zones = plan.zones.filter(({ todo }) => todo === 'deploy').map(({ zone }) => zone);
  edge.setOutput('zones', zones);
  edge.setOutput('plan', plan);
  edge.setOutput('digest', planDigest(plan));
  edge.setOutput('sha256', plan.sha256);
  edge.log.info(`${fleet.service} ${plan.version}: ${zones.join(', ')}, one after the other`);
}

/** Everything of AWS and GitHub, loaded when the inputs are known to be valid. */
async function openPorts(edge: Edge, fleet: Fleet, token: string | undefined): Promise<PlanPorts> {
  const [{ openRegions }, { openLedger }] = await Promise.all([
    import('../runner/regions.ts'),
    import('../ledger/open.ts'),
  ]);
  const regions = fleet.zones.map(({ region }) => region);
  const github = await openGitHub(edge, token);
  return {
    regions: await openRegions(edge, fleet.release.artifact, regions),
    ledger: await openLedger(fleet.ledger, { region: regions[0] ?? '' }),
    ...(github === undefined ? {} : { github }),
  };
}
