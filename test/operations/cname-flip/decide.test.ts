import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { RecordSet } from '../../../src/dns/port.ts';
import { holdsAll, keyOf, weightOf } from '../../../src/dns/record-set.ts';
import {
  type Decision,
  decideFlip,
  type FlipPlan,
  type Observed,
} from '../../../src/operations/cname-flip/decide.ts';
import { expectAnswers } from '../../../src/operations/cname-flip/expect.ts';
import {
  formerTtl,
  LONGEST_LOWERED,
  loweredTtl,
  SHORTEST_LOWERED,
} from '../../../src/operations/cname-flip/ttl.ts';
import { BLUE, cname, flipWorld, GREEN, weighted, ZONE, ZONE_ID } from './world.ts';

const PLAN: FlipPlan = flipWorld().request;

function observed(sets: readonly RecordSet[], more: Partial<Observed> = {}): Observed {
  const zone = { id: ZONE_ID, name: ZONE, isPrivate: false, nameServers: ['ns1.test'] };
  return { zone, sets, protections: [], ...more };
}

function problems(plan: Partial<FlipPlan>, seen: Observed): readonly string[] {
  const decision = decideFlip({ ...PLAN, ...plan }, seen, false);
  return decision.kind === 'refused' ? decision.problems : [];
}

describe('is refused', () => {
  test.each([
    ['a name of another zone', { record: 'www.example.com' }, 'is not in the zone Z1'],
    ['a name that only ends like the zone', { record: `www${ZONE}` }, 'is not in the zone Z1'],
    ['a CNAME at the apex', { record: ZONE }, 'apex'],
    ['a set of a simple record', { identifier: 'eu' }, 'is a simple record'],
    ['a type that is not there', { type: 'A' }, 'has no record of the type A; there is CNAME'],
  ] as const)('%s', (_, plan, says) => {
    expect(problems(plan, observed([cname(BLUE)])).join('\n')).toContain(says);
  });

  test('a weighted record without a set, and a set that is not there', () => {
    const sets = [weighted(BLUE, 'eu', 1), weighted(GREEN, 'us', 1)];
    expect(problems({}, observed(sets))).toEqual([expect.stringContaining('with the sets eu, us')]);
    expect(problems({ identifier: 'ap' }, observed(sets))).toEqual([
      expect.stringContaining('there are eu, us'),
    ]);
  });

  test('another way of choosing than weights', () => {
    const other: RecordSet = { ...cname(BLUE), routing: { kind: 'other', identifier: 'eu' } };
    expect(problems({ identifier: 'eu' }, observed([other]))).toEqual([
      expect.stringContaining('not a simple or weighted record'),
    ]);
  });

  test('weight 0 for the last one that has any', () => {
    const change = { kind: 'weight', from: 1, to: 0 } as const;
    expect(
      problems({ identifier: 'eu', change }, observed([weighted(BLUE, 'eu', 1), weighted(GREEN, 'us', 0)])),
    ).toEqual([expect.stringContaining('weight 0 in all of its sets')]);
  });

  test('everything that is known together, at once', () => {
    const seen = observed([cname('red.example.test', 300)], {
      protections: [{ type: 'CNAME', comment: 'frozen' }],
    });
    const all = problems({}, seen);
    expect(all).toHaveLength(3);
    expect(all.join('\n')).toMatch(/neither at[\s\S]*protected from changes \(frozen\)[\s\S]*TTL of 300s/);
  });
});

test('what is protected and there already is not refused: nothing is to be done', () => {
  const seen = observed([cname(GREEN)], { protections: [{ type: 'CNAME' }] });
  expect(decideFlip(PLAN, seen, false).kind).toBe('there');
});

const ttl = fc.integer({ min: 1, max: 1_000 });
const name = fc.constantFrom(BLUE, GREEN, 'red.example.test', `${BLUE.toUpperCase()}.`);
const simple = fc.tuple(name, ttl).map(([value, seconds]) => [cname(value, seconds)]);
const several = fc
  .tuple(ttl, fc.array(fc.tuple(name, fc.integer({ min: 0, max: 3 })), { minLength: 1, maxLength: 4 }))
  .map(([seconds, members]) =>
    members.map(([value, weight], index): RecordSet => {
      const { routing } = weighted(value, `set${index}`, weight);
      return { ...cname(value, seconds), routing };
    }),
  );
