import { describe, expect, test } from '@jest/globals';
import { beginProblems } from '../../../src/ledger/order.ts';
import { PlatformError } from '../../../src/runner/errors.ts';
import { NEW } from '../admission/stage.ts';
import { makeFleet, record, serving } from '../zone.ts';
import { DEAD, intent, type JanitorStage, leaseUntil, setJanitor, stateIn } from './stage.ts';

/** The one host that the report tells of. */
function only(report: Awaited<ReturnType<JanitorStage['run']>>) {
  const [host, ...others] = report.zones.flatMap(({ hosts }) => hosts);
  expect(others).toEqual([]);
  return host;
}

describe('while a run is at work', () => {
  // The skew is 30 s; the world begins at midnight.
  test.each([
    ['the lease goes on', '2026-11-21T00:05:00.000Z'],
    ['the lease ended less than the skew ago', '2026-11-20T23:59:40.000Z'],
  ])('%s: nothing is touched, and nothing but the ledger is asked', async (_, expires) => {
    const stage = setJanitor();
    stage.leave('i-a1');
    stage.change((ledger) => ({ ...ledger, lease: leaseUntil(expires) }));
    const before = stage.ledger.text;
    const report = await stage.run();
    expect(report).toMatchObject({ state: 'busy', holder: { run: DEAD }, zones: [] });
    expect(report).not.toHaveProperty('problem');
    expect(stage.world.calls).toEqual([]);
    expect(stage.ledger.text).toBe(before);
  });

  test('a lease of the same workflow run is that of a run at work as well', async () => {
    const stage = setJanitor();
    stage.leave('i-a1');
    const lease = { ...leaseUntil('2026-11-21T00:05:00.000Z'), run: stage.world.context.run, runId: 7 };
    stage.change((ledger) => ({ ...ledger, lease }));
    expect((await stage.run()).state).toBe('busy');
    expect(stage.world.calls).toEqual([]);
  });

  test.each([
    ['another run', 8],
    ['the dead run, run again', 6],
    ['another job of the same run', 7],
  ])('%s, which takes the lease between the look and the work, is let be', async (run, runId) => {
    const stage = setJanitor();
    stage.leave('i-a1');
    const { read } = stage.ledger;
    let reads = 0;
    // Before and after the look; the next one is that of whoever takes the lease.
    stage.ledger.read = async (signal) => {
      reads += 1;
      const lease = { ...leaseUntil('2026-11-21T00:09:00.000Z'), token: 5, run, runId };
      if (reads === 3) stage.change((ledger) => ({ ...ledger, fence: 5, lease }));
      return read(signal);
    };
    const report = await stage.run();
    expect(report).toMatchObject({ state: 'busy', zones: [{ zone: 'us-east-1a', holder: { run } }, {}] });
    expect(report).toMatchObject({ holder: { run } });
    expect(report).not.toHaveProperty('problem');
    expect(stage.world.changes()).toEqual([]);
  });

  test('one that begins while hosts are looked at raises no alarm about them', async () => {
    const stage = setJanitor();
    stage.ledger.set('us-east-1a', 'promoted');
    stage.leave('i-a1', { inLedger: false });
    stage.world.host('i-a1').current = '0.9.0';
    stage.world.after = ({ what }) => {
      if (what !== 'targets') return;
      stage.world.after = () => undefined;
      const lease = { ...leaseUntil('2026-11-21T00:09:00.000Z'), token: 5, run: 'another run', runId: 8 };
      stage.change((ledger) => ({ ...ledger, fence: 5, lease }));
    };
    const report = await stage.run();
    expect(report).toMatchObject({ state: 'busy', holder: { run: 'another run' }, zones: [] });
    expect(report).not.toHaveProperty('problem');
  });

  test('one that has come and gone while hosts were looked at makes it look anew', async () => {
    const stage = setJanitor();
    stage.ledger.set('us-east-1a', 'promoted');
    stage.leave('i-a1', { inLedger: false });
    const host = stage.world.host('i-a1');
    host.current = '0.9.0';
    stage.world.after = ({ what }) => {
      if (what !== 'targets') return;
      stage.world.after = () => undefined;
      host.record = undefined;
      stage.world.join('web', ['i-a1']);
      stage.change(({ lease: _, ...ledger }) => ({ ...ledger, fence: 5 }));
    };
    expect(await stage.run()).toMatchObject({ state: 'clean' });
  });

  test('one that takes the lease in the middle is not fought: nothing more is changed', async () => {
    const stage = setJanitor();
    stage.leave('i-a1');
    stage.world.after = ({ what }) => {
      if (what !== 'register') return;
      stage.world.after = () => undefined;
      const lease = { ...leaseUntil('2026-11-21T01:00:00.000Z'), token: 9, run: 'another run', runId: 8 };
      stage.change((ledger) => ({ ...ledger, fence: 9, lease }));
    };
    stage.world.settings = { slowStart: 60_000 };
    const report = await stage.run();
    expect(report.problem?.message).toMatch(/lost its lease to another run/);
    expect(stage.world.changes().map(({ what }) => what)).toEqual(['register']);
    expect(stage.world.host('i-a1').record).toBeDefined();
    expect(stage.read().out).toHaveProperty('i-a1');
  });
});

