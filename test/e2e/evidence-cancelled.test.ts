import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { EvidenceBundle } from '../../src/evidence/document.ts';
import { verifyBundle } from '../../src/evidence/verify.ts';
import { downloaded } from '../evidence/downloaded.ts';
import { until } from '../range/support.ts';
import { type Ended, type Running, startBundle } from './run-bundle.ts';
import { A1, startTestRange, type TestRange } from './test-range.ts';

const RUN = {
  GITHUB_SERVER_URL: 'https://github.test',
  GITHUB_REPOSITORY: 'acme/storefront',
  GITHUB_RUN_ID: '77',
  GITHUB_RUN_ATTEMPT: '1',
};
const FOLDER = 's3://releases/storefront/ledger/evidence/us-east-1a';

let world: TestRange;
beforeAll(async () => {
  world = await startTestRange();
  await world.untilAllHealthy();
}, 60_000);
afterAll(() => world.stop());

/** Begins a step; each is one of the same attempt of the same run. */
function begin(
  name: 'deploy-zone' | 'promote-zone',
  more: Readonly<Record<string, string>> = {},
): Promise<Running> {
  return startBundle(name, {
    inputs: { zone: 'us-east-1a', version: '1.1.0', ...more },
    environment: { ...world.range.environment, ...RUN },
    folder: world.folder,
    fleet: world.fleet.replace('  restore: {', '  bake: { first-zone: 10m, every: 500ms }\n  restore: {'),
  });
}

/** The bundle that a step has left under a name, which has to be accepted with the head of its summary. */
async function bundleOf({ outputs, summary }: Ended, name: string): Promise<EvidenceBundle> {
  expect(outputs['evidence-bundle']).toBe(`${FOLDER}/${name}.json`);
  const [, head] = /head sha256 `([0-9a-f]{64})`/.exec(summary) ?? [];
  const verdict = verifyBundle(JSON.parse(await downloaded(world.range, outputs['evidence-bundle'])), head);
  expect([head?.length, verdict.findings]).toEqual([64, []]);
  if (verdict.kind === 'unreadable') throw new Error('there is no bundle');
  return verdict.bundle;
}

async function cancelled(running: Running): Promise<Ended> {
  running.cancel();
  const ended = await running.ended;
  expect({ exitCode: ended.exitCode, terminated: ended.terminated }).toEqual({
    exitCode: 1,
    terminated: false,
  });
  expect(ended.errors).toEqual([expect.stringMatching(/^Cancelled/)]);
  return ended;
}

test('steps that are cancelled leave their bundles before the runner would end them', async () => {
  const first = await begin('deploy-zone', { 'allow-unprotected': 'true' });
  await until(async () => first.phases().includes(`${A1} quiet`), 'the first host leaves service');
  const stopped = await bundleOf(await cancelled(first), '77-1-deploy');
  expect(stopped).toMatchObject({ outcome: { state: 'cancelled' }, fencingToken: 1 });
  expect(stopped.entries.map(({ call }) => call)).toEqual(expect.arrayContaining(['deregister', 'register']));

  const second = await (await begin('deploy-zone', { 'allow-unprotected': 'true' })).ended;
  expect(second.errors).toEqual([]);
  expect(await bundleOf(second, '77-1-deploy-2')).toMatchObject({
    outcome: { state: 'deployed' },
    fencingToken: 2,
  });

  const bake = await begin('promote-zone');
  await bake.said('baking for');
  expect(await bundleOf(await cancelled(bake), '77-1-promote')).toMatchObject({
    action: 'promote',
    outcome: { state: 'cancelled', problem: expect.stringContaining('nothing was rolled back') },
    fencingToken: 3,
  });
}, 60_000);
