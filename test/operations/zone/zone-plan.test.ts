import { describe, expect, test } from '@jest/globals';
import type { TargetState } from '../../../src/balancers/port.ts';
import type { HostStatus, UndoRecord } from '../../../src/operations/records.ts';
import { type ObservedHost, planZone, withKnown } from '../../../src/operations/zone/zone-plan.ts';

const RELEASE = { service: 'storefront', version: '1.1.0', sha256: 'ab'.repeat(32) };
const NEW = { version: '1.1.0', sha256: RELEASE.sha256 };
const OLD = { version: '1.0.0', sha256: 'cd'.repeat(32) };
const RECORD: UndoRecord = {
  host: 'i-1',
  targets: [
    { pool: 'web', id: 'i-1', port: 8080 },
    { pool: 'api', id: 'i-1', port: 8081 },
  ],
  reason: 'upgrade to 1.1.0',
  run: 'https://github.com/acme/web/actions/runs/1',
  since: '2026-11-02T10:00:00Z',
  service: 'storefront',
};

type Place = readonly [pool: string, port: number, state: TargetState];

function observed(places: readonly Place[], status: Omit<HostStatus, 'host'>): ObservedHost {
  return {
    status: { host: 'i-1', ...status },
    registrations: places.map(([pool, port, state]) => ({ pool, id: 'i-1', port, state })),
  };
}

const WEB: Place = ['web', 8080, 'healthy'];
const API: Place = ['api', 8081, 'healthy'];

function plan(places: readonly Place[], status: Omit<HostStatus, 'host'>) {
  const result = planZone([observed(places, status)], RELEASE);
  return result.kind === 'ready' ? result.steps[0] : result.problems.join('\n');
}

describe('a host in service', () => {
  test('is proven when it has the release, upgraded when it has another or none', () => {
    expect(plan([WEB], { release: NEW })).toEqual({ kind: 'prove', host: 'i-1' });
    expect(plan([WEB], { release: OLD })).toEqual({ kind: 'upgrade', host: 'i-1' });
    expect(plan([WEB], {})).toEqual({ kind: 'upgrade', host: 'i-1' });
  });

  test.each<TargetState>(['initial', 'unhealthy', 'unhealthy.draining', 'unused', 'unavailable', 'unknown'])(
    'is in service also when it is %s: whether it may leave is for the floor to say',
    (state) => {
      expect(plan([['web', 8080, state]], { release: OLD })).toEqual({ kind: 'upgrade', host: 'i-1' });
    },
  );

  test('stays with the record that an interrupted return left', () => {
    const step = plan([WEB, API], { release: NEW, record: RECORD });
    expect(step).toEqual({ kind: 'prove', host: 'i-1', record: RECORD });
    const other = plan([WEB, API], { release: OLD, record: RECORD });
    expect(other).toEqual({ kind: 'upgrade', host: 'i-1', record: RECORD });
  });

  test.each([
    ['other bytes', 'ef'.repeat(32), 'ef'.repeat(32)],
    ['bytes that nobody noted', '', 'unknown'],
  ])('is refused when its release of that name has %s', (_, sha256, seen) => {
    const problem = plan([WEB], { release: { version: '1.1.0', sha256 } });
    expect(problem).toContain(
      `i-1 runs release 1.1.0 with sha256 ${seen}, and the archive has ${RELEASE.sha256}`,
    );
    expect(problem).toContain('give the new build a new version');
  });
});

describe('a host out of service', () => {
  const todo = { kind: 'continue', host: 'i-1', record: RECORD };

  test.each<[string, readonly Place[]]>([
    ['in no pool', []],
    ['draining', [['web', 8080, 'draining']]],
    ['back in one pool of two', [WEB]],
    ['back in one pool and leaving the other', [WEB, ['api', 8081, 'draining']]],
    ['back in the right pool under another port', [WEB, ['api', 9999, 'healthy']]],
    ['in as many pools, but not in those it came from', [WEB, ['other', 8081, 'healthy']]],
  ])('is continued with when it is %s and this service took it out', (_, places) => {
    expect(plan(places, { release: OLD, record: RECORD })).toEqual(todo);
    expect(plan(places, { release: NEW, record: RECORD })).toEqual(todo);
  });

  test.each([undefined, 'another-service'])('is left alone when it left for %s', (service) => {
    const { service: _, ...bare } = RECORD;
    const record: UndoRecord = {
      ...bare,
      reason: 'disk change',
      ...(service === undefined ? {} : { service }),
    };
    const problem = plan([], { release: OLD, record });
    expect(problem).toContain('i-1 is out of service since 2026-11-02T10:00:00Z for another reason');
    expect(problem).toContain('disk change, https://github.com/acme/web/actions/runs/1');
    expect(problem).toContain('restore-target');
  });

  test('is left alone when no record says why', () => {
    expect(plan([], { release: OLD })).toContain('i-1 is in none of its pools, and no record on it says why');
    const draining = plan([WEB, ['api', 8081, 'draining']], { release: OLD });
    expect(draining).toContain('i-1 is being drained by somebody else');
  });
});

describe('a zone', () => {
  const named = (host: string, changes: Partial<ObservedHost> = {}): ObservedHost => ({
    status: { host, release: OLD },
    registrations: [{ pool: 'web', id: host, port: 8080, state: 'healthy' }],
    ...changes,
  });

  test('has one step for each host, in their order', () => {
    const done = named('i-2', { status: { host: 'i-2', release: NEW } });
    expect(planZone([named('i-3'), done, named('i-1')], RELEASE)).toEqual({
      kind: 'ready',
      steps: [
        { kind: 'upgrade', host: 'i-3' },
        { kind: 'prove', host: 'i-2' },
        { kind: 'upgrade', host: 'i-1' },
      ],
    });
  });

  test('is impossible for one host, and every such host is told at once', () => {
    const hosts = [named('i-1', { registrations: [] }), named('i-2'), named('i-3', { registrations: [] })];
    const result = planZone(hosts, RELEASE);
    expect(result).toEqual({
      kind: 'impossible',
      problems: [expect.stringMatching(/^i-1 is in none/), expect.stringMatching(/^i-3 is in none/)],
    });
  });

  test('without hosts needs nothing', () => {
    expect(planZone([], RELEASE)).toEqual({ kind: 'ready', steps: [] });
  });
});

describe('a record that only the ledger has', () => {
  const known = new Map([['i-1', RECORD]]);
  const recordOf = (places: readonly Place[], status: Omit<HostStatus, 'host'> = {}) =>
    withKnown(observed(places, status), known).status.record;

  test.each<[string, readonly Place[]]>([
    ['in no pool', []],
    ['in one of its pools alone', [WEB]],
    ['draining in one of them', [WEB, ['api', 8081, 'draining']]],
  ])('counts for a host that is %s', (_, places) => {
    expect(recordOf(places)).toBe(RECORD);
  });

  test('is out of date for a host that is in all of them', () => {
    expect(recordOf([WEB, API])).toBeUndefined();
  });

  test('gives way to that of the host', () => {
    const own = { ...RECORD, from: '0.9.0' };
    expect(recordOf([], { record: own })).toBe(own);
  });

  test('is not that of another host', () => {
    expect(withKnown(observed([], {}), new Map([['i-2', RECORD]])).status.record).toBeUndefined();
  });
});
