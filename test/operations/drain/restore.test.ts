import { describe, expect, test } from '@jest/globals';
import type { TargetState } from '../../../src/balancers/port.ts';
import { type RestoreRequest, restore } from '../../../src/operations/drain/restore.ts';
import type { UndoRecord } from '../../../src/operations/records.ts';
import { CancelledError, PlatformError } from '../../../src/runner/errors.ts';
import { createWorld, HEALTH_CHECK_INTERVAL, type World } from '../world.ts';

const HOSTS = ['i-a1', 'i-a2', 'i-b1', 'i-b2'] as const;

/** A world in which hosts were taken out of some pools, each with its record. */
function worldWithout(hosts: readonly string[], pools: readonly string[] = ['web']) {
  const world = createWorld(Object.fromEntries(pools.map((pool) => [pool, HOSTS])));
  const records = hosts.map((host): UndoRecord => {
    const targets = pools.map((pool) => ({ pool, id: host, port: 8080 }));
    return { host, targets, reason: 'upgrade', run: 'a run', since: '2026-11-20T23:59:00Z' };
  });
  for (const pool of pools) world.leave(pool, hosts);
  for (const record of records) world.host(record.host).record = JSON.stringify(record);
  return { world, records };
}

function request(records: readonly UndoRecord[], checks = 2, timeout = 30_000): RestoreRequest {
  return { records, policy: { checks, timeout } };
}

function countOf(world: World, what: string): number {
  return world.calls.filter((call) => call.what === what).length;
}

describe('restore', () => {
  test('registers every pool and port of the records and then forgets them', async () => {
    const { world, records } = worldWithout(['i-a1', 'i-a2'], ['web', 'admin']);
    await restore(world.context, request(records));

    expect(world.changes()).toEqual([
      {
        what: 'register',
        subject: 'web',
        targets: [
          { id: 'i-a1', port: 8080 },
          { id: 'i-a2', port: 8080 },
        ],
      },
      { what: 'register', subject: 'admin', targets: [expect.anything(), expect.anything()] },
      { what: 'clear', subject: 'i-a1', targets: [] },
      { what: 'clear', subject: 'i-a2', targets: [] },
    ]);
    for (const pool of ['web', 'admin']) expect(world.inService(pool)).toHaveLength(4);
    expect(world.timeline.map(({ host, phase }) => `${host} ${phase}`)).toEqual([
      'i-a1 returning',
      'i-a2 returning',
      'i-a1 serving',
      'i-a2 serving',
    ]);
  });

  test('keeps the record until the balancer has called the host healthy', async () => {
    const { world, records } = worldWithout(['i-a1']);
    const states: string[] = [];
    world.before = ({ what }) => {
      if (what === 'clear') states.push(world.inService('web').length === 4 ? 'in service' : 'out');
      return undefined;
    };
    const began = world.now();
    await restore(world.context, request(records));
    expect(states).toEqual(['in service']);
    expect(world.now() - began).toBeGreaterThan(HEALTH_CHECK_INTERVAL);
  });

  test.each([
    { checks: 1, seen: [] },
    { checks: 3, seen: [] },
    { checks: 2, seen: ['healthy', 'unhealthy'] },
    { checks: 2, seen: ['healthy', 'missing', 'healthy', 'unknown'] },
  ])('asks for $checks health checks in a row, begun anew after $seen', async ({ checks, seen }) => {
    const { world, records } = worldWithout(['i-a1']);
    const states = [...seen];
    let healthySince = Number.NaN;
    world.show = (target) => {
      if (target.id !== 'i-a1') return target;
      const state = states.shift() ?? 'healthy';
      if (state !== 'healthy') healthySince = Number.NaN;
      else if (Number.isNaN(healthySince)) healthySince = world.now();
      return state === 'missing' ? undefined : { ...target, state: state as TargetState };
    };
    await restore(world.context, request(records, checks));
    const cleared = world.now() - healthySince;
    expect(cleared).toBeGreaterThanOrEqual((checks - 1) * HEALTH_CHECK_INTERVAL);
    expect(cleared).toBeLessThan(checks * HEALTH_CHECK_INTERVAL + 2_000);
  });

  test('is in time by the policy only: a host that stays sick keeps its record, and the reason is said', async () => {
    const { world, records } = worldWithout(['i-a1']);
    world.host('i-a1').sick = true;
    const work = restore(world.context, request(records));
    await expect(work).rejects.toBeInstanceOf(PlatformError);
    await expect(work).rejects.toThrow(
      'not healthy in web within 30s: i-a1:8080 is unhealthy (Target.ResponseCodeMismatch: its health check answered ' +
        'with another status; look at the service log)',
    );
    expect(world.host('i-a1').record).toBeDefined();
    expect(countOf(world, 'clear')).toBe(0);
  });

  test.each([
    ['Target.Timeout', 'check the port and the security group'],
    ['Target.NotInUse', 'no listener uses the target group'],
    ['Target.FromTheFuture', 'what the platform says'],
  ])('turns the reason code %s into a sentence', async (reason, sentence) => {
    const { world, records } = worldWithout(['i-a1']);
    world.show = (target) => ({ ...target, state: 'unused', reason, description: 'what the platform says' });
    await expect(restore(world.context, request(records))).rejects.toThrow(sentence);
  });

  test('waits for slow start to be over', async () => {
    const { world, records } = worldWithout(['i-a1']);
    world.settings = { slowStart: 60_000 };
    const began = world.now();
    await restore(world.context, request(records));
    expect(world.now() - began).toBeGreaterThanOrEqual(60_000 + HEALTH_CHECK_INTERVAL);
  });

  test('polls each pool once per look, however many hosts return', async () => {
    const counts = [1, 4].map(async (hosts) => {
      const { world, records } = worldWithout(HOSTS.slice(0, hosts), ['web', 'admin']);
      await restore(world.context, request(records));
      return ['targets', 'settings', 'register'].map((what) => countOf(world, what));
    });
    const [one, four] = await Promise.all(counts);
    expect(four).toEqual(one);
  });

  test('waits for the first real request when that is asked for', async () => {
    const { world, records } = worldWithout(['i-a1']);
    const policy = { checks: 2, timeout: 30_000, firstRequest: 20_000 };
    await restore(world.context, { records, policy });
    expect(countOf(world, 'serving')).toBe(1);
    expect(world.timeline.at(-1)).toMatchObject({ phase: 'serving' });
  });

  test('healthy and without a request in time: an error, and the record stays', async () => {
    const { world, records } = worldWithout(['i-a1']);
    world.host('i-a1').used = false;
    const policy = { checks: 2, timeout: 30_000, firstRequest: 20_000 };
    await expect(restore(world.context, { records, policy })).rejects.toThrow(
      /not seen serving within 20s: i-a1 got no request/,
    );
    expect(world.host('i-a1').record).toBeDefined();
  });

  test('of nothing asks nothing', async () => {
    const { world } = worldWithout([]);
    await restore(world.context, request([]));
    expect(world.calls).toEqual([]);
  });

  test('cancelled while waiting leaves the host registered and recorded', async () => {
    const { world, records } = worldWithout(['i-a1']);
    world.after = ({ what }) => {
      if (what === 'targets') world.cancel();
    };
    await expect(restore(world.context, request(records))).rejects.toBeInstanceOf(CancelledError);
    expect(world.inService('web')).toHaveLength(4);
    expect(world.host('i-a1').record).toBeDefined();
  });
});
