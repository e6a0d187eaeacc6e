import { renderBundle, sealBundle } from '../../evidence/bundle.ts';
import type { EvidenceFacts, EvidenceHost } from '../../evidence/document.ts';
import { seenReleases } from '../../evidence/hosts-seen.ts';
import type { EvidenceStore } from '../../evidence/port.ts';
import type { Fleet, Zone } from '../../fleet/fleet.ts';
import type { RegionContext } from '../context.ts';
import type { HostReport } from '../upgrade/host-report.ts';
import { floorFor } from '../zone/zone-work.ts';
import { lookAgain } from './closing-look.ts';
import { createEvidenceLog, type EvidenceLog } from './log.ts';
import { recorded } from './recorder.ts';

/** Milliseconds that the last look may take: a step that stopped because hosts are silent must not wait for them again. */
const LOOK_LIMIT = 60_000;

/** Characters of a problem that a bundle keeps. */
const LONGEST_PROBLEM = 2_000;

/** What is known of an action before it begins. */
export interface EvidenceRequest extends Pick<EvidenceFacts, 'action' | 'run'> {
  readonly fleet: Fleet;
  readonly zone: Zone;
}

/** What is known when it is over. */
export interface EvidenceEnd
  extends Pick<EvidenceFacts, 'release' | 'plan' | 'approvals' | 'bake' | 'outcome'> {
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
  /**
   * Looks at the zone once more, and keeps the bundle. A bundle that cannot be kept is a warning: the zone is what it is. That of
   * a step that is being cancelled is not kept, since the runner waits for seconds only.
   */
  close(context: RegionContext, end: EvidenceEnd): Promise<KeptEvidence | undefined>;
}

/** Begins to gather evidence. */
export function gatherEvidence(store: EvidenceStore, request: EvidenceRequest, began: number): Evidence {
  const log = createEvidenceLog();
  const { identity } = request.fleet.hosts;
  const watched = (context: RegionContext) => recorded(context, log, identity);
  return {
    watched,
    close: async (context, end) => {
      const { clock, signal } = context;
      const name = `${request.zone.zone}/${request.run.id}-${request.run.attempt}-${request.action}`;
      try {
        signal.throwIfAborted();
        const zone = { ...request.zone, hosts: presentHosts(request, end) };
        await look(watched(context), log, { ...request, zone }, end);
        const facts = factsOf(request, end, log, { began, ended: clock.now() });
        const bundle = sealBundle(facts, log.recorded());
        const place = await store.write(name, renderBundle(bundle), signal);
        return { place, head: bundle.head };
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        context.log.warning(`The evidence bundle ${store.place}/${name}.json was not written: ${why}`);
        return undefined;
      }
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
    context.signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    context.log.warning(`The last look at ${zone.zone} for the evidence failed: ${why}`);
  }
}

function presentHosts({ zone }: EvidenceRequest, { hosts }: EvidenceEnd): readonly string[] {
  return zone.hosts.map((id) => hosts.find(({ host }) => host === id)?.successor ?? id);
}

function factsOf(
  { fleet, zone, action, run }: EvidenceRequest,
  { release, plan, approvals, bake, outcome, hosts: reports }: EvidenceEnd,
  log: EvidenceLog,
  { began, ended }: { readonly began: number; readonly ended: number },
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
    outcome: cut(outcome),
  };
}

/** The whole of a problem is in the job summary. */
function cut({ state, problem }: EvidenceEnd['outcome']): EvidenceEnd['outcome'] {
  return problem === undefined ? { state } : { state, problem: problem.slice(0, LONGEST_PROBLEM) };
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
