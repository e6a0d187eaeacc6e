import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../../src/runner/errors.ts';
import { commandCheck, httpCheck } from '../../checks/sample.ts';
import { digestOf } from '../fake-host.ts';
import type { World } from '../world.ts';
import { ALL, batches, createZones, deploy, makeFleet, record, releases, serving, toZone } from '../zone.ts';

describe('a zone that goes well', () => {
  test('every host is drained, upgraded, proven, returned; the other zone is not touched', async () => {
    const world = createZones();
    const report = await deploy(world.context, toZone());

    expect(report).toMatchObject({ state: 'deployed', version: '1.1.0', sha256: digestOf('1.1.0') });
    expect(report.hosts).toMatchObject([
      { host: 'i-a1', outcome: 'upgraded', from: '1.0.0', to: '1.1.0' },
      { host: 'i-a2', outcome: 'upgraded', from: '1.0.0', to: '1.1.0' },
    ]);
    for (const { proof } of report.hosts) expect(proof).toMatch(/^1\.1\.0, started 2026-11-21T00:/);
    expect(releases(world)).toEqual({ 'i-a1': '1.1.0', 'i-a2': '1.1.0', 'i-b1': '1.0.0', 'i-b2': '1.0.0' });
    expect(serving(world)).toEqual(ALL);
    expect(world.changes().filter(({ subject }) => subject.startsWith('i-b'))).toEqual([]);
    expect([...world.hosts.values()].map((host) => host.record)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('each host goes through the phases in order', async () => {
    const world = createZones();
    await deploy(world.context, toZone());
    expect(world.timeline.filter(({ host }) => host === 'i-a2').map(({ phase }) => phase)).toEqual([
      'draining',
      'quiet',
      'installing',
      'proving',
      'returning',
      'serving',
    ]);
  });

  test('the second run proves, touches nothing and says unchanged', async () => {
    const world = createZones();
    await deploy(world.context, toZone());
    const before = world.changes().length;
    const report = await deploy(world.context, toZone());
    expect(report.state).toBe('unchanged');
    expect(report.hosts.map(({ outcome }) => outcome)).toEqual(['unchanged', 'unchanged']);
    expect(world.changes()).toHaveLength(before);
  });

  test('only hosts that do not prove the release are upgraded', async () => {
    const world = createZones();
    await deploy(world.context, toZone());
    const { process } = world.host('i-b1');
    world.host('i-a2').process = process;
    const report = await deploy(world.context, toZone());
    expect(report.state).toBe('deployed');
    expect(report.hosts.map(({ host, outcome }) => `${host} ${outcome}`)).toEqual([
      'i-a1 unchanged',
      'i-a2 upgraded',
    ]);
    expect(world.log).toContainEqual(
      expect.stringMatching(/^warning: i-a2: current is 1\.1\.0.*version 1\.0\.0/),
    );
    expect(batches(world).at(-1)).toEqual(['i-a2']);
  });

  test('batches follow the list of the policy, the last entry repeats', async () => {
    const world = createZones(6);
    const batch = [
      { kind: 'count', value: 1 },
      { kind: 'percent', value: 50 },
      { kind: 'count', value: 1 },
    ] as const;
    await deploy(world.context, toZone({ fleet: makeFleet({ batch }, 6) }));
    expect(batches(world)).toEqual([['i-a1'], ['i-a2', 'i-a3', 'i-a4'], ['i-a5'], ['i-a6']]);
  });

  test('a batch is made smaller by the floor', async () => {
    const world = createZones();
    const fleet = makeFleet({
      batch: [{ kind: 'percent', value: 100 }],
      minHealthy: { kind: 'count', value: 3 },
    });
    const report = await deploy(world.context, toZone({ fleet }));
    expect(report.state).toBe('deployed');
    expect(batches(world)).toEqual([['i-a1'], ['i-a2']]);
  });

  test('the digest of the input is what hosts are told to install', async () => {
    const world = createZones();
    const sha256 = 'f'.repeat(64);
    const report = await deploy(world.context, toZone({ sha256 }));
    expect(report).toMatchObject({ state: 'deployed', sha256 });
    expect(world.host('i-a1').process?.sha256).toBe(sha256);
  });
});

describe('a zone that cannot start', () => {
  async function refusalOf(world: World, changes: Parameters<typeof toZone>[0] = {}): Promise<string> {
    const error = await deploy(world.context, toZone(changes)).then(
      (report) => report,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(UserError);
    expect(world.changes()).toEqual([]);
    expect(world.timeline).toEqual([]);
    return error instanceof Error ? error.message : '';
  }

  test('a mistyped zone: names the near miss', async () => {
    expect(await refusalOf(createZones(), { zone: 'us-east-1aa' })).toContain('Did you mean us-east-1a?');
  });

  test('a version that is nowhere', async () => {
    expect(await refusalOf(createZones(), { version: '9.9.9' })).toContain('9.9.9.tar.gz does not exist');
  });

  test('a host whose agent is dead', async () => {
    const world = createZones();
    world.host('i-a2').reachable = false;
    expect(await refusalOf(world)).toContain('i-a2: its agent is silent');
  });

  test('the floor, with its numbers', async () => {
    const world = createZones();
    for (const id of ['i-a2', 'i-b1']) world.host(id).sick = true;
    expect(await refusalOf(world)).toContain('2 healthy of 4, 1 would leave, 1 remain, floor is 2');
  });

  test('a host that is out of service and nobody says why', async () => {
    const world = createZones();
    world.leave('web', ['i-a1']);
    expect(await refusalOf(world)).toMatch(/i-a1 is being drained by somebody else, and no record/);
  });

  test('the same version with other bytes', async () => {
    const world = createZones();
    world.host('i-a1').installed.set('1.0.0', '0'.repeat(64));
    expect(await refusalOf(world, { version: '1.0.0' })).toContain(
      'One version must always be the same bytes',
    );
  });

  test('a smoke check that cannot fail', async () => {
    const pattern = { kind: 'matches', text: '.*' } as const;
    const fleet = { ...makeFleet(), smoke: [httpCheck({ text: [pattern] })] };
    expect(await refusalOf(createZones(), { fleet })).toContain(
      'smoke test home cannot fail: matches .* holds',
    );
  });

  test('smoke checks without any way through the balancer', async () => {
    const world = createZones();
    world.settings = { entrances: [] };
    expect(await refusalOf(world)).toContain('Name the public URL as `entrance`');
  });
});

test('a program of the release is run on each host before it returns, and not through the balancer', async () => {
  const world = createZones();
  world.settings = { entrances: [] };
  const fleet = { ...makeFleet(), smoke: [commandCheck()] };
  await deploy(world.context, toZone({ fleet }));
  const order = world.calls.filter(({ what }) => what === 'program' || what === 'register');
  expect(order.map(({ what }) => what)).toEqual(['program', 'register', 'program', 'register']);
});

describe('a dry run', () => {
  test('tells what would leave first and changes nothing', async () => {
    const world = createZones();
    const report = await deploy(world.context, toZone({ dryRun: true }));
    expect(report.state).toBe('planned');
    expect(report.hosts.map(({ outcome }) => outcome)).toEqual(['untouched', 'untouched']);
    expect(world.log).toContain('dry run: i-a1 would leave service first; nothing was touched');
    expect(world.changes()).toEqual([]);
    expect(new Set(world.calls.map(({ what }) => what))).toEqual(
      new Set(['find', 'facts', 'settings', 'targets', 'status']),
    );
  });

  test('says when the floor would refuse', async () => {
    const world = createZones();
    for (const id of ['i-a2', 'i-b1']) world.host(id).sick = true;
    await expect(deploy(world.context, toZone({ dryRun: true }))).rejects.toThrow('floor is 2');
    expect(world.changes()).toEqual([]);
  });

  test('of a zone that is done changes nothing either, whatever records are left', async () => {
    const world = createZones();
    await deploy(world.context, toZone());
    world.host('i-a1').record = record('i-a1');
    const before = world.changes().length;
    await deploy(world.context, toZone({ dryRun: true }));
    expect(world.changes()).toHaveLength(before);
  });
});
