import { expect, test } from '@jest/globals';
import type { Recorded } from '../../src/evidence/document.ts';
import { bounded } from '../../src/evidence/thin.ts';

function look(subject: string, answer: number): Recorded {
  const at = '2026-11-21T00:00:00.000Z';
  return {
    kind: 'observation',
    port: 'balancer',
    call: 'targets',
    subject,
    at,
    until: at,
    count: 1,
    given: null,
    answer,
  };
}

const CHANGE: Recorded = { ...look('web', 0), kind: 'mutation', call: 'register' };
const LOOKS = Array.from({ length: 100 }, (_, index) => look('web', index));
const RECORDED = [...LOOKS, CHANGE, ...LOOKS, look('api', 1)];

test('what is small enough stays whole', () => {
  expect(bounded(RECORDED)).toEqual({ kept: RECORDED, thinned: 0 });
});

test('long runs of polls are thinned, every second one first', () => {
  const size = JSON.stringify(RECORDED).length;
  const { kept, thinned } = bounded(RECORDED, Math.floor(size * 0.8));
  expect(thinned).toBeGreaterThan(30);
  expect(thinned).toBeLessThan(60);
  expect(kept.slice(0, 4).map(({ answer }) => answer)).toEqual([0, 2, 4, 6]);
});

test('no change is left out, and no look just before or after one', () => {
  const { kept, thinned } = bounded(RECORDED, 1);
  expect(thinned).toBe(196);
  expect(kept).toEqual([
    look('web', 0),
    look('web', 99),
    CHANGE,
    look('web', 0),
    look('web', 99),
    look('api', 1),
  ]);
});
