import { DescribeTargetGroupsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '../support.ts';
import { BLUE, type Flips, GREEN, startFlips, weighted } from './forwarding.ts';
import { SETTINGS, startHost, type TestHost } from './support.ts';

const UNUSED = 'unused Target.NotInUse';

let blue: TestHost;
let green: TestHost;
let flips: Flips;

beforeEach(async () => {
  blue = await startHost({ id: 'i-1' });
  green = await startHost({ id: 'i-2' });
  flips = await startFlips([blue], [green]);
  await flips.untilAll(BLUE, 'healthy');
});

afterEach(() => flips[Symbol.asyncDispose]());

async function attachGreen(weights: readonly [number, number]): Promise<void> {
  await flips.modify(weighted(...weights));
  await flips.untilAll(GREEN, 'healthy');
  await until(() => heard(weights), 'the node has heard');
}

/** The last change has reached the only node, at the latest after the propagation time. */
async function heard([, green]: readonly [number, number]): Promise<boolean> {
  const seen = await flips.shares(1);
  return green === 0 || Object.keys(seen).some((key) => key.includes('green'));
}

describe('a target group that nobody names', () => {
  test('has unused targets, which are not checked', async () => {
    expect(await flips.states(GREEN)).toEqual([UNUSED]);
    expect(green.checks()).toBe(0);
    expect(blue.checks()).toBeGreaterThan(0);
    const { TargetGroups } = await flips.client.send(
      new DescribeTargetGroupsCommand({ TargetGroupArns: [GREEN] }),
    );
    expect(TargetGroups?.[0]?.LoadBalancerArns ?? []).toEqual([]);
  });

  test('is checked from the moment it is attached, at weight 0 too, and no more when it is not', async () => {
    await flips.modify(weighted(1, 0));
    await flips.untilAll(GREEN, 'healthy');
    green.health = 500;
    await flips.untilAll(GREEN, 'unhealthy Target.ResponseCodeMismatch');
    green.health = 200;
    await flips.untilAll(GREEN, 'healthy');
    expect(await flips.shares(20)).toEqual({ web: 20 });
    await flips.modify({ Type: 'forward', TargetGroupArn: BLUE });
    expect(await flips.states(GREEN)).toEqual([UNUSED]);
    const checks = green.checks();
    const before = blue.checks();
    await until(() => blue.checks() > before + 3, 'the other group is checked');
    expect(green.checks()).toBe(checks);
  });

  test('starts anew when it is attached again', async () => {
    await attachGreen([1, 0]);
    await flips.modify({ Type: 'forward', TargetGroupArn: BLUE });
    green.health = 500;
    await flips.modify(weighted(1, 0));
    expect(await flips.states(GREEN)).toEqual([expect.stringMatching(/^initial/)]);
    await flips.untilAll(GREEN, 'unhealthy Target.ResponseCodeMismatch');
  });
});

test('nodes that have not heard that a group left go on with what they knew of its targets', async () => {
  const [well, sick] = [await startHost({ id: 'i-5' }), await startHost({ id: 'i-6' })];
  sick.health = 500;
  await using other = await startFlips([await startHost({ id: 'i-7' })], [well, sick]);
  await other.modify(weighted(0, 1));
  await until(async () => {
    const states = await other.states(GREEN);
    return states.length === 2 && states.every((state) => /^(un)?healthy/.test(state));
  }, 'all have been checked');
  await until(async () => 'green' in (await other.shares(1)), 'the node has heard');
  sick.paths.length = 0;
  await other.modify({ Type: 'forward', TargetGroupArn: BLUE });
  await until(async () => 'web' in (await other.shares(4)), 'the node has heard of the end');
  expect(sick.paths).toEqual([]);
});

describe('weights', () => {
  test('give each group about its share', async () => {
    await attachGreen([300, 100]);
    const { web = 0, green: other = 0 } = await flips.shares(400);
    expect(web + other).toBe(400);
    expect(other).toBeGreaterThan(50);
    expect(other).toBeLessThan(160);
  });

  test('of 0 and 100 leave the old group without a request when they have propagated', async () => {
    await attachGreen([50, 50]);
    await flips.modify(weighted(0, 100));
    const changed = performance.now();
    await until(() => performance.now() - changed > SETTINGS.propagation, 'the change has propagated');
    const before = blue.paths.length;
    expect(await flips.shares(50)).toEqual({ green: 50 });
    expect(blue.paths).toHaveLength(before);
    expect(await flips.states(BLUE)).toEqual(['healthy']);
  });

  test('choose a group first: one without targets answers 503 for its share', async () => {
    await attachGreen([1, 1]);
    flips.bench.balancing.deregister(GREEN, [green]);
    await until(async () => '503 green' in (await flips.shares(10)), 'its only target has left');
    const seen = await flips.shares(100);
    expect(seen['503 green']).toBeGreaterThan(20);
    expect(seen['web']).toBeGreaterThan(20);
  });

  test('that are all 0 send nothing to anybody', async () => {
    await attachGreen([1, 0]);
    await flips.modify(weighted(0, 0));
    await until(async () => '503 none' in (await flips.shares(1)), 'the node has heard');
    expect(await flips.shares(10)).toEqual({ '503 none': 10 });
  });

  test('fail open within their group', async () => {
    await attachGreen([0, 1]);
    green.health = 500;
    await flips.untilAll(GREEN, 'unhealthy Target.ResponseCodeMismatch');
    expect(await flips.shares(10)).toEqual({ green: 10 });
  });
});

test('a network load balancer chooses by weight for each connection', async () => {
  await using network = await startFlips([await startHost({ id: 'i-3' })], [await startHost({ id: 'i-4' })], {
    settings: { type: 'network' },
  });
  const listener = BLUE.replace(':targetgroup/web/', ':listener/net/web/').concat('/0123456789abcdef');
  await network.untilAll(BLUE, 'healthy');
  network.bench.call('ModifyListener', { ListenerArn: listener, DefaultActions: [weighted(1, 1)] });
  await network.untilAll(GREEN, 'healthy');
  const { bench } = network;
  const bodies = async (count: number): Promise<readonly string[]> => {
    const all: string[] = [];
    for (let asked = 0; asked < count; asked += 1) all.push(await (await fetch(bench.url, CLOSE)).text());
    return all;
  };
  await until(async () => (await bodies(4)).includes('i-4'), 'the node has heard');
  const seen = await bodies(100);
  expect(seen.filter((id) => id === 'i-3').length).toBeGreaterThan(20);
  expect(seen.filter((id) => id === 'i-4').length).toBeGreaterThan(20);
  const sticky = { ListenerArn: listener, DefaultActions: [weighted(1, 1, 60)] };
  expect(() => bench.call('ModifyListener', sticky)).toThrow('without stickiness');
});

const CLOSE = { headers: { connection: 'close' } };
