import type { RangeDnsSettings, RangeSecondPool } from '../fleet/fleet.ts';
import { poolName } from '../fleet/flip-steps.ts';
import { nameFlipInputs, poolFlipInputs, smokeInputs, upgradeInputs } from './flip-inputs.ts';
import type { RangedFleet } from './ranged-fleet.ts';
import type { Course, HostGroup, Stage } from './stages.ts';

/** Stages of a big flip. */
export const PREPARE = 'second pool';
export const POOL_FLIP = 'pool flip';
export const NAME_FLIP = 'DNS flip';

export interface FlipCourseOptions {
  /** Whether the second pool is tested before any user comes to it; only a fault leaves that out. */
  readonly testBefore: boolean;
}

/**
 * The course of a big flip: the second pool gets the release and proves it, then all traffic is moved to it at the
 * listener, then by name to the second balancer when the fleet has one and a name.
 */
export function flipCourse(fleet: RangedFleet, second: RangeSecondPool, options: FlipCourseOptions): Course {
  const { secondBalancer, dns } = fleet.range;
  const first = firstPool(fleet);
  const hosts = Object.values(second.hosts).flat();
  const named = secondBalancer !== undefined && dns !== undefined;
  return {
    kind: 'big-flip',
    stages: [
      prepare(fleet, hosts, options),
      flipPools(fleet, first, second),
      ...(named ? [flipName(fleet, dns, secondBalancer.targetGroup)] : []),
    ],
    groups: [
      ...ownGroups(fleet, first),
      {
        ...{ group: poolName(second.targetGroup), region: regionOf(fleet), hosts },
        ...{ upgradedBy: PREPARE, servesFrom: POOL_FLIP },
      },
    ],
    entrances: named
      ? [
          { balancer: poolName(first), servesUntil: NAME_FLIP },
          { balancer: poolName(secondBalancer.targetGroup), servesFrom: NAME_FLIP },
        ]
      : [],
  };
}

function prepare(fleet: RangedFleet, hosts: readonly string[], { testBefore }: FlipCourseOptions): Stage {
  return {
    ...{ stage: PREPARE, region: regionOf(fleet), hosts },
    actions: [
      { action: 'upgrade-host', keepsTimeline: true, inputs: (site) => upgradeInputs(fleet, hosts, site) },
      {
        action: 'smoke-test',
        keepsTimeline: false,
        inputs: (site) => smokeInputs(fleet, hosts, site, testBefore ? fleet.smoke : []),
      },
    ],
  };
}

function flipPools(fleet: RangedFleet, first: string, { targetGroup }: RangeSecondPool): Stage {
  const question = `Approve moving all traffic from ${poolName(first)} to ${poolName(targetGroup)}?`;
  return {
    ...{ stage: POOL_FLIP, region: regionOf(fleet), hosts: [], approval: { question } },
    actions: [
      {
        action: 'pool-flip',
        keepsTimeline: false,
        inputs: (site) => poolFlipInputs(fleet, first, targetGroup, site),
      },
    ],
  };
}

function flipName(fleet: RangedFleet, dns: RangeDnsSettings, second: string): Stage {
  const question = `Approve moving ${dns.record} to the balancer ${poolName(second)}?`;
  return {
    ...{ stage: NAME_FLIP, region: regionOf(fleet), hosts: [], approval: { question } },
    actions: [
      {
        action: 'cname-flip',
        keepsTimeline: false,
        inputs: (site) => nameFlipInputs(fleet, dns, second, site),
      },
    ],
  };
}

/** The fleet's own pools: the first one hands its traffic over, the others are left alone. */
function ownGroups(fleet: RangedFleet, first: string): readonly HostGroup[] {
  const pools = new Set(fleet.zones.flatMap((zone) => zone.pools.map(({ targetGroup }) => targetGroup)));
  return [...pools].map((pool) => {
    const zones = fleet.zones.filter((zone) => zone.pools.some(({ targetGroup }) => targetGroup === pool));
    return {
      group: poolName(pool),
      region: zones[0]?.region ?? '',
      hosts: zones.flatMap((zone) => zone.hosts),
      ...(pool === first ? { servesUntil: POOL_FLIP } : {}),
    };
  });
}

function firstPool(fleet: RangedFleet): string {
  return fleet.zones[0]?.pools[0]?.targetGroup ?? '';
}

/** The range has the second pool in the region of the first zone. */
function regionOf(fleet: RangedFleet): string {
  return fleet.zones[0]?.region ?? '';
}
