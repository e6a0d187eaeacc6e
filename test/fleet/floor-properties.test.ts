import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { HealthThreshold, ObservedTarget, TargetState } from '../../src/balancers/port.ts';
import type { Amount } from '../../src/fleet/amount.ts';
import { type FloorPolicy, judgeRemoval, largestBatch, type PoolView } from '../../src/fleet/floor.ts';
import { pool, target } from './sample.ts';

type Guard = typeof judgeRemoval;

interface Scene {
  readonly pools: readonly PoolView[];
  readonly leaving: readonly string[];
  readonly zoneOf: ReadonlyMap<string, string>;
  readonly policy: FloorPolicy;
}

const HOSTS = ['h0', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'h7', 'h8'];
const UNHEALTHY: readonly TargetState[] = [
  'initial',
  'unhealthy',
  'unhealthy.draining',
  'unused',
  'draining',
  'unavailable',
  'unknown',
];

const state = fc.oneof(
  { weight: 4, arbitrary: fc.constant<TargetState>('healthy') },
  { weight: 1, arbitrary: fc.constantFrom(...UNHEALTHY) },
);
const seldom = fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0);
const targets = fc.uniqueArray(
  fc
    .record({
      id: fc.constantFrom(...HOSTS),
      port: fc.constantFrom(80, 81),
      state,
      shifted: seldom,
      slow: seldom,
    })
    .map(({ slow, ...each }) => (slow ? { ...each, ramping: true as const } : each)),
  { selector: ({ id, port }) => `${id}:${port}`, maxLength: 14 },
);
const thresholdCount: fc.Arbitrary<HealthThreshold> = fc.record(
  { count: fc.integer({ min: 1, max: 3 }) },
  { requiredKeys: [] },
);
const threshold: fc.Arbitrary<HealthThreshold> = fc.record(
  { count: fc.integer({ min: 1, max: 3 }), percent: fc.integer({ min: 1, max: 100 }) },
  { requiredKeys: [] },
);
const count: fc.Arbitrary<Amount> = fc.record({
  kind: fc.constant('count' as const),
  value: fc.integer({ min: 1, max: 8 }),
});
const percent: fc.Arbitrary<Amount> = fc.record({
  kind: fc.constant('percent' as const),
  value: fc.integer({ min: 1, max: 100 }),
});
const zone = fc.oneof({ weight: 9, arbitrary: fc.constantFrom('a', 'b', 'c') }, fc.constant(undefined));
const zoneOf = fc
  .tuple(...HOSTS.map(() => zone))
  .map(
    (zones) =>
      new Map(HOSTS.flatMap((host, index) => (zones[index] === undefined ? [] : [[host, zones[index]]]))),
  );

function scenes(crossZone: fc.Arbitrary<boolean>, limits = threshold, minHealthy = fc.oneof(count, percent)) {
  const view = fc
    .record({
      targets,
      crossZone,
      failOpen: limits,
      dnsFailover: limits,
      healthChecked: fc.integer({ max: 20 }),
    })
    .map(({ healthChecked, targets: all, ...settings }) =>
      pool(all, { ...settings, healthChecked: healthChecked !== 0 }),
    );
  return fc.record<Scene>({
    pools: fc.array(view, { minLength: 1, maxLength: 3 }),
    leaving: fc.subarray(HOSTS),
    zoneOf,
    policy: fc.record({ minHealthy, surviveZone: fc.boolean() }),
  });
}

/** Whether a target does a whole target's work. */
function works({ state: seen, shifted, ramping }: ObservedTarget): boolean {
  return seen === 'healthy' && !shifted && ramping === undefined;
}

const anyScene = scenes(fc.boolean());

/**
 * Whether the floor stands after the removal, said in another way than the guard says it: every world that may
 * come (nothing more lost, or one more zone lost) is played through, target by target.
 */
