import { describe, expect, test } from '@jest/globals';
import { openIntents } from '../../../src/ledger/journal.ts';
import { CancelledError } from '../../../src/runner/errors.ts';
import { memoryJournal } from '../journal/memory-journal.ts';
import { ALL, createZones, deploy, makeFleet, record, releases, serving, toZone } from '../zone.ts';
import { actsOf, breakHost, failWrite, isOpen, journalOf, outOf } from './journal-stage.ts';

describe('a batch that fails', () => {
  test('after its return: it is withdrawn again, given the old release and returned, each noted before', async () => {
    const world = createZones();
    const journal = journalOf(world);
    await deploy(world.context, toZone({ version: '1.1.2-shy' }), journal);
    expect(actsOf(journal).slice(3)).toEqual([
      'withdraw 1.0.0 i-a1 done',
      'install 1.0.0 i-a1 done',
      'return 1.0.0 i-a1 failed',
    ]);
    expect(outOf(journal)).toEqual([]);
    expect(serving(world)).toEqual(ALL);
  });

  test('before its return: it is not withdrawn again', async () => {
    const world = createZones();
    const journal = journalOf(world);
    await deploy(world.context, toZone({ version: '1.1.3-crash' }), journal);
    expect(actsOf(journal)).toEqual([
      'withdraw 1.1.3-crash i-a1 done',
      'install 1.1.3-crash i-a1 failed',
      'return 1.0.0 i-a1 failed',
    ]);
    expect(outOf(journal)).toEqual([]);
  });

  test('with a ladder that holds: it is out and held, with why', async () => {
    const world = createZones();
    const journal = journalOf(world);
    const fleet = makeFleet({ onFailure: [{ kind: 'hold' }] });
    await deploy(world.context, toZone({ fleet, version: '1.1.1-broken' }), journal);
    expect(outOf(journal)).toEqual(['i-a1 held']);
    expect(journal.ledger.out?.['i-a1']?.held).toMatch(/\S/);
    expect(openIntents(journal.ledger)).toEqual([]);
  });

  test('and cannot be brought back: it is held', async () => {
    const world = createZones();
    const journal = journalOf(world);
    let installs = 0;
    world.before = ({ what }) => {
      if (what !== 'installer') return undefined;
      installs += 1;
      return installs > 1 ? 'refused' : undefined;
    };
    const report = await deploy(world.context, toZone({ version: '1.1.1-broken' }), journal);
    expect(report.hosts[0]?.outcome).toBe('held');
    expect(outOf(journal)).toEqual(['i-a1 held']);
  });

  test('and of which one host cannot be brought back: that one alone is out', async () => {
    const world = createZones();
    const journal = journalOf(world);
    world.host('i-a1').bootless = true;
    const fleet = makeFleet({
      batch: [{ kind: 'count', value: 2 }],
      minHealthy: { kind: 'count', value: 2 },
    });
    const report = await deploy(world.context, toZone({ fleet }), journal);
    expect(report.hosts.map(({ outcome }) => outcome)).toEqual(['held', 'rolled-back']);
    expect(outOf(journal)).toEqual(['i-a1 held']);
    expect(serving(world)).toEqual(['i-a2', 'i-b1', 'i-b2']);
  });

  test('because a host was replaced by one that fails too: that one is out, and held', async () => {
    const world = createZones();
    breakHost(world, 'i-a1');
    const journal = journalOf(world);
    const fleet = makeFleet({ onFailure: [{ kind: 'replace' }] });
    const report = await deploy(world.context, toZone({ fleet, version: '1.1.3-crash' }), journal);
    const successor = report.hosts[0]?.successor ?? 'none';
    expect(outOf(journal)).toEqual([`${successor} held`]);
    expect(journal.ledger.out?.[successor]?.record).toEqual(
      JSON.parse(world.host(successor).record ?? 'null'),
    );
  });

  test('when it cannot be withdrawn: it serves, and is not out', async () => {
    const world = createZones();
    const journal = journalOf(world);
    world.before = ({ what }) => (what === 'deregister' ? 'refused' : undefined);
    const report = await deploy(world.context, toZone(), journal);
    expect(report.state).toBe('stopped');
    expect(outOf(journal)).toEqual([]);
    expect(actsOf(journal)).toEqual(['withdraw 1.1.0 i-a1 failed']);
  });

  test('when it is not quiet and the policy holds it: it is out, and held', async () => {
    const world = createZones();
    const journal = journalOf(world);
    world.host('i-a1').connections = 3;
    const fleet = makeFleet();
    const drain = { ...fleet.policy.drain, onTimeout: 'hold' as const };
    await deploy(world.context, toZone({ fleet: { ...fleet, policy: { ...fleet.policy, drain } } }), journal);
    expect(outOf(journal)).toEqual(['i-a1 held']);
  });
});

