import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Ledger } from '../../src/ledger/document.ts';
import { changeLedger } from '../../src/ledger/ledger.ts';
import { promoteProblems } from '../../src/ledger/order.ts';
import { parseLedger, renderLedger } from '../../src/ledger/parse.ts';
import type { Clock } from '../../src/operations/context.ts';
import { UserError } from '../../src/runner/errors.ts';
import { EMPTY, faults, overtakes, RULES, type Rules, type Step, steps, take } from './course.ts';
import { memoryLedger } from './memory.ts';

/** Does what of the steps may be done, and gives what was wrong with it. */
function wrong(sequence: readonly Step[], rules: Rules): readonly string[] {
  const found: string[] = [];
  let ledger = EMPTY;
  for (const step of sequence) {
    const next = taken(ledger, step, rules);
    if (next === undefined) continue;
    found.push(...faults(ledger, next));
    if (overtakes(ledger, step)) found.push('an older release has overtaken a newer one');
    ledger = next;
  }
  return found;
}

function taken(ledger: Ledger, step: Step, rules: Rules): Ledger | undefined {
  try {
    return take(ledger, step, rules);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

const inOrder = (rules: Rules) => fc.property(steps, (sequence) => wrong(sequence, rules).length === 0);

describe('steps one after the other, of any run, zone and release', () => {
  test('promote no zone before an earlier one, and let nothing older overtake', () => {
    fc.assert(inOrder(RULES), { numRuns: 2_000 });
  });

  test('get as far as the last zone, and roll back, often enough for that to mean something', () => {
    const seen = new Set<string>();
    const look = fc.property(steps, (sequence) => {
      let ledger = EMPTY;
      for (const step of sequence) {
        ledger = taken(ledger, step, RULES) ?? ledger;
        for (const [zone, { state }] of Object.entries(ledger.zones)) seen.add(`${zone} ${state}`);
      }
    });
    fc.assert(look, { numRuns: 2_000, seed: 7 });
    expect([...seen]).toEqual(expect.arrayContaining(['c promoted', 'c held', 'b rolled-back', 'a stopped']));
  });

  const withoutRule = (word: string): Rules => ({
    begin: (ledger, turn) => RULES.begin(ledger, turn).filter((problem) => !problem.includes(word)),
    promote: (ledger, turn) => RULES.promote(ledger, turn).filter((problem) => !problem.includes(word)),
  });

  test.each([
    ['that earlier zones are promoted', 'comes before'],
    ['that a newer release stays', 'is newer than'],
    ['that a newer run goes first', 'is older than run'],
    ['that a zone is deployed before it is promoted', 'deploy it first'],
  ])('are caught without the rule %s', (_, word) => {
    expect(fc.check(inOrder(withoutRule(word)), { numRuns: 2_000, seed: 7 }).failed).toBe(true);
  });
});

/** Waits for nothing. */
const CLOCK: Clock = { now: () => 0, jitter: () => 0.5, sleep: () => Promise.resolve() };

/** Several jobs at once over one ledger, whose requests reach it in any order. */
function atOnce(ignores: boolean, rules: Rules = RULES) {
  const jobs = fc.array(steps, { minLength: 2, maxLength: 3 });
  return fc.asyncProperty(fc.scheduler(), jobs, async (scheduler, all) => {
    const store = memoryLedger({ turn: (what) => scheduler.schedule(Promise.resolve(), what), ignores });
    const edges = { clock: CLOCK, signal: new AbortController().signal };
    const work = all.map(async (sequence) => {
      for (const step of sequence) {
        await changeLedger(store, 'storefront', (ledger) => take(ledger, step, rules), edges).catch(
          (error: unknown) => {
            if (!(error instanceof UserError)) throw error;
          },
        );
      }
    });
    await scheduler.waitFor(Promise.all(work));
    const place = { place: store.place, service: 'storefront' };
    const written = [renderLedger(EMPTY), ...store.written].map((text) => parseLedger(text, place));
    const found = written.slice(1).flatMap((after, index) => faults(written[index] ?? EMPTY, after));
    expect(found).toEqual([]);
  });
}

describe('jobs at once over one ledger', () => {
  test('promote no zone before an earlier one, however they interleave', async () => {
    await fc.assert(atOnce(false), { numRuns: 200 });
  });

  test('are caught when the storage ignores conditions', async () => {
    expect((await fc.check(atOnce(true), { numRuns: 400, seed: 7 })).failed).toBe(true);
  });

  test('are caught when a promotion does not ask', async () => {
    const rules: Rules = { ...RULES, promote: (ledger, turn) => promoteProblems(ledger, turn).slice(0, 0) };
    expect((await fc.check(atOnce(false, rules), { numRuns: 200, seed: 7 })).failed).toBe(true);
  });
});
