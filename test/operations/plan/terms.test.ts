import { describe, expect, test } from '@jest/globals';
import type { PoolSettings } from '../../../src/balancers/port.ts';
import type { Fleet } from '../../../src/fleet/fleet.ts';
import { differencesOf } from '../../../src/operations/plan/plan.ts';
import { termsOf } from '../../../src/operations/plan/terms.ts';
import { createZones, makeFleet } from '../zone.ts';

const { balancer } = createZones().context;
const [settings, targets] = await Promise.all([balancer.settings('web'), balancer.targets('web')]);

function terms(fleet: Fleet = makeFleet(), changes: Partial<PoolSettings> = {}, healthy = true) {
  const [zone] = fleet.zones;
  if (zone === undefined) throw new Error('The fleet has no zone.');
  const views = [
    {
      settings: { ...settings, ...changes },
      targets: healthy ? targets : targets.slice(1).map((each) => ({ ...each, state: 'unhealthy' as const })),
    },
  ];
  const floor = { minHealthy: fleet.policy.minHealthy, surviveZone: fleet.policy.surviveZone ?? false };
  return termsOf({ fleet, zone, views, floor });
}

function withHosts(count: number): Fleet {
  const fleet = makeFleet();
  const hosts = Array.from({ length: count }, (_, index) => `i-0000000000000${1_000 + index}`);
  return { ...fleet, zones: fleet.zones.map((zone) => ({ ...zone, hosts })) };
}

describe('an approval depends on', () => {
  const fleet = makeFleet();
  const { policy, hosts } = fleet;
  test.each<[string, Fleet, Partial<PoolSettings>]>([
    ['hosts', withHosts(3), {}],
    ['floor', makeFleet({ minHealthy: { kind: 'percent', value: 60 } }), {}],
    ['batches', makeFleet({ batch: [{ kind: 'count', value: 2 }] }), {}],
    ['drain', makeFleet({ drain: { ...policy.drain, policy: 'fixed' } }), {}],
    ['drain', makeFleet({ drain: { ...policy.drain, gauge: { url: 'http://x/', field: 'open' } } }), {}],
    ['bake', makeFleet({ bake: { ...policy.bake, stable: 1_000 } }), {}],
    ['bake', makeFleet({ bake: { ...policy.bake, gate: 'https://gate.example' } }), {}],
    ['on failure', makeFleet({ onFailure: [{ kind: 'hold' }] }), {}],
    ['smoke test', { ...fleet, smoke: [] }, {}],
    ['installation', { ...fleet, hosts: { ...hosts, hookTimeout: 1 } }, {}],
    ['alarms', { ...fleet, zones: fleet.zones.map((zone) => ({ ...zone, alarms: ['web-5xx'] })) }, {}],
    ['environment', { ...fleet, zones: fleet.zones.map((zone) => ({ ...zone, environment: 'x' })) }, {}],
    ['pool web', fleet, { crossZone: false }],
    ['pool web', fleet, { failOpen: { percent: 50 } }],
    ['pool web', fleet, { deregistrationDelay: 1_000 }],
  ])('its %s', (term, changed, pool) => {
    const differences = differencesOf(terms(), terms(changed, pool));
    expect(differences).toEqual([
      expect.stringMatching(new RegExp(`^${term}: approved was .+, now it is .+`)),
    ]);
  });

  test('nothing that changes by itself: health, and who is registered just now', () => {
    expect(differencesOf(terms(), terms(makeFleet(), {}, false))).toEqual([]);
  });
});

test('does not show the URL of a gate, which may hold a key', () => {
  const { bake } = makeFleet().policy;
  expect(
    JSON.stringify(terms(makeFleet({ bake: { ...bake, gate: 'https://gate.example/?key=s3cret' } }))),
  ).not.toContain('s3cret');
});

test('stays short however many hosts there are, and still tells one of them from another', () => {
  const [many, more] = [terms(withHosts(5_000)), terms(withHosts(5_001))];
  expect(JSON.stringify(many).length).toBeLessThan(3_000);
  expect(many['hosts']).toMatch(/^5000, sha256 [0-9a-f]{64}$/);
  expect(differencesOf(many, more)).toHaveLength(1);
});

test('twenty zones of the longest written lists make a plan of less than 100 kB', () => {
  const each = JSON.stringify(terms(withHosts(100)));
  expect(20 * each.length).toBeLessThan(100_000);
});
