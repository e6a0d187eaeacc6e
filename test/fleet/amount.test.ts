import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Amount, atLeast, atMost, formatAmount, parseAmount } from '../../src/fleet/amount.ts';

const amounts: fc.Arbitrary<Amount> = fc.oneof(
  fc.record({ kind: fc.constant('count' as const), value: fc.nat({ max: 999_999 }) }),
  fc.record({ kind: fc.constant('percent' as const), value: fc.nat({ max: 100 }) }),
);
const percents = fc.record({ kind: fc.constant('percent' as const), value: fc.nat({ max: 100 }) });

describe('an amount', () => {
  test('is read as it is written', () => {
    expect(parseAmount('2')).toEqual({ kind: 'count', value: 2 });
    expect(parseAmount(' 50% ')).toEqual({ kind: 'percent', value: 50 });
    fc.assert(fc.property(amounts, (amount) => expect(parseAmount(formatAmount(amount))).toEqual(amount)));
  });

  test.each(['', '%', '101%', '-1', '1.5', 'half', '50 %', '1234567'])('%j is refused', (text) => {
    expect(parseAmount(text)).toBeUndefined();
  });

  test('rounds up as a floor and down as a batch', () => {
    const half: Amount = { kind: 'percent', value: 50 };
    expect(atLeast(half, 3)).toBe(2);
    expect(atMost(half, 3)).toBe(1);
  });

  test('as a floor is the least number that is the share', () => {
    fc.assert(
      fc.property(percents, fc.nat({ max: 5_000 }), (amount, total) => {
        const floor = atLeast(amount, total);
        expect(floor * 100).toBeGreaterThanOrEqual(amount.value * total);
        expect((floor - 1) * 100).toBeLessThan(Math.max(1, amount.value * total));
        expect(floor).toBeLessThanOrEqual(total);
      }),
    );
  });

  test('as a batch is at least one and within the share otherwise', () => {
    fc.assert(
      fc.property(percents, fc.nat({ max: 5_000 }), (amount, total) => {
        const batch = atMost(amount, total);
        expect(batch).toBeGreaterThanOrEqual(1);
        if (batch > 1) expect(batch * 100).toBeLessThanOrEqual(amount.value * total);
      }),
    );
  });

  test('of hosts is itself, whatever the group', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999 }), fc.nat(), (value, total) => {
        expect(atLeast({ kind: 'count', value }, total)).toBe(value);
        expect(atMost({ kind: 'count', value }, total)).toBe(value);
      }),
    );
  });
});
