import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type BakeOutcome, type BakeRequest, bake } from '../../../src/operations/bake/bake.ts';
import type { GateReading, GateSource, GateState } from '../../../src/operations/bake/gates.ts';
import { PlatformError, UserError } from '../../../src/runner/errors.ts';
import {
  ALARMED,
  type BakeStage,
  BLIND,
  BROKEN,
  IN_ALARM,
  type Scene,
  setBakeStage,
  WELL,
} from '../bake-stage.ts';

function tryBake(stage: BakeStage, changes: Partial<BakeRequest> = {}): Promise<BakeOutcome> {
  const limits = [{ at: stage.clock.now() + 600_000, what: 'zone-timeout' }];
  return bake(stage.context, { ...stage.gates, stable: 60_000, every: 10_000, retry: 0, limits, ...changes });
}

function problemOf(outcome: BakeOutcome): string {
  return outcome.kind === 'failed' ? outcome.problem : 'none: it passed';
}

/** A source that finds its one gate in these states, one after the other, the last one from then on. */
function source(
  when: GateSource['when'],
  states: readonly (GateState | Error)[],
  looks: number[] = [],
): GateSource {
  return {
    what: 'the other gate',
    gates: ['other'],
    when,
    async read(began): Promise<readonly GateReading[]> {
      looks.push(began);
      const state = states[Math.min(looks.length, states.length) - 1] ?? 'open';
      if (state instanceof Error) throw state;
      return [{ gate: 'other', state, seen: `the other gate is ${state}`, again: true }];
    },
  };
}

describe('a stable time', () => {
  test('begins after the wait, and is looked at to its very end', async () => {
    const stage = setBakeStage([WELL]);
    const outcome = await tryBake(stage, { wait: 15_000, stable: 25_000 });
    expect(stage.looks).toEqual([15_000, 25_000, 35_000, 40_000]);
    expect(outcome).toMatchObject({ kind: 'passed', evidence: { stable: 25_000, closedFor: 0 } });
    expect(stage.lines[0]).toContain('baking for 25s, after 15s: watching alarm web-5xx');
  });

  test('begins anew after each break, which uses up what is allowed', async () => {
    const stage = setBakeStage([WELL, WELL, ALARMED, ALARMED, WELL, BROKEN, WELL]);
    const outcome = await tryBake(stage, { stable: 30_000, retry: 31_000 });
    expect(outcome).toMatchObject({ kind: 'passed', evidence: { closedFor: 30_000 } });
    // Closed from 20 s to 40 s and from 50 s to 60 s, open from then on.
    expect(stage.elapsed()).toBe(90_000);
    expect(stage.lines).toContain(`${IN_ALARM}; the stable time starts anew`);
    const again = setBakeStage([WELL, WELL, ALARMED, ALARMED, WELL, BROKEN, WELL]);
    const problem = problemOf(await tryBake(again, { stable: 30_000, retry: 20_000 }));
    expect(problem).toContain('smoke test home at the balancer saw 503');
    expect(problem).toContain('gates were closed for 20s in all, and 20s is allowed');
    expect(again.elapsed()).toBe(50_000);
  });

  test('ends at the first closed reading when no break is allowed', async () => {
    const stage = setBakeStage([WELL, ALARMED, WELL]);
    expect(problemOf(await tryBake(stage))).toBe(IN_ALARM);
    expect(stage.elapsed()).toBe(10_000);
  });

  test('begins anew when alarms cannot be read, which ends it only three times in a row', async () => {
    const stage = setBakeStage([WELL, WELL, BLIND, BLIND, WELL]);
    expect((await tryBake(stage, { stable: 30_000 })).kind).toBe('passed');
    expect(stage.elapsed()).toBe(70_000);
    expect(problemOf(await tryBake(setBakeStage([WELL, BLIND])))).toContain('(3 readings in a row)');
  });
});

describe('a limit', () => {
  test('ends a bake whose gates never stay open for long enough', async () => {
    const script = Array.from({ length: 100 }, (_, index) => (index % 3 === 2 ? BLIND : WELL));
    const stage = setBakeStage(script);
    const limits = [{ at: stage.clock.now() + 95_000, what: 'policy.bake.zone-timeout' }];
    const problem = problemOf(await tryBake(stage, { limits }));
    expect(problem).toContain('policy.bake.zone-timeout is over: gates had been open for 5s of 60s');
    expect(problem).toContain('inconclusive is not passed');
    expect(stage.elapsed()).toBe(95_000);
  });

  test('that is over already leaves no reading to be made', async () => {
    const stage = setBakeStage([WELL]);
    const limits = [{ at: stage.clock.now(), what: 'zone-timeout' }];
    expect(problemOf(await tryBake(stage, { limits, wait: 10_000 }))).toContain('zone-timeout is over');
    expect(stage.looks).toEqual([]);
    expect(stage.elapsed()).toBe(0);
  });

  test('is not passed by a reading that was begun before it', async () => {
    const stage = setBakeStage([WELL]);
    stage.checkTakes = 7_000;
    const limits = [{ at: stage.clock.now() + 65_000, what: 'zone-timeout' }];
    expect((await tryBake(stage, { limits })).kind).toBe('failed');
  });

  test('names the gates that were closed then', async () => {
    const stage = setBakeStage([ALARMED]);
    const limits = [{ at: stage.clock.now() + 25_000, what: 'zone-timeout' }];
    expect(problemOf(await tryBake(stage, { limits, retry: 60_000 })).split('\n')).toEqual([
      expect.stringContaining('zone-timeout is over: gates had been open for 0ms of 60s'),
      `${IN_ALARM} (3 readings in a row)`,
    ]);
  });
});

