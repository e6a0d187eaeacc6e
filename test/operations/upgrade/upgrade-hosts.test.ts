import { describe, expect, test } from '@jest/globals';
import type { FailureLadder } from '../../../src/fleet/ladder.ts';
import { type UpgradeRequest, upgradeHosts } from '../../../src/operations/upgrade/upgrade-hosts.ts';
import { digestOf } from '../fake-host.ts';
import type { World } from '../world.ts';
import { createZones, hostsOf, makeFleet } from '../zone.ts';

const ROLL_BACK: FailureLadder = [{ kind: 'roll-back' }];

function request(world: World, changes: Partial<UpgradeRequest> = {}, version = '1.1.0'): UpgradeRequest {
  const { transport: _, ...hosts } = makeFleet().hosts;
  return {
    settings: { service: 'storefront', zone: 'us-east-1', ...hosts },
    wanted: {
      kind: 'release',
      version,
      artifact: {
        location: `s3://releases/storefront/${version}.tar.gz`,
        format: 'tar.gz',
        size: 1,
        sha256: digestOf(version),
      },
    },
    hosts: targets(world, ['i-a1', 'i-a2']),
    ladder: ROLL_BACK,
    maxParallel: { kind: 'percent', value: 100 },
    maxFailures: 0,
    dryRun: false,
    ...changes,
  };
}

function targets(world: World, ids: readonly string[]): UpgradeRequest['hosts'] {
  return ids.map((host) => ({ host, address: world.host(host).address, ports: [8080], health: [] }));
}

async function outcomes(world: World, asked: UpgradeRequest): Promise<readonly string[]> {
  const { hosts } = await upgradeHosts(world.context, asked);
  return hosts.map(({ host, outcome, from }) => `${host} ${outcome} from ${from}`);
}

/** Makes the installer fail on a host the first `times` times, its answer being lost. */
function loseFirst(world: World, id: string, times: number): void {
  world.before = ({ what, subject }) => {
    const tried = world.calls.filter((call) => call.what === 'installer' && call.subject === id).length;
    return what === 'installer' && subject === id && tried <= times ? 'cut' : undefined;
  };
}

describe('upgradeHosts', () => {
  test('upgrades and proves every host, and says what it rests on', async () => {
    const world = createZones();
    const { hosts, successors } = await upgradeHosts(world.context, request(world));
    expect(hosts).toMatchObject([
      { host: 'i-a1', outcome: 'upgraded', from: '1.0.0', to: '1.1.0', sha256: digestOf('1.1.0') },
      { host: 'i-a2', outcome: 'upgraded', from: '1.0.0', to: '1.1.0', trace: { output: 'started' } },
    ]);
    for (const { proof } of hosts) expect(proof).toMatch(/^1\.1\.0, started /);
    expect(successors).toEqual([]);
  });

  test('leaves a host alone that proves the release already', async () => {
    const world = createZones();
    await upgradeHosts(world.context, request(world));
    const before = world.changes().length;
    expect(await outcomes(world, request(world))).toEqual([
      'i-a1 unchanged from 1.1.0',
      'i-a2 unchanged from 1.1.0',
    ]);
    expect(world.changes()).toHaveLength(before);
  });

  test('returns a host that fails and does not let it hide the others', async () => {
    const world = createZones();
    loseFirst(world, 'i-a1', 1);
    const { hosts } = await upgradeHosts(world.context, request(world));
    expect(hosts).toMatchObject([
      { host: 'i-a1', outcome: 'rolled-back', proof: expect.stringContaining('the answer was lost') },
      { host: 'i-a2', outcome: 'upgraded' },
    ]);
    expect(world.host('i-a1').process?.version).toBe('1.0.0');
  });

  test('a host on which nothing was stopped keeps running what it ran, whatever the ladder says', async () => {
    for (const ladder of [ROLL_BACK, [{ kind: 'replace' }], [{ kind: 'hold' }]] satisfies FailureLadder[]) {
      const world = createZones();
      const { wanted } = request(world);
      // The installer finds no release on the disk and gets no URL.
      const asked = request(world, { ladder, wanted: { kind: 'on-disk', version: '0.0.9' } });
      expect(wanted.kind).toBe('release');
      expect(await outcomes(world, asked)).toEqual([
        'i-a1 untouched from 1.0.0',
        'i-a2 untouched from 1.0.0',
      ]);
      expect(world.host('i-a2').process?.version).toBe('1.0.0');
      expect(world.timeline.filter(({ phase }) => phase === 'proving')).toEqual([]);
    }
  });

  test.each([
    { ladder: ROLL_BACK, outcome: 'rolled-back', version: '1.0.0' },
    { ladder: [{ kind: 'hold' }], outcome: 'held', version: undefined },
  ] as const)('a release that does not start: $outcome', async ({ ladder, outcome, version }) => {
    const world = createZones();
    const asked = request(world, { ladder }, '1.1.3-crash');
    expect(await outcomes(world, asked)).toEqual([
      `i-a1 ${outcome} from 1.0.0`,
      `i-a2 ${outcome} from 1.0.0`,
    ]);
    expect(world.host('i-a1').process?.version).toBe(version);
  });

  test('says what it cannot prove after going back', async () => {
    const world = createZones();
    world.host('i-a1').stale = true;
    const { hosts } = await upgradeHosts(world.context, request(world));
    expect(hosts[0]?.outcome).toBe('held');
    expect(hosts[0]?.proof).toMatch(
      /version 1\.0\.0, expected 1\.1\.0\nand going back failed too: prove: .*before the switch/,
    );
  });

  test('a dry run changes nothing', async () => {
    const world = createZones();
    expect(await outcomes(world, request(world, { dryRun: true }))).toEqual([
      'i-a1 untouched from 1.0.0',
      'i-a2 untouched from 1.0.0',
    ]);
    expect(world.changes()).toEqual([]);
  });
});

