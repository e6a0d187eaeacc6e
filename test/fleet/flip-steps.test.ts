import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { RouteAction, WeightedPool } from '../../src/balancers/port.ts';
import {
  describeWeights,
  drawMark,
  judgeStanding,
  remainingSteps,
  sameActions,
  weightsOf,
  withShare,
  withWeights,
} from '../../src/fleet/flip-steps.ts';

const [OLD, NEW, THIRD] = ['old', 'new', 'third'].map(
  (name) => `arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/${name}/0123456789abcdef`,
) as [string, string, string];
const LOGIN: RouteAction = { kind: 'other', type: 'authenticate-oidc', rest: 'login', native: { Order: 1 } };

function actions(pools: readonly WeightedPool[], rest = 'forward'): readonly RouteAction[] {
  return [LOGIN, { kind: 'forward', pools, rest, native: {} }];
}

function pools(weights: Readonly<Record<string, number>>): readonly WeightedPool[] {
  return Object.entries(weights).map(([pool, weight]) => ({ pool, weight }));
}

const steps = fc
  .uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 6 })
  .map((some) => [...some.toSorted((one, other) => one - other), 100]);
const mark = fc.double({ min: 0, max: 1, noNaN: true }).map(drawMark);

describe('shares as weights', () => {
  test('rise from 0 to 100, each within a tenth of a percent, and every pool that was there stays', () => {
    fc.assert(
      fc.property(steps, mark, fc.boolean(), (shares, sum, isThird) => {
        const course = { from: OLD, to: NEW, steps: shares };
        const start = actions(pools({ [OLD]: 1, ...(isThird ? { [THIRD]: 0 } : {}) }));
        const walk = [0, ...shares].map((percent) => {
          const list = withShare(start, course, percent, sum);
          const weight = new Map(weightsOf(list).map((each) => [each.pool, each.weight]));
          const [from, to] = [weight.get(OLD) ?? Number.NaN, weight.get(NEW) ?? Number.NaN];
          expect(weight.get(THIRD)).toBe(isThird ? 0 : undefined);
          expect(from + to).toBe(sum);
          expect(Math.abs((to / sum) * 100 - percent)).toBeLessThanOrEqual(0.1);
          expect([from, to].every((each) => Number.isInteger(each) && each >= 0 && each <= 999)).toBe(true);
          expect(list[0]).toBe(LOGIN);
          return to / sum;
        });
        expect(walk.at(0)).toBe(0);
        expect(walk.at(-1)).toBe(1);
        expect(walk.every((share, index) => index === 0 || share > (walk[index - 1] ?? 1))).toBe(true);
      }),
    );
  });

  test('are recognised as what they were written for, whatever the mark', () => {
    fc.assert(
      fc.property(steps, mark, (shares, sum) => {
        const course = { from: OLD, to: NEW, steps: shares };
        for (const percent of shares) {
          const standing = judgeStanding(
            withShare(actions(pools({ [OLD]: 1 })), course, percent, sum),
            course,
          );
          expect(standing).toEqual(percent === 100 ? { kind: 'done' } : { kind: 'step', percent });
          expect(remainingSteps(course, standing)).toEqual(
            percent === 100 ? [] : shares.filter((each) => each >= percent),
          );
        }
      }),
    );
  });

  test('of runs with different marks differ at every share', () => {
    fc.assert(
      fc.property(mark, mark, fc.integer({ min: 0, max: 100 }), (one, other, percent) => {
        fc.pre(one !== other);
        const course = { from: OLD, to: NEW, steps: [100] };
        const start = actions(pools({ [OLD]: 1 }));
        const [mine, theirs] = [one, other].map((sum) => withShare(start, course, percent, sum));
        expect(sameActions(mine ?? [], theirs ?? [])).toBe(false);
      }),
    );
  });
});

test('marks are 500 to 999, both reached', () => {
  expect([0, 0.5, 0.999_999, 1].map(drawMark)).toEqual([500, 750, 999, 999]);
});

describe('where a route stands', () => {
  const course = { from: OLD, to: NEW, steps: [10, 50, 100] };

  test.each<[string, Readonly<Record<string, number>>, object]>([
    ['the old pool alone', { [OLD]: 1 }, { kind: 'before', attached: false }],
    ['the old pool with all the weight', { [OLD]: 100, [NEW]: 0 }, { kind: 'before', attached: true }],
    ['a third pool at weight 0', { [OLD]: 1, [THIRD]: 0 }, { kind: 'before', attached: false }],
    ['a step', { [OLD]: 90, [NEW]: 10 }, { kind: 'step', percent: 10 }],
    ['a step in another order', { [NEW]: 450, [OLD]: 450 }, { kind: 'step', percent: 50 }],
    ['the end', { [OLD]: 0, [NEW]: 7 }, { kind: 'done' }],
    ['the new pool alone', { [NEW]: 1 }, { kind: 'done' }],
    ['a share that is no step', { [OLD]: 70, [NEW]: 30 }, { kind: 'elsewhere' }],
    ['nearly a step', { [OLD]: 902, [NEW]: 97 }, { kind: 'elsewhere' }],
    ['a ratio that small weights make by chance', { [OLD]: 9, [NEW]: 1 }, { kind: 'elsewhere' }],
    ['a third pool with weight', { [OLD]: 1, [THIRD]: 1 }, { kind: 'elsewhere' }],
    ['another pool alone', { [THIRD]: 1 }, { kind: 'elsewhere' }],
    ['no weight', { [OLD]: 0 }, { kind: 'elsewhere' }],
  ])('%s', (_, weights, expected) => {
    expect(judgeStanding(actions(pools(weights)), course)).toMatchObject(expected);
  });

  test('a route with no forward or two is nothing to flip', () => {
    expect(judgeStanding([LOGIN], course)).toMatchObject({ problem: expect.stringContaining('no forward') });
    const two = actions(pools({ [OLD]: 1 })).concat(actions(pools({ [OLD]: 1 })));
    expect(judgeStanding(two, course)).toMatchObject({ problem: expect.stringContaining('more than one') });
  });
});

describe('two lists are the same', () => {
  const base = actions(pools({ [OLD]: 1, [NEW]: 0 }));

  test.each<[string, readonly RouteAction[], boolean]>([
    ['with their pools in another order', actions(pools({ [NEW]: 0, [OLD]: 1 })), true],
    ['with another weight', actions(pools({ [OLD]: 2, [NEW]: 0 })), false],
    ['with a pool less', actions(pools({ [OLD]: 1 })), false],
    ['with another stickiness', actions(pools({ [OLD]: 1, [NEW]: 0 }), 'sticky'), false],
    ['with an action less', base.slice(1), false],
    ['with the actions in another order', base.toReversed(), false],
  ])('%s: %s', (_, other, expected) => {
    expect(sameActions(base, other)).toBe(expected);
    expect(sameActions(other, base)).toBe(expected);
  });
});

test('weights are told by the names of their pools, and set without touching others', () => {
  const list = withWeights(actions(pools({ [THIRD]: 0, [OLD]: 1 })), pools({ [OLD]: 5, [NEW]: 6 }));
  expect(describeWeights(list)).toBe('third 0, old 5, new 6');
  expect(describeWeights([LOGIN])).toBe('no target group');
});
