import type { Fleet, RangeAutoScaling } from '../fleet/fleet.ts';
import type { ScalingPlan } from './autoscaling/group.ts';
import { type AutoScaling, startAutoScaling } from './autoscaling/service.ts';
import type { World } from './autoscaling/world.ts';
import type { Balancing } from './elbv2/balancing.ts';
import type { RangeHost } from './hosts/host.ts';
import type { Park } from './hosts/park.ts';
import { type FleetPool, untilAnswering } from './settle.ts';
import type { Ssm } from './ssm/service.ts';

export interface ScalingParts {
  readonly fleet: Fleet;
  /** None: no host is in a group, and the service says so. */
  readonly settings: RangeAutoScaling | undefined;
  readonly healthCheckPath: string;
  readonly pools: readonly FleetPool[];
  readonly park: Park;
  readonly balancing: Balancing;
  readonly ssm: Ssm;
  /** Milliseconds that an instance may take until it answers. */
  readonly startLimit: number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** Makes the hosts of each region one Auto Scaling group, which looks after them from now on. */
export function startScaling(parts: ScalingParts): AutoScaling {
  const { fleet, settings, pools, park } = parts;
  const regions = settings === undefined ? [] : [...new Set(fleet.zones.map(({ region }) => region))];
  return startAutoScaling({
    groups: regions.map((region) => planOf(region, { fleet, minSize: settings?.minSize ?? 0, pools, park })),
    world: worldOf(parts),
    unhealthyAfter: settings?.unhealthyAfter ?? 0,
    clock: () => performance.now(),
  });
}

function planOf(
  region: string,
  {
    fleet,
    minSize,
    pools,
    park,
  }: Pick<ScalingParts, 'fleet' | 'pools' | 'park'> & { readonly minSize: number },
): ScalingPlan {
  const hosts = park.hosts.filter((host) => host.region === region);
  return {
    name: `${fleet.service}-${region}`,
    region,
    // Room for as many replacements as there are hosts.
    sizes: { min: minSize, desired: hosts.length, max: 2 * hosts.length },
    pools: pools.filter((pool) => pool.region === region),
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
