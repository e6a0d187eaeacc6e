import type { ReleaseKey } from '../../ledger/document.ts';
import { changeLedger } from '../../ledger/ledger.ts';
import { knownRelease, zoneBegan, zoneEnded } from '../../ledger/order.ts';
import { PlatformError, UserError } from '../../runner/errors.ts';
import { deployZone, type ZoneReport } from '../zone/deploy-zone.ts';
import type { ZoneRequest } from '../zone/prepare-zone.ts';
import {
  type Admission,
  type AdmissionPorts,
  type AdmissionRequest,
  judgeAdmission,
  orderProblems,
  refusal,
} from './admit.ts';

/** What became of a zone, and by what it was admitted. */
export interface AdmittedZone {
  readonly admission: Admission;
  readonly report: ZoneReport;
}

/** A line of the ledger is read at a glance; the whole is in the job summary. */
const LONGEST_NOTE = 500;

/**
 * Deploys a zone if it is admitted, and keeps the ledger: that it began, and how it ended. Run again after an interruption it
 * continues. A dry run judges, observes, and writes nothing.
 *
 * @returns the report, also when the deployment stopped after it had begun
 * @throws UserError or PlatformError when the zone was not admitted; nothing was touched then
 */
export async function deployAdmitted(
  ports: AdmissionPorts,
  request: AdmissionRequest,
): Promise<AdmittedZone> {
  const context = ports.regions(request.zone.region);
  const admission = await judgeAdmission(ports, request);
  for (const warning of admission.warnings) context.log.warning(warning);
  if (request.dryRun) {
    if (admission.kind === 'refused')
      context.log.warning(refusal(request.zone.zone, admission.problems).message);
    return { admission, report: await deployZone(context, zoneRequest(request)) };
  }
  if (admission.kind === 'refused') throw refusal(request.zone.zone, admission.problems);
  const release = await begin(ports, request, admission);
  const report = await attempt(ports, request, release);
  return { admission, report: await end(ports, request, report) };
}

/**
 * Writes that the zone begins, if the ledger that is written to still allows it: somebody else may have begun meanwhile.
 *
 * @returns the release with the ordinal that the ledger knows it by
 */
async function begin(
  { regions, ledger: store }: AdmissionPorts,
  request: AdmissionRequest,
  { release: judged, approval }: Extract<Admission, { readonly kind: 'admitted' }>,
): Promise<ReleaseKey> {
  const { fleet, zone, runId } = request;
  const { clock, signal, run } = regions(zone.region);
  const approvedBy = approval === undefined ? {} : { approvedBy: approval.by.map(({ login }) => login) };
  let release = judged;
  await changeLedger(
    store,
    fleet.service,
    (ledger) => {
      release = knownRelease(ledger, judged);
      const problems = orderProblems(ledger, request, release);
      if (problems.length > 0) throw refusal(zone.zone, problems);
      const at = new Date(clock.now()).toISOString();
      return zoneBegan(ledger, { zone: zone.zone, release, run, runId, at, ...approvedBy });
    },
    { clock, signal },
  );
  return release;
}

/** The deployment; one that could not start ends like one that stopped, since the ledger says that it began. */
async function attempt(
  { regions }: AdmissionPorts,
  request: AdmissionRequest,
  { version, sha256, ordinal }: ReleaseKey,
): Promise<ZoneReport> {
  const { zone } = request;
  try {
    return await deployZone(regions(zone.region), { ...zoneRequest(request), sha256, ordinal });
  } catch (error) {
    const problem = error instanceof Error ? error : new Error(String(error));
    return { zone: zone.zone, version, sha256, state: 'stopped', hosts: [], problem };
  }
}

/** Writes how the zone ended, also for a step that is being cancelled: it has as long as the runner leaves it. */
async function end(
  { regions, ledger: store }: AdmissionPorts,
  { fleet, zone, runId }: AdmissionRequest,
  report: ZoneReport,
): Promise<ZoneReport> {
  const { clock, run, log } = regions(zone.region);
  const state = report.state === 'stopped' ? 'stopped' : 'deployed';
  const note = report.problem === undefined ? {} : { note: report.problem.message.slice(0, LONGEST_NOTE) };
  try {
    await changeLedger(
      store,
      fleet.service,
      (ledger) => {
        const entry = ledger.zones[zone.zone];
        if (entry !== undefined && (entry.run !== run || entry.runId !== runId)) {
          throw new UserError(`${zone.zone} was taken over by ${entry.run} at ${entry.at}`);
        }
        const at = new Date(clock.now()).toISOString();
        return zoneEnded(ledger, { zone: zone.zone, state, run, runId, at, ...note });
      },
      { clock, signal: new AbortController().signal },
    );
    return report;
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    const untold = `The ledger ${store.place} was not told that ${zone.zone} is ${state}: ${seen}`;
    if (report.problem !== undefined) {
      log.warning(untold);
      return report;
    }
    const cure =
      'Every host has proven the release. Run the same step again: it changes no host and tells the ledger.';
    return { ...report, problem: new PlatformError(`${untold}\n${cure}`, { cause: error }) };
  }
}

function zoneRequest({ fleet, zone, version, sha256, dryRun }: AdmissionRequest): ZoneRequest {
  return { fleet, zone: zone.zone, version, dryRun, ...(sha256 === undefined ? {} : { sha256 }) };
}
