import { describe, expect, test } from '@jest/globals';
import type { TargetState } from '../../src/balancers/port.ts';
import { type Amount, parseAmount } from '../../src/fleet/amount.ts';
import { type FloorPolicy, judgeRemoval, largestBatch } from '../../src/fleet/floor.ts';
import { pool, target } from './sample.ts';

function amount(text: string): Amount {
  const parsed = parseAmount(text);
  if (parsed === undefined) throw new Error(`${text} is no amount`);
  return parsed;
}

function policy(minHealthy = '50%', surviveZone = false): FloorPolicy {
  return { minHealthy: amount(minHealthy), surviveZone };
}

/** `a1` is in zone a, and so on. */
function zonesOf(hosts: readonly string[]): ReadonlyMap<string, string> {
  return new Map(hosts.map((host) => [host, host.slice(0, 1)]));
}

const six = ['a1', 'a2', 'b1', 'b2', 'c1', 'c2'];

describe('a pool of six', () => {
  const targets = six.map((id) => target(id, id === 'c2' ? 'unhealthy' : 'healthy'));

  test('lets two go while the floor stays', () => {
    const verdict = judgeRemoval([pool(targets)], ['a1', 'a2'], zonesOf(six), policy('50%'));
    expect(verdict).toEqual({
      kind: 'allowed',
      reasons: ['pool web: 5 healthy of 6, 2 would leave, 3 remain, floor is 3 (min-healthy 50% of 6)'],
    });
  });

  test('refuses with its numbers when the floor would break', () => {
    const verdict = judgeRemoval([pool(targets)], ['a1', 'a2'], zonesOf(six), policy('4'));
    expect(verdict).toEqual({
      kind: 'refused',
      reasons: ['pool web: 5 healthy of 6, 2 would leave, 3 remain, floor is 4 (min-healthy 4)'],
    });
  });

  test('loses nothing with a host that is sick already, and must keep its floor all the same', () => {
    const sick = judgeRemoval([pool(targets)], ['c2'], zonesOf(six), policy('5'));
    expect(sick).toEqual({
      kind: 'allowed',
      reasons: [
        'pool web: 5 healthy of 6, 1 would leave (1 of them not healthy), 5 remain, floor is 5 (min-healthy 5)',
      ],
    });
    const broken = targets.map((each) => (each.id === 'a1' ? target('a1', 'unhealthy') : each));
    expect(judgeRemoval([pool(broken)], ['c2'], zonesOf(six), policy('5')).kind).toBe('refused');
  });

  test('lets nobody go without being asked', () => {
    expect(judgeRemoval([pool(targets)], [], zonesOf(six), policy('100%'))).toEqual({
      kind: 'allowed',
      reasons: [],
    });
  });

  test('is as strict as its balancer: fail-open and DNS-failover thresholds and one more', () => {
    const failOpen = pool(targets, { failOpen: { percent: 51 } });
    expect(judgeRemoval([failOpen], ['a1'], zonesOf(six), policy('1'))).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('4 remain, floor is 5 (fail-open threshold 4, and one more)')],
    });
    const dns = pool(targets, { dnsFailover: { count: 4, percent: 10 } });
    expect(judgeRemoval([dns], ['a1'], zonesOf(six), policy('1'))).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('floor is 5 (DNS-failover threshold 4, and one more)')],
    });
  });
});

describe('what does not count as healthy', () => {
  test.each<TargetState>([
    'initial',
    'unhealthy',
    'unhealthy.draining',
    'unused',
    'draining',
    'unavailable',
    'unknown',
  ])('a target that is %s', (state) => {
    const targets = [target('a1'), target('b1'), target('c1', state)];
    const verdict = judgeRemoval([pool(targets)], ['a1'], zonesOf(['a1', 'b1', 'c1']), policy('2'));
    expect(verdict).toMatchObject({ kind: 'refused', reasons: [expect.stringContaining('2 healthy of 3')] });
  });

  test('a healthy target under a zonal shift', () => {
    const targets = [target('a1'), target('b1'), { ...target('c1'), shifted: true }];
    const verdict = judgeRemoval([pool(targets)], ['a1'], zonesOf(['a1', 'b1', 'c1']), policy('2'));
    expect(verdict).toMatchObject({ kind: 'refused', reasons: [expect.stringContaining('1 remain')] });
  });
});

