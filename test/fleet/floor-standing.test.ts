import { expect, test } from '@jest/globals';
import { judgeStanding } from '../../src/fleet/floor.ts';
import { pool, target } from './sample.ts';

const HALF = { kind: 'percent', value: 50 } as const;
const pools = (...ill: readonly string[]) => [
  pool(['a1', 'a2', 'b1', 'b2'].map((id) => target(id, ill.includes(id) ? 'unhealthy' : 'healthy'))),
];

test('a pool stands while as many are healthy as its floor says, whoever they are', () => {
  expect(judgeStanding(pools('a1', 'b1'), new Map(), HALF)).toEqual({
    kind: 'allowed',
    reasons: [expect.stringContaining('2 healthy of 4, 0 would leave, 2 remain, floor is 2')],
  });
  expect(judgeStanding(pools('a1', 'a2', 'b1'), new Map(), HALF)).toEqual({
    kind: 'refused',
    reasons: [expect.stringContaining('1 healthy of 4')],
  });
});

test('every pool is judged, and one without health checks never stands', () => {
  const unchecked = pool([target('a1'), target('a2')], { name: 'blind', healthChecked: false });
  expect(judgeStanding([...pools(), unchecked], new Map(), HALF)).toEqual({
    kind: 'refused',
    reasons: [expect.stringContaining('pool blind: has no health checks')],
  });
});