describe('a host that a run left out when it died', () => {
  test.each(['old', 'new'] as const)(
    'serves again when it proves its %s release, and the ledger says so',
    async (runs) => {
      const stage = setJanitor();
      stage.leave('i-a1', { runs, act: runs === 'old' ? 'withdraw' : 'install' });
      const report = await stage.run();
      expect(report).toMatchObject({ state: 'returned' });
      expect(report).not.toHaveProperty('problem');
      expect(only(report)).toMatchObject({
        host: 'i-a1',
        done: 'returned',
        found: expect.stringContaining('proven 1.'),
      });
      expect(serving(stage.world)).toEqual(['i-a1', 'i-a2', 'i-b1', 'i-b2']);
      expect(stage.world.host('i-a1').record).toBeUndefined();
      const ledger = stage.read();
      expect(ledger).not.toHaveProperty('out');
      expect(ledger).not.toHaveProperty('lease');
      expect(ledger.journal?.map(({ act, run, end }) => [act, run, end?.kind])).toEqual([
        [runs === 'old' ? 'withdraw' : 'install', DEAD, 'abandoned'],
        ['return', stage.world.context.run, 'done'],
      ]);
      expect(ledger.zones['us-east-1a']).toMatchObject({
        state: 'stopped',
        run: DEAD,
        runId: 6,
        note: expect.stringContaining('i-a1 returned'),
      });
    },
  );

  test('leaves the ledger such that its run may go on, and a new one may begin', async () => {
    const stage = setJanitor();
    stage.leave('i-a1');
    await stage.run();
    for (const runId of [6, 8]) {
      const turn = { zone: 'us-east-1a', earlier: [], release: NEW, runId, rollBack: false };
      expect(beginProblems(stage.read(), turn)).toEqual([]);
    }
  });

  test('is neither installed on nor stopped nor taken out of anything, whatever it is', async () => {
    const stage = setJanitor();
    stage.leave('i-a1', { runs: 'new' });
    stage.leave('i-a2');
    await stage.run();
    const changes = new Set(stage.world.changes().map(({ what }) => what));
    expect([...changes].sort()).toEqual(['clear', 'register']);
  });

  test('is returned by the ledger alone when its disk was lost', async () => {
    const stage = setJanitor();
    stage.leave('i-a1', { onDisk: false });
    expect(only(await stage.run())).toMatchObject({ done: 'returned' });
    expect(serving(stage.world)).toContain('i-a1');
  });

  test('is returned by its own record when the ledger knows nothing of it', async () => {
    const stage = setJanitor();
    stage.leave('i-a1', { inLedger: false });
    expect(only(await stage.run())).toMatchObject({ done: 'returned' });
    expect(stage.read()).not.toHaveProperty('out');
  });

  const stays: readonly (readonly [string, (stage: JanitorStage) => void, RegExp])[] = [
    [
      'is silent',
      ({ world }) => Object.assign(world.host('i-a1'), { reachable: false }),
      /cannot be asked: its agent is silent/,
    ],
    [
      'does not run',
      ({ world }) => Object.assign(world.host('i-a1'), { process: undefined }),
      /did not answer/,
    ],
    ['is sick', ({ world }) => Object.assign(world.host('i-a1'), { sick: true }), /answered 503/],
    [
      'runs the process from before the switch',
      ({ world }) => {
        const host = world.host('i-a1');
        host.switchedAt = Math.floor(world.now() / 1_000) + 60;
      },
      /the old one is still running/,
    ],
    [
      'fails the checks',
      ({ world }) => {
        const host = world.host('i-a1');
        const sha256 = 'b'.repeat(64);
        host.installed.set('1.1.1-broken', sha256);
        Object.assign(host, {
          current: '1.1.1-broken',
          process: { version: '1.1.1-broken', sha256, startedAt: world.now() },
        });
      },
      /1\.1\.1-broken, expected 1\.1\.0 or 1\.0\.0/,
    ],
    [
      'has other bytes than the ledger knows',
      ({ world }) => {
        const host = world.host('i-a1');
        const sha256 = 'c'.repeat(64);
        host.installed.set('1.1.0', sha256);
        Object.assign(host, {
          current: '1.1.0',
          process: { version: '1.1.0', sha256, startedAt: world.now() },
        });
      },
      /with sha256 cccc.*the ledger knows/,
    ],
    [
      'cannot tell since when its release is current',
      ({ world }) => Object.assign(world.host('i-a1'), { switchedAt: null }),
      /does not tell since when/,
    ],
  ];
  test.each(stays)('that %s stays out, and the step fails with what was seen', async (_, spoil, seen) => {
    const stage = setJanitor();
    stage.leave('i-a1');
    stage.leave('i-a2');
    spoil(stage);
    const report = await stage.run();
    expect(report.state).toBe('left');
    expect(report.problem?.message).toMatch(/1 host that a dead run left is out of service still/);
    expect(report.problem?.message).toMatch(seen);
    expect(serving(stage.world)).toEqual(['i-a2', 'i-b1', 'i-b2']);
    expect(stage.world.host('i-a1').record).toBeDefined();
    expect(Object.keys(stage.read().out ?? {})).toEqual(['i-a1']);
    expect(stage.read().out?.['i-a1']).not.toHaveProperty('held');
    expect(stateIn(stage)).toBe('stopped');
    // The next run tries again, and fails again until somebody has mended it.
    expect((await stage.run()).problem).toBeDefined();
  });

  test('whose check at itself fails stays out, though it proves its release', async () => {
    const stage = setJanitor();
    stage.ledger.set('us-east-1a', 'deploying', {
      release: { version: '1.1.1-broken', sha256: 'd'.repeat(64), ordinal: 7 },
    });
    stage.leave('i-a1');
    const host = stage.world.host('i-a1');
    host.installed.set('1.1.1-broken', 'd'.repeat(64));
    host.current = '1.1.1-broken';
    host.process = { version: '1.1.1-broken', sha256: 'd'.repeat(64), startedAt: stage.world.now() };
    const report = await stage.run();
    expect(report.problem?.message).toMatch(/the shelves are empty|answered 500|expected/);
    expect(serving(stage.world)).not.toContain('i-a1');
  });

  test('stays out with the release that its run had turned away from', async () => {
    const stage = setJanitor();
    stage.leave('i-a1', { runs: 'new', act: 'return' });
    stage.change(({ journal = [], ...rest }) => ({
      ...rest,
      journal: [...journal, intent('withdraw', ['i-a1'], '1.0.0')],
    }));
    const report = await stage.run();
    expect(report.problem?.message).toMatch(/`current` is 1\.1\.0, expected 1\.0\.0/);
    expect(serving(stage.world)).not.toContain('i-a1');
  });

  test('that does not become healthy is reported, registered, and tried again by the next run', async () => {
    const stage = setJanitor();
    stage.leave('i-a1');
    stage.world.show = (target) =>
      target.id === 'i-a1' && target.state === 'healthy' ? { ...target, state: 'unhealthy' } : target;
    const report = await stage.run();
    expect(report.problem?.message).toMatch(/not healthy in web within 30s/);
    expect(stage.read().out).toHaveProperty('i-a1');
    expect(stage.read().journal?.at(-1)).toMatchObject({ act: 'return', end: { kind: 'failed' } });
    stage.world.show = (target) => target;
    const again = await stage.run();
    expect(only(again)).toMatchObject({ done: 'finished' });
    expect(stage.read()).not.toHaveProperty('out');
  });
});

