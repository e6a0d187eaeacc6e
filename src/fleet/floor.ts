import type { HealthThreshold, ObservedTarget, PoolSettings } from '../balancers/port.ts';
import { type Amount, atLeast, formatAmount } from './amount.ts';

/** One pool as its balancer showed it seconds ago. */
export interface PoolView {
  readonly settings: PoolSettings;
  readonly targets: readonly ObservedTarget[];
}

/** What must remain. */
export interface FloorPolicy {
  readonly minHealthy: Amount;
  /** The floor must hold even if the worst of the other zones were lost too. */
  readonly surviveZone: boolean;
}

/** Whether hosts may leave, with one sentence for each pool (and zone) that was judged. */
export type FloorVerdict =
  | { readonly kind: 'allowed'; readonly reasons: readonly string[] }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

/** The greatest batch that may leave; when none may, why not even one. */
export interface FloorBatch {
  readonly hosts: readonly string[];
  readonly verdict: FloorVerdict;
}

type ZoneOf = ReadonlyMap<string, string>;
type Finding = { readonly holds: boolean; readonly reason: string };

/** Targets that must keep a floor together: a whole pool, or one zone of a pool with cross-zone off. */
interface Scope {
  readonly label: string;
  readonly settings: PoolSettings;
  readonly targets: readonly ObservedTarget[];
  readonly leaving: ReadonlySet<string>;
  /** Whether the balancer sends a target requests, as far as is known. */
  readonly serves: (target: ObservedTarget) => boolean;
}

/**
 * Judges whether hosts may leave the pools they are in.
 *
 * Capacity is what the balancer calls `healthy`, what no zonal shift takes away and what is not known to be in slow
 * start; anything else counts as nothing. N is every target the balancer lists, in whatever state: a `draining` one is on its way back and is
 * still wanted. The floor is the greatest of `min-healthy` of N, the pool's fail-open threshold + 1 and its
 * DNS-failover threshold + 1, and must hold without the leaving hosts, however many ports they have. With
 * cross-zone off each zone that hosts leave has a floor of its own from its own N (a count is asked of each zone as
 * it is), unless all its targets leave. With `surviveZone` the same floor of the whole pool must also hold without
 * the other zone that serves most; the zones of the leaving hosts are not other zones. Where zones matter, a target
 * of unknown zone is wanted in every zone and counts as nothing, and a host of unknown zone does not leave.
 *
 * Only the `judgedPools` are judged.
 *
 * @param leaving ids of the hosts that would leave
 * @param zoneOf zone of each host
 */
export function judgeRemoval(
  pools: readonly PoolView[],
  leaving: readonly string[],
  zoneOf: ZoneOf,
  policy: FloorPolicy,
): FloorVerdict {
  const hosts = new Set(leaving);
  return verdictOf(judgedPools(pools, leaving).flatMap((pool) => judgePool(pool, hosts, zoneOf, policy)));
}

function verdictOf(findings: readonly Finding[]): FloorVerdict {
  const refusals = findings.filter((finding) => !finding.holds);
  if (refusals.length > 0) return { kind: 'refused', reasons: refusals.map(({ reason }) => reason) };
  return { kind: 'allowed', reasons: findings.map(({ reason }) => reason) };
}

/** Judges whether every pool is at or above its floor as it is, whether or not another zone could be lost as well. */
export function judgeStanding(
  pools: readonly PoolView[],
  zoneOf: ZoneOf,
  minHealthy: FloorPolicy['minHealthy'],
): FloorVerdict {
  const policy = { minHealthy, surviveZone: false };
  return verdictOf(pools.flatMap((pool) => judgePool(pool, new Set(), zoneOf, policy)));
}

/**
 * The pools that must keep their floor: those that a leaving host is in, or all of them when some host is in none,
 * because nobody knows then which pool it came from.
 */
export function judgedPools(pools: readonly PoolView[], leaving: readonly string[]): readonly PoolView[] {
  const homeless = leaving.some((host) => !pools.some((pool) => holds(pool, host)));
  return homeless ? pools : pools.filter((pool) => leaving.some((host) => holds(pool, host)));
}

