import { describe, expect, test } from '@jest/globals';
import { type Look, waitUntil } from '../../src/operations/wait.ts';
import { CancelledError } from '../../src/runner/errors.ts';
import { type Stage, setStage } from './stage.ts';

/** Sees one thing after the other, and the last one from then on; `true` is what is awaited. */
function sights(...seen: readonly (string | true)[]): {
  look: () => Promise<Look<string>>;
  count: () => number;
} {
  let count = 0;
  return {
    look: async () => {
      const sight = seen[Math.min(count, seen.length - 1)] ?? '';
      count += 1;
      return sight === true ? { reached: true, value: 'there' } : { reached: false, seen: sight };
    },
    count: () => count,
  };
}

/** A tenth more or less: waits do not look in step. */
function expectAbout(stage: Stage, milliseconds: number): void {
  expect(stage.elapsed()).toBeGreaterThanOrEqual(0.9 * milliseconds);
  expect(stage.elapsed()).toBeLessThanOrEqual(1.1 * milliseconds);
}

describe('waitUntil', () => {
  test('does not sleep when the world is as awaited', async () => {
    const stage = setStage();
    const { look } = sights(true);
    const wait = { what: 'quiet', every: 500, timeout: 60_000, look };
    expect(await waitUntil(stage.context, wait)).toEqual({ reached: true, value: 'there' });
    expect(stage.elapsed()).toBe(0);
    expect(stage.lines).toEqual([]);
  });

  test('says what it waits for, what it saw and how long it may take, when that changes', async () => {
    const stage = setStage();
    const { look } = sights('3 of 5 healthy', '3 of 5 healthy', '4 of 5 healthy', true);
    const wait = { what: 'pool web', every: 500, timeout: 60_000, look };
    expect(await waitUntil(stage.context, wait)).toMatchObject({ reached: true });
    expectAbout(stage, 250 + 375 + 500);
    expect(stage.lines).toEqual([
      'waiting for pool web: 3 of 5 healthy; up to 60s more',
      'waiting for pool web: 4 of 5 healthy; up to 59s more',
    ]);
  });

  test('does not look before anything can be seen, and says so', async () => {
    const stage = setStage();
    const { look, count } = sights(true);
    await waitUntil(stage.context, { what: 'pool web', first: 20_000, every: 500, timeout: 60_000, look });
    expect(stage.elapsed()).toBe(20_000);
    expect(count()).toBe(1);
    expect(stage.lines).toEqual(['waiting for pool web: 20s at least']);
  });

  test('looks soon at first, and then as seldom as it is told', async () => {
    const stage = setStage();
    const at: number[] = [];
    const look = async (): Promise<Look<string>> => {
      at.push(stage.elapsed());
      return { reached: false, seen: 'a' };
    };
    await waitUntil(stage.context, { what: 'b', every: 2_000, timeout: 30_000, look });
    const pauses = at.slice(1).map((moment, index) => moment - (at[index] ?? 0));
    expect(pauses.slice(0, 3)).toEqual([250, 375, 562.5]);
    // The last one ends with the time.
    expect(new Set(pauses.slice(6, -1))).toEqual(new Set([2_000]));
  });

  test('looks at the moment at which it can be otherwise', async () => {
    const stage = setStage();
    const look = async (): Promise<Look<string>> => {
      const again = 777 - stage.elapsed();
      return again <= 0 ? { reached: true, value: 'there' } : { reached: false, seen: 'not yet', again };
    };
    await waitUntil(stage.context, { what: 'b', every: 60_000, timeout: 90_000, look });
    expect(stage.elapsed()).toBe(777);
  });

  test('speaks up every 15 seconds when nothing changes', async () => {
    const stage = setStage();
    const { look } = sights('nothing');
    await waitUntil(stage.context, { what: 'a sign', every: 1_000, timeout: 40_000, look });
    expect(stage.lines).toHaveLength(3);
  });

  test('gives up at its time with the last look, and looks once more at the very end', async () => {
    const stage = setStage();
    const { look, count } = sights('a', 'b');
    const wait = { what: 'c', every: 400, timeout: 1_000, look };
    expect(await waitUntil(stage.context, wait)).toEqual({ reached: false, seen: 'b' });
    expect(stage.elapsed()).toBe(1_000);
    expect(count()).toBe(4);
  });

  test('takes what is reached in the last look for reached', async () => {
    const stage = setStage();
    const { look } = sights('a', true);
    const wait = { what: 'b', every: 1_000, timeout: 1_000, look };
    expect(await waitUntil(stage.context, wait)).toMatchObject({ reached: true });
  });

  test('counts the time that looking takes', async () => {
    const stage = setStage();
    const slow = async (): Promise<Look<string>> => {
      stage.pass(900);
      return { reached: false, seen: 'a' };
    };
    await waitUntil(stage.context, { what: 'b', every: 500, timeout: 1_000, look: slow });
    expect(stage.elapsed()).toBe(900 + 100 + 900);
  });

  test('ends with the reason when it is cancelled', async () => {
    const stage = setStage();
    const look = async (): Promise<Look<string>> => {
      if (stage.elapsed() > 700) stage.cancel();
      return { reached: false, seen: 'a' };
    };
    const waiting = waitUntil(stage.context, { what: 'b', every: 500, timeout: 60_000, look });
    await expect(waiting).rejects.toThrow(CancelledError);
    expectAbout(stage, 250 + 375 + 500);
  });

  test('passes on what a look throws', async () => {
    const stage = setStage();
    const look = () => Promise.reject(new Error('refused'));
    await expect(waitUntil(stage.context, { what: 'b', every: 1, timeout: 9, look })).rejects.toThrow(
      'refused',
    );
  });
});
