import { describe, expect, test } from '@jest/globals';
import { type FlipResult, planFlip, revertFlip } from '../../../src/operations/pool-flip/pool-flip.ts';
import { PlatformError, UserError } from '../../../src/runner/errors.ts';
import { failure } from '../../range/wire/builder.ts';
import { NEW, OLD } from './estate.ts';
import { type Actor, flipRequest, flipWorld, forward, LOGIN, type PoolFlipWorld, runFlip } from './world.ts';

/** With a jitter of a half every run's weights have this sum. */
const MARK = 750;

describe('a flip', () => {
  test('adds the new pool at weight 0, takes each step, and leaves the old pool at weight 0', async () => {
    const world = flipWorld();
    const actor = world.actor();
    const result = await runFlip(world, actor);
    expect(actor.writes).toEqual(['old 750, new 0', 'old 675, new 75', 'old 375, new 375', 'old 0, new 750']);
    expect(result).toMatchObject({
      kind: 'flipped',
      before: [{ pool: OLD, weight: 1 }],
      after: [
        { pool: OLD, weight: 0 },
        { pool: NEW, weight: MARK },
      ],
    });
    expect(result.steps.map(({ percent, baked }) => [percent, baked])).toEqual([
      [10, 60_000],
      [50, 60_000],
      [100, 60_000],
    ]);
    expect(result.steps.at(-1)?.seen).toBe('40 of 40 answers from 2.0.0');
    expect(result.steps[1]?.seen).toBe('20 of 40 answers from 2.0.0, the others 1.0.0');
  });

  test('waits the propagation time, the bake, and says when the old side is idle', async () => {
    const world = flipWorld();
    const result = await runFlip(world, world.actor(), {
      course: { from: OLD, to: NEW, steps: [100] },
      bakes: [90_000],
    });
    const at = Date.parse(result.steps[0]?.at ?? '');
    expect(Date.parse(result.oldIdleAt ?? '') - at).toBe(15_000);
    expect(world.time.now() - at).toBeGreaterThanOrEqual(15_000 + 90_000);
  });

  test('waits three minutes behind a network load balancer', async () => {
    const world = flipWorld();
    world.balancerType = 'network';
    const result = await runFlip(world, world.actor(), {
      course: { from: OLD, to: NEW, steps: [100] },
      bakes: [0],
    });
    const at = Date.parse(result.steps[0]?.at ?? '');
    expect(Date.parse(result.oldIdleAt ?? '') - at).toBe(180_000);
    expect(world.time.now() - at).toBeGreaterThanOrEqual(180_000);
  });

  test('keeps every other action as it is', async () => {
    const world = flipWorld();
    world.actions = [LOGIN, forward([{ pool: OLD, weight: 1 }])];
    await runFlip(world, world.actor());
    expect(world.actions[0]).toEqual(LOGIN);
    expect(world.weights()).toBe('old 0, new 750');
  });

  test('to where the route is already is a success that changes nothing, after the proof', async () => {
    const world = flipWorld();
    world.set({ old: 0, new: 5 });
    world.pool(NEW).namedSince = 0;
    const actor = world.actor();
    expect(await runFlip(world, actor)).toMatchObject({ kind: 'there', steps: [] });
    expect(actor.writes).toEqual([]);
    expect(actor.calls).toContain('run');
  });

  test.each([
    ['a step that an earlier run wrote', { old: 333, new: 333 }, ['old 375, new 375', 'old 0, new 750']],
    [
      'a step in plain percentages',
      { old: 90, new: 10 },
      ['old 675, new 75', 'old 375, new 375', 'old 0, new 750'],
    ],
    [
      'the new pool at weight 0',
      { old: 1, new: 0 },
      ['old 675, new 75', 'old 375, new 375', 'old 0, new 750'],
    ],
  ])('goes on from %s', async (_, weights, writes) => {
    const world = flipWorld();
    world.set(weights);
    const actor = world.actor();
    await runFlip(world, actor);
    expect(actor.writes).toEqual(writes);
  });

  test('with stickiness is refused with its duration, and waits for it when told to', async () => {
    const world = flipWorld();
    world.actions = [forward([{ pool: OLD, weight: 1 }], 3_600_000)];
    const first = world.actor();
    const error = await failure(runFlip(world, first));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('keeps each client at its target group for 60m');
    expect(first.writes).toEqual([]);

    const result = await runFlip(world, world.actor(), { sticky: 'wait' });
    const last = Date.parse(result.steps.at(-1)?.at ?? '');
    expect(Date.parse(result.oldIdleAt ?? '') - last).toBe(3_600_000 + 15_000);
    expect(world.time.now()).toBeGreaterThanOrEqual(last + 3_615_000);
    expect(world.weights()).toBe('old 0, new 750');
  });
});

