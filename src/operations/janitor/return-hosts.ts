import type { Fleet, Zone } from '../../fleet/fleet.ts';
import type { Lease, Ledger } from '../../ledger/document.ts';
import { hostsServe, hostsTold, journalClosed, openIntents } from '../../ledger/journal.ts';
import { HeldLeaseError, holderOf, LostLeaseError } from '../../ledger/lease.ts';
import { readLedger } from '../../ledger/ledger.ts';
import { zoneLeft } from '../../ledger/order.ts';
import type { LedgerStore } from '../../ledger/port.ts';
import { CancelledError, PlatformError, UserError } from '../../runner/errors.ts';
import type { Edges, RegionContext, Regions } from '../context.ts';
import { fenced } from '../lease/fenced.ts';
import type { HeldLease, LeasePorts } from '../lease/hold-lease.ts';
import type { LeaseTiming } from '../lease/timing.ts';
import { withLease } from '../lease/with-lease.ts';
import { type Answer, answerOf } from '../plan/answer.ts';
import type { UndoRecord } from '../records.ts';
import { bringBack, leftAs } from './bring-back.ts';
import { type FoundHost, type FoundZone, recordOf } from './found.ts';
import { judgeHost, type Verdict } from './judge-host.ts';
import { observeLeft, outOfUnknownZones } from './observe.ts';
import {
  type HostOutcome,
  type JanitorReport,
  noteOf,
  problemOf,
  sayOutcome,
  stateOf,
  type ZoneOutcome,
} from './outcome.ts';
import { withProofs } from './prove-hosts.ts';

const PLANS = {
  return: 'would be returned',
  finish: 'its return would be finished',
  forget: 'the ledger would forget it',
} as const;

export interface JanitorPorts {
  readonly regions: Regions;
  readonly ledger: LedgerStore;
  /** For tests; `LEASE_TIMING` when not given. */
  readonly leaseTiming?: LeaseTiming;
}

export interface JanitorRequest {
  readonly fleet: Fleet;
  /** Observe and decide only. */
  readonly dryRun: boolean;
}

/** Everything that one look over all zones has shown, during which nobody was at work. */
interface Looked {
  readonly kind: 'looked';
  readonly ledger: Ledger;
  readonly zones: ReadonlyMap<Zone, Answer<FoundZone>>;
}

type Surroundings = readonly [ports: JanitorPorts, edges: Edges, request: JanitorRequest];

/**
 * Returns hosts to service that a run left out when it died, or says why it does not, zone by zone, under the lease of the service.
 * While another run is at work, this one of the same workflow run included, nothing is looked at but the ledger. Nothing is
 * installed, started or stopped.
 *
 * @returns the report, also when hosts could not be returned
 * @throws UserError or PlatformError when the ledger cannot be read, CancelledError when the signal aborts before anything is done
 */
export async function returnHosts(
  ports: JanitorPorts,
  edges: Edges,
  request: JanitorRequest,
): Promise<JanitorReport> {
  const { service } = request.fleet;
  const around: Surroundings = [ports, edges, request];
  const looked = await lookWhileIdle(around);
  if (looked.kind === 'busy') return { service, state: 'busy', holder: looked.holder, zones: [] };
  const zones: ZoneOutcome[] = [...outOfUnknownZones(request.fleet, looked.ledger)];
  let stopped: CancelledError | undefined;
  for (const zone of request.fleet.zones) {
    const outcome = await attendTo(around, zone, looked);
    sayOutcome(edges.log, outcome);
    zones.push(outcome);
    if (outcome.problem instanceof CancelledError) {
      stopped = outcome.problem;
      break;
    }
  }
  const problem = stopped ?? (request.dryRun ? undefined : problemOf(zones));
  const found = zones.find((each) => each.holder !== undefined)?.holder;
  return {
    service,
    state: stateOf(zones),
    zones,
    ...(found && { holder: found }),
    ...(problem && { problem }),
  };
}

/**
 * Looks at all zones while no run is at work. One that begins meanwhile takes hosts out of service that nobody has left there, so
 * what was seen then says nothing.
 */
