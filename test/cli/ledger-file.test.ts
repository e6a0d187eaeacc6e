import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createFileLedger } from '../../src/ledger/file.ts';
import { readLedger } from '../../src/ledger/ledger.ts';
import { renderLedger } from '../../src/ledger/parse.ts';
import { EMPTY, release } from '../ledger/course.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const AT = '2026-11-20T10:00:00.000Z';
const RUN = { run: 'https://github.test/acme/storefront/actions/runs/8', runId: 8 };
const { signal } = new AbortController();

let root: string;
let fleetFile: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ledger-file-'));
  fleetFile = join(root, 'fleet.yml');
  const fleet = await readFile(join(ROOT, 'examples/storefront/fleet.yml'), 'utf8');
  await writeFile(fleetFile, fleet.replace(/^ledger: .*$/m, `ledger: file:${root}/ledger.json`));
});
afterEach(() => rm(root, { recursive: true }));

const store = () => createFileLedger(`file:${root}/ledger.json`);

/** Runs `zonewise ledger` as npx does, without AWS. */
async function zonewise(words: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [join(ROOT, 'bin/zonewise.js'), 'ledger', ...words], {
    env: { PATH: process.env['PATH'], GITHUB_ACTOR: 'carol', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (part: Buffer) => {
      texts[name] += part;
    });
  }
  await once(child, 'close');
  return { status: child.exitCode, ...texts };
}

test('a ledger in a file is shown, explained and released without AWS', async () => {
  const lease = { token: 4, ...RUN, zone: 'us-east-1b', since: AT, expires: '2026-11-20T10:10:00.000Z' };
  const zones = {
    'us-east-1a': { state: 'promoted' as const, release: release(2), ...RUN, began: AT, at: AT },
  };
  await store().write(renderLedger({ ...EMPTY, zones, fence: 4, lease }), undefined, signal);
  const [shown, told, hosted] = await Promise.all([
    zonewise(['show', fleetFile]),
    zonewise(['why', fleetFile, 'us-east-1a']),
    zonewise(['show', fleetFile], { RUNNER_ENVIRONMENT: 'github-hosted' }),
  ]);
  expect(shown).toMatchObject({ status: 0, stderr: '' });
  expect(shown.stdout).toContain(`storefront, file:${root}/ledger.json\n`);
  expect(shown.stdout).toMatch(/us-east-1a {2}promoted {2}.*1\.2\.0/);
  expect(told).toMatchObject({ status: 0, stderr: '' });
  expect(told.stdout).toContain('us-east-1a: 1.2.0');
  expect(hosted).toMatchObject({ status: 1, stderr: expect.stringContaining('a new machine in each job') });
  expect(await zonewise(['release', fleetFile, '--reason', 'it is dead', '--yes'])).toMatchObject({
    status: 0,
    stderr: '',
  });
  const ledger = await readLedger(store(), 'storefront', signal);
  expect(ledger).toMatchObject({ fence: 5, broken: { by: 'carol', reason: 'it is dead' }, zones });
  expect(await readdir(join(root, 'ledger.json.d'))).toHaveLength(2);
});
