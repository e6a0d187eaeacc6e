import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { pack } from '../../examples/storefront/pack.ts';
import { loadFleet, parseFleet, renderFleet } from '../../src/fleet/load.ts';
import type { Range } from '../../src/range/range.ts';
import { startRange } from '../../src/range/start.ts';
import { killBundles, runBundle } from './run-bundle.ts';
import type { Result } from './upgrade-range.ts';

jest.setTimeout(240_000);

const started: (() => Promise<void>)[] = [];

afterAll(async () => {
  killBundles();
  for (const stop of started) await stop();
});

/** A range with one zone of many hosts, in which nothing is in a hurry. */
async function startMany(count: number): Promise<{ readonly range: Range; readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'many-'));
  started.push(() => rm(folder, { recursive: true, maxRetries: 3 }));
  await pack(join(folder, 'releases'));
  const small = await loadFleet(join(import.meta.dirname, 'fleet.yml'));
  const [zone] = small.zones;
  if (zone === undefined || small.range === undefined) throw new Error('The fleet has no zone or no range.');
  const hosts = Array.from({ length: count }, (_, index) => `i-0${String(index + 1).padStart(16, '0')}`);
  const balancer = { ...small.range.balancer, healthCheckInterval: 5_000 };
  const fleet = { ...small, zones: [{ ...zone, hosts }], range: { ...small.range, balancer } };
  const options = {
    fleet: parseFleet(renderFleet(fleet), 'many.yml'),
    fleetFolder: folder,
    seed: 1,
    faults: [],
  };
  const range = await startRange({ ...options, folder: join(folder, 'range') });
  started.unshift(() => range.stop());
  return { range, folder };
}

const ALL = 120;
let world: Awaited<ReturnType<typeof startMany>>;

beforeAll(async () => {
  world = await startMany(ALL);
});

test.each([
  [50, '1.1.0'],
  [ALL, '1.1.1-broken'],
])('%i hosts are upgraded, each proven, none forgotten', async (count, version) => {
  const { range, folder } = world;
  const before = await range.hosts();
  const hosts = before.slice(0, count);
  const sentBefore = (await range.calls())['SendCommand'] ?? 0;
  const ended = await runBundle('upgrade-host', {
    inputs: {
      hosts: hosts.map(({ host, port }) => `${host}:${port}`).join('\n'),
      artifact: `s3://releases/storefront/${version}.tar.gz`,
      version,
      directory: '/srv/storefront',
      stop: './bin/stop',
      start: './bin/start',
      'start-timeout': '2m',
      'max-parallel': '60',
      'identity-url': 'http://{address}:{port}/version',
      'identity-digest': 'digest',
      'identity-started': 'started_at',
    },
    environment: range.environment,
    folder,
  });
  expect(ended.errors).toEqual([]);
  const results: readonly Result[] = JSON.parse(ended.outputs['results'] ?? '[]');
  expect(results.map(({ host }) => host)).toEqual(hosts.map(({ host }) => host));
  expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['upgraded']));
  expect(ended.outputs['succeeded']?.split('\n')).toHaveLength(count);
  const after = await range.hosts();
  expect(new Set(after.slice(0, count).map(({ release }) => release))).toEqual(new Set([version]));
  // The others kept their very processes.
  expect(after.slice(count)).toEqual(before.slice(count));
  const sent = ((await range.calls())['SendCommand'] ?? 0) - sentBefore;
  // Up to 50 hosts in one call; only the identity is asked for at every host's own address.
  expect(sent).toBeLessThan(count + 12);
});