test('people are told once of a host that cannot be returned, and the step fails every time', async () => {
  const stage = setJanitor();
  stage.leave('i-a1');
  stage.world.host('i-a1').reachable = false;
  const first = await stage.run();
  expect(only(first)).toMatchObject({ done: 'left', failed: true });
  expect(only(first)).not.toHaveProperty('told');
  const { told } = stage.read().out?.['i-a1'] ?? {};
  expect(told).toBeDefined();
  const { writes } = stage.ledger;
  const second = await stage.run();
  expect(only(second)).toMatchObject({ done: 'left', failed: true, told });
  expect(second.problem).toBeDefined();
  expect(stage.ledger.writes).toBe(writes);
});

describe('what is not to be returned', () => {
  test('a held host is reported, and the step succeeds', async () => {
    const stage = setJanitor();
    stage.leave('i-a1', { runs: 'new', held: 'smoke test failed' });
    const report = await stage.run();
    expect(report.state).toBe('left');
    expect(report).not.toHaveProperty('problem');
    expect(only(report)).toMatchObject({ done: 'left', found: 'held out of service: smoke test failed' });
    expect(serving(stage.world)).not.toContain('i-a1');
    expect(stage.read().out?.['i-a1']?.held).toBe('smoke test failed');
    // Nothing is left to do: the lease is not taken for it again.
    const writes = stage.ledger.writes;
    expect((await stage.run()).state).toBe('left');
    expect(stage.ledger.writes).toBe(writes);
  });

  test('a held host that somebody has registered is finished when it is healthy, and only reported before', async () => {
    const stage = setJanitor();
    stage.leave('i-a1', { held: 'smoke test failed', serving: true });
    stage.world.host('i-a1').sick = true;
    const report = await stage.run();
    expect(only(report)).toMatchObject({
      done: 'left',
      failed: false,
      found: expect.stringContaining('unhealthy'),
    });
    expect(stage.world.changes()).toEqual([]);
    stage.world.host('i-a1').sick = false;
    expect(only(await stage.run())).toMatchObject({ done: 'finished' });
    expect(stage.read()).not.toHaveProperty('out');
  });

  test('a host that somebody took out by hand is reported, and the step succeeds', async () => {
    const stage = setJanitor();
    stage.world.leave('web', ['i-b1']);
    stage.world.host('i-b1').record = record('i-b1', { reason: 'a look at its disk' });
    const report = await stage.run();
    expect(report).not.toHaveProperty('problem');
    expect(only(report)).toMatchObject({
      host: 'i-b1',
      done: 'left',
      found: expect.stringContaining('a look at its disk'),
    });
    expect(serving(stage.world)).not.toContain('i-b1');
    expect(stage.world.host('i-b1').record).toBeDefined();
  });

  test('a host in no pool that no record explains is reported', async () => {
    const stage = setJanitor();
    stage.world.leave('web', ['i-b1']);
    const report = await stage.run();
    expect(only(report)).toMatchObject({
      done: 'left',
      failed: false,
      found: expect.stringContaining('no record says why'),
    });
  });

  test('without an identity nothing is proven', async () => {
    const { hosts, ...rest } = makeFleet();
    const { identity: _, ...without } = hosts;
    const stage = setJanitor({ ...rest, hosts: without });
    stage.leave('i-a1');
    expect((await stage.run()).problem?.message).toMatch(/no hosts\.identity/);
    expect(serving(stage.world)).not.toContain('i-a1');
  });
});

