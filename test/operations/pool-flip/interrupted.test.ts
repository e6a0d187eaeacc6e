import { describe, expect, test } from '@jest/globals';
import { poolFlip, revertFlip } from '../../../src/operations/pool-flip/pool-flip.ts';
import { CancelledError } from '../../../src/runner/errors.ts';
import { NEW } from './estate.ts';
import { type Actor, flipRequest, flipWorld, type PoolFlipWorld } from './world.ts';

const REQUEST = flipRequest({ bakes: [10_000, 10_000, 10_000] });

/** When, counted in its calls, the first run is stopped: before a call happens, or right after. */
type Moment = readonly [when: 'before' | 'after', number: number];

function stopAt(actor: Actor, [when, number]: Moment, stop: () => void): void {
  if (when === 'after') {
    actor.after = (_, each) => {
      if (each === number) stop();
    };
    return;
  }
  actor.before = (_, each) => {
    if (each === number) stop();
    return undefined;
  };
}

/** Every moment of an undisturbed run. */
async function moments(
  prepare: (world: PoolFlipWorld) => void = () => undefined,
  request = REQUEST,
): Promise<readonly Moment[]> {
  const world = flipWorld();
  prepare(world);
  const actor = world.actor();
  await world.time.run(
    poolFlip(actor.context, request).then(
      () => undefined,
      () => undefined,
    ),
  );
  return actor.calls.flatMap((_, index): readonly Moment[] => [
    ['before', index + 1],
    ['after', index + 1],
  ]);
}

/** A run that is lost at a moment; it goes on for as long as anything of it can happen. */
async function killed(world: PoolFlipWorld, moment: Moment, request = REQUEST): Promise<void> {
  const actor = world.actor({ jitter: 0.1 });
  const dead = new Promise<void>((resolve) => {
    stopAt(actor, moment, () => {
      actor.kill();
      resolve();
    });
  });
  const work = poolFlip(actor.context, request).then(
    () => undefined,
    () => undefined,
  );
  await world.time.run(Promise.race([work, dead]));
  await world.time.run(world.time.sleep(60_000));
}

describe('a run that is killed at any call', () => {
  test('is finished by a second one', async () => {
    const all = await moments();
    expect(all.length).toBeGreaterThan(60);
    for (const moment of all) {
      const world = flipWorld();
      await killed(world, moment);
      await world.time.run(poolFlip(world.actor().context, REQUEST));
      expect([moment, world.weights()]).toEqual([moment, expect.stringMatching(/^old 0, new \d+$/)]);
    }
  });

  test('is reverted by a second one that is told to', async () => {
    for (const moment of await moments()) {
      const world = flipWorld();
      await killed(world, moment);
      await world.time.run(revertFlip(world.actor().context, REQUEST));
      expect([moment, world.weights()]).toEqual([
        moment,
        expect.stringMatching(/^old [1-9]\d*(?:, new 0)?$/),
      ]);
    }
  });

  test.each([
    ['in steps', REQUEST],
    ['at once', flipRequest({ course: { ...REQUEST.course, steps: [100] }, bakes: [10_000] })],
  ])('%s is put back by a second one when the new side fails', async (_, request) => {
    const broken = (world: PoolFlipWorld) => {
      world.pool(NEW).status = 500;
    };
    for (const moment of await moments(broken, request)) {
      const world = flipWorld();
      broken(world);
      await killed(world, moment, request);
      const work = poolFlip(world.actor().context, request).then(
        () => 'succeeded',
        (error: Error) => error.message,
      );
      expect([moment, await world.time.run(work)]).toEqual([
        moment,
        expect.stringContaining('smoke test home'),
      ]);
      expect([moment, world.weights()]).toEqual([moment, expect.stringMatching(/^old [1-9]\d*, new 0$/)]);
    }
  });
});

describe('a run that is cancelled at any call', () => {
  test('writes nothing more, says where the route stands, and is finished by a second one', async () => {
    for (const moment of await moments()) {
      const world = flipWorld();
      const actor = world.actor({ jitter: 0.1 });
      let writesThen = Number.NaN;
      stopAt(actor, moment, () => {
        writesThen = actor.writes.length;
        actor.cancel();
      });
      const error = await world.time.run(
        poolFlip(actor.context, REQUEST).then(
          () => undefined,
          (thrown: unknown) => thrown,
        ),
      );
      if (error !== undefined) {
        expect([moment, error]).toEqual([moment, expect.any(CancelledError)]);
        // A write that was already under way when the signal came is not taken back.
        expect(actor.writes.length - writesThen).toBeLessThanOrEqual(1);
        if (writesThen > 0) expect(String(error)).toContain(`shows ${world.weights()}`);
      }
      await world.time.run(poolFlip(world.actor().context, REQUEST));
      expect([moment, world.weights()]).toEqual([moment, expect.stringMatching(/^old 0, new \d+$/)]);
    }
  });
});
