import { describe, expect, test } from '@jest/globals';
import { drain } from '../../../src/operations/drain/drain.ts';
import type { DrainRequest } from '../../../src/operations/drain/drain-plan.ts';
import { restore } from '../../../src/operations/drain/restore.ts';
import { createWorld, type World } from '../world.ts';
import { DRAIN } from '../zone.ts';

const POOL = Array.from({ length: 201 }, (_, index) => `i-${index}`);
const RESTORE = { checks: 2, timeout: 30_000 };

function requestOf(count: number, changes: Partial<DrainRequest['drain']>): DrainRequest {
  return {
    pools: ['web'],
    hosts: POOL.slice(0, count),
    adopted: new Map(),
    releases: new Map(),
    zoneOf: new Map(),
    floor: { minHealthy: { kind: 'count', value: 1 }, surviveZone: false },
    drain: { ...DRAIN, ...changes },
    restore: RESTORE,
    reason: 'kernel update',
  };
}

interface Cost {
  readonly targets: number;
  readonly settings: number;
  readonly changes: number;
  /** Milliseconds of the world's time. */
  readonly time: number;
}

/** Calls of the balancer's API for a drain and the restore after it, and how long both took. */
async function costOf(count: number, changes: Partial<DrainRequest['drain']> = {}): Promise<Cost> {
  const world = createWorld({ web: POOL });
  // Without thresholds of its own the pool asks for the one target that `min-healthy` asks for.
  world.settings = { failOpen: {}, dnsFailover: {}, deregistrationDelay: 300_000 };
  const began = world.now();
  const records = await drain(world.context, requestOf(count, changes));
  expect(records).toHaveLength(count);
  expect(world.inService('web')).toHaveLength(POOL.length - count);
  await restore(world.context, { records, policy: RESTORE });
  expect(world.inService('web')).toHaveLength(POOL.length);
  return {
    targets: asked(world, 'targets'),
    settings: asked(world, 'settings'),
    changes: asked(world, 'deregister') + asked(world, 'register'),
    time: world.now() - began,
  };
}

function asked(world: World, what: string): number {
  return world.calls.filter((call) => call.what === what).length;
}

describe('the API calls of a drain and its restore', () => {
  test.each([10, 200])('are as many for %i hosts as for one', async (count) => {
    expect(await costOf(count)).toEqual(await costOf(1));
  });

  test.each([10, 200])('also while %i hosts are waited for to the end of their delay', async (count) => {
    const changes = { policy: 'delay', timeout: 600_000 } as const;
    expect(await costOf(count, changes)).toEqual(await costOf(1, changes));
  });

  test('are at most sixteen looks at the targets, and one call each to withdraw and to return', async () => {
    const { targets, changes } = await costOf(200);
    expect(targets).toBeLessThanOrEqual(16);
    expect(changes).toBe(2);
  });

  test('are more when the host is not healthy at once: looks are counted', async () => {
    const slow = createWorld({ web: POOL });
    slow.settings = { failOpen: {}, dnsFailover: {} };
    const records = await drain(slow.context, requestOf(1, {}));
    const since = slow.now();
    slow.show = (target) =>
      target.id === 'i-0' && slow.now() - since < 20_000 ? { ...target, state: 'initial' } : target;
    await restore(slow.context, { records, policy: RESTORE });
    expect(asked(slow, 'targets')).toBeGreaterThan((await costOf(1)).targets);
  });
});
