import { describe, expect, test } from '@jest/globals';
import { describeActions, readActions, type SingleForward } from '../../../src/range/elbv2/actions.ts';
import { type Condition, holds } from '../../../src/range/elbv2/conditions.ts';
import { chooseGroup } from '../../../src/range/elbv2/decide.ts';
import { createRoutes, type Routes } from '../../../src/range/elbv2/listener.ts';

const ONE = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/one/0123456789abcdef';
const TWO = ONE.replace('/one/', '/two/');

function routes(targetGroup: string): Routes {
  return { steps: readActions([{ Type: 'forward', TargetGroupArn: targetGroup }]), rules: [] };
}

/** Listener routes with two nodes, a clock that is set by hand, and random numbers that were thought of before. */
function atTwoNodes(...randoms: readonly number[]) {
  let now = 1_000;
  let drawn = 0;
  const first = routes('first');
  const made = createRoutes(first, {
    zones: ['a', 'b'],
    propagation: 100,
    clock: () => now,
    random() {
      drawn += 1;
      return randoms[drawn - 1] ?? 0;
    },
  });
  return {
    ...made,
    first,
    at(time: number) {
      now = 1_000 + time;
    },
  };
}

describe('a change', () => {
  test('is shown at once and reaches each node at its own time, within the propagation time', () => {
    const listener = atTwoNodes(0.8, 0);
    const second = routes('second');
    listener.replace(second);
    expect(listener.current()).toBe(second);
    listener.at(59);
    expect([listener.heard('a'), listener.heard('b')]).toEqual([listener.first, listener.first]);
    listener.at(60);
    expect([listener.heard('a'), listener.heard('b')]).toEqual([second, listener.first]);
    listener.at(100);
    expect([listener.heard('a'), listener.heard('b')]).toEqual([second, second]);
  });

  test('is never undone by an older one that comes later', () => {
    const listener = atTwoNodes(0, 0, 1, 1);
    const [second, third] = [routes('second'), routes('third')];
    listener.replace(second);
    listener.at(20);
    listener.replace(third);
    listener.at(70);
    expect([listener.heard('a'), listener.heard('b')]).toEqual([third, third]);
    listener.at(100);
    expect([listener.heard('a'), listener.heard('b')]).toEqual([third, third]);
  });

  test('finds nodes that have not heard of the one before yet', () => {
    const listener = atTwoNodes(0, 0, 0, 0);
    const [second, third] = [routes('second'), routes('third')];
    listener.replace(second);
    listener.at(50);
    listener.replace(third);
    expect(listener.heard('a')).toEqual(listener.first);
    listener.at(100);
    expect(listener.heard('a')).toBe(second);
    listener.at(150);
    expect(listener.heard('a')).toBe(third);
  });
});

test.each([
  [0, 'one'],
  [0.29, 'one'],
  [0.31, 'two'],
  [0.99, 'two'],
])('the random number %d chooses the group %s of weights 3, 7 and 0', (random, expected) => {
  const groups = [
    { targetGroup: 'one', weight: 3 },
    { targetGroup: 'two', weight: 7 },
    { targetGroup: 'idle', weight: 0 },
  ];
  expect(chooseGroup(groups, () => random)).toBe(expected);
});

test('no group is chosen when all weights are 0', () => {
  expect(chooseGroup([{ targetGroup: 'one', weight: 0 }], () => 0)).toBeUndefined();
});

describe('a forward to one group', () => {
  const config = (Weight: number) => ({
    ForwardConfig: {
      TargetGroups: [{ TargetGroupArn: ONE, Weight }],
      TargetGroupStickinessConfig: { Enabled: false },
    },
  });

  test.each<[SingleForward, object]>([
    ['both', { Type: 'forward', TargetGroupArn: ONE, ...config(1) }],
    ['target-group-arn', { Type: 'forward', TargetGroupArn: ONE }],
    ['forward-config', { Type: 'forward', ...config(1) }],
  ])('is described in the form %s, whichever way it was written', (form, expected) => {
    const arn = { Type: 'forward', TargetGroupArn: ONE } as const;
    for (const action of [arn, { Type: 'forward', ...config(1) } as const, { ...arn, ...config(1) }]) {
      expect(describeActions(readActions([action]), form)).toEqual([expected]);
    }
  });

  test('at weight 0 is described with it', () => {
    const steps = readActions([{ Type: 'forward', ...config(0) }]);
    expect(describeActions(steps, 'target-group-arn')).toEqual([
      { Type: 'forward', TargetGroupArn: ONE, ...config(0) },
    ]);
  });

  test('beside another group is always described by the configuration', () => {
    const TargetGroups = [ONE, TWO].map((TargetGroupArn) => ({ TargetGroupArn, Weight: 1 }));
    const steps = readActions([{ Type: 'forward', ForwardConfig: { TargetGroups } }]);
    const [described] = describeActions(steps, 'target-group-arn');
    expect(described).toMatchObject({ ForwardConfig: { TargetGroups } });
    expect(described).not.toHaveProperty('TargetGroupArn');
  });
});

describe('conditions', () => {
  const path = (...values: string[]): Condition => ({ field: 'path-pattern', values });
  const host = (...values: string[]): Condition => ({ field: 'host-header', values });

  test.each([
    [[path('/shop/*')], '/shop/a/b', 'a.test', true],
    [[path('/shop/*')], '/shop', 'a.test', false],
    [[path('/shop/*')], '/Shop/a', 'a.test', false],
    [[path('/v?.json')], '/v1.json', 'a.test', true],
    [[path('/v?.json')], '/v1xjson', 'a.test', false],
    [[path('/a', '/b')], '/b', 'a.test', true],
    [[host('*.A.test')], '/', 'shop.a.TEST', true],
    [[host('*.a.test')], '/', 'a.test', false],
    [[host('a.test'), path('/x')], '/x', 'a.test', true],
    [[host('a.test'), path('/x')], '/y', 'a.test', false],
  ])('%j hold for %s of %s: %s', (conditions, asked, name, expected) => {
    expect(holds(conditions, { path: asked, host: name })).toBe(expected);
  });
});
