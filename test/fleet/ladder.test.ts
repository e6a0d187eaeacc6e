import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatLadder, hasRung, parseLadder } from '../../src/fleet/ladder.ts';

describe('the failure ladder', () => {
  test.each([
    [
      ['retry 2', 'roll-back'],
      [{ kind: 'retry', times: 2 }, { kind: 'roll-back' }],
    ],
    [
      ['retry 10', 'replace'],
      [{ kind: 'retry', times: 10 }, { kind: 'replace' }],
    ],
    [
      ['roll-back', 'replace', 'hold'],
      [{ kind: 'roll-back' }, { kind: 'replace' }, { kind: 'hold' }],
    ],
    [['hold'], [{ kind: 'hold' }]],
  ])('%j is read', (written, ladder) => {
    expect(parseLadder(written)).toEqual(ladder);
  });

  test.each([
    [[]],
    [['rollback']],
    [['retry']],
    [['retry 0']],
    [['retry 11']],
    [['retry  2']],
    [['roll-back', 'retry 2']],
    [['hold', 'replace']],
    [['replace', 'roll-back']],
    [['roll-back', 'roll-back']],
    [['roll-back', 'burn']],
  ])('%j is refused', (written) => {
    expect(parseLadder(written)).toBeUndefined();
  });

  test('what is read is written as it was', () => {
    const rungs = [
      fc.integer({ min: 1, max: 10 }).map((times) => `retry ${times}`),
      ...['roll-back', 'replace', 'hold'].map(fc.constant),
    ];
    fc.assert(
      fc.property(fc.tuple(...rungs), fc.subarray([0, 1, 2, 3], { minLength: 1 }), (all, chosen) => {
        const written = chosen.map((index) => all[index] ?? '');
        const ladder = parseLadder(written);
        expect(ladder).toBeDefined();
        expect(formatLadder(ladder ?? [])).toEqual(written);
        expect(hasRung(ladder ?? [], 'hold')).toBe(written.includes('hold'));
      }),
    );
  });
});
