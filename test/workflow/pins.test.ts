import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PINS, parseSuite, partOf, pinsIn, suiteIn } from '../../src/workflow/pins.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

test('what is written for others is what the workflows here use', () => {
  const folder = resolve('.github/workflows');
  const used = readdirSync(folder).flatMap((file) => [
    ...pinsIn(readFileSync(resolve(folder, file), 'utf8')),
  ]);
  for (const [action, pin] of PINS) {
    const here = used.filter(([name]) => name === action);
    expect(here.length).toBeGreaterThan(0);
    for (const [, each] of here) expect(each).toEqual(pin);
  }
});

describe('a suite', () => {
  test.each([
    [`acme/zonewise@${COMMIT}`, `acme/zonewise/actions/x@${COMMIT}`],
    [`acme/zonewise@${COMMIT} # v1.2.3`, `acme/zonewise/actions/x@${COMMIT} # v1.2.3`],
    [` acme/zonewise@${COMMIT}#v1 `, `acme/zonewise/actions/x@${COMMIT} # v1`],
  ])('%s is read', (text, uses) => {
    expect(partOf(parseSuite(text), 'actions/x')).toBe(uses);
  });

  test.each([
    'acme/zonewise@v1',
    'acme/zonewise@main',
    `acme/zonewise@${COMMIT.slice(0, 39)}`,
    `acme/zonewise@${COMMIT}0`,
    `zonewise@${COMMIT}`,
    `acme/zonewise@${COMMIT} # latest`,
    `acme/zonewise@${COMMIT}\nacme`,
    '',
  ])('%j is refused', (text) => {
    expect(() => parseSuite(text)).toThrow('expected OWNER/REPO@COMMIT');
  });

  test('is found in what was written before', () => {
    const suite = parseSuite(`acme/zonewise@${COMMIT} # v1.2.3`);
    const uses = partOf(suite, '.github/workflows/zone.yml');
    expect(suiteIn(`jobs:\n  a:\n    uses: ${uses}\n    with: {}\n`)).toEqual(suite);
    expect(suiteIn('jobs:\n  a:\n    uses: $/.github/workflows/zone.yml\n')).toBe('own');
    expect(suiteIn(`jobs:\n  a:\n    uses: acme/x/.github/workflows/other.yml@${COMMIT}\n`)).toBeUndefined();
    expect(suiteIn('jobs:\n  a:\n    uses: acme/zonewise/.github/workflows/zone.yml@main\n')).toBeUndefined();
  });
});
