import { describe, expect, test } from '@jest/globals';
import { flipRecord } from '../../../src/operations/cname-flip/cname-flip.ts';
import type { FlipRequest } from '../../../src/operations/cname-flip/request.ts';
import { CancelledError } from '../../../src/runner/errors.ts';
import { BLUE, cname, type FlipWorld, flipWorld, GREEN, isAt, type Moment } from './world.ts';

interface Course {
  readonly what: string;
  readonly begin: () => FlipWorld;
  readonly request: Partial<FlipRequest>;
}

/** Flips that take every way there is: with a TTL to lower, and with a new side that fails, so that it is swapped back. */
const COURSES: readonly Course[] = [
  { what: 'a flip', begin: () => flipWorld(), request: {} },
  {
    what: 'a flip that lowers the TTL first',
    begin: () => flipWorld([cname(BLUE, 300)]),
    request: { lowerTtlFirst: true },
  },
  { what: 'a flip that is swapped back', begin: failing, request: {} },
];

function failing(): FlipWorld {
  const world = flipWorld();
  world.breaksOnSwap = true;
  return world;
}

/** Every call of an undisturbed run, before and after it has its effect. */
async function momentsOf({ begin, request }: Course): Promise<readonly string[]> {
  const world = begin();
  const moments: string[] = [];
  world.hook = (call, moment) => void moments.push(`${moment} ${call}`);
  await flipRecord(world.context, { ...world.request, ...request });
  return moments;
}

/** A hook that does something at the nth moment, once. */
function atMoment(
  n: number,
  act: () => void | Promise<void>,
): (call: string, moment: Moment) => void | Promise<void> {
  let seen = 0;
  return () => (seen++ === n ? act() : undefined);
}

/** The record was there in every state, at one side or the other, and no server ever said otherwise. */
function expectNeverAbsent(world: FlipWorld): void {
  expect(world.absent()).toBe(0);
  for (const sets of world.states) expect(sets).toHaveLength(1);
}

/** The service recovers, and somebody runs the same step again. */
async function runAgain(world: FlipWorld, request: Partial<FlipRequest>): Promise<void> {
  world.hook = () => undefined;
  world.breaksOnSwap = false;
  world.serves.set('192.0.2.2', '2');
  const again = await flipRecord(
    { ...world.context, signal: new AbortController().signal },
    { ...world.request, ...request },
  );
  expect(['flipped', 'there']).toContain(again.kind);
  expect(isAt(world, GREEN)).toBe(true);
}

describe.each(COURSES)('$what', (course) => {
  test('killed at any moment leaves a record, and a second run finishes', async () => {
    const moments = await momentsOf(course);
    expect(moments.length).toBeGreaterThan(20);
    for (const index of moments.keys()) {
      const world = course.begin();
      const dead = Promise.withResolvers<void>();
      world.hook = atMoment(index, () => {
        dead.resolve();
        // Nothing of a killed process runs any more, its cleaning up included.
        return new Promise(() => undefined);
      });
      void flipRecord(world.context, { ...world.request, ...course.request });
      await dead.promise;
      expect(isAt(world, BLUE) || isAt(world, GREEN)).toBe(true);
      await runAgain(world, course.request);
      expectNeverAbsent(world);
    }
  });

  test('cancelled at any moment says what the record holds, and a second run finishes', async () => {
    const moments = await momentsOf(course);
    for (const index of moments.keys()) {
      const world = course.begin();
      world.hook = atMoment(index, () => world.stage.cancel());
      const ended = await flipRecord(world.context, { ...world.request, ...course.request }).then(
        (result) => result.says,
        (error: unknown) => {
          expect(error).toBeInstanceOf(CancelledError);
          return error instanceof Error ? error.message : '';
        },
      );
      expectTruth(ended, world);
      await runAgain(world, course.request);
      expectNeverAbsent(world);
    }
  });
});

/** What was said of the record is what it holds. */
function expectTruth(said: string, world: FlipWorld): void {
  const wasChanged = world.states.length > 1;
  if (/was not changed\.$/.test(said) && !/TTL/.test(said)) expect(wasChanged).toBe(false);
  if (/is at CNAME green/.test(said)) expect(isAt(world, GREEN)).toBe(true);
  if (/is swapped back to|It was swapped back to/.test(said)) expect(isAt(world, BLUE)).toBe(true);
  if (/TTL of .* (is|was being) lowered/.test(said)) expect(isAt(world, BLUE)).toBe(true);
  expect(said).toMatch(
    /was not changed|is at CNAME green|swapped back|holds CNAME|TTL of|was changed from|was changed to/,
  );
}

test('a second run waits for the TTL that the first one lowered', async () => {
  const world = flipWorld([cname(BLUE, 300)]);
  const lowered = Promise.withResolvers<void>();
  world.hook = (call) => {
    if (call !== 'isInSync') return undefined;
    lowered.resolve();
    return new Promise(() => undefined);
  };
  void flipRecord(world.context, { ...world.request, lowerTtlFirst: true });
  await lowered.promise;
  const before = world.stage.elapsed();
  await runAgain(world, { lowerTtlFirst: true });
  expect(world.stage.elapsed() - before).toBeGreaterThanOrEqual(300_000);
});
