import { describe, expect, test } from '@jest/globals';
import type { ObservedTarget, PoolSettings, TargetState } from '../../src/balancers/port.ts';
import type { Amount } from '../../src/fleet/amount.ts';
import { judgeReadiness } from '../../src/fleet/flip-ready.ts';

const ALL: Amount = { kind: 'percent', value: 100 };
const SETTINGS: PoolSettings = {
  pool: 'next',
  name: 'next',
  targetType: 'instance',
  balancerType: 'application',
  defaultPort: 80,
  crossZone: true,
  deregistrationDelay: 0,
  connectionTermination: false,
  slowStart: 0,
  failOpen: { count: 1 },
  dnsFailover: { count: 1 },
  healthChecked: true,
  healthCheckInterval: 1_000,
  healthCheckStatuses: '200',
  entrances: [],
};

/** One target for each state; `shifted` is a healthy one that a zonal shift takes away. */
function targets(prefix: string, states: readonly (TargetState | 'shifted')[]): readonly ObservedTarget[] {
  return states.map((state, index) => ({
    id: `${prefix}${index}`,
    port: 80,
    state: state === 'shifted' ? 'healthy' : state,
    shifted: state === 'shifted',
  }));
}

function judge(
  now: readonly (TargetState | 'shifted')[],
  before: readonly (TargetState | 'shifted')[],
  { ready = ALL, zones = {}, ...settings }: Partial<PoolSettings> & { ready?: Amount; zones?: object } = {},
) {
  const view = { settings: { ...SETTINGS, ...settings }, targets: targets('n', now) };
  return judgeReadiness(view, targets('o', before), ready, new Map(Object.entries(zones)));
}

test.each<[string, ReturnType<typeof judge>, boolean]>([
  ['as many as serve now', judge(['healthy', 'healthy'], ['healthy', 'healthy']), true],
  ['one less', judge(['healthy', 'initial'], ['healthy', 'healthy']), false],
  [
    'one less, when half is enough',
    judge(['healthy', 'unhealthy'], ['healthy', 'healthy'], { ready: { kind: 'percent', value: 50 } }),
    true,
  ],
  ['sick ones of the old side do not count', judge(['healthy'], ['healthy', 'unhealthy']), true],
  ['a state that nobody knows counts as sick', judge(['unknown'], ['healthy']), false],
  ['shifted away counts as sick', judge(['shifted'], ['healthy']), false],
  ['nothing is enough for nothing', judge([], [], { failOpen: {}, dnsFailover: {} }), false],
  ['a count', judge(['healthy'], ['healthy', 'healthy'], { ready: { kind: 'count', value: 1 } }), true],
  ['failing open', judge(['healthy', 'unhealthy'], ['healthy'], { failOpen: { percent: 100 } }), false],
  ['out of DNS', judge(['healthy', 'unhealthy'], ['healthy'], { dnsFailover: { count: 2 } }), false],
  ['no health checks', judge(['healthy'], ['healthy'], { healthChecked: false }), false],
])('%s', (_, { ready, reasons }, expected) => {
  expect([ready, reasons.length]).toEqual([expected, 1]);
});

describe('with cross-zone off', () => {
  const zones = { n0: 'a', n1: 'a', o0: 'a', o1: 'b' };

  test('every zone that serves needs its own', () => {
    const { ready, reasons } = judge(['healthy', 'healthy'], ['healthy', 'healthy'], {
      crossZone: false,
      zones,
    });
    expect(ready).toBe(false);
    expect(reasons).toEqual([
      'next: 2 healthy of 2, needs 2 (100% of 2 that serve now)',
      'next in zone a, cross-zone off: 2 healthy of 2, needs 1 (100% of 1 that serve now)',
      expect.stringContaining('next in zone b, cross-zone off: 0 healthy of 0, needs 1'),
    ]);
  });

  test('it is ready when each has them, and a target of unknown zone counts in none', () => {
    const both = { ...zones, n1: 'b' };
    const judged = (known: object) =>
      judge(['healthy', 'healthy'], ['healthy', 'healthy'], { crossZone: false, zones: known }).ready;
    expect(judged(both)).toBe(true);
    expect(judged({ ...both, n1: undefined })).toBe(false);
  });
});

test('says what keeps targets from counting', () => {
  const { reasons } = judge(['healthy', 'initial', 'shifted'], ['healthy', 'healthy']);
  expect(reasons).toEqual([
    'next: 1 healthy of 3 (n1:80 initial, n2:80 shifted away), needs 2 (100% of 2 that serve now)',
  ]);
});
