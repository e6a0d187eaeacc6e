import { describe, expect, test } from '@jest/globals';
import {
  array,
  assert,
  boolean,
  constantFrom,
  integer,
  property,
  record as recordOf,
  tuple,
} from 'fast-check';
import type { ObservedTarget, TargetState } from '../../../src/balancers/port.ts';
import { judgeRemoval, type PoolView } from '../../../src/fleet/floor.ts';
import { type Rehearsal, simulateZone } from '../../../src/operations/plan/simulate.ts';
import type { HostStep } from '../../../src/operations/zone/zone-plan.ts';

const SETTINGS: PoolView['settings'] = {
  pool: 'web',
  name: 'web',
  targetType: 'instance',
  balancerType: 'application',
  defaultPort: 80,
  crossZone: true,
  deregistrationDelay: 30_000,
  connectionTermination: false,
  slowStart: 0,
  failOpen: { count: 1 },
  dnsFailover: { count: 1 },
  healthChecked: true,
  healthCheckInterval: 1_000,
  healthCheckPath: '/',
  healthCheckStatuses: '200',
  entrances: [],
};

function target(id: string, state: TargetState = 'healthy'): ObservedTarget {
  return { id, port: 80, state, shifted: false };
}

function undoOf(host: string) {
  return { host, targets: [{ pool: 'web', id: host, port: 80 }], reason: 'upgrade', run: 'r', since: 's' };
}

/** Zone a with as many hosts as there are states, zone b with as many healthy ones. */
function rehearsalOf(states: readonly TargetState[], changes: Partial<Rehearsal> = {}): Rehearsal {
  const own = states.map((state, index) => target(`a${index + 1}`, state));
  const others = states.map((_, index) => target(`b${index + 1}`));
  return {
    views: [{ settings: SETTINGS, targets: [...own, ...others] }],
    pools: ['web'],
    steps: own.map(({ id }) => ({ kind: 'upgrade', host: id })),
    total: own.length,
    batch: [{ kind: 'count', value: 1 }],
    zoneOf: new Map([
      ...own.map(({ id }) => [id, 'a'] as const),
      ...others.map(({ id }) => [id, 'b'] as const),
    ]),
    floor: { minHealthy: { kind: 'percent', value: 50 }, surviveZone: false },
    returning: [],
    ...changes,
  };
}

function hostsIn(rehearsal: Rehearsal): readonly (readonly string[])[] {
  return simulateZone(rehearsal).batches.map(({ hosts }) => hosts);
}

describe('the batches', () => {
  test('follow the policy, whose last entry repeats', () => {
    const batch = [1, 2].map((value) => ({ kind: 'count', value }) as const);
    expect(hostsIn(rehearsalOf(['healthy', 'healthy', 'healthy', 'healthy', 'healthy'], { batch }))).toEqual([
      ['a1'],
      ['a2', 'a3'],
      ['a4', 'a5'],
    ]);
  });

  test('begin with the hosts that are out of service, all together', () => {
    const steps: readonly HostStep[] = [
      { kind: 'upgrade', host: 'a1' },
      { kind: 'continue', host: 'a2', record: undoOf('a2') },
      { kind: 'prove', host: 'a3' },
      { kind: 'continue', host: 'a4', record: undoOf('a4') },
    ];
    const states: readonly TargetState[] = ['healthy', 'draining', 'healthy', 'draining'];
    expect(hostsIn(rehearsalOf(states, { steps }))).toEqual([['a2', 'a4'], ['a1']]);
  });

  test('are as small as the floor asks for', () => {
    const batch = [{ kind: 'count', value: 3 }] as const;
    const floor = { minHealthy: { kind: 'count', value: 5 }, surviveZone: false } as const;
    expect(hostsIn(rehearsalOf(['healthy', 'healthy', 'healthy'], { batch, floor }))).toEqual([
      ['a1'],
      ['a2'],
      ['a3'],
    ]);
  });

  test('count a sick host as healthy once it has been upgraded', () => {
    const floor = { minHealthy: { kind: 'count', value: 3 }, surviveZone: false } as const;
    const { batches, views, stop } = simulateZone(rehearsalOf(['unhealthy', 'healthy'], { floor }));
    expect(stop).toBeUndefined();
    expect(batches.map(({ left }) => left)).toEqual([3, 3]);
    expect(views[0]?.targets.map(({ state }) => state)).toEqual(['healthy', 'healthy', 'healthy', 'healthy']);
    // The other way round the second host may not leave before the first is well.
    const steps = ['a2', 'a1'].map((host): HostStep => ({ kind: 'upgrade', host }));
    expect(simulateZone(rehearsalOf(['unhealthy', 'healthy'], { floor, steps })).stop?.host).toBe('a2');
  });

  test('do not count hosts in slow start that somebody else is returning', () => {
    const slow = { ...SETTINGS, slowStart: 60_000 };
    const calm = rehearsalOf(['healthy', 'healthy'], {
      floor: { minHealthy: { kind: 'count', value: 3 }, surviveZone: false },
    });
    const views = calm.views.map(({ targets }) => ({ settings: slow, targets }));
    const returning = [{ pool: 'web', id: 'b1', port: 80 }];
    expect(simulateZone({ ...calm, views }).stop).toBeUndefined();
    expect(simulateZone({ ...calm, views, returning }).stop?.reasons.join()).toContain('slow start');
  });

  test('are judged by every pool that the hosts are in, and chosen by the zone’s own', () => {
    const calm = rehearsalOf(['healthy', 'healthy']);
    const narrow = {
      settings: { ...SETTINGS, pool: 'api', name: 'api' },
      targets: [target('a1'), target('a2')],
    };
    const { stop } = simulateZone({ ...calm, views: [...calm.views, narrow] });
    expect(stop).toMatchObject({
      host: 'a1',
      reasons: expect.arrayContaining([expect.stringContaining('pool api')]),
    });
  });
});