describe('when the new side does not prove itself', () => {
  test('in the smoke test after the flip, the weights of before are back and it says who saw what', async () => {
    const world = flipWorld();
    world.pool(NEW).status = 500;
    const actor = world.actor();
    const error = await failure(runFlip(world, actor));
    expect(error).toBeInstanceOf(UserError);
    expect(world.weights()).toBe('old 1, new 0');
    expect(error.message).toContain('smoke test home at listener/app/web');
    expect(error.message).toContain('All requests go to old again: ');
    expect(error.message).toMatch(/Users saw new at 10 % for \d+s/);
    // The old side's answers hid it from the smoke test proper.
    expect(error.message).toMatch(
      /1[34] of 132 answers failed with 10 % of requests for new; the first saw 500/,
    );
  });

  test('a host that asks makes fewer requests, each of which is a command', async () => {
    const world = flipWorld();
    world.pool(NEW).status = 500;
    const error = await failure(runFlip(world, world.actor(), { askFrom: 'host' }));
    expect(error.message).toMatch(/[12] of 20 answers failed with 10 % of requests for new/);
  });

  test.each<[string, (world: PoolFlipWorld) => void, string]>([
    [
      'an alarm rings',
      (world) => {
        world.alarm = 'alarm';
      },
      'alarm web-5xx is in ALARM',
    ],
    [
      'a release answers that is not the new one',
      (world) => {
        world.pool(NEW).version = '1.9.9';
      },
      'of 40 answers from 2.0.0',
    ],
    [
      'hosts fall sick',
      (world) => {
        for (const host of world.pool(NEW).hosts) world.pool(NEW).sick.add(host);
      },
      'new is not ready to take over',
    ],
  ])('because %s at half of the requests, everything goes back', async (_, harm, says) => {
    const world = flipWorld();
    const actor = world.actor();
    actor.after = (call) => {
      if (call === 'write' && world.weights() === 'old 375, new 375') harm(world);
    };
    const error = await failure(runFlip(world, actor));
    expect(error.message).toContain(says);
    expect(world.weights()).toBe('old 1, new 0');
    expect(error.message).toMatch(/Users saw new at 10 % for \d+s, at 50 % for /);
  });

  test('and revert-on-failure is off, it stays and the error says where', async () => {
    const world = flipWorld();
    world.pool(NEW).status = 500;
    const error = await failure(runFlip(world, world.actor(), { revertOnFailure: false }));
    expect(world.weights()).toBe('old 675, new 75');
    expect(error.message).toContain('stays at old 675, new 75');
  });

  test('and a run before this one left it half-way, everything goes back to the old side', async () => {
    const world = flipWorld();
    world.set({ old: 250, new: 250 });
    world.pool(NEW).status = 500;
    const error = await failure(runFlip(world, world.actor()));
    expect(world.weights()).toBe('old 750, new 0');
    expect(error.message).toContain('at 50 % since before this run');
  });

  test.each([
    ['goes back when the old side is well', { old: 0, new: 750 }, 0, 'old 750, new 0'],
    ['stays when the old side is not', { old: 0, new: 750 }, 3, 'old 0, new 750'],
    ['stays when the old side is not there any more', { new: 750 }, 0, 'new 750'],
  ])('and everything goes to it already, it %s', async (_, weights, sick, after) => {
    const world = flipWorld();
    world.set(weights);
    world.pool(NEW).namedSince = 0;
    world.pool(NEW).status = 500;
    for (const host of world.pool(OLD).hosts.slice(0, sick)) world.pool(OLD).sick.add(host);
    const error = await failure(runFlip(world, world.actor()));
    expect(error.message).toContain('smoke test home');
    expect(world.weights()).toBe(after);
  });

  test('and the old side does not either, the error says both', async () => {
    const world = flipWorld();
    const actor = world.actor();
    actor.after = (call) => {
      if (call !== 'write' || world.weights() !== 'old 675, new 75') return;
      world.pool(NEW).status = 500;
      world.pool(OLD).status = 502;
    };
    const error = await failure(runFlip(world, actor));
    expect(error).toBeInstanceOf(PlatformError);
    expect(error.message).toContain('failed too: smoke test home');
    expect(error.message).toContain('shows old 1, new 0');
  });
});

describe('going back', () => {
  const back = (world: PoolFlipWorld, actor: Actor): Promise<FlipResult> =>
    world.time.run(revertFlip(actor.context, flipRequest()));

  test.each([
    ['a step', { old: 375, new: 375 }],
    ['the end', { old: 0, new: 750 }],
  ])('from %s puts everything on the old side', async (_, weights) => {
    const world = flipWorld();
    world.set(weights);
    expect(await back(world, world.actor())).toMatchObject({ kind: 'reverted' });
    expect(world.weights()).toBe('old 750, new 0');
  });

  test('from the beginning changes nothing', async () => {
    const world = flipWorld();
    const actor = world.actor();
    expect(await back(world, actor)).toMatchObject({ kind: 'there' });
    expect(actor.writes).toEqual([]);
  });

  test('to a side that cannot serve is refused', async () => {
    const world = flipWorld();
    world.set({ old: 0, new: 750 });
    for (const host of world.pool(OLD).hosts) world.pool(OLD).sick.add(host);
    const actor = world.actor();
    expect((await failure(back(world, actor))).message).toContain('old is not ready to take over');
    expect(actor.writes).toEqual([]);
  });

  test('to a side that the route names no more is refused', async () => {
    const world = flipWorld();
    world.set({ new: 750 });
    const actor = world.actor();
    expect((await failure(back(world, actor))).message).toContain('does not name old any more');
    expect(actor.writes).toEqual([]);
  });
});

test('a dry run says what it would do and writes nothing', async () => {
  const world = flipWorld();
  const actor = world.actor();
  const result = await world.time.run(planFlip(actor.context, flipRequest()));
  expect(result.kind).toBe('dry-run');
  expect(actor.writes).toEqual([]);
  expect(actor.lines.join('\n')).toContain('steps that would be taken: 10 %, 50 %, 100 %');
});