async function lookWhileIdle(
  around: Surroundings,
): Promise<Looked | { readonly kind: 'busy'; readonly holder: Lease }> {
  const [ports, edges, { fleet }] = around;
  const read = () => readLedger(ports.ledger, fleet.service, edges.signal);
  let ledger = await read();
  while (true) {
    const holder = whoWorks(ledger, ports, edges);
    if (holder !== undefined) return { kind: 'busy', holder };
    const zones = await lookAtAll(around, ledger);
    const after = await read();
    // Every taking of the lease moves it on.
    if (after.fence === ledger.fence) return { kind: 'looked', ledger, zones };
    ledger = after;
  }
}

/** Whoever holds a lease that is not over; that of this very run is nobody else's business either. */
function whoWorks(
  ledger: Ledger,
  { leaseTiming }: JanitorPorts,
  { clock }: Pick<Edges, 'clock'>,
): Lease | undefined {
  // No run has this number: every lease is somebody else's.
  const claim = { run: '', runId: -1, now: clock.now() };
  return holderOf(ledger, leaseTiming === undefined ? claim : { ...claim, skew: leaseTiming.skew });
}

async function lookAtAll(
  [{ regions }, { signal }, { fleet, dryRun }]: Surroundings,
  ledger: Ledger,
): Promise<ReadonlyMap<Zone, Answer<FoundZone>>> {
  const looks = fleet.zones.map(async (zone) => {
    const context = regions(zone.region);
    const look = async () => {
      const found = await observeLeft(context, fleet, zone, ledger);
      return dryRun ? withProofs(context, fleet, found, ledger) : found;
    };
    return [zone, await answerOf(look(), signal)] as const;
  });
  return new Map(await Promise.all(looks));
}

/** One zone: only said what is seen where nothing can be done, planned in a dry run, and otherwise worked on under the lease. */
async function attendTo(around: Surroundings, zone: Zone, looked: Looked): Promise<ZoneOutcome> {
  const [, , { fleet, dryRun }] = around;
  const base = { zone: zone.zone, ...versionIn(looked.ledger, zone) };
  const answer = looked.zones.get(zone);
  if (answer?.kind !== 'told') {
    return {
      ...base,
      hosts: [],
      problem: new PlatformError(`${zone.zone}: ${answer?.problem ?? 'not seen'}`),
    };
  }
  const found = answer.value;
  if (dryRun || !isToDo(fleet, found, looked.ledger)) {
    return { ...base, ...outlook(fleet, found, looked.ledger) };
  }
  try {
    return { ...base, ...(await underLease(around, zone, looked)) };
  } catch (error) {
    if (error instanceof HeldLeaseError) return { ...base, hosts: [], holder: error.holder };
    const isKnown = [UserError, PlatformError, CancelledError].some((kind) => error instanceof kind);
    if (!isKnown || !(error instanceof Error)) throw error;
    return { ...base, hosts: [], problem: error };
  }
}

/** Whether anything is to be done, so that the lease is worth taking. */
function isToDo(fleet: Fleet, { zone, hosts }: FoundZone, ledger: Ledger): boolean {
  return (
    ledger.zones[zone.zone]?.state === 'deploying' ||
    openIntents(ledger).some((intent) => intent.zone === zone.zone) ||
    hosts.some((host) => {
      const verdict = judgeHost(host, fleet, ledger);
      if (verdict.kind !== 'leave') return verdict.kind !== 'nothing';
      return verdict.failed && host.out !== undefined && host.out.told === undefined;
    })
  );
}

/** What is left as it is, and what would be done. */
function outlook(
  fleet: Fleet,
  { zone: { zone }, hosts }: FoundZone,
  ledger: Ledger,
): Pick<ZoneOutcome, 'hosts' | 'wouldClose'> {
  const entry = ledger.zones[zone];
  return {
    hosts: hosts.flatMap((host) => plannedFor(host, judgeHost(host, fleet, ledger))),
    ...(entry?.state === 'deploying' ? { wouldClose: entry.run } : {}),
  };
}

function plannedFor(host: FoundHost, verdict: Verdict): readonly HostOutcome[] {
  if (verdict.kind !== 'return' && verdict.kind !== 'finish' && verdict.kind !== 'forget')
    return leftAs(host, verdict);
  const { record, found } = verdict;
  const todo = PLANS[verdict.kind];
  return [{ zone: host.zone, host: host.host, record, found, done: 'planned', todo, failed: false }];
}

