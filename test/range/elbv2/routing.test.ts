import { describe, expect, test } from '@jest/globals';
import { type RoutingRules, usableTargets, zonesInDns } from '../../../src/range/elbv2/routing.ts';
import type { Phase } from '../../../src/range/elbv2/targets.ts';
import { draining, PHASES } from './support.ts';

const rules: RoutingRules = { crossZone: true, failOpen: { count: 1 }, dnsFailover: { count: 1 } };
const zonal: RoutingRules = { ...rules, crossZone: false };

function target(name: string, zone: string, phase: Phase) {
  return { name, zone, phase };
}

function usable(node: string, targets: readonly ReturnType<typeof target>[], by = rules, now = 0): string[] {
  return usableTargets(node, targets, by, now).map(({ name }) => name);
}

describe('the targets of a node', () => {
  test('are the healthy ones', () => {
    const targets = Object.entries(PHASES).map(([name, phase]) => target(name, 'a', phase));
    expect(usable('a', targets)).toEqual(['healthy']);
  });

  test('are of every zone with cross-zone on, of its own with cross-zone off', () => {
    const targets = [target('one', 'a', PHASES.healthy), target('two', 'b', PHASES.healthy)];
    expect(usable('a', targets)).toEqual(['one', 'two']);
    expect(usable('a', targets, zonal)).toEqual(['one']);
    expect(usable('c', targets, zonal)).toEqual([]);
  });

  test('hold a draining target until the node has heard, each node at its own time', () => {
    const targets = [
      target('leaving', 'a', draining({ a: 120, b: 180 })),
      target('staying', 'a', PHASES.healthy),
    ];
    expect(usable('a', targets, rules, 119)).toEqual(['leaving', 'staying']);
    expect(usable('a', targets, rules, 120)).toEqual(['staying']);
    expect(usable('b', targets, rules, 120)).toEqual(['leaving', 'staying']);
    expect(usable('b', targets, rules, 180)).toEqual(['staying']);
  });

  test('do not hold a draining target that was not healthy before', () => {
    const targets = [target('sick', 'a', draining({ a: 120 }, false)), target('well', 'a', PHASES.healthy)];
    expect(usable('a', targets)).toEqual(['well']);
  });
});

describe('fail-open', () => {
  const mixed = [
    target('well', 'a', PHASES.healthy),
    target('sick', 'a', PHASES.unhealthy),
    target('new', 'a', PHASES.checking),
    target('gone', 'a', draining({ a: 100 })),
  ];

  test('uses every registered target when too few are healthy, but none that has left', () => {
    expect(usable('a', mixed, { ...rules, failOpen: { count: 1 } }, 500)).toEqual(['well']);
    expect(usable('a', mixed, { ...rules, failOpen: { count: 2 } }, 500)).toEqual(['well', 'sick', 'new']);
  });

  test('counts a percentage of the registered targets', () => {
    expect(usable('a', mixed, { ...rules, failOpen: { percent: 33 } }, 500)).toEqual(['well']);
    expect(usable('a', mixed, { ...rules, failOpen: { percent: 34 } }, 500)).toEqual(['well', 'sick', 'new']);
  });

  test('is judged zone by zone with cross-zone off', () => {
    const targets = [target('sick', 'a', PHASES.unhealthy), target('well', 'b', PHASES.healthy)];
    expect(usable('a', targets)).toEqual(['well']);
    expect(usable('a', targets, zonal)).toEqual(['sick']);
  });

  test('finds nothing where nothing is registered', () => {
    expect(usable('a', [target('gone', 'a', draining({ a: 100 }))], rules, 500)).toEqual([]);
  });
});

describe('the zones in DNS', () => {
  const targets = [target('leaving', 'a', draining({ a: 100 })), target('well', 'b', PHASES.healthy)];

  test('lose a zone without healthy targets with cross-zone off', () => {
    expect(zonesInDns(['a', 'b'], [{ candidates: targets, rules: zonal }])).toEqual(['b']);
  });

  test('keep it with cross-zone on, because the other zones serve it', () => {
    expect(zonesInDns(['a', 'b'], [{ candidates: targets, rules }])).toEqual(['a', 'b']);
  });

  test('are all of them when all would leave', () => {
    const sick = [target('one', 'a', PHASES.unhealthy), target('two', 'b', PHASES.unhealthy)];
    expect(zonesInDns(['a', 'b'], [{ candidates: sick, rules: zonal }])).toEqual(['a', 'b']);
  });

  test('follow the threshold, and stay when it is off', () => {
    expect(
      zonesInDns(['a', 'b'], [{ candidates: targets, rules: { ...zonal, dnsFailover: { count: 2 } } }]),
    ).toEqual(['a', 'b']);
    expect(zonesInDns(['a', 'b'], [{ candidates: targets, rules: { ...zonal, dnsFailover: {} } }])).toEqual([
      'a',
      'b',
    ]);
    const half = [...targets, target('sick', 'b', PHASES.unhealthy), target('fit', 'a', PHASES.healthy)];
    expect(
      zonesInDns(['a', 'b'], [{ candidates: half, rules: { ...zonal, dnsFailover: { percent: 60 } } }]),
    ).toEqual(['a']);
  });

  test('lose a zone that one of several groups does not serve; a group without targets says nothing', () => {
    const well = [target('one', 'a', PHASES.healthy), target('two', 'b', PHASES.healthy)];
    const both = [
      { candidates: well, rules: zonal },
      { candidates: targets, rules: zonal },
    ];
    expect(zonesInDns(['a', 'b'], both)).toEqual(['b']);
    expect(
      zonesInDns(
        ['a', 'b'],
        [
          { candidates: well, rules: zonal },
          { candidates: [], rules: zonal },
        ],
      ),
    ).toEqual(['a', 'b']);
    expect(zonesInDns(['a', 'b'], [], new Set(['a']))).toEqual(['b']);
  });
});