describe('a step that is cancelled', () => {
  test.each(['deregister', 'installer', 'register'] as const)(
    'after the first %s: its hosts are out by the ledger, not held, and the next run finishes',
    async (what) => {
      const world = createZones();
      const journal = journalOf(world);
      world.after = (call) => {
        if (call.what === what) world.cancel();
      };
      const report = await deploy(world.context, toZone(), journal);
      expect(report.problem).toBeInstanceOf(CancelledError);
      expect(outOf(journal)).toEqual(['i-a1']);
      expect(openIntents(journal.ledger)).toEqual([]);

      const context = { ...world.context, signal: new AbortController().signal };
      const next = memoryJournal({ found: journal.ledger, run: 'run 8', token: 8 });
      expect(await deploy(context, toZone(), next)).toMatchObject({ state: 'deployed' });
      expect(next.closed(next.ledger, ['i-a1', 'i-a2'])).not.toHaveProperty('out');
      expect(serving(world)).toEqual(ALL);
    },
  );
});

describe('a ledger that cannot be written', () => {
  test('when hosts are to leave: none does', async () => {
    const world = createZones();
    const journal = journalOf(world);
    failWrite(journal, () => true);
    const report = await deploy(world.context, toZone(), journal);
    expect(report.problem?.message).toContain('S3 answered 503');
    expect(world.changes()).toEqual([]);
  });

  test('when a release is to be installed: the hosts return as they are, whatever the ladder says', async () => {
    const world = createZones();
    const journal = journalOf(world);
    failWrite(journal, isOpen('install'));
    const fleet = makeFleet({ onFailure: [{ kind: 'hold' }] });
    const report = await deploy(world.context, toZone({ fleet }), journal);
    expect(report).toMatchObject({ state: 'stopped', hosts: [{ host: 'i-a1', outcome: 'untouched' }, {}] });
    expect(report.problem?.message).toMatch(/S3 answered 503\ni-a1 back in service; nothing was installed/);
    expect(world.calls.map(({ what }) => what)).not.toContain('installer');
    expect(serving(world)).toEqual(ALL);
    expect(outOf(journal)).toEqual([]);
  });

  test('then: a host that an earlier run took out stays out, and is not held', async () => {
    const world = createZones();
    world.leave('web', ['i-a1']);
    world.host('i-a1').record = record('i-a1');
    const journal = journalOf(world);
    failWrite(journal, isOpen('install'));
    const report = await deploy(world.context, toZone(), journal);
    expect(report.hosts[0]).toMatchObject({ host: 'i-a1', outcome: 'held' });
    expect(report.problem?.message).toContain('i-a1 out of service as before');
    expect(outOf(journal)).toEqual(['i-a1']);
    expect(serving(world)).toEqual(['i-a2', 'i-b1', 'i-b2']);
  });

  test('when hosts return, and at the end: they return, and that is said', async () => {
    const world = createZones();
    const journal = journalOf(world);
    failWrite(journal, (next) => isOpen('return')(next) || openIntents(next).length === 0);
    const fleet = makeFleet({
      batch: [{ kind: 'count', value: 2 }],
      minHealthy: { kind: 'count', value: 2 },
    });
    expect(await deploy(world.context, toZone({ fleet }), journal)).toMatchObject({ state: 'deployed' });
    expect(serving(world)).toEqual(ALL);
    expect(world.log.filter((line) => line.includes('The ledger could not be told'))).toHaveLength(2);
    expect(journal.closed(journal.ledger, [])).not.toHaveProperty('out');
  });

  test('on the way back: hosts get the old release all the same', async () => {
    const world = createZones();
    const journal = journalOf(world);
    failWrite(journal, ({ journal: acts = [] }) => acts.some(({ version }) => version === '1.0.0'));
    await deploy(world.context, toZone({ version: '1.1.2-shy' }), journal);
    expect(serving(world)).toEqual(ALL);
    expect(new Set(Object.values(releases(world)))).toEqual(new Set(['1.0.0']));
  });
});