/**
 * The most hosts, taken from the front of `candidates`, that may leave together.
 *
 * @param limit the most hosts wanted
 */
export function largestBatch(
  pools: readonly PoolView[],
  candidates: readonly string[],
  limit: number,
  zoneOf: ZoneOf,
  policy: FloorPolicy,
): FloorBatch {
  // From the top, since a whole zone may leave where a part of it may not.
  for (let size = Math.min(limit, candidates.length); size > 1; size--) {
    const hosts = candidates.slice(0, size);
    const verdict = judgeRemoval(pools, hosts, zoneOf, policy);
    if (verdict.kind === 'allowed') return { hosts, verdict };
  }
  const first = candidates.slice(0, Math.min(limit, 1));
  const verdict = judgeRemoval(pools, first, zoneOf, policy);
  return { hosts: verdict.kind === 'allowed' ? first : [], verdict };
}

function holds(pool: PoolView, host: string): boolean {
  return pool.targets.some((target) => target.id === host);
}

function judgePool(
  pool: PoolView,
  leaving: ReadonlySet<string>,
  zoneOf: ZoneOf,
  policy: FloorPolicy,
): readonly Finding[] {
  const { settings, targets } = pool;
  const zonesMatter = policy.surviveZone || !settings.crossZone;
  const whole: Scope = {
    label: `pool ${settings.name}`,
    settings,
    targets,
    leaving,
    serves: ({ id, state, shifted }) => state === 'healthy' && !shifted && (!zonesMatter || zoneOf.has(id)),
  };
  return [
    ...judgeKnowledge(whole, zoneOf, zonesMatter),
    judgeScope(whole, policy),
    ...(settings.crossZone ? [] : zoneScopes(whole, zoneOf).map((scope) => judgeScope(scope, policy))),
    ...(policy.surviveZone ? [judgeSurvival(whole, zoneOf, policy)] : []),
  ];
}

/** What has to be known before any counting means something. */
function judgeKnowledge(whole: Scope, zoneOf: ZoneOf, zonesMatter: boolean): readonly Finding[] {
  const { label, settings, targets, leaving } = whole;
  const unchecked = {
    holds: false,
    reason: `${label}: has no health checks, so nobody knows how many of its ${targets.length} targets are healthy`,
  };
  const strangers = new Set(targets.map(({ id }) => id).filter((id) => !zoneOf.has(id)));
  const lost = [...strangers].filter((id) => leaving.has(id));
  const staying = [...strangers].filter((id) => !leaving.has(id));
  return [
    ...(settings.healthChecked ? [] : [unchecked]),
    ...(zonesMatter && lost.length > 0
      ? [{ holds: false, reason: `${label}: ${lost.join(', ')} would leave and the zone is not known` }]
      : []),
    ...(zonesMatter && staying.length > 0
      ? [
          {
            holds: true,
            reason: `${label}: ${staying.join(', ')} not counted, the zone is not known`,
          },
        ]
      : []),
  ];
}

function judgeScope(scope: Scope, policy: FloorPolicy): Finding {
  const { label, settings, targets } = scope;
  // Slow start does not change what the balancer counts for this threshold.
  const healthy = targets.filter(scope.serves).length;
  const failOpen = thresholdOf(settings.failOpen, targets.length);
  if (healthy < failOpen)
    return {
      holds: false,
      reason: `${label}: ${healthy} healthy of ${targets.length}, it is failing open now (threshold ${failOpen}), sick targets get requests too`,
    };
  const floor = floorOf(scope, policy);
  const remaining = remainingOf(scope).length;
  const reason = `${tally(scope)}, floor is ${floor.required} (${floor.because})${neverNote(scope, floor.required)}`;
  return { holds: remaining >= floor.required, reason };
}

