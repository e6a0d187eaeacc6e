import type { Ledger, ReleaseKey } from '../../ledger/document.ts';
import { knownRecords } from '../../ledger/journal.ts';
import { LostLeaseError } from '../../ledger/lease.ts';
import { readLedger } from '../../ledger/ledger.ts';
import { leftSentences } from '../../ledger/left-open.ts';
import { knownRelease, zoneBegan, zoneEnded } from '../../ledger/order.ts';
import { PlatformError, UserError } from '../../runner/errors.ts';
import type { Edges, RegionContext } from '../context.ts';
import type { Journal } from '../journal/journal.ts';
import { type KeptJournal, keepJournal, readOnlyJournal } from '../journal/keep-journal.ts';
import { servingBy } from '../journal/serving.ts';
import { fenced } from '../lease/fenced.ts';
import type { HeldLease, LeasePorts } from '../lease/hold-lease.ts';
import { inTurn, type LeaseWish, withLease } from '../lease/with-lease.ts';
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
 * Deploys a zone if it is admitted, and keeps the ledger: that it began, and how it ended. It holds the lease of the service
 * for all of that. Run again after an interruption it continues. A dry run judges, observes, and writes nothing.
 *
 * @returns the report, also when the deployment stopped after it had begun
 * @throws UserError or PlatformError when the zone was not admitted; nothing was touched then. HeldLeaseError when somebody else
 *   holds the lease
 */
export async function deployAdmitted(
  ports: AdmissionPorts,
  request: AdmissionRequest,
): Promise<AdmittedZone> {
  const context = ports.regions(request.zone.region);
  if (!request.dryRun) {
    const wish = { ...wishOf(context, request), wait: request.leaseWait };
    return inTurn(leasePorts(ports, request), wish, () => deployNow(ports, request));
  }
  const admission = await judgeAdmission(ports, request);
  for (const warning of admission.warnings) context.log.warning(warning);
  if (admission.kind === 'refused')
    context.log.warning(refusal(request.zone.zone, admission.problems).message);
  const ledger = await readLedger(ports.ledger, request.fleet.service, context.signal);
  const journal = readOnlyJournal(knownRecords(ledger, request.zone.zone));
  return { admission, report: await deployZone(context, zoneRequest(request), journal) };
}

async function deployNow(ports: AdmissionPorts, request: AdmissionRequest): Promise<AdmittedZone> {
  const context = ports.regions(request.zone.region);
  const admission = await judgeAdmission(ports, request);
  for (const warning of admission.warnings) context.log.warning(warning);
  if (admission.kind === 'refused') throw refusal(request.zone.zone, admission.problems);
  let { release } = admission;
  return withLease(
    leasePorts(ports, request),
    wishOf(context, request),
    (ledger) => {
      release = knownRelease(ledger, admission.release);
      return begin(context, request, { ...admission, release }, ledger);
    },
    async (lease, ledger) => {
      const { clock, log, run } = context;
      const { zone } = request.zone;
      for (const found of leftSentences(ledger, zone)) log.info(found);
      const journal = keepJournal({ clock, log, run, lease }, zone, ledger);
      const report = await attempt(fenced(context, lease), request, release, journal);
      return { admission, report: await end(ports, request, { lease, journal }, report) };
    },
  );
}

function leasePorts(
  { regions, ledger, leaseTiming }: AdmissionPorts,
  { zone }: AdmissionRequest,
): LeasePorts {
  const { clock, log, signal } = regions(zone.region);
  return { clock, log, signal, ledger, ...(leaseTiming === undefined ? {} : { leaseTiming }) };
}

function wishOf({ run }: Pick<Edges, 'run'>, { fleet, zone, runId }: AdmissionRequest): LeaseWish {
  return { service: fleet.service, zone: zone.zone, run, runId };
}

/**
 * The ledger in which the zone begins, if the ledger that is written to still allows it: somebody else may have begun
 * meanwhile.
 */
function begin(
  { clock, run }: Pick<Edges, 'clock' | 'run'>,
  request: AdmissionRequest,
  { release, approval }: Extract<Admission, { readonly kind: 'admitted' }>,
  ledger: Ledger,
): Ledger {
  const { zone, runId } = request;
  const problems = orderProblems(ledger, request, release);
  if (problems.length > 0) throw refusal(zone.zone, problems);
  const approvedBy = approval === undefined ? {} : { approvedBy: approval.by.map(({ login }) => login) };
  const at = new Date(clock.now()).toISOString();
  return zoneBegan(ledger, { zone: zone.zone, release, run, runId, at, ...approvedBy });
}

/** The deployment; one that could not start ends like one that stopped, since the ledger says that it began. */
async function attempt(
  context: RegionContext,
  request: AdmissionRequest,
  { version, sha256, ordinal }: ReleaseKey,
  journal: Journal,
): Promise<ZoneReport> {
  const { zone } = request;
  try {
    return await deployZone(context, { ...zoneRequest(request), sha256, ordinal }, journal);
  } catch (error) {
    const problem = error instanceof Error ? error : new Error(String(error));
    return { zone: zone.zone, version, sha256, state: 'stopped', hosts: [], problem };
  }
}

/**
 * Writes how the zone ended, and which of its hosts serve again, also for a step that is being cancelled: it has as long as
 * the runner leaves it.
 */
async function end(
  { regions, ledger: store }: AdmissionPorts,
  { zone, runId }: AdmissionRequest,
  { lease, journal }: { readonly lease: HeldLease; readonly journal: KeptJournal },
  report: ZoneReport,
): Promise<ZoneReport> {
  const { clock, run, log } = regions(zone.region);
  const state = report.state === 'stopped' ? 'stopped' : 'deployed';
  const note = report.problem === undefined ? {} : { note: report.problem.message.slice(0, LONGEST_NOTE) };
  try {
    await lease.end((ledger) => {
      const entry = ledger.zones[zone.zone];
      if (entry !== undefined && (entry.run !== run || entry.runId !== runId)) {
        throw new UserError(`${zone.zone} was taken over by ${entry.run} at ${entry.at}`);
      }
      const at = new Date(clock.now()).toISOString();
      const closed = journal.closed(ledger, servingBy(report.hosts));
      return zoneEnded(closed, { zone: zone.zone, state, run, runId, at, ...note });
    }, new AbortController().signal);
    return report;
  } catch (error) {
    if (error instanceof LostLeaseError) return lostReport(report, error);
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

/** What went wrong after the lease was lost went wrong because of it. */
function lostReport(report: ZoneReport, lost: LostLeaseError): ZoneReport {
  const seen = report.problem === undefined || report.problem === lost ? [] : [report.problem.message];
  const problem = new LostLeaseError([lost.message, ...seen].join('\n'), lost.token);
  return { ...report, state: 'stopped', problem };
}

function zoneRequest({ fleet, zone, version, sha256, dryRun }: AdmissionRequest): ZoneRequest {
  return { fleet, zone: zone.zone, version, dryRun, ...(sha256 === undefined ? {} : { sha256 }) };
}