const anyRehearsal = recordOf({
  states: array(constantFrom<TargetState>('healthy', 'healthy', 'unhealthy', 'initial'), {
    minLength: 1,
    maxLength: 6,
  }),
  sizes: array(integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
  least: integer({ min: 0, max: 100 }),
  surviveZone: boolean(),
  crossZone: boolean(),
  kinds: array(tuple(constantFrom('upgrade', 'continue', 'prove'), boolean()), {
    minLength: 6,
    maxLength: 6,
  }),
}).map(({ states, sizes, least, surviveZone, crossZone, kinds }) => {
  const steps = states.map((_, index): HostStep => {
    const host = `a${index + 1}`;
    const kind = kinds[index]?.[0];
    if (kind === 'continue') return { kind, host, record: undoOf(host) };
    return { kind: kind === 'prove' ? 'prove' : 'upgrade', host };
  });
  const plain = rehearsalOf(states, {
    steps,
    batch: sizes.map((value) => ({ kind: 'count', value })),
    floor: { minHealthy: { kind: 'percent', value: least }, surviveZone },
  });
  // Who is out of service is draining, or no longer listed.
  const out = new Map(
    steps.flatMap(({ kind, host }, index) => (kind === 'continue' ? [[host, kinds[index]?.[1]]] : [])),
  );
  const views = plain.views.map(({ settings, targets }) => ({
    settings: { ...settings, crossZone },
    targets: targets.flatMap((each): readonly ObservedTarget[] => {
      if (!out.has(each.id)) return [each];
      return out.get(each.id) === true ? [{ ...each, state: 'draining' }] : [];
    }),
  }));
  return { ...plain, views };
});

/** The world after some batches, made anew: everybody who left is back and well. */
function worldAfter({ views, steps }: Rehearsal, done: readonly string[]): readonly PoolView[] {
  return views.map(({ settings, targets }) => {
    const listed = new Set(targets.map(({ id }) => id));
    const absent = steps.flatMap(({ kind, host }) =>
      kind === 'continue' && !listed.has(host)
        ? [target(host, done.includes(host) ? 'healthy' : 'unused')]
        : [],
    );
    return {
      settings,
      targets: [...targets, ...absent].map((each) => (done.includes(each.id) ? target(each.id) : each)),
    };
  });
}

describe('of any zone', () => {
  test('no batch breaks the guard, each host has one turn, and nobody else leaves', () => {
    assert(
      property(anyRehearsal, (rehearsal) => {
        const { batches, stop } = simulateZone(rehearsal);
        const done: string[] = [];
        for (const { hosts } of batches) {
          const views = worldAfter(rehearsal, done);
          const leaving = hosts.filter((host) =>
            views.some(({ targets }) =>
              targets.some(({ id, state }) => id === host && state !== 'draining' && state !== 'unused'),
            ),
          );
          const { kind } = judgeRemoval(views, leaving, rehearsal.zoneOf, rehearsal.floor);
          expect(kind).toBe('allowed');
          done.push(...hosts);
        }
        const wanted = rehearsal.steps.filter(({ kind }) => kind !== 'prove').map(({ host }) => host);
        expect(new Set(done).size).toBe(done.length);
        expect(wanted).toEqual(expect.arrayContaining(done));
        if (stop === undefined) expect([...done].sort()).toEqual([...wanted].sort());
      }),
    );
  });

  test('where it stops, the guard refuses even one host', () => {
    let stopped = 0;
    assert(
      property(anyRehearsal, (rehearsal) => {
        const { batches, stop } = simulateZone(rehearsal);
        if (stop === undefined) return;
        stopped += 1;
        const views = worldAfter(
          rehearsal,
          batches.flatMap(({ hosts }) => hosts),
        );
        const verdict = judgeRemoval(views, stop.host.split(', '), rehearsal.zoneOf, rehearsal.floor);
        expect(verdict).toEqual({ kind: 'refused', reasons: stop.reasons });
      }),
    );
    expect(stopped).toBeGreaterThan(0);
  });
});