function floorStands({ pools, leaving, zoneOf: zones, policy }: Scene): boolean {
  const inPool = (view: PoolView, host: string) => view.targets.some(({ id }) => id === host);
  const unplaced = leaving.some((host) => pools.every((view) => !inPool(view, host)));
  for (const view of pools) {
    if (!unplaced && leaving.every((host) => !inPool(view, host))) continue;
    const zonal = policy.surviveZone || !view.settings.crossZone;
    if (!view.settings.healthChecked) return false;
    if (zonal && leaving.some((host) => inPool(view, host) && zones.get(host) === undefined)) return false;
    const leftZones = leaving.map((host) => zones.get(host));
    const losses = policy.surviveZone ? ['a', 'b', 'c'].filter((name) => !leftZones.includes(name)) : [];
    for (const lost of [undefined, ...losses]) {
      let serving = 0;
      for (const each of view.targets) {
        const place = zones.get(each.id);
        if (leaving.includes(each.id) || (zonal && place === undefined)) continue;
        if (works(each) && (lost === undefined || place !== lost)) serving += 1;
      }
      if (serving < needed(view, view.targets.length, policy)) return false;
    }
    if (view.settings.crossZone) continue;
    for (const name of ['a', 'b', 'c']) {
      const own = view.targets.filter(({ id }) => (zones.get(id) ?? name) === name);
      const staying = own.filter(({ id }) => !leaving.includes(id));
      if (staying.length === own.length || staying.length === 0) continue;
      const serving = staying.filter((each) => zones.has(each.id) && works(each)).length;
      if (serving < needed(view, own.length, policy)) return false;
    }
  }
  return true;
}

/** Found by counting up, not by rounding. */
function needed(view: PoolView, total: number, policy: FloorPolicy): number {
  const above = (limit: HealthThreshold, value: number) =>
    value > (limit.count ?? 0) &&
    value * 100 > (limit.percent ?? 0) * total &&
    fullAbove(limit, value, total);
  const enough = (value: number) =>
    (policy.minHealthy.kind === 'count'
      ? value >= policy.minHealthy.value
      : value * 100 >= policy.minHealthy.value * total) &&
    above(view.settings.failOpen, value) &&
    above(view.settings.dnsFailover, value);
  let value = 0;
  while (!enough(value)) value += 1;
  return value;
}

/** One target fewer must still satisfy the threshold itself. */
function fullAbove(limit: HealthThreshold, value: number, total: number): boolean {
  return (value - 1) * 100 >= (limit.percent ?? 0) * total;
}

function judge(guard: Guard, { pools, leaving, zoneOf: zones, policy }: Scene): boolean {
  return guard(pools, leaving, zones, policy).kind === 'allowed';
}

function neverBelow(guard: Guard) {
  return fc.property(anyScene, (scene) => !judge(guard, scene) || floorStands(scene));
}

