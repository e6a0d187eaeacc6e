import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { until } from '../range/support.ts';
import { ledgerOf } from './promoted.ts';
import {
  type BundleOptions,
  type Ended,
  killBundles,
  type Running,
  runBundle,
  startBundle,
} from './run-bundle.ts';
import { A1, A2, B3, B4, POOL, startTestRange, type TestRange } from './test-range.ts';

jest.setTimeout(60_000);

const SHORT = { propagation: '500ms', quiet: '400ms', timeout: '20s' };
const IDENTITY = {
  'identity-url': 'http://{address}:{port}/version',
  'identity-digest': 'digest',
  'identity-started': 'started_at',
};

/** Without GitHub nobody can approve. */
const OPEN = { 'allow-unprotected': 'true' };

let world: TestRange;

beforeAll(async () => {
  world = await startTestRange();
});

afterEach(killBundles);

afterAll(() => world?.stop());

function options(inputs: BundleOptions['inputs']): BundleOptions {
  const { range, fleet, folder } = world;
  return { inputs, environment: range.environment, folder, fleet };
}

function run(name: string, inputs: BundleOptions['inputs']): Promise<Ended> {
  return runBundle(name, options(inputs));
}

function deploy(zone: string, version: string): Promise<Ended> {
  return run('deploy-zone', { zone, version, ...OPEN });
}

async function untilPhase(running: Running, phase: string): Promise<void> {
  await until(() => running.phases().includes(phase), `the step is at: ${phase}`, 20_000);
}

describe('the pieces, chained by their outputs', () => {
  test('drain-target, upgrade-host, smoke-test, restore-target', async () => {
    const port = String((await world.range.hosts()).find(({ host }) => host === B3)?.port);

    const drained = await run('drain-target', { 'target-groups': POOL, hosts: B3, ...SHORT });
    expect(drained.errors).toEqual([]);
    expect(drained.exitCode).toBe(0);
    expect(drained.outputs['hosts']).toBe(B3);
    expect((await world.targets())[B3] ?? 'draining').toBe('draining');
    expect(drained.summary).toContain('Drained and proven quiet');

    const hosts = drained.outputs['hosts'] ?? '';
    const upgraded = await run('upgrade-host', {
      hosts,
      artifact: 's3://releases/storefront/1.1.0.tar.gz',
      version: '1.1.0',
      directory: '/srv/storefront',
      stop: './bin/stop',
      start: './bin/start',
      port,
      ...IDENTITY,
    });
    expect(upgraded.errors).toEqual([]);
    expect(upgraded.outputs).toMatchObject({ succeeded: B3, failed: '' });
    expect(JSON.parse(upgraded.outputs['results'] ?? '')).toMatchObject([
      { host: B3, outcome: 'upgraded', from: '1.0.0', to: '1.1.0' },
    ]);
    expect(await world.release(B3)).toBe('1.1.0');

    const tested = await run('smoke-test', {
      hosts,
      port,
      checks: '[{ name: home, path: /, contains: Welcome }]',
      'expect-version': '1.1.0',
      'identity-url': IDENTITY['identity-url'],
    });
    expect(tested.errors).toEqual([]);
    expect(JSON.parse(tested.outputs['results'] ?? '')).toMatchObject([
      { host: B3, check: 'home', passed: true },
      { host: B3, check: 'version', passed: true, seen: '1.1.0' },
    ]);
    expect(await readFile(tested.outputs['junit'] ?? '', 'utf8')).toContain('<testcase name="version"');

    const restored = await run('restore-target', { undo: drained.outputs['undo'] ?? '', timeout: '20s' });
    expect(restored.errors).toEqual([]);
    expect(restored.outputs['hosts']).toBe(B3);
    expect((await world.targets())[B3]).toBe('healthy');
  });

  test('smoke-test of a host that runs another version fails and names both', async () => {
    const port = String((await world.range.hosts()).find(({ host }) => host === B4)?.port);
    const tested = await run('smoke-test', {
      hosts: B4,
      port,
      checks: '[{ name: home, path: / }]',
      attempts: '1',
      'expect-version': '1.1.0',
      'identity-url': IDENTITY['identity-url'],
    });
    expect(tested.exitCode).toBe(1);
    expect(tested.errors).toEqual([
      expect.stringMatching(new RegExp(`${B4}.*version 1\\.0\\.0, expected 1\\.1\\.0`, 's')),
    ]);
    expect(tested.summary).toContain('FAILED');
  });
});

