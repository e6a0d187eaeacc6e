import { describe, expect, test } from '@jest/globals';
import { type UpgradeRequest, upgradeHosts } from '../../src/operations/upgrade-hosts.ts';
import { digestOf } from './fake-host.ts';
import type { World } from './world.ts';
import { createZones, makeFleet } from './zone.ts';

function request(world: World, changes: Partial<UpgradeRequest> = {}, version = '1.1.0'): UpgradeRequest {
  const { transport: _, ...hosts } = makeFleet().hosts;
  return {
    settings: { service: 'storefront', zone: 'us-east-1', ...hosts },
    release: {
      version,
      artifact: {
        location: `s3://releases/storefront/${version}.tar.gz`,
        size: 1,
        sha256: digestOf(version),
      },
    },
    hosts: ['i-a1', 'i-a2'].map((host) => {
      return { host, address: world.host(host).address, ports: [8080], health: [] };
    }),
    onFailure: 'roll-back',
    dryRun: false,
    ...changes,
  };
}

async function outcomes(world: World, asked: UpgradeRequest): Promise<readonly string[]> {
  const reports = await upgradeHosts(world.context, asked);
  return reports.map(({ host, outcome, from }) => `${host} ${outcome} from ${from}`);
}

describe('upgradeHosts', () => {
  test('upgrades and proves every host', async () => {
    const world = createZones();
    const reports = await upgradeHosts(world.context, request(world));
    expect(reports).toMatchObject([
      { host: 'i-a1', outcome: 'upgraded', from: '1.0.0', to: '1.1.0' },
      { host: 'i-a2', outcome: 'upgraded', from: '1.0.0', to: '1.1.0' },
    ]);
    for (const { proof } of reports) expect(proof).toMatch(/^1\.1\.0, started /);
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
    world.before = ({ what, subject }) => {
      const second =
        world.calls.filter((call) => call.what === 'switch' && call.subject === 'i-a1').length > 1;
      return what === 'switch' && subject === 'i-a1' && !second ? 'cut' : undefined;
    };
    const reports = await upgradeHosts(world.context, request(world));
    expect(reports).toMatchObject([
      { host: 'i-a1', outcome: 'rolled-back', proof: expect.stringContaining('the answer was lost') },
      { host: 'i-a2', outcome: 'upgraded' },
    ]);
    expect(world.host('i-a1').process?.version).toBe('1.0.0');
  });

  test('a host that cannot even install it keeps running what it ran', async () => {
    const world = createZones();
    world.before = ({ what, subject }) => (what === 'install' && subject === 'i-a2' ? 'refused' : undefined);
    expect(await outcomes(world, request(world))).toEqual([
      'i-a1 upgraded from 1.0.0',
      'i-a2 untouched from 1.0.0',
    ]);
    expect(world.host('i-a2').process?.version).toBe('1.0.0');
    expect(world.timeline.filter(({ host, phase }) => host === 'i-a2' && phase === 'proving')).toEqual([]);
  });

  test.each([
    { onFailure: 'roll-back', outcome: 'rolled-back', version: '1.0.0' },
    { onFailure: 'hold', outcome: 'held', version: undefined },
  ] as const)('a release that does not start: $onFailure', async ({ onFailure, outcome, version }) => {
    const world = createZones();
    const asked = request(world, { onFailure }, '1.1.3-crash');
    expect(await outcomes(world, asked)).toEqual([
      `i-a1 ${outcome} from 1.0.0`,
      `i-a2 ${outcome} from 1.0.0`,
    ]);
    expect(world.host('i-a1').process?.version).toBe(version);
  });

  test('says what it cannot prove after going back', async () => {
    const world = createZones();
    world.host('i-a1').stale = true;
    const [report] = await upgradeHosts(world.context, request(world));
    expect(report?.outcome).toBe('held');
    expect(report?.proof).toMatch(
      /version 1\.0\.0, expected 1\.1\.0\nand going back is not proven: .*before the switch/,
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
