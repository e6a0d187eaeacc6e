import { describe, expect, test } from '@jest/globals';
import type { PoolSettings } from '../../../src/balancers/port.ts';
import type { DrainPolicy } from '../../../src/fleet/fleet.ts';
import { drain } from '../../../src/operations/drain/drain.ts';
import type { DrainRequest } from '../../../src/operations/drain/drain-plan.ts';
import { createWorld, type World } from '../world.ts';
import { DRAIN } from '../zone.ts';

const LONG = 600_000;
const LASTING = { balancerType: 'network', connectionTermination: false };
const CUTTING = { balancerType: 'network', connectionTermination: true };
const CUT = 'web: what is still connected 5m after the withdrawal will be cut by the balancer';

function createPool(settings: Partial<PoolSettings>, connections = 0): World {
  const world = createWorld({ web: ['i-a1', 'i-a2', 'i-b1', 'i-b2'] });
  world.settings = settings;
  world.host('i-a1').connections = connections;
  return world;
}

function request(drainPolicy: Partial<DrainPolicy>): DrainRequest {
  return {
    pools: ['web'],
    hosts: ['i-a1'],
    adopted: new Map(),
    recordsElsewhere: true,
    releases: new Map(),
    zoneOf: new Map(),
    floor: { minHealthy: { kind: 'percent', value: 50 }, surviveZone: false },
    drain: { ...DRAIN, timeout: LONG, ...drainPolicy },
    restore: { checks: 2, timeout: 30_000 },
    reason: 'kernel update',
  };
}

function warnings(world: World): readonly string[] {
  return world.log.filter((line) => line.startsWith('warning:'));
}

describe('a network load balancer that does not cut connections', () => {
  test('delay: the target is gone and its connections are not: counted, with the cure', async () => {
    const world = createPool(LASTING, 3);
    await expect(drain(world.context, request({ policy: 'delay' }))).resolves.toHaveLength(1);
    expect(warnings(world)).toEqual([
      expect.stringMatching(
        /i-a1 has left.*does not end its connections: 3 still open on its service port.*connection_termination\.enabled of web.*`observed`/,
      ),
    ]);
  });

  test('delay: counts only after the delay, when what ends by itself has ended', async () => {
    const world = createPool(LASTING, 3);
    const began = world.now();
    const looked: number[] = [];
    world.before = ({ what }) => {
      if (what === 'quiet') looked.push(world.now() - began);
      return undefined;
    };
    await drain(world.context, request({ policy: 'delay' }));
    expect(looked).toEqual([expect.any(Number)]);
    expect(looked[0]).toBeGreaterThanOrEqual(300_000);
  });

  test('delay: with no connection left there is nothing to warn of', async () => {
    const world = createPool(LASTING);
    await drain(world.context, request({ policy: 'delay' }));
    expect(warnings(world)).toEqual([]);
    expect(world.log).toContainEqual('i-a1: no connection is open on its service port any more');
  });

  test.each(['delay', 'observed'] as const)(
    '%s: without a way to the host, says that nobody knows',
    async (policy) => {
      const world = createPool(LASTING);
      world.host('i-a1').reachable = false;
      await drain(world.context, request({ policy }));
      expect(warnings(world)).toContainEqual(
        expect.stringContaining('nobody knows how many (its agent is silent) are still open'),
      );
    },
  );

  test('observed: the host itself was seen quiet, nothing to say', async () => {
    const world = createPool(LASTING);
    await drain(world.context, request({ policy: 'observed' }));
    expect(warnings(world)).toEqual([]);
  });

  test.each([
    ['an application load balancer', { balancerType: 'application' }],
    ['a network load balancer that cuts them', CUTTING],
  ])('delay: behind %s nothing is counted and nothing said', async (_, settings) => {
    const world = createPool(settings, 3);
    await drain(world.context, request({ policy: 'delay' }));
    expect(warnings(world)).toEqual([]);
    expect(world.calls.map(({ what }) => what)).not.toContain('quiet');
  });
});

describe('a network load balancer that cuts connections when the delay ends', () => {
  test.each(['observed', 'delay'] as const)('%s: says when, once', async (policy) => {
    const world = createPool(CUTTING);
    await drain(world.context, request({ policy }));
    expect(world.log.filter((line) => line.startsWith(CUT))).toHaveLength(1);
  });

  test.each([
    ['the drain gives up before', CUTTING, 299_000],
    ['it does not cut', LASTING, LONG],
    ['it is an application load balancer', { ...CUTTING, balancerType: 'application' }, LONG],
  ])('says nothing when %s', async (_, settings, timeout) => {
    const world = createPool(settings);
    await drain(world.context, request({ policy: 'observed', timeout }));
    expect(world.log.filter((line) => line.includes('will be cut'))).toEqual([]);
  });
});