describe('deploy-zone', () => {
  test('a release that answers with errors stops with its first batch back on the release before', async () => {
    const before = await world.range.hosts();
    const ended = await deploy('us-east-1a', '1.1.1-broken');

    expect(ended.exitCode).toBe(1);
    expect(ended.errors).toHaveLength(1);
    expect(ended.errors[0]).toMatch(new RegExp(`smoke test home at ${A1} saw 500 .*the shelves are empty`));
    expect(ended.errors[0]).toContain(`${A1} back on 1.0.0 and in service`);
    expect(ended.outputs).toMatchObject({ state: 'stopped', 'approved-by': '' });
    expect((await ledgerOf(world)).zones['us-east-1a']).toMatchObject({ state: 'stopped' });
    expect(JSON.parse(ended.outputs['results'] ?? '')).toMatchObject([
      { host: A1, outcome: 'rolled-back', to: '1.0.0' },
      { host: A2, outcome: 'untouched' },
    ]);
    await world.untilAllHealthy();
    const after = await world.range.hosts();
    expect(after.map(({ release }) => release)).toEqual(before.map(({ release }) => release));
    // The hosts after the first batch kept their very processes.
    expect(after.slice(1)).toEqual(before.slice(1));
  });

  test('SIGINT during a drain: ends before the runner would insist, hosts registered again', async () => {
    const running = await startBundle(
      'drain-target',
      options({ 'target-groups': POOL, hosts: A1, ...SHORT, propagation: '19s' }),
    );
    await until(async () => (await world.targets())[A1] === 'draining', `${A1} is draining`);
    running.cancel();
    const ended = await running.ended;

    expect(ended.terminated).toBe(false);
    expect(ended.exitCode).toBe(1);
    expect(ended.errors).toEqual([expect.stringContaining(`${A1} registered again`)]);
    expect(Object.keys(await world.targets())).toContain(A1);
    await world.untilAllHealthy();
  });

  test('killed in the middle of an upgrade: the same command run again finishes it', async () => {
    const running = await startBundle(
      'deploy-zone',
      options({ zone: 'us-east-1a', version: '1.1.0', ...OPEN }),
    );
    await untilPhase(running, `${A1} installing`);
    await until(async () => (await world.release(A1)) === '1.1.0', `${A1} was switched`, 20_000);
    running.kill();
    expect((await running.ended).exitCode).toBeNull();
    expect((await world.targets())[A1] ?? 'draining').toBe('draining');

    const ended = await deploy('us-east-1a', '1.1.0');
    expect(ended.errors).toEqual([]);
    expect(ended.exitCode).toBe(0);
    expect(ended.log).toMatch(new RegExp(`${A1}: out of service since .*continuing`));
    expect(ended.outputs['state']).toBe('deployed');
    expect(ended.summary).toContain('every host proven and in service');
    await world.untilAllHealthy();
    expect([await world.release(A1), await world.release(A2)]).toEqual(['1.1.0', '1.1.0']);
    expect((await ledgerOf(world)).zones['us-east-1a']).toMatchObject({
      state: 'deployed',
      release: { version: '1.1.0' },
    });
  });

  test('the next zone is refused until this one is promoted, and nothing is touched', async () => {
    const before = await world.everything();
    const ended = await deploy('us-east-1b', '1.1.0');
    expect(ended.exitCode).toBe(1);
    expect(ended.errors).toEqual([
      expect.stringMatching(/us-east-1b is not admitted; nothing was touched\..*us-east-1a.* is deployed/s),
    ]);
    expect(await world.everything()).toEqual(before);
  });

  test('run once more: unchanged, and nothing is touched', async () => {
    const before = await world.everything();
    const ended = await deploy('us-east-1a', '1.1.0');
    expect(ended.errors).toEqual([]);
    expect(ended.outputs['state']).toBe('unchanged');
    expect(await world.everything()).toEqual(before);
  });

  test('a dry run tells the first batch and touches nothing', async () => {
    const before = await world.everything();
    const ended = await run('deploy-zone', {
      zone: 'us-east-1b',
      version: '1.1.0',
      'dry-run': 'true',
      ...OPEN,
    });
    expect(ended.errors).toEqual([]);
    expect(ended.outputs['state']).toBe('planned');
    expect(ended.log).toContain(`${B4} would leave service first`);
    expect(ended.log).toContain('us-east-1b is not admitted');
    expect(await world.everything()).toEqual(before);
  });
});
