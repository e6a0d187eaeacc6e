import { describe, expect, test } from '@jest/globals';
import { CancelledError } from '../../../src/runner/errors.ts';
import { digestOf } from '../fake-host.ts';
import { RUN } from '../world.ts';
import { ALL, batches, createZones, deploy, makeFleet, record, releases, serving, toZone } from '../zone.ts';

describe('a batch that fails', () => {
  test('before its return: back on the release before and in service, later hosts untouched', async () => {
    const world = createZones();
    const report = await deploy(world.context, toZone({ version: '1.1.1-broken' }));
    expect(report.state).toBe('stopped');
    expect(report.hosts.map(({ host, outcome, to }) => ({ host, outcome, to }))).toEqual([
      { host: 'i-a1', outcome: 'rolled-back', to: '1.0.0' },
      { host: 'i-a2', outcome: 'untouched', to: '1.1.1-broken' },
    ]);
    expect(report.problem?.message).toMatch(
      /smoke test home at i-a1 saw 500 "the shelves are empty" after 3 attempts/,
    );
    expect(report.problem?.message).toContain('i-a1 back on 1.0.0 and in service');
    expect(releases(world)).toEqual({ 'i-a1': '1.0.0', 'i-a2': '1.0.0', 'i-b1': '1.0.0', 'i-b2': '1.0.0' });
    expect(serving(world)).toEqual(ALL);
    expect(world.host('i-a1').record).toBeUndefined();
    // It never got requests with the broken release: it left once and came back once.
    expect(batches(world)).toEqual([['i-a1']]);
  });

  test('after its return: drained again before it is switched back', async () => {
    const world = createZones();
    const report = await deploy(world.context, toZone({ version: '1.1.2-shy' }));
    expect(report.hosts[0]).toMatchObject({ host: 'i-a1', outcome: 'rolled-back' });
    expect(report.problem?.message).toContain(
      'smoke test home at the balancer at http://web.balancer.test:80 saw 500',
    );
    const done = world
      .changes()
      .filter(({ what }) => ['deregister', 'installer', 'register'].includes(what))
      .map(({ what }) => what);
    expect(done).toEqual(['deregister', 'installer', 'register', 'deregister', 'installer', 'register']);
    expect(world.host('i-a1').process?.version).toBe('1.0.0');
    expect(serving(world)).toEqual(ALL);
  });

  test('held before its return: out of service, recorded, on the new release', async () => {
    const world = createZones();
    const fleet = makeFleet({ onFailure: [{ kind: 'hold' }] });
    const report = await deploy(world.context, toZone({ version: '1.1.1-broken', fleet }));
    expect(report.hosts.map(({ outcome }) => outcome)).toEqual(['held', 'untouched']);
    expect(report.problem?.message).toContain('i-a1 held out of service');
    expect(serving(world)).toEqual(['i-a2', 'i-b1', 'i-b2']);
    expect(JSON.parse(world.host('i-a1').record ?? '')).toMatchObject({
      host: 'i-a1',
      run: RUN,
      from: '1.0.0',
    });
    expect(world.timeline.at(-1)).toMatchObject({ host: 'i-a1', phase: 'held' });
  });

  test('held after its return: taken out of service again, with a record', async () => {
    const world = createZones();
    const fleet = makeFleet({ onFailure: [{ kind: 'hold' }] });
    const report = await deploy(world.context, toZone({ version: '1.1.2-shy', fleet }));
    expect(report.hosts[0]?.outcome).toBe('held');
    expect(report.problem?.message).toContain('i-a1 held out of service');
    expect(serving(world)).toEqual(['i-a2', 'i-b1', 'i-b2']);
    expect(world.host('i-a1').record).toBeDefined();
  });

  test('with no release before it to go back to: held, and says so', async () => {
    const world = createZones();
    world.leave('web', ['i-a1']);
    world.host('i-a1').record = record('i-a1', { service: 'storefront' });
    const report = await deploy(world.context, toZone({ version: '1.1.1-broken' }));
    expect(report.hosts[0]).toMatchObject({ host: 'i-a1', outcome: 'held' });
    expect(report.problem?.message).toContain('i-a1 had no other release before');
    expect(serving(world)).toEqual(['i-a2', 'i-b1', 'i-b2']);
    expect(world.host('i-a1').record).toBeDefined();
  });

  test('because a host kept the old process: identity catches it, and it goes back', async () => {
    const world = createZones();
    world.host('i-a1').stale = true;
    const report = await deploy(world.context, toZone());
    expect(report.problem?.message).toMatch(/i-a1: prove: .*is version 1\.0\.0, expected 1\.1\.0/);
    // Going back cannot be proven either: the process did not start after that switch.
    expect(report.hosts[0]?.outcome).toBe('held');
    expect(world.host('i-a1').record).toBeDefined();
    expect(serving(world)).toEqual(['i-a2', 'i-b1', 'i-b2']);
  });

  test('because the process does not start: rolled back', async () => {
    const world = createZones();
    const report = await deploy(world.context, toZone({ version: '1.1.3-crash' }));
    expect(report.problem?.message).toMatch(/i-a1: prove: .*did not answer: Connection refused/);
    expect(report.hosts[0]?.outcome).toBe('rolled-back');
    expect(serving(world)).toEqual(ALL);
  });

  test('in the second batch: the first stays done and reported', async () => {
    const world = createZones();
    world.host('i-a2').connections = 4;
    const report = await deploy(world.context, toZone());
    expect(report.state).toBe('stopped');
    expect(report.hosts.map(({ host, outcome }) => `${host} ${outcome}`)).toEqual([
      'i-a1 upgraded',
      'i-a2 untouched',
    ]);
    expect(report.problem?.message).toContain('i-a2 still has 4 connections');
    expect(releases(world)).toMatchObject({ 'i-a1': '1.1.0', 'i-a2': '1.0.0' });
    expect(serving(world)).toEqual(ALL);
  });

  test('and cannot be returned to service: reported as held, since it is out', async () => {
    const world = createZones();
    world.host('i-a1').connections = 4;
    world.before = ({ what }) => (what === 'register' ? 'refused' : undefined);
    const report = await deploy(world.context, toZone());
    expect(report.state).toBe('stopped');
    expect(report.hosts.map(({ host, outcome }) => `${host} ${outcome}`)).toEqual([
      'i-a1 held',
      'i-a2 untouched',
    ]);
    expect(world.host('i-a1').record).toBeDefined();
  });
});