describe('a ledger that is out of date', () => {
  test('is told of a host whose return was not finished, and of one whose return was', async () => {
    const stage = setJanitor();
    stage.leave('i-a1', { serving: true });
    stage.leave('i-a2', { serving: true, onDisk: false });
    const report = await stage.run();
    expect(report.state).toBe('returned');
    expect(report.zones.flatMap(({ hosts }) => hosts.map(({ host, done }) => [host, done]))).toEqual([
      ['i-a1', 'finished'],
      ['i-a2', 'forgotten'],
    ]);
    expect(stage.world.host('i-a1').record).toBeUndefined();
    expect(stage.read()).not.toHaveProperty('out');
  });

  test('forgets nothing of a host that is only silent, and all of one that is gone', async () => {
    const stage = setJanitor();
    stage.leave('i-a1');
    const host = stage.world.host('i-a1');
    host.reachable = false;
    expect(only(await stage.run())).toMatchObject({ done: 'left', failed: true });
    // Its deregistration comes to its end.
    await stage.world.context.clock.sleep(600_000, new AbortController().signal);
    const { zones, ...rest } = makeFleet();
    const fleet = {
      ...rest,
      zones: zones.map((zone) => ({ ...zone, hosts: zone.hosts.filter((id) => id !== 'i-a1') })),
    };
    const report = await stage.run({ fleet });
    expect(only(report)).toMatchObject({ done: 'forgotten', failed: false });
    expect(stage.read()).not.toHaveProperty('out');
  });

  test('a host that the fleet file does not name, and that lives, is reported and not touched', async () => {
    const stage = setJanitor();
    stage.leave('i-a1');
    const { zones, ...rest } = makeFleet();
    const fleet = {
      ...rest,
      zones: zones.map((zone) => ({ ...zone, hosts: zone.hosts.filter((id) => id !== 'i-a1') })),
    };
    const report = await stage.run({ fleet });
    expect(report.problem?.message).toMatch(
      /i-a1 of us-east-1a: not in the fleet file\. If it took the place/,
    );
    expect(stage.read().out).toHaveProperty('i-a1');
    expect(stage.world.changes()).toEqual([]);
  });

  test('a zone that is gone from the fleet file is named', async () => {
    const stage = setJanitor();
    stage.leave('i-a1');
    const { zones, ...rest } = makeFleet();
    const report = await stage.run({ fleet: { ...rest, zones: zones.slice(1) } });
    expect(report.problem?.message).toMatch(/neither it nor zone us-east-1a is in the fleet file/);
  });

  test('a zone that was left deploying with every host in service is stopped, and its run stays', async () => {
    const stage = setJanitor();
    const report = await stage.run();
    expect(report).toMatchObject({ state: 'returned', zones: [{ closed: DEAD }, {}] });
    expect(stage.ledger.zone('us-east-1a')).toMatchObject({ state: 'stopped', run: DEAD, runId: 6 });
    expect(stage.world.changes()).toEqual([]);
  });

  test('an act that a killed roll-back left open is closed, and the zone stays what it is', async () => {
    const stage = setJanitor();
    stage.ledger.set('us-east-1a', 'deployed', { run: DEAD, runId: 6 });
    stage.change((ledger) => ({ ...ledger, journal: [intent('return', ['i-a1'], '1.0.0')] }));
    await stage.run();
    expect(stage.read().journal).toEqual([
      expect.objectContaining({ end: expect.objectContaining({ kind: 'abandoned' }) }),
    ]);
    expect(stateIn(stage)).toBe('deployed');
    expect(stage.world.changes()).toEqual([]);
  });

  test('with nothing left, nothing is written and no lease is taken', async () => {
    const stage = setJanitor();
    stage.ledger.set('us-east-1a', 'promoted');
    const before = stage.ledger.text;
    const report = await stage.run();
    expect(report).toMatchObject({ state: 'clean' });
    expect(stage.ledger.text).toBe(before);
    expect(stage.world.changes()).toEqual([]);
  });
});