const change = fc.oneof(
  fc.constant(PLAN.change),
  fc
    .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }))
    .map(([from, to]) => ({ kind: 'weight', from, to }) as const),
);
const plans = fc
  .record({
    change,
    maxTtl: fc.integer({ min: SHORTEST_LOWERED, max: 600 }),
    lowerTtlFirst: fc.boolean(),
    identifier: fc.constantFrom(undefined, 'set0', 'set1'),
  })
  .map(
    ({ identifier, ...rest }): FlipPlan => ({
      ...PLAN,
      ...rest,
      ...(identifier !== undefined && { identifier }),
    }),
  );

describe('whatever is there', () => {
  const sample = fc.tuple(plans, fc.oneof(simple, several), fc.boolean());

  test('only what was listed is replaced, one set by one of the same key, and nothing goes', () => {
    const seen = new Set<Decision['kind']>();
    fc.assert(
      fc.property(sample, ([plan, sets, waited]) => {
        const decision = decideFlip(plan, observed(sets), waited);
        seen.add(decision.kind);
        if (decision.kind === 'refused') return expect(decision.problems.length).toBeGreaterThan(0);
        if (decision.kind !== 'swap' && decision.kind !== 'lower') return undefined;
        for (const old of decision.old) expect(sets).toContain(old);
        expect(decision.next.map(keyOf)).toEqual(decision.old.map(keyOf));
        expect(holdsAll(decision.old, decision.next)).toBe(false);
        const after = sets.map((set) => decision.next.find((each) => keyOf(each) === keyOf(set)) ?? set);
        const ttls = after.map(({ content }) => (content.kind === 'values' ? content.ttl : 0));
        expect(new Set(ttls).size).toBe(1);
        expect(Math.max(...ttls)).toBeLessThanOrEqual(plan.maxTtl);
        if (sets.some((set) => weightOf(set) > 0)) expect(after.some((set) => weightOf(set) > 0)).toBe(true);
        return undefined;
      }),
      { numRuns: 3_000 },
    );
    expect([...seen].toSorted()).toEqual(['await-lowered', 'lower', 'refused', 'swap', 'there']);
  });

  test('after a swap it is there, and after a lowering it is flipped', () => {
    fc.assert(
      fc.property(sample, ([plan, sets]) => {
        const decision = decideFlip(plan, observed(sets), true);
        if (decision.kind !== 'swap' && decision.kind !== 'lower') return;
        const after = sets.map((set) => decision.next.find((each) => keyOf(each) === keyOf(set)) ?? set);
        const next = decideFlip(plan, observed(after), true);
        expect(next.kind).toBe(decision.kind === 'swap' ? 'there' : 'swap');
      }),
      { numRuns: 3_000 },
    );
  });
});

test('a lowered TTL tells how long the former one can have been, never less', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: SHORTEST_LOWERED, max: 600 }),
      fc.integer({ min: 1, max: LONGEST_LOWERED }),
      (limit, former) => {
        const lowered = loweredTtl(limit, former) ?? Number.NaN;
        expect(lowered).toBeGreaterThanOrEqual(1);
        expect(lowered).toBeLessThan(limit);
        expect(formerTtl(limit, lowered)).toBeGreaterThanOrEqual(former);
      },
    ),
  );
  expect(loweredTtl(60, LONGEST_LOWERED + 1)).toBeUndefined();
  expect(formerTtl(60, 60)).toBeUndefined();
  expect(formerTtl(60, 5)).toBeUndefined();
});

describe('what proves a weighted set', () => {
  const [eu, us] = [weighted(BLUE, 'eu', 1), weighted(GREEN, 'us', 3)];

  test('as many answers as show it with 99.9 % certainty', () => {
    const after = [{ ...eu, content: cname('red.example.test').content }, us];
    const expectation = expectAnswers([eu, us], after, 'CNAME eu');
    expect(expectation).toMatchObject({ kind: 'seen', samples: 25 });
    expect(0.75 ** 25).toBeLessThan(0.001);
    expect(0.75 ** 24).toBeGreaterThan(0.001);
  });

  test('not that the old value is gone while another set has it', () => {
    const twin = { ...us, content: eu.content };
    const after = [{ ...eu, content: cname('red.example.test').content }, twin];
    expect(expectAnswers([eu, twin], after, 'CNAME eu')).not.toHaveProperty('gone');
  });

  test('nothing, when it is only answered more often', () => {
    const after = [weighted(BLUE, 'eu', 2), us];
    expect(expectAnswers([eu, us], after, 'CNAME eu').kind).toBe('unprovable');
  });

  test('nothing, when it is answered too seldom', () => {
    const [rare, often] = [weighted(BLUE, 'eu', 1), weighted('us.example.test', 'us', 255)];
    const after = [{ ...rare, content: cname(GREEN).content }, often];
    expect(expectAnswers([rare, often], after, 'CNAME eu').kind).toBe('unprovable');
  });
});
