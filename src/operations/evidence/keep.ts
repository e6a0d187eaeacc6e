import { renderBundle, sealBundle } from '../../evidence/bundle.ts';
import type { EvidenceFacts, EvidenceHost, EvidenceOutcome } from '../../evidence/document.ts';
import { seenReleases } from '../../evidence/hosts-seen.ts';
import type { EvidenceStore } from '../../evidence/port.ts';
import type { Fleet, Zone } from '../../fleet/fleet.ts';
import type { LedgerStore } from '../../ledger/port.ts';
import type { RegionContext } from '../context.ts';
import type { HostReport } from '../upgrade/host-report.ts';
import { floorFor } from '../zone/zone-work.ts';
import { lookAgain } from './closing-look.ts';
import { type SeenLease, watchLedger } from './lease-seen.ts';
import { createEvidenceLog, type EvidenceLog } from './log.ts';
import { recorded } from './recorder.ts';

/** Milliseconds that the last look may take: a step that stopped because hosts are silent must not wait for them again. */
const LOOK_LIMIT = 60_000;

/**
 * Milliseconds for keeping the bundle of a step that is cancelled, and for going on with what was begun. The runner sends SIGTERM
 * 7.5 s after SIGINT, and the step ends after 5 s, of which unwinding takes the first. On loopback 1 MB is kept in 0.1 s, and 5 MB
 * in 0.5 s (measured with 2 busy cores).
 */
const CANCELLED_LIMIT = 3_000;

/** Characters of a problem that a bundle keeps. */
const LONGEST_PROBLEM = 2_000;

/** What is known of an action before it begins. */
export interface EvidenceRequest extends Pick<EvidenceFacts, 'action' | 'run' | 'plan'> {
  readonly fleet: Fleet;
  readonly zone: Zone;
}

/** What is known when it is over. */
export interface EvidenceEnd extends Pick<EvidenceFacts, 'release' | 'approvals' | 'bake' | 'outcome'> {
  readonly hosts: readonly HostReport[];
}

/** Where a bundle is, and the digest that stands over it. */
export interface KeptEvidence {
  readonly place: string;
  readonly head: string;
}

/** The evidence of one action while it goes on. */
export interface Evidence {
  /** The same surroundings, with every look and change noted. */
  watched(context: RegionContext): RegionContext;
  /** The same ledger, with the lease of the action noted. */
  watchedLedger(ledger: LedgerStore): LedgerStore;
  /**
   * Looks at the zone once more, and keeps the bundle. A bundle that cannot be kept is a warning: the zone is what it is. That of
   * a step that is being cancelled is kept without the look, as `cancelled`, since the runner waits for seconds only.
   *
   * @param context not fenced: a step that has lost its lease still may look
   */
  close(context: RegionContext, end: EvidenceEnd): Promise<KeptEvidence | undefined>;
  /** The same of an action that threw. One that was refused before it held the lease has touched nothing, and leaves no bundle. */
  closeThrown(context: RegionContext, thrown: unknown): Promise<KeptEvidence | undefined>;
}

/** Begins to gather evidence. */
export function gatherEvidence(store: EvidenceStore, request: EvidenceRequest, began: number): Evidence {
  const log = createEvidenceLog();
  const { fleet, zone, action, run } = request;
  const lease = watchLedger({ run: run.url, zone: zone.zone, service: fleet.service });
  const watched = (context: RegionContext) => recorded(context, log, fleet.hosts.identity);
  const name = `${zone.zone}/${run.id}-${run.attempt}-${action}`;
  const close = async (context: RegionContext, end: EvidenceEnd) => {
    const { clock, signal } = context;
    try {
      const found = { ...request, zone: { ...zone, hosts: presentHosts(request, end) } };
      if (!signal.aborted) await look(watched(context), log, found, end);
      const outcome = outcomeOf(end, signal);
      const ended = clock.now();
      log.end(ended);
      const facts = factsOf(request, { ...end, outcome }, { log, lease: lease.seen(), began, ended });
      const bundle = sealBundle(facts, log.recorded());
      const place = await store.write(name, renderBundle(bundle), lingering(signal));
      return { place, head: bundle.head };
    } catch (error) {
      context.log.warning(
        `The evidence bundle ${store.place}/${name}.json was not written: ${messageOf(error)}`,
      );
      return undefined;
    }
  };
  return {
    watched,
    watchedLedger: lease.watched,
    close,
    closeThrown: async (context, thrown) => {
      const release = lease.seen()?.release;
      if (release === undefined) return undefined;
      const outcome = { state: 'stopped', problem: messageOf(thrown) } as const;
      return close(context, { release, approvals: [], hosts: [], outcome });
    },
  };
}

