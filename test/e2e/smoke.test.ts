import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { type Ended, killBundles, runBundle } from './run-bundle.ts';
import { A1, B3, startTestRange, type TestRange } from './test-range.ts';

jest.setTimeout(60_000);

const CHECKS = `
- name: home
  path: /
  contains: Welcome
  header: { x-storefront-version: { equals: 1.0.0 } }
- name: release
  path: /version
  json: { $.version: 1.0.0 }
- { name: database, type: command, run: ./bin/check, contains: connected }
`;

let world: TestRange;

beforeAll(async () => {
  world = await startTestRange();
});

afterEach(killBundles);

afterAll(() => world?.stop());

/** Puts a program into the release that a host runs. */
async function program(host: string, text: string): Promise<void> {
  const file = join(world.folder, 'range/hosts', host, 'srv/storefront/current/bin/check');
  await writeFile(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

async function smoke(inputs: Readonly<Record<string, string>>): Promise<Ended> {
  const { range, fleet, folder } = world;
  const known = await range.hosts();
  const named = [A1, B3].map((id) => `${id}:${known.find(({ host }) => host === id)?.port}`);
  const given = { hosts: named.join('\n'), directory: '/srv/storefront', interval: '0s', ...inputs };
  return runBundle('smoke-test', { inputs: given, environment: range.environment, folder, fleet });
}

test('requests and a program of the release on each host, with what each printed', async () => {
  await program(A1, 'echo connected from one');
  await program(B3, 'echo connected from three');
  const ended = await smoke({ checks: CHECKS, consecutive: '2' });
  expect(ended.errors).toEqual([]);
  const results: readonly Record<string, unknown>[] = JSON.parse(ended.outputs['results'] ?? '');
  expect(results.map(({ host, check, passed }) => [host, check, passed])).toEqual([
    [A1, 'home', true],
    [A1, 'release', true],
    [A1, 'database', true],
    [B3, 'home', true],
    [B3, 'release', true],
    [B3, 'database', true],
  ]);
  expect(results.flatMap(({ output }) => output ?? [])).toEqual([
    'connected from one\n',
    'connected from three\n',
  ]);
  expect(results[0]?.['attempts']).toHaveLength(2);
  expect(await readFile(ended.outputs['junit'] ?? '', 'utf8')).toContain('connected from three');
});

test('a host that cannot reach its database is named, with what its program said', async () => {
  await program(A1, 'echo connected from one');
  await program(B3, 'echo no route to the database >&2; exit 7');
  const ended = await smoke({ checks: CHECKS, attempts: '2' });
  expect(ended.exitCode).toBe(1);
  expect(ended.errors).toEqual([
    expect.stringMatching(
      new RegExp(
        `^1 of 6 checks failed\\.\\n- smoke test database at ${B3}:\\d+ saw exit code 7 "no route to the database" after 2 attempts, ` +
          'expected exit 0, contains "connected", within 10s \\(\\./bin/check in /srv/storefront/current\\)$',
      ),
    ),
  ]);
  expect(await readFile(ended.outputs['junit'] ?? '', 'utf8')).toContain('failures="1"');
});

test('a checks file of the workspace is read, and a check that cannot fail stops before any host is asked', async () => {
  const file = join(world.folder, 'checks.yml');
  await writeFile(file, CHECKS.replace('contains: connected', 'matches: .*'));
  const before = await world.everything();
  const ended = await smoke({ checks: file });
  expect(ended.errors).toEqual([
    expect.stringMatching(/^smoke test database cannot fail: matches \.\* holds for any answer/),
  ]);
  expect(ended.outputs['results']).toBeUndefined();
  expect(await world.everything()).toEqual(before);
});