describe('a pool in which no floor can hold', () => {
  test('because it is too small says so', () => {
    const verdict = judgeRemoval([pool([target('a1'), target('b1')])], ['a1'], zonesOf(six), policy('50%'));
    expect(verdict).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('can never hold while a host is out: it needs 2 of 2 targets')],
    });
  });

  test('because nobody checks its health says so', () => {
    const verdict = judgeRemoval(
      [
        pool(
          six.map((id) => target(id)),
          { healthChecked: false },
        ),
      ],
      ['a1'],
      zonesOf(six),
      policy('1'),
    );
    expect(verdict).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('no health checks')],
    });
  });

  test('because it is failing open says so, even when only sick hosts would leave', () => {
    const targets = six.map((id) => target(id, 'unhealthy'));
    expect(judgeRemoval([pool(targets)], ['a1'], zonesOf(six), policy('1'))).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('0 healthy of 6, it is failing open now (threshold 1)')],
    });
  });

  test('because it is empty says so to a host that may have come from it', () => {
    expect(judgeRemoval([pool([])], ['a1'], zonesOf(six), policy('1')).kind).toBe('refused');
  });
});

describe('several pools and ports', () => {
  test('every pool of a host is judged, and only those', () => {
    const web = pool(six.map((id) => target(id)));
    const admin = pool([target('b1'), target('b2', 'unhealthy')], { name: 'admin' });
    expect(judgeRemoval([web, admin], ['a1'], zonesOf(six), policy()).kind).toBe('allowed');
    expect(judgeRemoval([web, admin], ['b2'], zonesOf(six), policy())).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('pool admin: 1 healthy of 2')],
    });
  });

  test('all pools must keep their floor for a host that is in none', () => {
    const web = pool(['a1', 'b1', 'b2', 'c1'].map((id) => target(id)));
    const sick = pool([target('b1'), target('c1', 'unhealthy')], { name: 'admin' });
    expect(judgeRemoval([web], ['a2'], zonesOf(six), policy()).kind).toBe('allowed');
    expect(judgeRemoval([web, sick], ['a2'], zonesOf(six), policy()).kind).toBe('refused');
  });

  test('a host leaves with all its ports', () => {
    const targets = ['a1', 'b1'].flatMap((id) => [target(id, 'healthy', 80), target(id, 'healthy', 81)]);
    expect(judgeRemoval([pool(targets)], ['a1'], zonesOf(six), policy('3'))).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('4 healthy of 4, 2 would leave, 2 remain, floor is 3')],
    });
  });
});

describe('with cross-zone off', () => {
  const hosts = ['a1', 'a2', 'a3', 'b1', 'b2', 'b3'];
  const alone = (states: Readonly<Record<string, TargetState>> = {}) =>
    pool(
      hosts.map((id) => target(id, states[id])),
      { crossZone: false },
    );

  test('each zone keeps a floor of its own', () => {
    expect(judgeRemoval([alone()], ['a1'], zonesOf(hosts), policy('50%')).kind).toBe('allowed');
    expect(judgeRemoval([alone({ a2: 'unhealthy' })], ['a1'], zonesOf(hosts), policy('50%'))).toEqual({
      kind: 'refused',
      reasons: [
        'pool web in zone a, cross-zone off: 2 healthy of 3, 1 would leave, 1 remain, floor is 2 (min-healthy 50% of 3)',
      ],
    });
  });

  test('a zone that nobody leaves is not judged', () => {
    const sick = alone({ b1: 'unhealthy', b2: 'unhealthy' });
    expect(judgeRemoval([sick], ['a1'], zonesOf(hosts), policy('3')).kind).toBe('refused');
    expect(judgeRemoval([sick], ['a1'], zonesOf(hosts), policy('2')).kind).toBe('allowed');
  });

  test('a whole zone may leave where a part of it may not', () => {
    const zone = ['a1', 'a2', 'a3'];
    expect(judgeRemoval([alone()], zone, zonesOf(hosts), policy('3')).kind).toBe('allowed');
    expect(judgeRemoval([alone()], ['a1'], zonesOf(hosts), policy('3')).kind).toBe('refused');
    expect(judgeRemoval([alone({ b1: 'unhealthy' })], zone, zonesOf(hosts), policy('3')).kind).toBe(
      'refused',
    );
    expect(largestBatch([alone()], zone, 3, zonesOf(hosts), policy('3')).hosts).toEqual(zone);
  });

  test('a host of unknown zone does not leave, and does not count', () => {
    const known = zonesOf(hosts.filter((id) => id !== 'a1'));
    expect(judgeRemoval([alone()], ['a1'], known, policy('50%'))).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('a1 would leave and the zone is not known')],
    });
    expect(judgeRemoval([alone()], ['b1'], known, policy('67%'))).toMatchObject({
      kind: 'refused',
      reasons: [
        expect.stringContaining('5 healthy of 6, 1 would leave, 4 remain, floor is 5'),
        expect.anything(),
      ],
    });
    expect(judgeRemoval([alone()], ['b1'], known, policy('2'))).toMatchObject({
      kind: 'allowed',
      reasons: expect.arrayContaining(['pool web: a1 not counted, the zone is not known']),
    });
  });
});