describe('the ladder', () => {
  test('retries as often as it says, and no more', async () => {
    for (const times of [1, 2, 3]) {
      const world = createZones();
      loseFirst(world, 'i-a1', 2);
      const asked = request(world, { ladder: [{ kind: 'retry', times }] });
      const { hosts } = await upgradeHosts(world.context, asked);
      expect(hosts[0]?.outcome).toBe(times >= 2 ? 'upgraded' : 'held');
      if (times < 2) expect(hosts[0]?.proof).toContain('(after 2 attempts)');
      expect(hosts[1]?.outcome).toBe('upgraded');
    }
  });

  test('climbs on when a rung did not help: retried, then back', async () => {
    const world = createZones();
    const ladder: FailureLadder = [{ kind: 'retry', times: 2 }, ...ROLL_BACK];
    const { hosts } = await upgradeHosts(world.context, request(world, { ladder }, '1.1.3-crash'));
    expect(hosts).toMatchObject([
      { outcome: 'rolled-back', proof: expect.stringContaining('(after 3 attempts)') },
      { outcome: 'rolled-back' },
    ]);
    const tries = world.calls.filter(({ what, subject }) => what === 'installer' && subject === 'i-a1');
    expect(tries).toHaveLength(4);
    expect(world.host('i-a1').process?.version).toBe('1.0.0');
  });

  test('a host without a release before has nothing to go back to', async () => {
    const world = createZones();
    world.host('i-a1').current = '';
    const { hosts } = await upgradeHosts(world.context, request(world, {}, '1.1.3-crash'));
    expect(hosts).toMatchObject([{ outcome: 'held', from: 'nothing' }, { outcome: 'rolled-back' }]);
  });
});

describe('how many at a time', () => {
  const ids = hostsOf('a', 6);

  function installed(world: World): readonly string[] {
    return world.calls.filter(({ what }) => what === 'installer').map(({ subject }) => subject);
  }

  test('waves are no greater than max-parallel, and every host has its turn', async () => {
    const world = createZones(6);
    const largest: number[] = [];
    world.command = () => void largest.push(0);
    const { run } = world.context.transport;
    const sizes: number[] = [];
    const transport = {
      ...world.context.transport,
      run: (...[commands, signal]: Parameters<typeof run>) => {
        sizes.push(commands.length);
        return run(commands, signal);
      },
    };
    const asked = request(world, { hosts: targets(world, ids), maxParallel: { kind: 'percent', value: 34 } });
    const { hosts } = await upgradeHosts({ ...world.context, transport }, asked);
    expect(hosts.map(({ outcome }) => outcome)).toEqual(ids.map(() => 'upgraded'));
    // The first command asks all hosts what they run.
    expect(Math.max(...sizes.slice(1))).toBe(2);
    expect(installed(world)).toEqual(ids);
  });

  test.each([
    { maxFailures: 0, begun: 2 },
    { maxFailures: 1, begun: 2 },
    { maxFailures: 2, begun: 4 },
    { maxFailures: 6, begun: 6 },
  ])('with $maxFailures failures allowed, $begun hosts are begun', async ({ maxFailures, begun }) => {
    const world = createZones(6);
    const asked = request(
      world,
      { hosts: targets(world, ids), maxParallel: { kind: 'count', value: 2 }, maxFailures },
      '1.1.3-crash',
    );
    const { hosts } = await upgradeHosts(world.context, asked);
    expect(new Set(installed(world)).size).toBe(begun);
    expect(hosts.map(({ outcome }) => outcome)).toEqual(
      ids.map((_, index) => (index < begun ? 'rolled-back' : 'untouched')),
    );
    if (begun < 6) {
      expect(hosts[5]?.proof).toBe(`not begun: ${begun} failed, max-failures is ${maxFailures}`);
    }
  });
});

describe('version previous', () => {
  test('brings back what ran before, from disk', async () => {
    const world = createZones();
    await upgradeHosts(world.context, request(world));
    const { hosts } = await upgradeHosts(world.context, request(world, { wanted: { kind: 'previous' } }));
    expect(hosts).toMatchObject([
      { outcome: 'upgraded', from: '1.1.0', to: '1.0.0', sha256: digestOf('1.0.0') },
      { outcome: 'upgraded', from: '1.1.0', to: '1.0.0' },
    ]);
    expect(world.host('i-a1').process?.version).toBe('1.0.0');
    expect(world.calls.filter(({ what }) => what === 'url')).toHaveLength(1);
  });

  test('a host that has none keeps what it runs', async () => {
    const world = createZones();
    expect(await outcomes(world, request(world, { wanted: { kind: 'previous' } }))).toEqual([
      'i-a1 untouched from 1.0.0',
      'i-a2 untouched from 1.0.0',
    ]);
    expect(world.host('i-a1').process?.version).toBe('1.0.0');
  });
});
