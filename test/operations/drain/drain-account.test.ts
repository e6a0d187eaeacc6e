import { describe, expect, test } from '@jest/globals';
import type { LeftOut } from '../../../src/ledger/document.ts';
import { drain } from '../../../src/operations/drain/drain.ts';
import type { DrainRequest } from '../../../src/operations/drain/drain-plan.ts';
import type { UndoRecord } from '../../../src/operations/records.ts';
import { createWorld, type World } from '../world.ts';
import { ALL, DRAIN, record, serving } from '../zone.ts';

const ADOPTED: UndoRecord = JSON.parse(record('i-a2'));

function request(changes: Partial<DrainRequest> = {}): DrainRequest {
  return {
    ...{ pools: ['web'], hosts: ['i-a1'], adopted: new Map(), releases: new Map(), zoneOf: new Map() },
    floor: { minHealthy: { kind: 'count', value: 1 }, surviveZone: false },
    drain: DRAIN,
    restore: { checks: 2, timeout: 30_000 },
    reason: 'upgrade',
    ...changes,
  };
}

/** Hosts that a drain which fails says to have left out, with whether they are held; none when it said nothing. */
async function leftBy(world: World, wanted = request()): Promise<readonly string[] | undefined> {
  let told: readonly LeftOut[] | undefined;
  const work = drain(
    world.context,
    wanted,
    () => undefined,
    (left) => {
      told = left;
    },
  );
  await expect(work).rejects.toThrow();
  return told?.map(({ record: { host }, held }) => (held === undefined ? host : `${host} held`));
}

/** `i-a1` is in service, `i-a2` out since before. */
function createPool(): World {
  const world = createWorld({ web: ALL });
  world.leave('web', ['i-a2']);
  return world;
}

const BOTH = request({ hosts: ['i-a1', 'i-a2'], adopted: new Map([['i-a2', ADOPTED]]) });

describe('before anything is withdrawn', () => {
  test('whoever keeps account of it is waited for', async () => {
    const world = createWorld({ web: ALL });
    let noted = false;
    world.before = ({ what }) => {
      if (what === 'record' || what === 'deregister') expect(noted).toBe(true);
      return undefined;
    };
    await drain(world.context, request(), async () => {
      await new Promise((resolve) => setImmediate(resolve));
      noted = true;
    });
    expect(world.calls.map(({ what }) => what)).toContain('deregister');
  });

  test('what he throws ends it', async () => {
    const world = createWorld({ web: ALL });
    const work = drain(world.context, request(), () => Promise.reject(new Error('the ledger is away')));
    await expect(work).rejects.toThrow('the ledger is away');
    expect(world.changes()).toEqual([]);
  });
});

describe('a drain that fails says who is out', () => {
  test('nothing, when it has not begun', async () => {
    const world = createWorld({ web: ['i-a1'] });
    expect(await leftBy(world)).toBeUndefined();
  });

  test('those that were out before, when a record could not be written', async () => {
    const world = createPool();
    world.before = ({ what }) => (what === 'record' ? 'refused' : undefined);
    expect(await leftBy(world, BOTH)).toEqual(['i-a2']);
    expect(serving(world)).toContain('i-a1');
  });

  test('those that were out before, when the others are back', async () => {
    const world = createPool();
    world.host('i-a1').connections = 7;
    expect(await leftBy(world, BOTH)).toEqual(['i-a2']);
    expect(serving(world)).toContain('i-a1');
  });

  test('all, when they could not be put back', async () => {
    const world = createPool();
    world.host('i-a1').connections = 7;
    world.before = ({ what }) => (what === 'register' ? 'refused' : undefined);
    expect(await leftBy(world, BOTH)).toEqual(['i-a1', 'i-a2']);
  });

  test('all, when it was cancelled: nobody has seen the registered ones serve', async () => {
    const world = createPool();
    world.after = ({ what }) => {
      if (what === 'deregister') world.cancel();
    };
    expect(await leftBy(world, BOTH)).toEqual(['i-a1', 'i-a2']);
    expect(serving(world)).toContain('i-a1');
  });

  test('all and held, when the policy says so', async () => {
    const world = createWorld({ web: ALL });
    world.host('i-a1').connections = 7;
    const drainPolicy = { ...DRAIN, onTimeout: 'hold' as const };
    expect(await leftBy(world, request({ drain: drainPolicy }))).toEqual(['i-a1 held']);
  });
});
