import type { ObservedTarget, PoolSettings } from '../balancers/port.ts';
import { type Amount, atLeast, formatAmount } from './amount.ts';
import { type PoolView, thresholdOf } from './floor.ts';

/** Whether a pool can take over from another one, with one sentence for it, and for each zone that is judged by itself. */
export interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly string[];
}

type ZoneOf = ReadonlyMap<string, string>;

/**
 * Judges whether a pool can take over from another one: as many healthy targets as `ready` says of the other's healthy
 * ones, at least one, and not below the thresholds at which the balancer fails open or takes a zone out of DNS. Healthy
 * is what the balancer calls so and no zonal shift takes away. With cross-zone off this holds for each zone in which the
 * other one serves; a target of unknown zone counts nowhere.
 *
 * @param before targets of the pool that serves now
 */
export function judgeReadiness(
  view: PoolView,
  before: readonly ObservedTarget[],
  ready: Amount,
  zoneOf: ZoneOf,
): Readiness {
  const { settings, targets } = view;
  if (!settings.healthChecked) {
    const reason = `${settings.name} has no health checks, so nobody knows how many of its targets are healthy`;
    return { ready: false, reasons: [reason] };
  }
  const whole = judgeScope(settings.name, settings, { targets, before }, ready);
  const zones = settings.crossZone ? [] : zonesOf(before, zoneOf);
  const each = zones.map((zone) => {
    const inZone = ({ id }: ObservedTarget): boolean => zoneOf.get(id) === zone;
    const label = `${settings.name} in zone ${zone}, cross-zone off`;
    return judgeScope(
      label,
      settings,
      { targets: targets.filter(inZone), before: before.filter(inZone) },
      ready,
    );
  });
  const all = [whole, ...each];
  return { ready: all.every(({ holds }) => holds), reasons: all.map(({ reason }) => reason) };
}

/** Whether the balancer sends a target requests because it is well. */
export function isServing({ state, shifted }: ObservedTarget): boolean {
  return state === 'healthy' && !shifted;
}

function zonesOf(before: readonly ObservedTarget[], zoneOf: ZoneOf): readonly string[] {
  return [...new Set(before.filter(isServing).flatMap(({ id }) => zoneOf.get(id) ?? []))].toSorted();
}

function judgeScope(
  label: string,
  settings: PoolSettings,
  { targets, before }: Readonly<Record<'targets' | 'before', readonly ObservedTarget[]>>,
  ready: Amount,
): { readonly holds: boolean; readonly reason: string } {
  const healthy = targets.filter(isServing).length;
  const serving = before.filter(isServing).length;
  const failOpen = thresholdOf(settings.failOpen, targets.length);
  const dnsFailover = thresholdOf(settings.dnsFailover, targets.length);
  const asked = ready.kind === 'percent' ? `${formatAmount(ready)} of ${serving} that serve now` : 'ready';
  const bounds = [
    { required: atLeast(ready, serving), because: asked },
    { required: failOpen, because: 'fail-open threshold' },
    { required: dnsFailover, because: 'DNS-failover threshold' },
    { required: 1, because: 'at least one' },
  ];
  const { required, because } = bounds.reduce((most, bound) =>
    bound.required > most.required ? bound : most,
  );
  const counted = tally(targets);
  return {
    holds: healthy >= required,
    reason: `${label}: ${healthy} healthy of ${targets.length}${counted}, needs ${required} (${because})`,
  };
}

/** What keeps the other targets from counting. */
function tally(targets: readonly ObservedTarget[]): string {
  const others = targets.filter((target) => !isServing(target));
  if (others.length === 0) return '';
  const words = others.map(({ id, port, state, reason, shifted }) => {
    const why = shifted && state === 'healthy' ? 'shifted away' : state;
    return `${id}:${port} ${why}${reason === undefined ? '' : ` ${reason}`}`;
  });
  return ` (${words.join(', ')})`;
}
