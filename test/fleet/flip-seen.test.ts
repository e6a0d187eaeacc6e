import { expect, test } from '@jest/globals';
import { judgeShare } from '../../src/fleet/flip-seen.ts';

function told(fresh: number, old: number): readonly string[] {
  return [...Array.from({ length: fresh }, () => '2'), ...Array.from({ length: old }, () => '1')];
}

test.each<[number, number, number, boolean]>([
  [4, 36, 10, true],
  [0, 40, 10, true],
  [0, 40, 50, false],
  [40, 0, 50, false],
  [40, 0, 90, true],
  [0, 40, 99, false],
  [40, 0, 100, true],
  [39, 1, 100, false],
  [0, 0, 100, true],
])('%d new and %d old answers at %d %%: %s', (fresh, old, percent, plausible) => {
  expect(judgeShare(told(fresh, old), '2', percent).plausible).toBe(plausible);
});

test('says who answered', () => {
  expect(judgeShare(told(3, 1), '2', 50).seen).toBe('3 of 4 answers from 2, the others 1');
  expect(judgeShare([], '2', 50).seen).toBe('no answer told its version');
});
