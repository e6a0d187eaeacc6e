import type { Fleet, Zone } from '../../fleet/fleet.ts';
import type { GitHub } from '../../github/port.ts';
import type { Ledger, ReleaseKey } from '../../ledger/document.ts';
import { knownRecords } from '../../ledger/journal.ts';
import { leaseProblems } from '../../ledger/lease.ts';
import { readLedger } from '../../ledger/ledger.ts';
import { beginProblems, knownRelease } from '../../ledger/order.ts';
import type { LedgerStore } from '../../ledger/port.ts';
import { UserError } from '../../runner/errors.ts';
import type { Regions } from '../context.ts';
import type { Journal } from '../journal/journal.ts';
import { readOnlyJournal } from '../journal/keep-journal.ts';
import type { LeaseTiming } from '../lease/timing.ts';
import { type Plan, planDigest } from '../plan/plan.ts';
import { proveZone } from '../plan/prove-zone.ts';
import { termsOf } from '../plan/terms.ts';
import { prepareZone } from '../zone/prepare-zone.ts';
import type { Approval, ApprovalVerdict } from './approval.ts';
import { askPeople } from './ask-people.ts';
import { changeProblems, ordinalProblems, planProblems } from './plan-fit.ts';

/** What a zone is admitted by. */
export interface AdmissionPorts {
  readonly regions: Regions;
  readonly ledger: LedgerStore;
  /** None without a token. */
  readonly github?: GitHub;
  /** For tests; that of `withLease` when not given. */
  readonly leaseTiming?: LeaseTiming;
}

/** What somebody wants to do to a zone. */
export interface AdmissionRequest {
  readonly fleet: Fleet;
  readonly zone: Zone;
  readonly version: string;
  /** Digest the archive must have; read from beside the archive when not given. */
  readonly sha256?: string;
  /** Of a release that the ledger does not know yet; a known one keeps its own. */
  readonly ordinal: number;
  readonly rollBack: boolean;
  /** What was approved; none when it was made without a plan. */
  readonly plan?: Plan;
  readonly allowUnprotected: boolean;
  /** Number of the workflow run; 0 outside of GitHub. */
  readonly runId: number;
  /** Milliseconds to wait while another run holds the lease of the service; 0 refuses at once. */
  readonly leaseWait: number;
  /** Judge and observe only. */
  readonly dryRun: boolean;
}

/** Whether a zone may begin, with everything that forbids it. */
export type Admission =
  | (AdmissionNotes & { readonly kind: 'admitted'; readonly release: ReleaseKey })
  | (AdmissionNotes & { readonly kind: 'refused'; readonly problems: readonly string[] });

/** What a report says about an admission. */
export interface AdmissionNotes {
  /** None when nobody had to approve, or nobody did. */
  readonly approval?: Approval;
  /** What was let pass though it should not be so. */
  readonly warnings: readonly string[];
  /** Of the plan. */
  readonly digest?: string;
}

/** What the ledger, the hosts and the balancers say. */
interface World {
  /** None when its archive was not found. */
  readonly release?: ReleaseKey;
  readonly problems: readonly string[];
}

/**
 * Judges whether a zone may begin now: approved by a person, as it was planned, after every earlier zone was promoted and
 * while all their hosts prove the release. Reads only.
 *
 * @returns the refusal with every problem that could be found
 * @throws PlatformError when something that has to be known could not be read: what cannot be read is closed
 */
export async function judgeAdmission(ports: AdmissionPorts, request: AdmissionRequest): Promise<Admission> {
  const { fleet, zone, plan } = request;
  const context = ports.regions(zone.region);
  // One after the other: GitHub may be waited for, and what hosts proved before that would be old.
  const people = await askPeople(context, ports.github, { ...request, patient: !request.dryRun });
  const world = await judgeWorld(ports, request);
  const unfit = plan === undefined ? [] : planProblems(plan, { fleet, zone, now: context.clock.now() });
  const problems = [...problemsOf(people), ...unfit, ...world.problems];
  const notes: AdmissionNotes = {
    warnings: people.kind === 'unprotected' ? people.warnings : [],
    ...(people.kind === 'approved' ? { approval: people.approval } : {}),
    ...(plan === undefined ? {} : { digest: planDigest(plan) }),
  };
  if (problems.length === 0 && world.release !== undefined) {
    return { kind: 'admitted', release: world.release, ...notes };
  }
  return { kind: 'refused', problems, ...notes };
}

