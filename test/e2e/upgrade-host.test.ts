import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Ended, killBundles, runBundle } from './run-bundle.ts';
import { A1, A2, B3, B4, POOL } from './test-range.ts';
import { startUpgradeRange, type UpgradeRange } from './upgrade-range.ts';

jest.setTimeout(60_000);

const CURRENT = 'srv/storefront/current';

let world: UpgradeRange;

beforeAll(async () => {
  world = await startUpgradeRange();
});

afterEach(killBundles);

afterAll(() => world?.stop());

/** The version that the process on a host says it is. */
async function running(host: string): Promise<string> {
  const found = (await world.range.hosts()).find((each) => each.host === host);
  const answer = await fetch(`http://${found?.address}:${found?.port}/version`);
  return (JSON.parse(await answer.text()) as { version: string }).version;
}

async function drain(host: string): Promise<Ended> {
  const inputs = { 'target-groups': POOL, propagation: '500ms', quiet: '400ms', timeout: '20s', hosts: host };
  const { folder, range } = world;
  const drained = await runBundle('drain-target', { inputs, environment: range.environment, folder });
  expect(drained.errors).toEqual([]);
  return drained;
}

/** Puts back what the output `undo` of an upgrade names. */
async function restore({ outputs }: Ended): Promise<void> {
  const inputs = { undo: outputs['undo'] ?? '', timeout: '20s' };
  const { folder, range } = world;
  const restored = await runBundle('restore-target', { inputs, environment: range.environment, folder });
  expect(restored.errors).toEqual([]);
}

describe('a release', () => {
  test('is installed with its hooks in their order, told what they need to know, and proven', async () => {
    const ended = await world.upgrade([A1, A2], '1.2.0', { ordinal: '7' });
    expect(ended.errors).toEqual([]);
    expect(ended.exitCode).toBe(0);
    expect(ended.results).toMatchObject([
      { host: A1, outcome: 'upgraded', from: '1.0.0', to: '1.2.0' },
      { host: A2, outcome: 'upgraded', from: '1.0.0', to: '1.2.0' },
    ]);
    expect(ended.outputs['succeeded']?.split('\n')).toEqual([A1, A2]);
    expect(await world.hooks(A1)).toEqual([
      'before-install 1.0.0>1.2.0 storefront us-east-1a',
      'after-install 1.0.0>1.2.0 storefront us-east-1a',
      'verify 1.0.0>1.2.0 storefront us-east-1a',
    ]);
    expect(ended.log).toContain(`::group::${A1} (upgraded): last lines of its hooks`);
    // The runner hides the signed URL from the moment at which it is made.
    const [, signature = ''] = /^::add-mask::.*X-Amz-Signature=([0-9a-f]{64})/m.exec(ended.log) ?? [];
    expect(signature).toHaveLength(64);
    expect(ended.log.split('\n').filter((line) => line.includes(signature))).toEqual(
      ended.log.split('\n').filter((line) => line.startsWith('::add-mask::') && line.includes(signature)),
    );
    expect(ended.results[0]?.output).toContain('verify was here');
    expect(ended.results[0]?.milliseconds?.['total']).toBeGreaterThan(0);
    expect(await running(A1)).toBe('1.2.0');
    const note = JSON.parse(await readFile(world.at(A1, `${CURRENT}/.release.json`), 'utf8'));
    expect(note).toMatchObject({ version: '1.2.0', ordinal: 7, sha256: ended.results[0]?.sha256 });
    expect(ended.summary).toContain('### Upgrade to 1.2.0');
  });

  test('that is there and proves itself is left alone; one that is there and does not run is started', async () => {
    const again = await world.upgrade([A1], '1.2.0');
    expect(again.results).toMatchObject([{ outcome: 'unchanged' }]);
    expect(again.log).toContain(`${A1}: already on 1.2.0, proven`);
    expect(await world.hooks(A1)).toEqual([]);
    const { process: pid } = (await world.range.hosts()).find(({ host }) => host === A1) ?? {};
    expect(pid).toBeDefined();
    const other = await world.upgrade([A1], '1.1.0');
    expect(other.results).toMatchObject([{ outcome: 'upgraded', from: '1.2.0', to: '1.1.0' }]);
    const back = await world.upgrade([A1], '1.2.0');
    expect(back.results).toMatchObject([{ outcome: 'upgraded', from: '1.1.0', to: '1.2.0' }]);
    expect(back.log).toContain(`${A1}: release 1.2.0 was already there`);
  });

  test('before the present one is brought back by hand, without a download', async () => {
    const calls = await world.range.calls();
    const ended = await world.upgrade([A1], 'previous');
    expect(ended.errors).toEqual([]);
    expect(ended.results).toMatchObject([{ outcome: 'upgraded', from: '1.2.0', to: '1.1.0' }]);
    expect(await running(A1)).toBe('1.1.0');
    expect(calls).toBeDefined();
    // And back again, like `cd -`.
    expect((await world.upgrade([A1], 'previous')).results).toMatchObject([{ from: '1.1.0', to: '1.2.0' }]);
    expect((await world.upgrade([B4], 'previous')).errors.join()).toMatch(
      new RegExp(`${B4}: untouched \\(was 1\\.0\\.0\\): release: `),
    );
    expect(await world.release(B4)).toBe('1.0.0');
  });
});

