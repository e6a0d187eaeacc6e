import { describe, expect, test } from '@jest/globals';
import { largestGap, percentile, summariseTraffic } from '../../src/rehearsal/traffic.ts';
import { BEGAN, failure, sample } from './evidence.ts';

describe('the largest gap', () => {
  test.each<[string, readonly number[], number]>([
    ['between two successes', [10, 40, 50], 50],
    ['before the first', [80, 90], 80],
    ['after the last', [10, 20], 80],
    ['when there is none', [], 100],
  ])('%s', (_, instants, gap) => {
    expect(largestGap(instants, 0, 100)).toBe(gap);
  });

  test('does not depend on the order in which requests ended', () => {
    expect(largestGap([90, 10, 50], 0, 100)).toBe(40);
  });
});

test('percentiles are values that were measured', () => {
  const hundred = Float64Array.from({ length: 100 }, (_, index) => index + 1);
  expect([percentile(hundred, 50), percentile(hundred, 99)]).toEqual([50, 99]);
  expect(percentile(Float64Array.of(7), 99)).toBe(7);
  expect(percentile(Float64Array.of(), 50)).toBeUndefined();
});

test('counts by second, region, zone and version, failures apart', () => {
  const bad = failure('status', 'status 502');
  const samples = [
    sample(),
    sample({ outcome: bad }),
    sample({ start: BEGAN + 1_200, end: BEGAN + 1_240, version: '1.1.0', late: 12 }),
    sample({ region: 'eu-west-1', host: 'i-d1', connection: 'keep-alive' }),
  ];
  const zones = new Map([
    ['i-a1', 'us-east-1a'],
    ['i-d1', 'eu-west-1a'],
  ]);
  const traffic = summariseTraffic(samples, ['us-east-1', 'eu-west-1', 'ap-south-1'], zones);
  expect(traffic).toMatchObject({ total: 4, failed: 1, latest: 12, from: BEGAN + 100, to: BEGAN + 1_240 });
  expect(traffic.seconds).toEqual([
    { second: 0, region: 'us-east-1', zone: 'us-east-1a', version: '1.0.0', served: 1, failed: 1 },
    { second: 0, region: 'eu-west-1', zone: 'eu-west-1a', version: '1.0.0', served: 1, failed: 0 },
    { second: 1, region: 'us-east-1', zone: 'us-east-1a', version: '1.1.0', served: 1, failed: 0 },
  ]);
  expect(traffic.regions.map(({ region, total, failed }) => [region, total, failed])).toEqual([
    ['us-east-1', 3, 1],
    ['eu-west-1', 1, 0],
    ['ap-south-1', 0, 0],
  ]);
});

test('a failed request fills no gap and has no latency', () => {
  const served = [
    sample({ start: BEGAN, end: BEGAN + 10 }),
    sample({ start: BEGAN + 990, end: BEGAN + 1_000 }),
  ];
  const failed = sample({ start: BEGAN + 500, end: BEGAN + 600, outcome: failure('timeout', 'late') });
  const [region] = summariseTraffic([...served, failed], ['us-east-1'], new Map()).regions;
  expect(region).toMatchObject({ largestGap: 990, latency: { p50: 10, p99: 10 } });
});
