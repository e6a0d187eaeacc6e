import { describe, expect, test } from '@jest/globals';
import type { ObservedTarget } from '../../src/balancers/port.ts';
import { type FloorPolicy, judgeRemoval, largestBatch, type PoolView } from '../../src/fleet/floor.ts';
import { pool, target } from './sample.ts';

const HOSTS = ['a1', 'b1', 'c1', 'c2'];
const ZONES = new Map<string, string>();

/** Four healthy targets, some of them in slow start. */
function web(...ramping: readonly string[]): PoolView {
  const targets = HOSTS.map((id): ObservedTarget => {
    return ramping.includes(id) ? { ...target(id), ramping: true } : target(id);
  });
  return pool(targets, { slowStart: 60_000 });
}

function policy(value: number): FloorPolicy {
  return { minHealthy: { kind: 'count', value }, surviveZone: false };
}

describe('a healthy target in slow start', () => {
  test('does not count, and the reason says so', () => {
    expect(judgeRemoval([web('c2')], ['a1'], ZONES, policy(3))).toEqual({
      kind: 'refused',
      reasons: [
        'pool web: 4 healthy of 4 (1 of them in slow start, not counted), 1 would leave, 2 remain, floor is 3 (min-healthy 3)',
      ],
    });
    expect(judgeRemoval([web()], ['a1'], ZONES, policy(3)).kind).toBe('allowed');
  });

  test('costs exactly one', () => {
    expect(judgeRemoval([web('c2')], ['a1'], ZONES, policy(2)).kind).toBe('allowed');
    expect(judgeRemoval([web('c1', 'c2')], ['a1'], ZONES, policy(2)).kind).toBe('refused');
  });

  test('that leaves is not called sick', () => {
    expect(judgeRemoval([web('a1')], ['a1'], ZONES, policy(3))).toMatchObject({
      kind: 'allowed',
      reasons: [expect.stringContaining('not counted), 1 would leave, 3 remain')],
    });
  });

  test('does not make the pool fail open: the balancer counts it for its threshold', () => {
    const { settings, targets } = web('c1', 'c2');
    const strict = { settings: { ...settings, failOpen: { count: 3 } }, targets };
    expect(judgeRemoval([strict], ['a1'], ZONES, policy(1))).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('1 remain, floor is 4 (fail-open threshold 3, and one more)')],
    });
  });

  test('makes the longest batch shorter', () => {
    expect(largestBatch([web()], HOSTS, 4, ZONES, policy(2)).hosts).toEqual(['a1', 'b1']);
    expect(largestBatch([web('c2')], HOSTS, 4, ZONES, policy(2)).hosts).toEqual(['a1']);
  });
});
