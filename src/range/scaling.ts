import type { Fleet, RangeAutoScaling } from '../fleet/fleet.ts';
import type { ScalingPlan } from './autoscaling/group.ts';
import { type AutoScaling, startAutoScaling } from './autoscaling/service.ts';
import type { World } from './autoscaling/world.ts';
import type { Balancing } from './elbv2/balancing.ts';
import type { RangeHost } from './hosts/host.ts';
import type { Park } from './hosts/park.ts';
import type { RangePool } from './pools.ts';
import { untilAnswering } from './settle.ts';
import type { Ssm } from './ssm/service.ts';

export interface ScalingParts {
  readonly fleet: Fleet;
  /** None: no host is in a group, and the service says so. */
  readonly settings: RangeAutoScaling | undefined;
  readonly healthCheckPath: string;
  readonly pools: readonly RangePool[];
  readonly park: Park;
  readonly balancing: Balancing;
  readonly ssm: Ssm;
  /** Milliseconds that an instance may take until it answers. */
  readonly startLimit: number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/**
 * Makes the hosts of each region one Auto Scaling group, which looks after them from now on. Those of the second pool are a
 * group of their own.
 */
export function startScaling(parts: ScalingParts): AutoScaling {
  return startAutoScaling({
    groups: plansOf(parts),
    world: worldOf(parts),
    unhealthyAfter: parts.settings?.unhealthyAfter ?? 0,
    clock: () => performance.now(),
  });
}

function plansOf({ fleet, settings, pools }: ScalingParts): readonly ScalingPlan[] {
  if (settings === undefined) return [];
  const { minSize } = settings;
  const own = pools.filter(({ role }) => role === 'own');
  const second = pools.filter(({ role }) => role !== 'own');
  const regions = [...new Set(own.map(({ region }) => region))];
  const [first] = second;
  return [
    ...regions.map((region) => {
      const members = own.filter((pool) => pool.region === region);
      return planOf(`${fleet.service}-${region}`, region, members, minSize);
    }),
    ...(first === undefined
      ? []
      : [planOf(`${fleet.service}-${first.region}-second`, first.region, second, minSize)]),
  ];
}

function planOf(name: string, region: string, pools: readonly RangePool[], minSize: number): ScalingPlan {
  const hosts = [...new Set(pools.flatMap((pool) => pool.hosts))];
  return {
    name,
    region,
    // Room for as many replacements as there are hosts.
    sizes: { min: minSize, desired: hosts.length, max: 2 * hosts.length },
    pools,
    instances: hosts.map(({ id, zone, port }) => ({ id, zone, port })),
  };
}

function worldOf({ fleet, park, balancing, ssm, healthCheckPath, startLimit, random }: ScalingParts): World {
  const required = (id: string): RangeHost => {
    const host = park.find(id);
    if (host === undefined) throw new Error(`The range has no host ${id}.`);
    return host;
  };
  return {
    async create(name) {
      const zone = fleet.zones.find((each) => each.zone === name);
      if (zone === undefined) throw new Error(`The fleet has no zone ${name}.`);
      const [host] = await park.add([{ id: instanceId(random), zone }]);
      if (host === undefined) throw new Error(`No host could be made in ${name}.`);
      return host;
    },
    async boot(id, signal) {
      const host = required(id);
      await park.boot(host);
      await untilAnswering(host, fleet.service, healthCheckPath, { limit: startLimit, signal });
    },
    async terminate(id) {
      const host = required(id);
      await park.terminate(host);
      await ssm.endRuns(id);
    },
    register: (targetGroup, instance) => balancing.register(targetGroup, [instance]),
    deregister: (targetGroup, instance) => balancing.deregister(targetGroup, [instance]),
    health: (targetGroup, instance) => balancing.health(targetGroup, instance),
  };
}

function instanceId(random: () => number): string {
  const digits = Array.from({ length: 17 }, () => Math.floor(random() * 16).toString(16));
  return `i-${digits.join('')}`;
}
