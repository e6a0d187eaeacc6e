import { describe, expect, test } from '@jest/globals';
import { parsePlan } from '../../../src/operations/plan/parse-plan.ts';
import type { Plan } from '../../../src/operations/plan/plan.ts';

const PLAN: Plan = {
  schema: 1,
  service: 'storefront',
  version: '1.4.2',
  sha256: 'a'.repeat(64),
  ordinal: 19_471_234_567,
  rollBack: false,
  planned: '2026-11-21T00:00:00.000Z',
  zones: [
    {
      zone: 'us-east-1a',
      environment: 'storefront-us-east-1a',
      todo: 'deploy',
      terms: { hosts: 'i-1, i-2' },
      from: [`1.4.1 ${'b'.repeat(64)}`, 'nothing'],
    },
  ],
};

test('a plan is read as it was written', () => {
  expect(parsePlan(JSON.parse(JSON.stringify(PLAN)))).toEqual({ kind: 'plan', plan: PLAN });
});

describe('what is no plan of this schema is refused', () => {
  const zone = PLAN.zones[0];
  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    ['nothing', null, /schema is none; expected 1/],
    ['a text', 'plan', /schema is none/],
    ['a newer schema', { ...PLAN, schema: 2 }, /schema is 2; expected 1.*same commit/],
    ['an unknown key', { ...PLAN, condition: 'full moon' }, /condition/],
    ['an unknown key of a zone', { ...PLAN, zones: [{ ...zone, gate: 'x' }] }, /gate/],
    ['no zones', { ...PLAN, zones: [] }, /zones/],
    ['a zone twice', { ...PLAN, zones: [zone, zone] }, /us-east-1a is in it twice/],
    ['a digest that is none', { ...PLAN, sha256: 'A'.repeat(64) }, /sha256/],
    ['an ordinal as text', { ...PLAN, ordinal: '7' }, /ordinal/],
    ['an ordinal beyond what is exact', { ...PLAN, ordinal: 2 ** 53 }, /ordinal/],
    ['a time that is none', { ...PLAN, planned: 'yesterday' }, /planned/],
    [
      'terms that are no texts',
      { ...PLAN, zones: [{ ...zone, terms: { hosts: 2 } }] },
      /zones\.0\.terms\.hosts/,
    ],
    ['a todo that is none', { ...PLAN, zones: [{ ...zone, todo: 'skip' }] }, /zones\.0\.todo/],
  ];

  test.each(wrong)('%s', (_, document, says) => {
    const parsed = parsePlan(document);
    expect(parsed).toEqual({ kind: 'refused', problems: [expect.stringMatching(says)] });
  });
});
