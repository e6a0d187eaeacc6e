import { describe, expect, test } from '@jest/globals';
import { changeProblems, ordinalProblems, planProblems } from '../../../src/operations/admission/plan-fit.ts';
import type { Plan, PlannedZone } from '../../../src/operations/plan/plan.ts';
import type { HostStatus } from '../../../src/operations/records.ts';
import { makeFleet } from '../zone.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const HOUR = 3_600_000;
const [OLD, NEW] = ['0'.repeat(64), '1'.repeat(64)];
const TERMS = { hosts: 'i-a1, i-a2', floor: '50% of 4' };
const fleet = makeFleet({ deploymentTimeout: 12 * HOUR });
const zone = fleet.zones[0] ?? missing();

function missing(): never {
  throw new Error('the fleet has a zone');
}

function planned(name: 'a' | 'b', changes: Partial<PlannedZone> = {}): PlannedZone {
  return {
    zone: `us-east-1${name}`,
    environment: `storefront-us-east-1${name}`,
    todo: 'deploy',
    terms: TERMS,
    from: [`1.0.0 ${OLD}`],
    ...changes,
  };
}

function makePlan(changes: Partial<Plan> = {}): Plan {
  return {
    schema: 1,
    service: 'storefront',
    version: '1.1.0',
    sha256: NEW,
    ordinal: 7,
    rollBack: false,
    planned: '2026-11-21T00:00:00Z',
    zones: [planned('a'), planned('b')],
    ...changes,
  };
}

function status(host: string, version?: string, sha256 = OLD, ordinal?: number): HostStatus {
  return {
    host,
    ...(version === undefined ? {} : { release: { version, sha256 } }),
    ...(ordinal === undefined ? {} : { ordinal }),
  };
}

describe('a plan', () => {
  test('that was made of this fleet not too long ago fits', () => {
    expect(planProblems(makePlan(), { fleet, zone, now: NOW })).toEqual([]);
  });

  const unfit: readonly (readonly [string, Partial<Plan>, RegExp])[] = [
    [
      'of another service',
      { service: 'checkout' },
      /for service checkout, and the fleet file for storefront/,
    ],
    [
      'without a zone of the fleet',
      { zones: [planned('a')] },
      /zones of the plan are us-east-1a, and those of the fleet/,
    ],
    ['in another order', { zones: [planned('b'), planned('a')] }, /are us-east-1b, us-east-1a, and/],
    [
      'with another environment',
      { zones: [planned('a', { environment: 'open' }), planned('b')] },
      /has environment open for us-east-1a, the fleet file storefront-us-east-1a/,
    ],
    [
      'that begins later',
      { zones: [planned('a', { todo: 'proven' }), planned('b')] },
      /start-at: us-east-1a/,
    ],
    [
      'that is older than a deployment may take',
      { planned: '2026-11-20T23:59:59Z' },
      /may take 720m \(policy\.deployment/,
    ],
  ];

  test.each(unfit)('%s is refused', (_, changes, says) => {
    expect(planProblems(makePlan(changes), { fleet, zone, now: NOW })).toEqual([expect.stringMatching(says)]);
  });

  test('of any age fits where a deployment may take for ever', () => {
    const old = makePlan({ planned: '2025-01-01T00:00:00Z' });
    expect(planProblems(old, { fleet: makeFleet(), zone, now: NOW })).toEqual([]);
  });
});

describe('the world after the approval', () => {
  test('is as planned, also with hosts that have the release already', () => {
    const statuses = [status('i-a1', '1.0.0'), status('i-a2', '1.1.0', NEW)];
    expect(changeProblems(makePlan(), 'us-east-1a', { terms: TERMS, statuses })).toEqual([]);
  });

  test('differs: every changed term is named with both values', () => {
    const terms = { hosts: 'i-a1, i-a2, i-a3', floor: '25% of 4' };
    expect(changeProblems(makePlan(), 'us-east-1a', { terms, statuses: [] })).toEqual([
      expect.stringContaining('floor: approved was 50% of 4, now it is 25% of 4'),
      expect.stringContaining('hosts: approved was i-a1, i-a2, now it is i-a1, i-a2, i-a3'),
    ]);
  });

  test.each([
    ['another version', status('i-a2', '1.0.1'), `i-a2 runs 1.0.1 ${OLD}, and the plan knows 1.0.0 ${OLD}`],
    ['other bytes of the same version', status('i-a2', '1.0.0', NEW), `i-a2 runs 1.0.0 ${NEW}`],
    ['other bytes of the wanted version', status('i-a2', '1.1.0', OLD), `i-a2 runs 1.1.0 ${OLD}`],
    ['nothing', status('i-a2'), 'i-a2 runs nothing'],
  ])('has a host with %s, which is named', (_, stranger, says) => {
    const statuses = [status('i-a1', '1.0.0'), stranger];
    expect(changeProblems(makePlan(), 'us-east-1a', { terms: TERMS, statuses })).toEqual([
      expect.stringContaining(says),
    ]);
  });
});

test('hosts with a newer release are named; the same and older ones, and those without a number, are let pass', () => {
  const statuses = [
    status('i-a1', '1.2.0', OLD, 8),
    status('i-a2', '1.1.0', OLD, 7),
    status('i-a3', '1.0.0', OLD, 6),
    status('i-a4', '1.0.0'),
  ];
  expect(ordinalProblems(statuses, { version: '1.1.0', ordinal: 7 })).toEqual([
    expect.stringMatching(
      /^i-a1 runs 1\.2\.0 with ordinal 8, newer than 1\.1\.0 with ordinal 7\..*roll-back: true/,
    ),
  ]);
});