describe('another source of gates', () => {
  test('is read at each look, and closes like any other', async () => {
    const looks: number[] = [];
    const stage = setBakeStage([WELL]);
    const others = [source('always', ['open', 'open', 'closed'], looks)];
    expect(problemOf(await tryBake(stage, { others }))).toBe('the other gate is closed');
    expect(looks).toEqual([1_000_000, 1_000_000, 1_000_000]);
    expect(stage.lines[0]).toContain('and the other gate every 10s');
  });

  test('may be unreadable: for a while, or until somebody mends it', async () => {
    const trouble = new PlatformError('no answer');
    const others = [source('always', [trouble, trouble, 'open'])];
    expect((await tryBake(setBakeStage([WELL]), { others })).kind).toBe('passed');
    const stage = setBakeStage([WELL]);
    const denied = [source('always', [new UserError('not allowed')])];
    expect(problemOf(await tryBake(stage, { others: denied, retry: 60_000 }))).toContain('not allowed');
    expect(stage.elapsed()).toBe(0);
    const defect = [source('always', [new TypeError('a defect')])];
    await expect(tryBake(setBakeStage([WELL]), { others: defect })).rejects.toThrow(TypeError);
  });

  test('can be judged at the end alone, where it closes at once', async () => {
    const looks: number[] = [];
    const stage = setBakeStage([WELL]);
    const outcome = await tryBake(stage, { others: [source('end', ['closed'], looks)] });
    expect(problemOf(outcome)).toBe('the other gate is closed');
    expect(looks).toHaveLength(1);
    expect(stage.elapsed()).toBe(60_000);
    expect((await tryBake(setBakeStage([WELL]), { others: [source('end', ['open'])] })).kind).toBe('passed');
  });

  test('that closes at the end is read until it is open, and the stable time passes again', async () => {
    const stage = setBakeStage([WELL]);
    const others = [source('end', ['closed', 'closed', 'open'])];
    const outcome = await tryBake(stage, { others, stable: 30_000, retry: 60_000 });
    expect(outcome).toMatchObject({ kind: 'passed', evidence: { closedFor: 20_000 } });
    expect(stage.elapsed()).toBe(80_000);
  });

  test('is not asked while an alarm is closed at the end', async () => {
    const looks: number[] = [];
    const stage = setBakeStage([WELL, ALARMED]);
    await tryBake(stage, { others: [source('end', ['open'], looks)], stable: 10_000 });
    expect(looks).toEqual([]);
  });
});

const scenes = fc.array(
  fc.record<Scene>({
    alarm: fc.oneof(
      { weight: 8, arbitrary: fc.constant<GateState>('open') },
      { weight: 1, arbitrary: fc.constantFrom<GateState>('closed', 'unreadable') },
    ),
    check: fc.oneof(
      { weight: 8, arbitrary: fc.constant('open' as const) },
      { weight: 1, arbitrary: fc.constant('closed' as const) },
    ),
  }),
  { minLength: 1, maxLength: 40 },
);
const times = fc.record({
  wait: fc.integer({ min: 0, max: 30 }),
  stable: fc.integer({ min: 0, max: 100 }),
  every: fc.integer({ min: 1, max: 40 }),
  retry: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 60 })),
  limit: fc.integer({ min: 0, max: 600 }),
  checkTakes: fc.integer({ min: 0, max: 15 }),
});

test('however gates come and go, it passes only after a whole stable time, and always ends', async () => {
  let passed = 0;
  await fc.assert(
    fc.asyncProperty(scenes, times, async (script, { checkTakes, limit, ...request }) => {
      const stage = setBakeStage(script);
      stage.checkTakes = checkTakes;
      const limits = [{ at: stage.clock.now() + limit, what: 'zone-timeout' }];
      const outcome = await bake(stage.context, { ...stage.gates, ...request, limits });
      const { stable, wait } = request;
      const readings = stage.looks.map((at, index) => {
        const { alarm, check } = script[Math.min(index, script.length - 1)] ?? WELL;
        return { at, open: alarm === 'open' && check === 'open' };
      });
      for (const { at } of readings) {
        expect(at).toBeGreaterThanOrEqual(wait);
        expect(at).toBeLessThan(limit);
      }
      expect(stage.elapsed()).toBeLessThanOrEqual(limit + checkTakes);
      const last = readings.at(-1);
      if (outcome.kind === 'failed') return;
      passed += 1;
      // The stretch of open readings that ends with the last one is as long as it must be, from its first to its last.
      const since = readings.slice(readings.findLastIndex(({ open }) => !open) + 1)[0]?.at ?? Number.NaN;
      expect((last?.at ?? 0) - since).toBeGreaterThanOrEqual(stable);
      expect(stage.elapsed()).toBeLessThan(limit);
      expect(outcome.evidence.gates.map((gate) => gate.last.state)).toEqual(['open', 'open']);
      expect(outcome.evidence.closedFor).toBeLessThanOrEqual(stage.elapsed());
      const closed = script
        .slice(0, readings.length)
        .some((s) => s.alarm === 'closed' || s.check === 'closed');
      if (request.retry === 0) expect(closed && readings.length <= script.length).toBe(false);
    }),
    { numRuns: 500 },
  );
  expect(passed).toBeGreaterThan(20);
});
