import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatDuration, parseDuration, writeDuration } from '../../src/fleet/duration.ts';

describe('a duration as people write it', () => {
  test.each([
    ['0s', 0],
    ['500ms', 500],
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
  ])('%s is %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  test.each([
    '',
    '5',
    '5 s',
    '1.5s',
    '-1s',
    '5M',
    's',
    '5ss',
    ' 5s',
    '5s\n',
    '1234567890s',
    '577h',
    '34561m',
  ])('%j is refused', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test('is every whole number with every unit up to 24 days', () => {
    const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
    fc.assert(
      fc.property(
        fc.nat({ max: 576 }),
        fc.constantFrom('ms' as const, 's' as const, 'm' as const, 'h' as const),
        (value, unit) => parseDuration(`${value}${unit}`) === value * units[unit],
      ),
    );
  });

  test('read back from writeDuration is the same', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 576 }),
        fc.constantFrom(1, 1_000, 60_000, 3_600_000),
        (value, unit) => parseDuration(writeDuration(value * unit)) === value * unit,
      ),
    );
  });
});

describe('a duration as it is said to people', () => {
  test.each([
    [0, '0ms'],
    [999, '999ms'],
    [1_500, '1.5s'],
    [2_000, '2s'],
    [90_000, '90s'],
    [120_000, '2m'],
    [125_000, '2m 5s'],
  ])('%d ms is %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  test('is never further from the truth than a twentieth, above a second', () => {
    const said = (text: string) =>
      text
        .split(' ')
        .map(
          (part) => Number.parseFloat(part) * (part.endsWith('ms') ? 1 : part.endsWith('m') ? 60_000 : 1_000),
        )
        .reduce((sum, part) => sum + part, 0);
    fc.assert(
      fc.property(
        fc.integer({ min: 1_000, max: 86_400_000 }),
        (truth) => Math.abs(said(formatDuration(truth)) - truth) <= truth / 20,
      ),
    );
  });
});
