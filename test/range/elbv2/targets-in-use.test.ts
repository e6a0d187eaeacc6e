import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '../support.ts';
import {
  allHealthy,
  type Bench,
  fetchText,
  GROUP,
  LOAD_BALANCER,
  startBench,
  startHost,
  type TestHost,
  wireError,
} from './support.ts';

let one: TestHost;
let two: TestHost;
let bench: Bench;

beforeEach(async () => {
  one = await startHost({ id: 'i-1', zone: 'us-east-1a' });
  two = await startHost({ id: 'i-2', zone: 'us-east-1b' });
});

afterEach(() => bench[Symbol.asyncDispose]());

async function hits(count: number): Promise<Record<string, number>> {
  const seen: Record<string, number> = {};
  for (let tries = 0; tries < count; tries++) {
    const { body } = await fetchText(bench.url);
    seen[body] = (seen[body] ?? 0) + 1;
  }
  return seen;
}

describe('a group that no listener forwards to', () => {
  beforeEach(async () => {
    bench = await startBench({ hosts: [one, two] });
    await allHealthy(bench);
    const { Listeners } = bench.call<{ Listeners: { ListenerArn: string }[] }>('DescribeListeners', {
      LoadBalancerArn: LOAD_BALANCER,
    });
    bench.call('DeleteListener', { ListenerArn: Listeners[0]?.ListenerArn });
  });

  test('has unused targets and nobody behind its door', async () => {
    expect(bench.health(one)).toMatchObject({ State: 'unused', Reason: 'Target.NotInUse' });
    expect(bench.states()).toEqual({ 'i-1': 'unused', 'i-2': 'unused' });
    await expect(fetchText(bench.url)).rejects.toThrow('ECONNREFUSED');
    const before = one.checks();
    await expect(until(() => one.checks() > before + 1, 'it is checked', 300)).rejects.toThrow('in vain');
  });

  test('is no longer told among what its load balancer serves', () => {
    expect(bench.call('DescribeListeners', { LoadBalancerArn: LOAD_BALANCER })).toEqual({ Listeners: [] });
    expect(bench.call('DescribeTargetGroups', { LoadBalancerArn: LOAD_BALANCER })).toEqual({
      TargetGroups: [],
    });
    expect(bench.call('DescribeTargetGroups', { TargetGroupArns: [GROUP] })).toMatchObject({
      TargetGroups: [{ LoadBalancerArns: [] }],
    });
  });

  test('has no listener to delete twice', () => {
    const listener = LOAD_BALANCER.replace('loadbalancer', 'listener');
    const again = { ListenerArn: `${listener}/0123456789abcdef` };
    expect(() => bench.call('DeleteListener', again)).toThrow(wireError('ListenerNotFound'));
  });
});

describe('a zonal shift', () => {
  beforeEach(async () => {
    bench = await startBench({ hosts: [one, two], shifted: ['us-east-1b'] });
    await allHealthy(bench);
  });

  test('is told for the targets of its zone, which stay healthy and receive nothing', async () => {
    expect(bench.call('DescribeTargetHealth', { TargetGroupArn: GROUP })).toMatchObject({
      TargetHealthDescriptions: [
        { Target: { Id: 'i-1' }, AdministrativeOverride: { State: 'no_override' } },
        {
          Target: { Id: 'i-2' },
          TargetHealth: { State: 'healthy' },
          AdministrativeOverride: {
            State: 'zonal_shift_active',
            Reason: 'AdministrativeOverride.ZonalShiftActive',
          },
        },
      ],
    });
    expect(await hits(6)).toEqual({ 'i-1': 6 });
  });

  test('has no effect when the group fails open', async () => {
    one.health = 503;
    two.health = 503;
    await until(() => bench.states()['i-1'] === 'unhealthy' && bench.states()['i-2'] === 'unhealthy', 'ill');
    expect(Object.keys(await hits(6)).sort()).toEqual(['i-1', 'i-2']);
  });
});

describe('slow start', () => {
  test('gives a target that becomes healthy a share that grows', async () => {
    bench = await startBench({
      hosts: [one],
      groups: [{ zones: ['us-east-1a', 'us-east-1b'] }],
      settings: { slowStart: 1_000 },
      locate: (id) => ({ address: '127.0.0.1', zone: id === 'i-1' ? 'us-east-1a' : 'us-east-1b' }),
      // A target takes its turn only when its share is above one half.
      random: () => 0.5,
    });
    await allHealthy(bench);
    expect(await hits(2)).toEqual({ 'i-1': 2 });
    bench.balancing.register(GROUP, [two]);
    await allHealthy(bench);
    expect(await hits(6)).toEqual({ 'i-1': 6 });
    await until(async () => (await hits(4))['i-2'] !== undefined, 'it takes its turn');
    expect(await hits(4)).toEqual({ 'i-1': 2, 'i-2': 2 });
    await two.kill();
  });

  test('is not for the first targets of a group', async () => {
    bench = await startBench({ hosts: [one, two], settings: { slowStart: 60_000 }, random: () => 0.5 });
    await allHealthy(bench);
    expect(bench.call('DescribeTargetGroupAttributes', { TargetGroupArn: GROUP })).toMatchObject({
      Attributes: expect.arrayContaining([{ Key: 'slow_start.duration_seconds', Value: '60' }]),
    });
    const first = await hits(6);
    expect(Object.values(first).reduce((sum, count) => sum + count, 0)).toBe(6);
  });
});
