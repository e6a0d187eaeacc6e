import type { Fleet, RangeSettings } from '../fleet/fleet.ts';
import type { LoadBalancerPlan } from './elbv2/balancing.ts';
import type { RangeHost } from './hosts/host.ts';
import type { Place } from './hosts/park.ts';
import type { FleetPool } from './settle.ts';

/** A pool of the range with the balancer that is in front of it. */
export interface RangePool extends FleetPool {
  /**
   * `own`: of the fleet, behind a balancer of its own. `second`: at weight 0 behind the balancer of the fleet's first pool.
   * `second-balancer`: the hosts of `second` behind another balancer of their own.
   */
  readonly role: 'own' | 'second' | 'second-balancer';
}

/** Where the hosts of a range are: those of the fleet first, then those of its second pool. */
export function placesOf(fleet: Fleet): readonly Place[] {
  const second = fleet.range?.secondPool?.hosts ?? {};
  return [
    ...fleet.zones.flatMap((zone) => zone.hosts.map((id) => ({ id, zone }))),
    ...fleet.zones.flatMap((zone) => (second[zone.zone] ?? []).map((id) => ({ id, zone }))),
  ];
}

/** The pools of a range, the fleet's own first; zones of one region may share one. */
export function poolsOf(
  fleet: Fleet,
  settings: RangeSettings,
  hosts: readonly RangeHost[],
): readonly RangePool[] {
  const groups = new Set(fleet.zones.flatMap((zone) => zone.pools.map((pool) => pool.targetGroup)));
  const own = [...groups].map((targetGroup): RangePool => {
    const members = fleet.zones.filter((zone) => zone.pools.some((pool) => pool.targetGroup === targetGroup));
    const ids = members.flatMap((zone) => zone.hosts);
    return {
      role: 'own',
      targetGroup,
      region: members[0]?.region ?? '',
      zones: members.map(({ zone }) => zone),
      hosts: hosts.filter(({ id }) => ids.includes(id)),
    };
  });
  const { secondPool, secondBalancer } = settings;
  if (secondPool === undefined) return own;
  const region = fleet.zones[0]?.region ?? '';
  const ids = Object.values(secondPool.hosts).flat();
  const members = {
    region,
    zones: fleet.zones.filter((zone) => zone.region === region).map(({ zone }) => zone),
    hosts: hosts.filter(({ id }) => ids.includes(id)),
  };
  return [
    ...own,
    { ...members, role: 'second', targetGroup: secondPool.targetGroup },
    ...(secondBalancer === undefined
      ? []
      : [{ ...members, role: 'second-balancer' as const, targetGroup: secondBalancer.targetGroup }]),
  ];
}

/** The load balancers in front of the pools, in the same order: that of the first pool has the second pool as well. */
export function balancerPlans(pools: readonly RangePool[]): readonly LoadBalancerPlan[] {
  const second = pools.find(({ role }) => role === 'second');
  return pools
    .filter(({ role }) => role !== 'second')
    .map(({ targetGroup, region, zones }, index) => ({
      forward:
        index === 0 && second !== undefined
          ? [
              { targetGroup, weight: 100 },
              { targetGroup: second.targetGroup, weight: 0 },
            ]
          : [{ targetGroup, weight: 1 }],
      region,
      zones,
    }));
}
