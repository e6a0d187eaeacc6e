import type { ObservedTarget } from '../../balancers/port.ts';
import { type Amount, atMost } from '../../fleet/amount.ts';
import { type FloorPolicy, judgeRemoval, largestBatch, type PoolView } from '../../fleet/floor.ts';
import { withAbsent } from '../drain/drain-plan.ts';
import { withRamping } from '../drain/returning.ts';
import { registrationsOf } from '../pools.ts';
import type { UndoRecord, Withdrawal } from '../records.ts';
import type { HostStep } from '../zone/zone-plan.ts';

/** A zone whose deployment is thought through. */
export interface Rehearsal {
  /** The zone's pools, and those of the same load balancers that have hosts in common with them. */
  readonly views: readonly PoolView[];
  /** Pools of the zone itself: batches are chosen by these, and judged by all. */
  readonly pools: readonly string[];
  readonly steps: readonly HostStep[];
  /** Hosts of the zone, of which a batch may be a share. */
  readonly total: number;
  readonly batch: readonly Amount[];
  readonly zoneOf: ReadonlyMap<string, string>;
  readonly floor: FloorPolicy;
  /** What hosts that are still coming back to service are recorded for; they are in slow start where there is one. */
  readonly returning: readonly Withdrawal[];
}

/** One batch, as the guard judges it. */
export interface SimulatedBatch {
  readonly hosts: readonly string[];
  /** The guard's own sentences. */
  readonly reasons: readonly string[];
  /** Targets that would go on serving, of the pool that has the fewest; the fewer, the tighter. */
  readonly left: number;
}

export interface Simulation {
  readonly batches: readonly SimulatedBatch[];
  /** The pools afterwards: whoever left is back and healthy. */
  readonly views: readonly PoolView[];
  /** Why it would go no further, at which host; none when every host would have its turn. */
  readonly stop?: { readonly host: string; readonly reasons: readonly string[] };
}

/**
 * Goes through the batches of a zone as its deployment will, with the deployment's own guard: hosts that are out of service
 * first, then as many as policy and floor allow, each batch back and healthy before the next one leaves. Hosts that have the
 * release already are taken to prove it. Nothing else is foreseen: the guard judges each batch again when its time comes.
 */
export function simulateZone(rehearsal: Rehearsal): Simulation {
  const batches: SimulatedBatch[] = [];
  let { views } = rehearsal;
  let open = rehearsal.steps.filter(({ kind }) => kind !== 'prove');
  while (open.length > 0) {
    const next = nextBatch(rehearsal, views, open, batches.length);
    if (next.kind === 'stop') return { batches, views, stop: next.stop };
    batches.push(next.batch);
    views = returned(next.views, next.batch.hosts);
    open = open.filter(({ host }) => !next.batch.hosts.includes(host));
  }
  return { batches, views };
}

type Next =
  | { readonly kind: 'batch'; readonly batch: SimulatedBatch; readonly views: readonly PoolView[] }
  | { readonly kind: 'stop'; readonly stop: NonNullable<Simulation['stop']> };

function nextBatch(
  { pools, total, batch, zoneOf, floor, returning }: Rehearsal,
  views: readonly PoolView[],
  open: readonly HostStep[],
  index: number,
): Next {
  const adopted = open.flatMap((step): readonly UndoRecord[] =>
    step.kind === 'continue' ? [step.record] : [],
  );
  const amount = batch[Math.min(index, batch.length - 1)] ?? { kind: 'count', value: 1 };
  const candidates = open.map(({ host }) => host);
  const own = views.filter(({ settings }) => pools.includes(settings.pool));
  const ramping = (hosts: readonly string[]) => returning.filter(({ id }) => !hosts.includes(id));
  const chosen =
    adopted.length > 0
      ? { hosts: adopted.map(({ host }) => host), verdict: { reasons: [] } }
      : largestBatch(withRamping(own, ramping(candidates)), candidates, atMost(amount, total), zoneOf, floor);
  const [first = ''] = candidates;
  if (chosen.hosts.length === 0)
    return { kind: 'stop', stop: { host: first, reasons: chosen.verdict.reasons } };
  const { hosts } = chosen;
  const present = withAbsent(views, adopted);
  // As a drain asks: a host that is draining everywhere costs the floor nothing more.
  const leaving = hosts.filter((host) =>
    registrationsOf(views, host).some(({ state }) => state !== 'draining'),
  );
  const verdict = judgeRemoval(withRamping(present, ramping(hosts)), leaving, zoneOf, floor);
  if (verdict.kind === 'refused')
    return { kind: 'stop', stop: { host: hosts.join(', '), reasons: verdict.reasons } };
  const simulated = { hosts, reasons: verdict.reasons, left: leftOf(own, hosts) };
  return { kind: 'batch', batch: simulated, views: present };
}

function leftOf(views: readonly PoolView[], hosts: readonly string[]): number {
  const serving = views.map(
    ({ targets }) =>
      targets.filter(({ id, state, shifted }) => state === 'healthy' && !shifted && !hosts.includes(id))
        .length,
  );
  return serving.length === 0 ? 0 : Math.min(...serving);
}

/** A batch is over when the balancer calls all of its targets healthy and slow start has passed. */
function returned(views: readonly PoolView[], hosts: readonly string[]): readonly PoolView[] {
  return views.map(({ settings, targets }) => ({
    settings,
    targets: targets.map((target): ObservedTarget => {
      if (!hosts.includes(target.id)) return target;
      const { id, port, shifted } = target;
      return { id, port, shifted, state: 'healthy' };
    }),
  }));
}
