import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ACTS, type Act } from '../../../src/ledger/document.ts';
import type { FoundHost } from '../../../src/operations/janitor/found.ts';
import { judgeHost } from '../../../src/operations/janitor/judge-host.ts';
import { type FakeGroup, fakeGroup } from '../fake-groups.ts';
import { digestOf } from '../fake-host.ts';
import type { Fault } from '../world.ts';
import { ALL, makeFleet, record, serving } from '../zone.ts';
import { intent, type JanitorStage, leaseUntil, setJanitor } from './stage.ts';

/** What may be true of a host of zone a. */
interface Given {
  readonly out: 'no' | 'yes' | 'held';
  readonly onDisk: 'no' | 'own' | 'foreign';
  readonly silent: boolean;
  readonly inFleet: boolean;
  readonly state: 'absent' | 'draining' | 'unhealthy' | 'healthy';
  readonly current: string | undefined;
  readonly bytes: 'right' | 'other';
  readonly switched: boolean;
  readonly proof: 'none' | 'proven' | 'unproven';
  readonly acts: readonly { readonly act: Act; readonly version: string; readonly token: number }[];
  readonly zone: 'deploying' | 'promoted' | 'rolled-back' | 'none';
}

const VERSIONS = ['1.0.0', '1.1.0', '1.2.0'] as const;
const given: fc.Arbitrary<Given> = fc.record({
  out: fc.constantFrom<Given['out']>('no', 'yes', 'yes', 'held'),
  onDisk: fc.constantFrom<Given['onDisk']>('no', 'own', 'own', 'foreign'),
  silent: fc.constantFrom(false, false, false, true),
  inFleet: fc.constantFrom(true, true, false),
  state: fc.constantFrom<Given['state']>('absent', 'absent', 'draining', 'unhealthy', 'healthy'),
  current: fc.constantFrom(undefined, ...VERSIONS),
  bytes: fc.constantFrom<Given['bytes']>('right', 'right', 'other'),
  switched: fc.constantFrom(true, true, true, false),
  proof: fc.constantFrom<Given['proof']>('none', 'proven', 'proven', 'unproven'),
  acts: fc.array(
    fc.record({
      act: fc.constantFrom(...ACTS),
      version: fc.constantFrom(...VERSIONS),
      token: fc.constantFrom(3, 4),
    }),
    { maxLength: 3 },
  ),
  zone: fc.constantFrom<Given['zone']>('deploying', 'deploying', 'promoted', 'rolled-back', 'none'),
});

function hostOf({ out, onDisk, silent, inFleet, state, current, bytes, switched, proof }: Given): FoundHost {
  const own = JSON.parse(record('i-a1'));
  const disk = onDisk === 'foreign' ? JSON.parse(record('i-a1', {})) : own;
  const status = {
    host: 'i-a1',
    ...(current === undefined
      ? {}
      : { release: { version: current, sha256: bytes === 'right' ? digestOf(current) : 'f'.repeat(64) } }),
    ...(switched ? { switchedAt: 1 } : {}),
    ...(onDisk === 'no' ? {} : { record: disk }),
  };
  return {
    host: 'i-a1',
    zone: 'us-east-1a',
    inFleet,
    ...(out === 'no'
      ? {}
      : { out: { zone: 'us-east-1a', record: own, ...(out === 'held' ? { held: 'a check failed' } : {}) } }),
    answer: silent ? { kind: 'silent', host: 'i-a1', problem: 'no agent' } : { kind: 'told', status },
    registrations: state === 'absent' ? [] : [{ pool: 'web', id: 'i-a1', port: 8080, state }],
    inGroup: 'unknown',
    ...(proof === 'none'
      ? {}
      : {
          proof:
            proof === 'proven'
              ? { kind: 'proven', seen: current ?? '' }
              : { kind: 'unproven', problem: 'sick' },
        }),
  };
}

/** Zone a was or is being given 1.1.0, and had 1.0.0. */
function ledgerOf({ acts, zone }: Given) {
  const [release, before] = ['1.1.0', '1.0.0'].map((version) => ({
    version,
    sha256: digestOf(version),
    ordinal: 7,
  }));
  const at = '2026-11-20T23:50:00Z';
  const entry = { release: release ?? before, before, run: 'a run', runId: 6, began: at, at };
  const journal = acts.map(({ act, version, token }) => ({ ...intent(act, ['i-a1'], version), token }));
  const zones = zone === 'none' ? {} : { 'us-east-1a': { ...entry, state: zone } };
  return { zones, releases: [], journal } as unknown as Parameters<typeof judgeHost>[2];
}

test('no host is returned that is held, somebody else’s, not proven, or of a release that its zone has nothing to do with', () => {
  let returned = 0;
  fc.assert(
    fc.property(given, (each) => {
      const verdict = judgeHost(hostOf(each), makeFleet(), ledgerOf(each));
      if (verdict.kind !== 'return') return;
      returned += 1;
      expect(each).toMatchObject({ silent: false, inFleet: true, proof: 'proven', switched: true });
      expect([each.out, each.onDisk]).not.toEqual(['no', 'no']);
      expect(each.out).not.toBe('held');
      expect(each.onDisk).not.toBe('foreign');
      expect(['absent', 'draining']).toContain(each.state);
      if (each.current !== '1.2.0') expect(each.zone === 'none' || each.bytes === 'right').toBe(true);
      if (each.zone === 'promoted') expect(each.current).toBe('1.1.0');
      if (each.zone === 'rolled-back') expect(each.current).toBe('1.0.0');
      // Another version than those two only when it was given to the host last.
      if (each.current === '1.2.0') {
        expect(each.acts.at(-1)).toMatchObject({ version: '1.2.0' });
        expect(each.acts.at(-1)?.act).not.toBe('withdraw');
      }
    }),
    { numRuns: 20_000 },
  );
  // Not for want of hosts that are.
  expect(returned).toBeGreaterThan(100);
});