describe('surviving the loss of a zone', () => {
  const hosts = ['a1', 'a2', 'a3', 'b1', 'b2', 'b3', 'c1', 'c2'];
  const region = pool(hosts.map((id) => target(id)));

  test('asks for the same floor without the other zone that serves most', () => {
    expect(judgeRemoval([region], ['a1'], zonesOf(hosts), policy('50%', true))).toMatchObject({
      kind: 'allowed',
      reasons: expect.arrayContaining([
        'pool web: 8 healthy of 8, 1 would leave, 7 remain, 4 if zone b were lost too, floor is 4 (min-healthy 50% of 8)',
      ]),
    });
    expect(judgeRemoval([region], ['a1', 'a2'], zonesOf(hosts), policy('50%', false)).kind).toBe('allowed');
    expect(judgeRemoval([region], ['a1', 'a2'], zonesOf(hosts), policy('50%', true))).toEqual({
      kind: 'refused',
      reasons: [
        'pool web: 8 healthy of 8, 2 would leave, 6 remain, 3 if zone b were lost too, floor is 4 (min-healthy 50% of 8)',
      ],
    });
  });

  test('does not lose the zone of the leaving hosts twice', () => {
    const [a, b] = [pool(['a1', 'a2', 'a3', 'b1'].map((id) => target(id))), zonesOf(hosts)];
    expect(judgeRemoval([a], ['a1'], b, policy('2', true)).kind).toBe('allowed');
    expect(judgeRemoval([a], ['b1'], b, policy('2', true)).kind).toBe('refused');
  });

  test('asks nothing more where there is no other zone', () => {
    const one = pool(['a1', 'a2', 'a3'].map((id) => target(id)));
    expect(judgeRemoval([one], ['a1'], zonesOf(hosts), policy('2', true)).kind).toBe('allowed');
  });
});

describe('the largest batch', () => {
  const full = pool(six.map((id) => target(id)));

  test('is the longest part of the candidates, from the front, that may leave', () => {
    const batch = largestBatch([full], six, 6, zonesOf(six), policy('4'));
    expect(batch).toMatchObject({ hosts: ['a1', 'a2'], verdict: { kind: 'allowed' } });
  });

  test('is never longer than wanted', () => {
    expect(largestBatch([full], six, 1, zonesOf(six), policy('1')).hosts).toEqual(['a1']);
    expect(largestBatch([full], [], 3, zonesOf(six), policy('1')).hosts).toEqual([]);
  });

  test('says why not even one may leave', () => {
    const batch = largestBatch([full], six, 3, zonesOf(six), policy('6'));
    expect(batch).toMatchObject({
      hosts: [],
      verdict: { kind: 'refused', reasons: [expect.stringContaining('1 would leave, 5 remain, floor is 6')] },
    });
  });
});
