import type { Artifact } from '../../artifacts/port.ts';
import type { Fleet } from '../../fleet/fleet.ts';
import { findZone } from '../../fleet/zones.ts';
import type { GitHub, OtherRun } from '../../github/port.ts';
import type { Ledger, ReleaseKey } from '../../ledger/document.ts';
import { leaseProblems } from '../../ledger/lease.ts';
import { readLedger } from '../../ledger/ledger.ts';
import { beginProblems, knownRelease } from '../../ledger/order.ts';
import type { LedgerStore } from '../../ledger/port.ts';
import { UserError } from '../../runner/errors.ts';
import type { Edges, Regions } from '../context.ts';
import { refusePointless } from '../smoke/smoke-trial.ts';
import { type Answer, answerOf } from './answer.ts';
import { type Found, lookAhead, type Outlook, type ZoneOutlook } from './look-ahead.ts';
import { askingOnce, observeZone } from './observe-zone.ts';
import type { Plan } from './plan.ts';
import { blindness, otherRunWarning, timeWarnings, together, unfinished } from './plan-warnings.ts';
import type { ProtectionPolicy } from './protection.ts';
import { proveZone } from './prove-zone.ts';
import { readProtection } from './read-protection.ts';

export interface PlanPorts {
  readonly regions: Regions;
  readonly ledger: LedgerStore;
  /** None without a token. */
  readonly github?: GitHub;
}

export interface PlanRequest {
  readonly fleet: Fleet;
  readonly version: string;
  /** Digest the archive must have; read from beside the archive when not given. */
  readonly sha256?: string;
  /** Of a release that the ledger does not know yet; a known one keeps its own. */
  readonly ordinal: number;
  /** The zone to begin with; the first one when not given. */
  readonly startAt?: string;
  readonly rollBack: boolean;
  readonly protection: ProtectionPolicy;
  /** Number of the workflow run; 0 outside of GitHub. */
  readonly runId: number;
}

/** What a deployment would be. There is a plan only when nothing forbids it. */
export interface PlanReport {
  readonly service: string;
  readonly version: string;
  /** None when the archive was not found. */
  readonly release?: ReleaseKey;
  readonly zones: readonly ZoneOutlook[];
  readonly otherRuns: readonly OtherRun[];
  /** Expected milliseconds of all zones, without what people take to approve. */
  readonly expected: number;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  readonly plan?: Plan;
}

/**
 * Looks at everything that decides whether a release can be deployed zone by zone, and writes down what a person then approves.
 * Reads only. What is wrong in one zone does not hide what is wrong in others: all of it is in the report.
 *
 * @throws UserError when `startAt` is no zone of the fleet, CancelledError when the signal aborts
 */
export async function planZones(ports: PlanPorts, edges: Edges, request: PlanRequest): Promise<PlanReport> {
  const { fleet, startAt } = request;
  const regions = askingOnce(ports.regions);
  const start = startAt === undefined ? 0 : fleet.zones.indexOf(findZone(fleet, startAt));
  const [gates, runs, ledger, artifact, worlds] = await Promise.all([
    readProtection(ports.github, fleet.zones.slice(start), request.protection, edges.signal),
    answerOf(ports.github?.otherRuns(edges.signal) ?? Promise.resolve([]), edges.signal),
    answerOf(readLedger(ports.ledger, fleet.service, edges.signal), edges.signal),
    answerOf(findArtifact(regions, request), edges.signal),
    Promise.all(fleet.zones.map((zone) => observeZone(regions(zone.region), zone, fleet.hosts.directory))),
  ]);
  const release = releaseOf(request, ledger, artifact);
  const found: Found = { regions, start, release, gates, ledger, worlds };
  const zones = await lookAhead(request, found);
  const order = await orderOf(request, found);
  const otherRuns = runs.kind === 'told' ? runs.value : [];
  const problems = [
    ...pointless(fleet),
    ...silenceOf(artifact),
    ...silenceOf(ledger),
    ...silenceOf(runs),
    ...order,
    ...zones.flatMap((each) => [...(each.gate?.problems ?? []), ...each.problems]),
  ];
  const expected = zones.reduce((sum, { estimate }) => sum + estimate.deployment + estimate.bake, 0);
  const report: PlanReport = {
    service: fleet.service,
    version: request.version,
    ...(release === undefined ? {} : { release }),
    zones,
    otherRuns,
    expected,
    problems,
    warnings: [
      ...otherRuns.map((run) => otherRunWarning(run, request.runId)),
      ...(ledger.kind === 'told'
        ? leaseProblems(ledger.value, { run: edges.run, runId: request.runId, now: edges.clock.now() })
        : []),
      ...blindness(fleet),
      ...timeWarnings(fleet, zones, expected),
      ...zones.flatMap(({ gate }) => gate?.warnings ?? []),
      ...together(zones),
      ...zones.flatMap(({ entry, zone }) => (entry?.state === 'deploying' ? [unfinished(zone, entry)] : [])),
    ],
  };
  if (release === undefined || problems.length > 0) return report;
  return { ...report, plan: planOf(request, release, zones, edges.clock.now()) };
}

async function findArtifact(regions: Regions, { fleet, version, sha256 }: PlanRequest): Promise<Artifact> {
  const [first] = fleet.zones;
  if (first === undefined) throw new UserError('the fleet file has no zones.');
  const location = fleet.release.artifact.replaceAll('{version}', version);
  return regions(first.region).artifacts.find(location, sha256);
}

function releaseOf(
  { version, ordinal }: PlanRequest,
  ledger: Answer<Ledger>,
  artifact: Answer<Artifact>,
): ReleaseKey | undefined {
  if (artifact.kind === 'silent') return undefined;
  const release = { version, sha256: artifact.value.sha256, ordinal };
  return ledger.kind === 'told' ? knownRelease(ledger.value, release) : release;
}

/** What the ledger has against the first zone, and what the hosts of the zones before it do not prove. */
async function orderOf({ fleet, rollBack, runId }: PlanRequest, found: Found): Promise<readonly string[]> {
  const { regions, start, release, ledger } = found;
  const first = fleet.zones[start];
  if (release === undefined || first === undefined) return [];
  const before = fleet.zones.slice(0, start);
  const earlier = before.map(({ zone }) => zone);
  const proven = await Promise.all(
    before.map(async (zone) => {
      const context = regions(zone.region);
      const answer = await answerOf(proveZone(context, fleet, zone, release), context.signal);
      return answer.kind === 'told' ? answer.value : [`${zone.zone}: ${answer.problem}`];
    }),
  );
  const ordered =
    ledger.kind === 'told'
      ? beginProblems(ledger.value, { zone: first.zone, earlier, release, rollBack, runId })
      : [];
  return [...ordered, ...proven.flat()];
}

function planOf(
  { fleet, rollBack }: PlanRequest,
  release: ReleaseKey,
  zones: readonly Outlook[],
  now: number,
): Plan {
  const { version, sha256, ordinal } = release;
  return {
    schema: 1,
    service: fleet.service,
    version,
    sha256,
    ordinal,
    rollBack,
    planned: new Date(now).toISOString(),
    zones: zones.map(({ zone, todo, terms, from }) => {
      return { zone: zone.zone, environment: zone.environment, todo, terms, from };
    }),
  };
}

function pointless({ smoke }: Fleet): readonly string[] {
  try {
    refusePointless(smoke);
    return [];
  } catch (error) {
    if (error instanceof UserError) return [error.message];
    throw error;
  }
}

function silenceOf(answer: Answer<unknown>): readonly string[] {
  return answer.kind === 'told' ? [] : [answer.problem];
}