describe('a dry run', () => {
  test('says what would be done, and changes nothing', async () => {
    const stage = setJanitor();
    stage.leave('i-a1');
    stage.leave('i-a2');
    stage.world.host('i-a2').sick = true;
    const before = stage.ledger.text;
    const report = await stage.run({ dryRun: true });
    expect(report).toMatchObject({ state: 'planned', zones: [{ wouldClose: DEAD }, {}] });
    expect(report).not.toHaveProperty('problem');
    expect(report.zones.flatMap(({ hosts }) => hosts.map(({ host, done }) => [host, done]))).toEqual([
      ['i-a1', 'planned'],
      ['i-a2', 'left'],
    ]);
    expect(stage.ledger.text).toBe(before);
    expect(stage.world.changes()).toEqual([]);
  });
});

describe('what goes wrong on the way', () => {
  test('a zone that cannot be looked at fails the step, and the others are worked on', async () => {
    const stage = setJanitor();
    stage.leave('i-a1');
    const { zones, ...rest } = makeFleet();
    const fleet = {
      ...rest,
      zones: zones.map((zone, index) =>
        index === 0 ? zone : { ...zone, pools: [{ targetGroup: 'other' }] },
      ),
    };
    stage.world.before = ({ what, subject }) =>
      what === 'settings' && subject === 'other' ? 'refused' : undefined;
    const report = await stage.run({ fleet });
    expect(report.problem?.message).toMatch(/us-east-1b: settings other refused/);
    expect(serving(stage.world)).toContain('i-a1');
  });

  test('a ledger that cannot be written in between keeps no host from its return', async () => {
    const stage = setJanitor();
    stage.leave('i-a1');
    let refused = 0;
    stage.ledger.beforeWrite = ({ journal = [] }) => {
      if (!journal.some(({ act }) => act === 'return')) return;
      refused += 1;
      throw new PlatformError('no space left');
    };
    const report = await stage.run();
    expect(refused).toBeGreaterThan(0);
    expect(serving(stage.world)).toContain('i-a1');
    expect(stage.world.log).toContainEqual(
      expect.stringContaining('The ledger was not told of a return: no space left'),
    );
    expect(only(report)).toMatchObject({ done: 'returned' });
    expect(stage.read()).not.toHaveProperty('out');
  });

  test('a person who cancels ends it', async () => {
    const stage = setJanitor();
    stage.leave('i-a1');
    stage.world.before = ({ what }) => {
      if (what === 'register') stage.world.cancel();
      return undefined;
    };
    expect((await stage.run()).problem?.message).toMatch(/^Cancelled/);
    expect(stage.read().out).toHaveProperty('i-a1');
  });
});