/** Everything is observed anew: a run may have come and gone since the first look. */
async function underLease(
  [ports, edges, { fleet }]: Surroundings,
  zone: Zone,
  looked: Looked,
): Promise<Pick<ZoneOutcome, 'hosts' | 'closed' | 'problem'>> {
  const { clock, log, signal, run } = edges;
  const { ledger: store, leaseTiming } = ports;
  const leasePorts: LeasePorts = { clock, log, signal, ledger: store, ...(leaseTiming && { leaseTiming }) };
  // Without a number it has no lease in common with a deployment of the same workflow run.
  const wish = { service: fleet.service, zone: zone.zone, run, runId: 0 };
  return withLease(leasePorts, wish, unchanged, async (lease, ledger) => {
    const context: RegionContext = fenced(ports.regions(zone.region), lease);
    const seen = await observeLeft(context, fleet, zone, ledger);
    const found = await withProofs(context, fleet, seen, ledger);
    const out = recordsIn(fleet, ledger, zone.region, [found, ...othersIn(looked, zone)]);
    const hosts = await bringBack({ context, lease, fleet, ledger, out }, found);
    return { hosts, ...(await closeZone(context, lease, { zone, ledger, hosts })) };
  });
}

function unchanged(ledger: Ledger): Ledger {
  return ledger;
}

/** Other zones of the region as the first look showed them: an Auto Scaling group may have hosts in several. */
function othersIn({ zones }: Looked, zone: Zone): readonly FoundZone[] {
  return [...zones].flatMap(([other, answer]) =>
    other !== zone && other.region === zone.region && answer.kind === 'told' ? [answer.value] : [],
  );
}

function recordsIn(
  fleet: Fleet,
  { out = {} }: Ledger,
  region: string,
  found: readonly FoundZone[],
): ReadonlyMap<string, UndoRecord> {
  const regionOf = (name: string) => fleet.zones.find(({ zone }) => zone === name)?.region ?? region;
  const written = Object.entries(out).filter(([, { zone }]) => regionOf(zone) === region);
  const seen = found.flatMap(({ hosts }) => hosts).map((host) => [host.host, recordOf(host)] as const);
  return new Map([
    ...seen.flatMap(([host, record]) => (record === undefined ? [] : [[host, record] as const])),
    ...written.map(([host, { record }]) => [host, record] as const),
  ]);
}

interface Ending {
  readonly zone: Zone;
  readonly ledger: Ledger;
  readonly hosts: readonly HostOutcome[];
}

/** Closes what the dead run left open in the ledger, and lets the lease go. */
async function closeZone(
  { clock, run, signal }: RegionContext,
  lease: HeldLease,
  { zone: { zone }, ledger, hosts }: Ending,
): Promise<Pick<ZoneOutcome, 'closed' | 'problem'>> {
  const at = new Date(clock.now()).toISOString();
  const note = noteOf(run, hosts);
  // Also those of which the ledger could not be told at once.
  const serving = hosts.filter(({ done }) => done !== 'left').map(({ host }) => host);
  const failed = hosts.filter((host) => host.failed).map(({ host }) => host);
  const entry = ledger.zones[zone];
  const left = entry?.state === 'deploying' ? { closed: entry.run } : {};
  try {
    await lease.end((written) => {
      const closed = journalClosed(written, { run, token: lease.token, at });
      return zoneLeft(hostsTold(hostsServe(closed, serving), failed, at), { zone, at, note });
    }, signal);
    return left;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LostLeaseError || !(error instanceof Error)) throw error;
    const cure = 'Run return-hosts again: it touches no host that serves and tells the ledger.';
    const untold = `The ledger was not told what became of ${zone}: ${error.message}\n${cure}`;
    return { problem: new PlatformError(untold, { cause: error }) };
  }
}

function versionIn({ zones }: Ledger, { zone }: Zone): Pick<ZoneOutcome, 'version'> {
  const version = zones[zone]?.release.version;
  return version === undefined ? {} : { version };
}