describe('the script that stops the service', () => {
  test.each([
    { what: 'hangs', script: '#!/bin/sh\nsleep 600\n', to: '1.1.0' },
    { what: 'exits with 1', script: '#!/bin/sh\nexit 1\n', to: '1.2.0' },
  ])('of the old release $what: the new one is installed all the same', async ({ script, to }) => {
    await writeFile(world.at(B3, `${CURRENT}/bin/stop`), script);
    const ended = await world.upgrade([B3], to);
    expect(ended.errors).toEqual([]);
    expect(ended.results).toMatchObject([{ outcome: 'upgraded', to }]);
  });
});

describe('a host that fails', () => {
  beforeAll(async () => {
    const ended = await world.upgrade([A1, A2], '1.1.0');
    expect(ended.errors).toEqual([]);
    await world.hooks(A2);
  });

  test('in before-install keeps what it runs: nothing was stopped', async () => {
    const { process: pid } = (await world.range.hosts()).find(({ host }) => host === A2) ?? {};
    const ended = await world.upgrade([A2], '1.2.3-before', { 'on-failure': 'retry 1, roll-back' });
    expect(ended.exitCode).toBe(1);
    expect(ended.errors).toHaveLength(1);
    expect(ended.results).toMatchObject([{ outcome: 'untouched', from: '1.1.0' }]);
    expect(ended.errors[0]).toContain('before-install');
    expect(await world.hooks(A2)).toHaveLength(2);
    expect((await world.range.hosts()).find(({ host }) => host === A2)?.process).toBe(pid);
  });

  test('in verify is rolled back, and the last lines of the hook are there to read', async () => {
    const ended = await world.upgrade([A2, A1], '1.2.2-verify', { 'on-failure': 'roll-back' });
    expect(ended.exitCode).toBe(1);
    expect(ended.results).toMatchObject([
      { host: A2, outcome: 'rolled-back', from: '1.1.0', output: expect.stringContaining('the database is') },
      { host: A1, outcome: 'rolled-back' },
    ]);
    expect(ended.outputs['failed']?.split('\n')).toEqual([A2, A1]);
    expect(ended.summary).toContain(`What the hooks of ${A2} printed`);
    expect(await running(A2)).toBe('1.1.0');
  });

  test('once is tried again', async () => {
    const ended = await world.upgrade([A2], '1.2.4-late');
    expect(ended.errors).toEqual([]);
    expect(ended.results).toMatchObject([{ outcome: 'upgraded', to: '1.2.4-late' }]);
    expect(ended.log).toContain(`${A2}: trying 1.2.4-late again, 1 of 2`);
  });

  test('is held when the ladder says so, and the others are reported', async () => {
    const ended = await world.upgrade([A2, A1], '1.2.5-unstartable', { 'on-failure': 'hold' });
    expect(ended.results).toMatchObject([
      { host: A2, outcome: 'held', from: '1.2.4-late' },
      { host: A1, outcome: 'held' },
    ]);
    expect((await world.range.hosts()).find(({ host }) => host === A2)?.release).toBe('1.2.5-unstartable');
    expect((await world.upgrade([A2, A1], '1.1.0')).errors).toEqual([]);
  });
});

describe('a machine that cannot be mended', () => {
  test('is replaced; a successor that fails too is handed on in standby, mended, and put into service', async () => {
    await world.untilAllHealthy();
    const drained = await drain(A1);
    const ended = await world.upgrade([A1], '1.2.5-unstartable', {
      'on-failure': 'replace',
      undo: drained.outputs['undo'] ?? '',
    });
    // The successor cannot start that release either.
    expect(ended.results).toMatchObject([{ host: A1, outcome: 'held', successor: expect.any(String) }]);
    const [{ successor = '' } = {}] = ended.results;
    expect(JSON.parse(ended.outputs['undo'] ?? '')).toMatchObject([
      { host: successor, targets: [{ pool: POOL, id: successor }], scaling: { mode: 'standby' } },
    ]);
    const hosts = await world.range.hosts();
    const [old, heir] = [A1, successor].map((id) => hosts.find(({ host }) => host === id));
    expect(old).toMatchObject({ terminated: true });
    expect(heir?.zone).toBe(old?.zone);

    const mended = await world.upgrade([successor], '1.2.0', { undo: ended.outputs['undo'] ?? '' });
    expect(mended.errors).toEqual([]);
    expect(mended.outputs['succeeded']).toBe(successor);
    await restore(mended);
    await world.untilAllHealthy();
    expect(await running(successor)).toBe('1.2.0');
  });

  test('is replaced by one in its zone that gets the release and proves it', async () => {
    await world.untilAllHealthy();
    await writeFile(world.at(B4, 'srv/storefront/bad'), '');
    const drained = await drain(B4);
    const undo = drained.outputs['undo'] ?? '';
    const ended = await world.upgrade([B3, B4], '1.2.6-picky', { 'on-failure': 'retry 1, replace', undo });
    expect(ended.errors).toEqual([]);
    const [, { successor = '' } = {}] = ended.results;
    expect(ended.results).toMatchObject([
      { host: B3, outcome: 'upgraded' },
      { host: B4, outcome: 'replaced', from: '1.0.0', to: '1.2.6-picky', successor },
    ]);
    expect(JSON.parse(ended.outputs['replaced'] ?? '')).toEqual({ [B4]: successor });
    expect(ended.outputs['succeeded']?.split('\n')).toEqual([B3, successor]);
    const hosts = await world.range.hosts();
    const [old, heir] = [B4, successor].map((id) => hosts.find(({ host }) => host === id));
    expect(old).toMatchObject({ terminated: true });
    expect(heir).toMatchObject({ zone: old?.zone, release: '1.2.6-picky' });
    await restore(ended);
    await world.untilAllHealthy();
    expect(await running(successor)).toBe('1.2.6-picky');
  });
});