/** A refusal as an error. */
export function refusal(zone: string, problems: readonly string[]): UserError {
  const lines = problems.map((problem) => `- ${problem}`);
  return new UserError([`${zone} is not admitted; nothing was touched.`, ...lines].join('\n'));
}

/** Everything that the ledger has against a beginning of this zone. */
export function orderProblems(
  ledger: Ledger,
  { fleet, zone, rollBack, runId }: AdmissionRequest,
  release: ReleaseKey,
): readonly string[] {
  const earlier = earlierZones(fleet, zone).map((each) => each.zone);
  return beginProblems(ledger, { zone: zone.zone, earlier, release, rollBack, runId });
}

function earlierZones({ zones }: Fleet, { zone }: Zone): readonly Zone[] {
  return zones.slice(
    0,
    zones.findIndex((each) => each.zone === zone),
  );
}

async function judgeWorld(ports: AdmissionPorts, request: AdmissionRequest): Promise<World> {
  const { fleet, zone, version, plan } = request;
  const context = ports.regions(zone.region);
  const [ledger, found] = await Promise.all([
    readLedger(ports.ledger, fleet.service, context.signal),
    refusedOr(async () => {
      const location = fleet.release.artifact.replaceAll('{version}', version);
      return context.artifacts.find(location, request.sha256);
    }),
  ]);
  if (found.kind === 'refused') return { problems: [found.problem] };
  const { sha256 } = found.value;
  const release = knownRelease(ledger, { version, sha256, ordinal: request.ordinal });
  const [own, ...earlier] = await Promise.all([
    judgeZone(ports, request, release, readOnlyJournal(knownRecords(ledger, zone.zone))),
    ...earlierZones(fleet, zone).map((each) => proveZone(ports.regions(each.region), fleet, each, release)),
  ]);
  // Who does more than look takes the lease after this, and is told then.
  const { run, clock } = context;
  const held = request.dryRun ? leaseProblems(ledger, { run, runId: request.runId, now: clock.now() }) : [];
  const other = plan !== undefined && plan.ordinal !== release.ordinal ? [otherOrdinal(plan, release)] : [];
  return {
    release,
    problems: [...held, ...other, ...orderProblems(ledger, request, release), ...earlier.flat(), ...own],
  };
}

/** What the zone's own hosts and balancers have against it. */
async function judgeZone(
  ports: AdmissionPorts,
  { fleet, zone, rollBack, plan }: AdmissionRequest,
  release: ReleaseKey,
  journal: Journal,
): Promise<readonly string[]> {
  const context = ports.regions(zone.region);
  const { version, sha256 } = release;
  const prepared = await refusedOr(() =>
    // The deployment observes the zone again and says then what there is to say.
    prepareZone(
      { ...context, log: { ...context.log, info: () => undefined, warning: () => undefined } },
      { fleet, zone: zone.zone, version, sha256, dryRun: true },
      journal,
    ),
  );
  if (prepared.kind === 'refused') return [prepared.problem];
  const { work, statuses } = prepared.value;
  return [
    ...(plan === undefined ? [] : changeProblems(plan, zone.zone, { terms: termsOf(work), statuses })),
    ...(rollBack ? [] : ordinalProblems(statuses, release)),
  ];
}

function otherOrdinal(plan: Plan, { version, ordinal }: ReleaseKey): string {
  return (
    `the plan has ordinal ${plan.ordinal} for ${version}, and the ledger knows this release by ${ordinal}. Plan again, and ` +
    'have the new plan approved.'
  );
}

function problemsOf(people: ApprovalVerdict): readonly string[] {
  return people.kind === 'refused' ? people.problems : [];
}

type RefusedOr<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'refused'; readonly problem: string };

/** A refusal is one problem among others. */
async function refusedOr<T>(work: () => Promise<T>): Promise<RefusedOr<T>> {
  try {
    return { kind: 'found', value: await work() };
  } catch (error) {
    if (error instanceof UserError) return { kind: 'refused', problem: error.message };
    throw error;
  }
}
