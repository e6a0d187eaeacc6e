import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { verifyBundle } from '../../src/evidence/verify.ts';
import { startTestRange, type TestRange } from '../e2e/test-range.ts';
import { downloaded } from '../evidence/downloaded.ts';
import { type EntryEnd, runEntryAlongside } from './run-entry.ts';

const CLI = resolve(import.meta.dirname, '../../src/cli/zonewise.ts');
const RUN = {
  GITHUB_SERVER_URL: 'https://github.test',
  GITHUB_REPOSITORY: 'acme/storefront',
  GITHUB_RUN_ID: '77',
  GITHUB_RUN_ATTEMPT: '2',
};

let range: TestRange;
beforeAll(async () => {
  range = await startTestRange();
  const text = range.fleet.replace(
    '  restore: {',
    '  bake: { wait: 0s, stable: 1s, first-zone: 1s, every: 500ms }\n  restore: {',
  );
  await writeFile(join(range.folder, 'fleet.yml'), text);
  await range.untilAllHealthy();
}, 60_000);
afterAll(() => range.stop());

function run(entry: string, inputs: Readonly<Record<string, string>>): Promise<EntryEnd> {
  const given = { fleet: join(range.folder, 'fleet.yml'), zone: 'us-east-1a', version: '1.1.0', ...inputs };
  return runEntryAlongside(entry, given, () => undefined, { ...range.range.environment, ...RUN });
}

function verify(...words: readonly string[]) {
  return spawnSync(process.execPath, [CLI, 'verify', ...words], { encoding: 'utf8', timeout: 20_000 });
}

test('a deployment and its promotion leave bundles that are accepted, and no copy with another number is', async () => {
  const deployed = await run('deploy-zone', { 'allow-unprotected': 'true' });
  expect(deployed.errors).toEqual([]);
  const folder = 's3://releases/storefront/ledger/evidence/us-east-1a';
  expect(deployed.outputs['evidence-bundle']).toBe(`${folder}/77-2-deploy.json`);
  const text = await downloaded(range.range, deployed.outputs['evidence-bundle']);
  const [, head = ''] = /head sha256 `([0-9a-f]{64})`/.exec(deployed.summary) ?? [];
  const verdict = verifyBundle(JSON.parse(text), head);
  expect(verdict.findings).toEqual([]);
  expect(text).not.toMatch(/X-Amz-Signature/i);

  const file = join(range.folder, 'bundle.json');
  await writeFile(file, text);
  const accepted = verify(file, '--head', head);
  expect({ status: accepted.status, stderr: accepted.stderr }).toEqual({ status: 0, stderr: '' });
  expect(accepted.stdout).toMatch(/guards +2 +all hold/);
  expect(accepted.stdout).toContain(`Accepted. Head sha256 ${head}`);
  await writeFile(file, text.replace('"slowStart":0', '"slowStart":1'));
  const refused = verify(file);
  expect(refused.status).toBe(1);
  expect(refused.stderr).toMatch(/Refused:\n- entry \d+: its digest is/);

  const promoted = await run('promote-zone', {});
  expect(promoted.errors).toEqual([]);
  expect(promoted.outputs['evidence-bundle']).toBe(`${folder}/77-2-promote.json`);
  const bake = verifyBundle(JSON.parse(await downloaded(range.range, promoted.outputs['evidence-bundle'])));
  expect(bake.findings).toEqual([]);
  expect(bake).toMatchObject({
    bundle: { outcome: { state: 'promoted' } },
    parts: { proofs: { judged: 2 } },
  });
  if (bake.kind === 'unreadable') throw new Error('it was read before');
  expect(bake.parts.gates.judged).toBeGreaterThan(1);
}, 120_000);

test('a dry run leaves none', async () => {
  const { errors, outputs } = await run('deploy-zone', { 'allow-unprotected': 'true', 'dry-run': 'true' });
  expect(errors).toEqual([]);
  expect(outputs).not.toHaveProperty('evidence-bundle');
}, 60_000);