describe('the floor guard', () => {
  test('never allows what breaks a floor', () => {
    fc.assert(neverBelow(judgeRemoval), { numRuns: 2_000 });
  });

  test('refuses nothing else', () => {
    fc.assert(
      fc.property(anyScene, (scene) => judge(judgeRemoval, scene) || !floorStands(scene)),
      { numRuns: 2_000 },
    );
  });

  test('gives a reason for every refusal', () => {
    fc.assert(
      fc.property(anyScene, ({ pools, leaving, zoneOf: zones, policy }) => {
        const verdict = judgeRemoval(pools, leaving, zones, policy);
        expect(verdict.kind === 'allowed' || verdict.reasons.length > 0).toBe(true);
      }),
    );
  });

  test('allows every part of what it allows, where no zone stands alone', () => {
    const scene = scenes(fc.constant(true));
    fc.assert(
      fc.property(scene, fc.func(fc.boolean()), (whole, keep) => {
        fc.pre(!whole.policy.surviveZone && judge(judgeRemoval, whole));
        return judge(judgeRemoval, { ...whole, leaving: whole.leaving.filter((host) => keep(host)) });
      }),
    );
  });

  test('is never persuaded by a target that is not healthy', () => {
    fc.assert(
      fc.property(anyScene, fc.constantFrom(...UNHEALTHY), (scene, unhealthy) => {
        fc.pre(!judge(judgeRemoval, scene));
        const more = scene.pools.map((view) => ({
          ...view,
          targets: [...view.targets, target('new', unhealthy)],
        }));
        return !judge(judgeRemoval, { ...scene, pools: more });
      }),
    );
  });

  test('is never persuaded by forgetting in which zone a host is', () => {
    fc.assert(
      fc.property(anyScene, fc.subarray(HOSTS), (scene, forgotten) => {
        fc.pre(!judge(judgeRemoval, scene));
        const known = [...scene.zoneOf].filter(([host]) => !forgotten.includes(host));
        return !judge(judgeRemoval, { ...scene, zoneOf: new Map(known) });
      }),
      { numRuns: 1_000 },
    );
  });

  test('never refuses because of one more healthy target, when all limits are counts', () => {
    const scene = scenes(fc.constant(true), thresholdCount, count);
    fc.assert(
      fc.property(
        scene,
        fc.constantFrom('a', 'b', 'c'),
        ({ pools, leaving, zoneOf: zones, policy }, name) => {
          fc.pre(judge(judgeRemoval, { pools, leaving, zoneOf: zones, policy }));
          const more = pools.map((view) => ({ ...view, targets: [...view.targets, target('new')] }));
          return judge(judgeRemoval, {
            pools: more,
            leaving,
            zoneOf: new Map([...zones, ['new', name]]),
            policy,
          });
        },
      ),
    );
  });

  test('gives the longest batch that it would allow', () => {
    fc.assert(
      fc.property(anyScene, fc.nat({ max: 9 }), ({ pools, leaving, zoneOf: zones, policy }, limit) => {
        const { hosts, verdict } = largestBatch(pools, leaving, limit, zones, policy);
        expect(hosts).toEqual(leaving.slice(0, hosts.length));
        expect(hosts.length).toBeLessThanOrEqual(limit);
        expect(
          judgeRemoval(pools, hosts.length > 0 ? hosts : leaving.slice(0, Math.min(1, limit)), zones, policy),
        ).toEqual(verdict);
        for (let size = hosts.length + 1; size <= Math.min(limit, leaving.length); size++)
          expect(judgeRemoval(pools, leaving.slice(0, size), zones, policy).kind).toBe('refused');
      }),
    );
  });
});

describe('the property itself', () => {
  const lower = (limit: HealthThreshold): HealthThreshold =>
    limit.count === undefined ? limit : { ...limit, count: limit.count - 1 };

  /** The guard as it would judge targets that it mistakes for others. */
  const seeing =
    (mistake: (seen: ObservedTarget) => ObservedTarget): Guard =>
    (pools, ...rest) =>
      judgeRemoval(
        pools.map(({ settings, targets: all }) => ({ settings, targets: all.map(mistake) })),
        ...rest,
      );

  test('catches a guard that is off by one', () => {
    const offByOne: Guard = (pools, leaving, zones, policy) =>
      judgeRemoval(
        pools.map((view) => ({
          ...view,
          settings: {
            ...view.settings,
            failOpen: lower(view.settings.failOpen),
            dnsFailover: lower(view.settings.dnsFailover),
          },
        })),
        leaving,
        zones,
        { ...policy, minHealthy: { ...policy.minHealthy, value: policy.minHealthy.value - 1 } },
      );
    expect(fc.check(neverBelow(offByOne), { numRuns: 2_000 }).failed).toBe(true);
  });

  test('catches a guard that takes every state for healthy', () => {
    const gullible = seeing(({ id, port }) => target(id, 'healthy', port));
    expect(fc.check(neverBelow(gullible), { numRuns: 2_000 }).failed).toBe(true);
  });

  test('catches a guard that counts targets in slow start', () => {
    const hasty = seeing(({ ramping: _, ...each }) => each);
    expect(fc.check(neverBelow(hasty), { numRuns: 2_000 }).failed).toBe(true);
  });

  test('catches a guard that forgets the other zones', () => {
    const shortSighted: Guard = (pools, leaving, zones, policy) =>
      judgeRemoval(pools, leaving, zones, { ...policy, surviveZone: false });
    expect(fc.check(neverBelow(shortSighted), { numRuns: 2_000 }).failed).toBe(true);
  });
});
