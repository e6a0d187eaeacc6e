import {
  AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
import type { TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Instance } from '../../../src/range/autoscaling/members.ts';
import { startAutoScaling } from '../../../src/range/autoscaling/service.ts';
import type { World } from '../../../src/range/autoscaling/world.ts';
import { startEndpoint } from '../../../src/range/wire/endpoint.ts';
import { accessKeyId, secretAccessKey } from '../wire/builder.ts';

export const GROUP = 'web-us-east-1';
export const POOL = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/0123456789abcdef';
export const INSTANCES: readonly Instance[] = [
  { id: 'i-1', zone: 'us-east-1a', port: 81 },
  { id: 'i-2', zone: 'us-east-1a', port: 82 },
  { id: 'i-3', zone: 'us-east-1b', port: 83 },
];

/** A world in which everything happens at once, unless it is held. */
export interface TestWorld extends World {
  /** What was done, in order. */
  readonly done: string[];
  /** What the balancer says of each target. */
  readonly targets: Map<string, TargetHealth>;
  /** How often groups have looked at an instance. */
  looks: number;
  /** Whether deregistered targets stay draining. */
  drains: boolean;
}

export function testWorld(): TestWorld {
  const done: string[] = [];
  const targets = new Map<string, TargetHealth>(INSTANCES.map(({ id }) => [id, { State: 'healthy' }]));
  let made = 0;
  const world: TestWorld = {
    done,
    targets,
    looks: 0,
    drains: false,
    async create(zone) {
      made += 1;
      done.push(`create in ${zone}`);
      return { id: `i-new${made}`, zone, port: 90 };
    },
    async boot(id) {
      done.push(`boot ${id}`);
    },
    async terminate(id) {
      done.push(`terminate ${id}`);
    },
    register(_, { id, port }) {
      done.push(`register ${id}:${port}`);
      targets.set(id, { State: 'healthy' });
    },
    deregister(_, { id, port }) {
      if (!targets.has(id)) return;
      done.push(`deregister ${id}:${port}`);
      if (world.drains) targets.set(id, { State: 'draining' });
      else targets.delete(id);
    },
    health(_, { id }) {
      world.looks += 1;
      return targets.get(id) ?? { State: 'unused', Reason: 'Target.NotRegistered' };
    },
  };
  return world;
}

export interface Bench {
  readonly world: TestWorld;
  readonly client: AutoScalingClient;
  readonly url: string;
  /** Puts the group's clock forward, by milliseconds. */
  wait(time: number): void;
  group(): Promise<AutoScalingGroup>;
  /** Lifecycle state of each instance. */
  states(): Promise<Record<string, string>>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A group of three instances in two zones, asked over the wire. */
export async function startBench(sizes = { min: 2, desired: 3, max: 6 }): Promise<Bench> {
  const world = testWorld();
  let ahead = 0;
  const scaling = startAutoScaling({
    groups: [
      {
        name: GROUP,
        region: 'us-east-1',
        sizes,
        pools: [{ targetGroup: POOL, zones: ['us-east-1a', 'us-east-1b'] }],
        instances: INSTANCES,
      },
    ],
    world,
    unhealthyAfter: 120,
    clock: () => performance.now() + ahead,
  });
  const credentials = { accessKeyId, secretAccessKey };
  const endpoint = await startEndpoint({
    services: [scaling.service],
    s3: async (_, response) => void response.end(),
    ...credentials,
  });
  const client = new AutoScalingClient({
    region: 'us-east-1',
    endpoint: endpoint.url,
    credentials,
    maxAttempts: 1,
  });
  const group = async (): Promise<AutoScalingGroup> => {
    const { AutoScalingGroups: [found] = [] } = await client.send(new DescribeAutoScalingGroupsCommand({}));
    if (found === undefined) throw new Error('there is no group');
    return found;
  };
  return {
    world,
    client,
    url: endpoint.url,
    wait(time) {
      ahead += time;
    },
    group,
    states: async () =>
      Object.fromEntries(
        ((await group()).Instances ?? []).map((one) => [one.InstanceId, one.LifecycleState ?? '']),
      ),
    async [Symbol.asyncDispose]() {
      client.destroy();
      await endpoint.stop();
      await scaling.stop();
    },
  };
}