function judgeSurvival(whole: Scope, zoneOf: ZoneOf, policy: FloorPolicy): Finding {
  const floor = floorOf(whole, policy);
  const own = new Set(
    [...whole.leaving].flatMap((host) => {
      const zone = zoneOf.get(host);
      return zone === undefined ? [] : [zone];
    }),
  );
  const remaining = remainingOf(whole);
  const others = Map.groupBy(remaining, ({ id }) => zoneOf.get(id));
  const [worst] = [...others]
    .flatMap(([zone, { length }]) => (zone === undefined || own.has(zone) ? [] : [{ zone, count: length }]))
    .toSorted((one, other) => other.count - one.count || one.zone.localeCompare(other.zone));
  if (worst === undefined)
    return {
      holds: remaining.length >= floor.required,
      reason: `${whole.label}: no other zone serves, none can be lost`,
    };
  const rest = remaining.length - worst.count;
  return {
    holds: rest >= floor.required,
    reason: `${tally(whole)}, ${rest} if zone ${worst.zone} were lost too, floor is ${floor.required} (${floor.because})`,
  };
}

/** The zones that hosts leave and that go on serving; a target of unknown zone may be wanted in any of them. */
function zoneScopes(whole: Scope, zoneOf: ZoneOf): readonly Scope[] {
  const zones = Map.groupBy(whole.targets, ({ id }) => zoneOf.get(id));
  const stray = zones.get(undefined) ?? [];
  return [...zones].flatMap(([zone, own]) => {
    const targets = [...own, ...stray];
    const leaving = targets.filter(({ id }) => whole.leaving.has(id)).length;
    if (zone === undefined || leaving === 0 || leaving === targets.length) return [];
    return [{ ...whole, label: `${whole.label} in zone ${zone}, cross-zone off`, targets }];
  });
}

function floorOf(scope: Scope, policy: FloorPolicy): { readonly required: number; readonly because: string } {
  const { settings, targets } = scope;
  const total = targets.length;
  const failOpen = thresholdOf(settings.failOpen, total);
  const dnsFailover = thresholdOf(settings.dnsFailover, total);
  const { minHealthy } = policy;
  const bounds = [
    {
      required: atLeast(minHealthy, total),
      because: `min-healthy ${formatAmount(minHealthy)}${minHealthy.kind === 'percent' ? ` of ${total}` : ''}`,
    },
    { required: failOpen + 1, because: `fail-open threshold ${failOpen}, and one more` },
    { required: dnsFailover + 1, because: `DNS-failover threshold ${dnsFailover}, and one more` },
  ] as const;
  return bounds.reduce((highest, bound) => (bound.required > highest.required ? bound : highest));
}

/** Of a count and a percentage the stricter one; 0 when the threshold is off. */
export function thresholdOf(threshold: HealthThreshold, total: number): number {
  const share = threshold.percent === undefined ? 0 : Math.ceil((threshold.percent * total) / 100);
  return Math.max(threshold.count ?? 0, share);
}

function remainingOf(scope: Scope): readonly ObservedTarget[] {
  return scope.targets.filter(
    (target) => scope.serves(target) && target.ramping !== true && !scope.leaving.has(target.id),
  );
}

function tally(scope: Scope): string {
  const { label, targets } = scope;
  const healthy = targets.filter(scope.serves);
  const ramping = healthy.filter((target) => target.ramping === true).length;
  const leaving = targets.filter(({ id }) => scope.leaving.has(id));
  const sick = leaving.filter((target) => !scope.serves(target)).length;
  const slow = ramping === 0 ? '' : ` (${ramping} of them in slow start, not counted)`;
  const note = sick === 0 ? '' : ` (${sick} of them not healthy)`;
  return (
    `${label}: ${healthy.length} healthy of ${targets.length}${slow}, ${leaving.length} would leave${note}, ` +
    `${remainingOf(scope).length} remain`
  );
}

function neverNote(scope: Scope, required: number): string {
  const total = scope.targets.length;
  if (total - 1 >= required) return '';
  return `; this floor can never hold while a host is out: it needs ${required} of ${total} targets, add hosts or lower it`;
}
