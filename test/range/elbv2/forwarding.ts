import {
  type Action,
  DescribeListenersCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyListenerCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { TARGET_GROUP_HEADER } from '../../../src/range/range.ts';
import { until } from '../support.ts';
import { startSetting } from '../wire/builder.ts';
import {
  type Bench,
  type BenchOptions,
  fetchText,
  GROUP,
  REGION,
  startBench,
  type TestHost,
} from './support.ts';

export const BLUE = GROUP;
export const GREEN = GROUP.replace('targetgroup/web', 'targetgroup/green');
export const LISTENER = GROUP.replace(':targetgroup/web/', ':listener/app/web/').concat('/0123456789abcdef');

/** A load balancer behind a real endpoint, and a real client of its API. */
export interface Flips {
  readonly bench: Bench;
  readonly client: ElasticLoadBalancingV2Client;
  /** Replaces the default actions of the listener. */
  modify(...actions: readonly Action[]): Promise<unknown>;
  actions(): Promise<readonly Action[]>;
  /** States and reasons of a group's targets. */
  states(targetGroup: string): Promise<readonly string[]>;
  /** Waits until every target of a group is in this state. */
  untilAll(targetGroup: string, state: string): Promise<void>;
  /** How many of some requests, each on a connection of its own, each group got; by its name, or the status. */
  shares(requests: number, path?: string): Promise<Record<string, number>>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a load balancer that forwards to the group of `blue` alone; `green` is registered in another group. */
export async function startFlips(
  blue: readonly TestHost[],
  green: readonly TestHost[],
  options: Partial<BenchOptions> = {},
): Promise<Flips> {
  const generator = xoroshiro128plus(7);
  const hosts = [...blue, ...green];
  const bench = await startBench({
    groups: [{}, { targetGroup: GREEN }],
    loadBalancers: [{ forward: [{ targetGroup: BLUE, weight: 1 }] }],
    random: () => uniformFloat64(generator),
    hosts,
    ...options,
  });
  bench.balancing.deregister(BLUE, green);
  bench.balancing.register(GREEN, green);
  const setting = await startSetting([bench.balancing.service]);
  const client = new ElasticLoadBalancingV2Client({ ...setting.client, region: REGION });
  const states = async (targetGroup: string): Promise<readonly string[]> => {
    const answer = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn: targetGroup }));
    const shown = (answer.TargetHealthDescriptions ?? []).map(({ TargetHealth }) => TargetHealth);
    return shown
      .filter((health) => health?.State !== 'draining')
      .map((health) => [health?.State, health?.Reason].filter(Boolean).join(' '));
  };
  return {
    bench,
    client,
    modify: (...actions) =>
      client.send(new ModifyListenerCommand({ ListenerArn: LISTENER, DefaultActions: [...actions] })),
    async actions() {
      const { Listeners } = await client.send(new DescribeListenersCommand({ ListenerArns: [LISTENER] }));
      return Listeners?.[0]?.DefaultActions ?? [];
    },
    states,
    untilAll: (targetGroup, state) =>
      until(async () => (await states(targetGroup)).every((each) => each === state), `all are ${state}`),
    async shares(requests, path = '/') {
      const seen: Record<string, number> = {};
      for (let count = 0; count < requests; count += 1) {
        const { status, headers } = await fetchText(`${bench.url}${path}`);
        const group = String(headers[TARGET_GROUP_HEADER] ?? 'none').split('/')[1] ?? 'none';
        const key = status === 200 ? group : `${status} ${group}`;
        seen[key] = (seen[key] ?? 0) + 1;
      }
      return seen;
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await setting.endpoint.stop();
      await bench[Symbol.asyncDispose]();
    },
  };
}

/** A forward to both groups. */
export function weighted(blue: number, green: number, seconds?: number): Action {
  return {
    Type: 'forward',
    ForwardConfig: {
      TargetGroups: [
        { TargetGroupArn: BLUE, Weight: blue },
        { TargetGroupArn: GREEN, Weight: green },
      ],
      TargetGroupStickinessConfig:
        seconds === undefined ? { Enabled: false } : { Enabled: true, DurationSeconds: seconds },
    },
  };
}