test('a host that the balancer does not show in service is never forgotten, unless it is gone from everywhere', () => {
  fc.assert(
    fc.property(given, fc.constantFrom<FoundHost['inGroup']>('yes', 'no', 'unknown'), (each, inGroup) => {
      const verdict = judgeHost({ ...hostOf(each), inGroup }, makeFleet(), ledgerOf(each));
      if (verdict.kind !== 'forget') return;
      const serves = ['healthy', 'unhealthy'].includes(each.state);
      const gone = !each.inFleet && each.silent && each.state === 'absent' && inGroup === 'no';
      expect(serves || gone).toBe(true);
      expect(verdict.gone).toBe(!serves);
    }),
    { numRuns: 20_000 },
  );
});

const left = fc.record({
  runs: fc.constantFrom('new' as const, 'old' as const),
  act: fc.constantFrom(...ACTS),
  held: fc.constantFrom(undefined, undefined, 'a check failed'),
  trouble: fc.constantFrom(
    undefined,
    undefined,
    { sick: true },
    { reachable: false },
    { process: undefined },
  ),
});

test('whenever the lease ends: nothing is changed before its time is over, and what serves then has proven it', async () => {
  const hosts = fc.array(fc.option(left), { minLength: 2, maxLength: 2 });
  await fc.assert(
    fc.asyncProperty(hosts, fc.integer({ min: -60, max: 60 }), async (made, seconds) => {
      const stage = setJanitor();
      const { world } = stage;
      const names = ['i-a1', 'i-a2'];
      for (const [index, each] of made.entries()) {
        if (each === null) continue;
        const host = names[index] ?? '';
        const { runs, act, held, trouble = {} } = each;
        stage.leave(host, { runs, act, ...(held === undefined ? {} : { held }) });
        Object.assign(world.host(host), trouble);
      }
      const expires = new Date(world.now() + seconds * 1_000).toISOString();
      stage.change((ledger) => ({ ...ledger, lease: leaseUntil(expires) }));
      const [before, was] = [stage.ledger.text, serving(world)];
      const report = await stage.run();
      if (seconds >= -30) {
        expect([report.state, stage.ledger.text, world.calls]).toEqual(['busy', before, []]);
        return;
      }
      const expected = names.filter((_, index) => {
        const each = made[index];
        return each === null || (each?.held === undefined && each?.trouble === undefined);
      });
      expect(serving(world)).toEqual([...expected, 'i-b1', 'i-b2']);
      expect(was.filter((host) => !serving(world).includes(host))).toEqual([]);
      expect(Object.keys(stage.read().out ?? {})).toEqual(names.filter((host) => !expected.includes(host)));
    }),
    { numRuns: 60 },
  );
});

test('whatever call fails: no host leaves service, and the next run brings everything back', async () => {
  const faults = fc.array(
    fc.record({ at: fc.nat({ max: 45 }), fault: fc.constantFrom<Fault>('refused', 'cut') }),
    { minLength: 1, maxLength: 3 },
  );
  await fc.assert(
    fc.asyncProperty(faults, fc.constantFrom('standby' as const, 'suspend' as const), async (made, mode) => {
      const stage = setJanitor();
      const { world } = stage;
      const group = fakeGroup('web-group', ALL, 4);
      world.groups.push(group);
      for (const host of ['i-a1', 'i-a2']) takeOut(stage, group, host, mode);
      const began = world.calls.length;
      world.before = () => made.find(({ at }) => at === world.calls.length - began - 1)?.fault;
      await stage.run();
      expect(serving(world)).toEqual(expect.arrayContaining(['i-b1', 'i-b2']));
      world.before = () => undefined;
      const again = await stage.run();
      expect([again.problem, serving(world)]).toEqual([undefined, ALL]);
      expect(ALL.filter((host) => world.host(host).record !== undefined)).toEqual([]);
      const { out, lease, journal = [] } = stage.read();
      expect([out, lease, journal.filter(({ end }) => end === undefined)]).toEqual([
        undefined,
        undefined,
        [],
      ]);
      expect([group.minSize, group.desired, [...group.suspended]]).toEqual([4, 4, []]);
    }),
    { numRuns: 100 },
  );
});

function takeOut({ leave }: JanitorStage, group: FakeGroup, host: string, mode: 'standby' | 'suspend'): void {
  const processes = ['HealthCheck', 'ReplaceUnhealthy'];
  if (mode === 'suspend') {
    leave(host, { scaling: { mode, group: group.name, processes } });
    for (const each of processes) group.suspended.add(each);
    return;
  }
  leave(host, { scaling: { mode, group: group.name, minSize: 4 } });
  group.members.set(host, 'Standby');
  group.desired -= 1;
  group.minSize = group.desired;
}
