import type { ObservedTarget, TargetKey } from '../balancers/port.ts';
import type { PoolView } from '../fleet/floor.ts';
import type { Edges, PoolContext, TimelineEvent } from './context.ts';
import type { UndoRecord, Withdrawal } from './records.ts';

/** Reads every pool as it is now, each pool once. */
export async function observePools(
  context: PoolContext,
  pools: readonly string[],
): Promise<readonly PoolView[]> {
  return Promise.all(
    [...new Set(pools)].map(async (pool) => {
      const [settings, targets] = await Promise.all([
        context.balancer.settings(pool),
        context.balancer.targets(pool),
      ]);
      return { settings, targets };
    }),
  );
}

/** Every pool and port that a host is registered under. */
export function registrationsOf(
  views: readonly PoolView[],
  host: string,
): readonly (Withdrawal & Pick<ObservedTarget, 'state'>)[] {
  return views.flatMap(({ settings, targets }) =>
    targets
      .filter(({ id }) => id === host)
      .map(({ id, port, state }) => ({ pool: settings.pool, id, port, state })),
  );
}

/** The ports of a host's service, in the order of its pools. */
export function portsOf(targets: readonly Withdrawal[]): readonly number[] {
  return [...new Set(targets.map(({ port }) => port))];
}

/** The withdrawals of many records, pool by pool: one API call serves each pool. */
export function byPool(records: readonly UndoRecord[]): ReadonlyMap<string, readonly TargetKey[]> {
  const pools = new Map<string, TargetKey[]>();
  for (const { pool, id, port } of records.flatMap(({ targets }) => targets)) {
    pools.set(pool, [...(pools.get(pool) ?? []), { id, port }]);
  }
  return pools;
}

/** Finds a target among those that the balancer listed. */
export function findTarget(targets: readonly ObservedTarget[], key: TargetKey): ObservedTarget | undefined {
  return targets.find(({ id, port }) => id === key.id && port === key.port);
}

/** Says on the timeline that hosts enter a phase. */
export function enter(
  context: Edges,
  hosts: readonly string[],
  phase: TimelineEvent['phase'],
  note?: string,
): void {
  const at = new Date(context.clock.now()).toISOString();
  for (const host of hosts) context.timeline({ at, host, phase, ...(note === undefined ? {} : { note }) });
}