/** A look that fails leaves a bundle that says less. */
async function look(
  context: RegionContext,
  log: EvidenceLog,
  { fleet, zone }: EvidenceRequest,
  { release }: EvidenceEnd,
): Promise<void> {
  try {
    const quiet = { ...context.log, info: () => undefined, warning: () => undefined };
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(LOOK_LIMIT)]);
    await lookAgain({ ...context, log: quiet, signal }, log, { fleet, zone, release });
  } catch (error) {
    if (context.signal.aborted) return;
    context.log.warning(`The last look at ${zone.zone} for the evidence failed: ${messageOf(error)}`);
  }
}

/** The whole of a problem is in the job summary. Without the last look nothing is claimed, however far a step had come. */
function outcomeOf({ outcome: { state, problem } }: EvidenceEnd, signal: AbortSignal): EvidenceOutcome {
  const cut = (text: string) => text.slice(0, LONGEST_PROBLEM);
  if (!signal.aborted) return problem === undefined ? { state } : { state, problem: cut(problem) };
  const reason = messageOf(signal.reason);
  const reached = problem ?? `It was ${state}, and the zone was not looked at once more.`;
  return { state: 'cancelled', problem: cut(reached.includes(reason) ? reached : `${reason} ${reached}`) };
}

/** Aborts some seconds after another signal has. */
function lingering(signal: AbortSignal): AbortSignal {
  if (signal.aborted) return AbortSignal.timeout(CANCELLED_LIMIT);
  const late = new AbortController();
  const begin = () => setTimeout(() => late.abort(signal.reason), CANCELLED_LIMIT).unref();
  signal.addEventListener('abort', begin, { once: true });
  return late.signal;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function presentHosts({ zone }: EvidenceRequest, { hosts }: EvidenceEnd): readonly string[] {
  return zone.hosts.map((id) => hosts.find(({ host }) => host === id)?.successor ?? id);
}

interface Gathered {
  readonly log: EvidenceLog;
  readonly lease: SeenLease | undefined;
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly ended: number;
}

function factsOf(
  { fleet, zone, action, run, plan }: EvidenceRequest,
  { release, approvals, bake, outcome, hosts: reports }: EvidenceEnd,
  { log, lease, began, ended }: Gathered,
): EvidenceFacts {
  const { identity } = fleet.hosts;
  const hosts = hostsOf(zone, reports, log);
  const successors = hosts.flatMap(({ host, replaced }) => (replaced === undefined ? [] : [host]));
  const zoneOf = [
    ...fleet.zones.flatMap((each) => each.hosts.map((host) => [host, each.zone] as const)),
    ...successors.map((host) => [host, zone.zone] as const),
  ];
  return {
    service: fleet.service,
    zone: zone.zone,
    action,
    release,
    run,
    ...(plan === undefined ? {} : { plan }),
    ...(lease === undefined ? {} : { fencingToken: lease.token }),
    approvals,
    guards: {
      floor: floorFor(fleet, zone),
      zoneOf: Object.fromEntries(zoneOf),
      pools: zone.pools.map(({ targetGroup }) => targetGroup),
      ...(identity === undefined ? {} : { identity }),
    },
    hosts,
    ...(bake === undefined ? {} : { bake }),
    began: new Date(began).toISOString(),
    ended: new Date(ended).toISOString(),
    milliseconds: ended - began,
    outcome,
  };
}

function hostsOf(zone: Zone, reports: readonly HostReport[], log: EvidenceLog): readonly EvidenceHost[] {
  const entries = log.recorded();
  return zone.hosts.flatMap((host): readonly EvidenceHost[] => {
    const report = reports.find((each) => each.host === host);
    const outcome = report === undefined ? {} : { outcome: report.outcome };
    const own = { host, ...outcome, ...seenReleases(entries, host) };
    if (report?.successor === undefined) return [own];
    const { successor } = report;
    return [own, { host: successor, ...outcome, replaced: host, ...seenReleases(entries, successor) }];
  });
}