describe('a zone that was interrupted', () => {
  test('continues hosts that are out of service first, all together, and then the others', async () => {
    const world = createZones(3);
    world.leave('web', ['i-a2', 'i-a3']);
    for (const id of ['i-a2', 'i-a3']) world.host(id).record = record(id);
    const report = await deploy(world.context, toZone({ fleet: makeFleet({}, 3) }));
    expect(report.state).toBe('deployed');
    expect(batches(world)).toEqual([['i-a2', 'i-a3'], ['i-a1']]);
    expect(world.log).toContainEqual(
      expect.stringMatching(/i-a2: out of service since .*an earlier run.*continuing/),
    );
    expect([...world.hosts.values()].filter((host) => host.record !== undefined)).toEqual([]);
  });

  test('between the return and the test through the balancer: the next run makes that test', async () => {
    const world = createZones();
    for (const id of ['i-a1', 'i-a2']) {
      const host = world.host(id);
      host.installed.set('1.1.2-shy', digestOf('1.1.2-shy'));
      host.current = '1.1.2-shy';
      host.process = { version: '1.1.2-shy', sha256: digestOf('1.1.2-shy'), startedAt: 0 };
    }
    const report = await deploy(world.context, toZone({ version: '1.1.2-shy' }));
    expect(report.state).toBe('stopped');
    expect(report.problem?.message).toContain('at the balancer at');
    expect(world.changes()).toEqual([]);
  });

  test('leaves alone a host that is out for another reason', async () => {
    const world = createZones();
    world.leave('web', ['i-a1']);
    world.host('i-a1').record = record('i-a1', {});
    await expect(deploy(world.context, toZone())).rejects.toThrow(
      /i-a1 is out of service since .* for another reason .*restore-target/,
    );
    expect(batches(world)).toEqual([]);
    expect(serving(world)).toEqual(['i-a2', 'i-b1', 'i-b2']);
  });

  test('goes back to the release of the record when it fails again', async () => {
    const world = createZones();
    world.leave('web', ['i-a1']);
    const host = world.host('i-a1');
    host.record = record('i-a1');
    host.installed.set('1.1.1-broken', digestOf('1.1.1-broken'));
    host.current = '1.1.1-broken';
    host.process = undefined;
    const report = await deploy(world.context, toZone({ version: '1.1.1-broken' }));
    expect(report.hosts[0]).toMatchObject({ host: 'i-a1', outcome: 'rolled-back', to: '1.0.0' });
    expect(host.process).toMatchObject({ version: '1.0.0' });
    expect(serving(world)).toEqual(ALL);
  });

  test('cancelled while hosts are out: they are held with a record, the next run finishes', async () => {
    const world = createZones();
    world.after = ({ what }) => {
      if (what === 'installer') world.cancel();
    };
    const report = await deploy(world.context, toZone());
    expect(report.problem).toBeInstanceOf(CancelledError);
    expect(report.problem?.message).toContain('i-a1: out of service, each with a record');
    expect(report.hosts[0]?.outcome).toBe('held');
    expect(serving(world)).toEqual(['i-a2', 'i-b1', 'i-b2']);
    expect(world.host('i-a1').record).toBeDefined();

    const context = { ...world.context, signal: new AbortController().signal };
    expect(await deploy(context, toZone())).toMatchObject({ state: 'deployed' });
    expect(serving(world)).toEqual(ALL);
  });

  test('cancelled after the return: says that the hosts are in service, and the next run finishes', async () => {
    const world = createZones();
    world.after = ({ what }) => {
      if (what === 'register') world.cancel();
    };
    const report = await deploy(world.context, toZone());
    expect(report.problem).toBeInstanceOf(CancelledError);
    expect(report.problem?.message).toContain('i-a1: registered again');
    expect(report.problem?.message).not.toContain('out of service');
    expect(serving(world)).toEqual(ALL);

    const context = { ...world.context, signal: new AbortController().signal };
    expect(await deploy(context, toZone())).toMatchObject({ state: 'deployed' });
    expect([...world.hosts.values()].filter((host) => host.record !== undefined)).toEqual([]);
  });
});
