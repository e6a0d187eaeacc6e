import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { type RangeGitHub, startGitHub } from '../../src/range/github/github.ts';
import type { RangeGitHubOptions } from '../../src/range/github/options.ts';
import { ledgerOf, promote } from './promoted.ts';
import { type Ended, killBundles, runBundle } from './run-bundle.ts';
import { A1, A2, startTestRange, type TestRange } from './test-range.ts';

jest.setTimeout(90_000);

const [FIRST, SECOND] = ['storefront-us-east-1a', 'storefront-us-east-1b'] as const;
const PROTECTED = [FIRST, SECOND].map((name) => ({ name, reviewers: ['alice'], preventSelfReview: true }));

let world: TestRange;
let github: RangeGitHub;
const started: RangeGitHub[] = [];

beforeAll(async () => {
  world = await startTestRange();
  github = await startOther({});
});

afterEach(killBundles);

afterAll(async () => {
  await Promise.all(started.map((each) => each.stop()));
  await world?.stop();
});

async function startOther(options: RangeGitHubOptions): Promise<RangeGitHub> {
  const other = await startGitHub({ environments: PROTECTED, ...options });
  started.push(other);
  return other;
}

/** A step of a run on GitHub. */
function deploy(
  zone: string,
  { on = github, run = github.environment, fleet = world.fleet, inputs = {} }: Partial<Step> = {},
): Promise<Ended> {
  const { range, folder } = world;
  return runBundle('deploy-zone', {
    inputs: { zone, version: '1.1.0', token: on.token, ...inputs },
    environment: { ...range.environment, ...run },
    folder,
    fleet,
  });
}

interface Step {
  readonly on: RangeGitHub;
  /** Variables of the run. */
  readonly run: Readonly<Record<string, string>>;
  readonly fleet: string;
  readonly inputs: Readonly<Record<string, string>>;
}

async function refusalOf(zone: string, step: Partial<Step> = {}): Promise<string> {
  const before = await world.everything();
  const ended = await deploy(zone, step);
  expect({ exitCode: ended.exitCode, errors: ended.errors.length }).toEqual({ exitCode: 1, errors: 1 });
  expect(await world.everything()).toEqual(before);
  return ended.errors[0] ?? '';
}

test('a job that an administrator let pass by the rules is refused', async () => {
  const run = github.newRun();
  run.arrive(FIRST);
  run.bypass(FIRST);
  expect(await refusalOf('us-east-1a', { run: run.environment })).toMatch(
    /nobody approved environment storefront-us-east-1a/,
  );
});

test('an environment with a typing error, which GitHub made anew and unprotected, is refused', async () => {
  const run = github.newRun();
  run.arrive('storefront-us-east-1aa');
  const fleet = world.fleet.replace(`environment: ${FIRST}`, `environment: ${FIRST}a`);
  const message = await refusalOf('us-east-1a', { run: run.environment, fleet });
  expect(message).toMatch(/storefront-us-east-1aa of us-east-1a has no required reviewers/);
});

test('a token without permission is refused, with the permission to add', async () => {
  const on = await startOther({ permissions: { contents: 'read' } });
  on.arrive(FIRST);
  on.review(FIRST, 'approved');
  expect(await refusalOf('us-east-1a', { on, run: on.environment })).toContain('actions: read');
});

test('a GitHub that answers nothing is refused', async () => {
  const on = await startOther({ faults: [{ kind: 'broken-connection', path: '/environments/*' }] });
  on.arrive(FIRST);
  on.review(FIRST, 'approved');
  expect(await refusalOf('us-east-1a', { on, run: on.environment })).toMatch(
    /environment storefront-us-east-1a .*cannot be read/,
  );
});

test('a release that stops is told in an issue', async () => {
  const run = github.newRun();
  run.arrive(FIRST);
  run.review(FIRST, 'approved');
  const fleet = `${world.fleet}\nnotify: { issue: true }\n`;
  const ended = await deploy('us-east-1a', {
    run: run.environment,
    fleet,
    inputs: { version: '1.1.1-broken' },
  });
  expect(ended.outputs['state']).toBe('stopped');
  expect(github.issues).toMatchObject([
    { title: expect.stringContaining('storefront'), body: expect.stringContaining('the shelves are empty') },
  ]);
  await world.untilAllHealthy();
});

test('an approved zone is deployed: who approved is told, and the number of the run orders the release', async () => {
  const run = github.newRun();
  run.arrive(FIRST);
  run.review(FIRST, 'approved', 'alice', 'looks good');
  const ended = await deploy('us-east-1a', { run: run.environment });
  expect(ended.errors).toEqual([]);
  expect(ended.outputs).toMatchObject({ state: 'deployed', 'approved-by': 'alice' });
  expect(ended.summary).toMatch(/\| alice \| storefront-us-east-1a \| .* \| looks good \|/);
  expect((await ledgerOf(world)).zones['us-east-1a']).toMatchObject({
    state: 'deployed',
    runId: run.id,
    release: { version: '1.1.0', ordinal: run.id },
    approvedBy: ['alice'],
  });
});

test('an older run does not overtake it, however much it is approved', async () => {
  github.arrive(FIRST);
  github.review(FIRST, 'approved');
  expect(await refusalOf('us-east-1a', { inputs: { version: '1.0.0' } })).toMatch(
    /run \d+ is older than run \d+ .*never overtakes/,
  );
});

test('the next zone is refused while a host of this one runs something else, and named', async () => {
  await promote(world, 'us-east-1a');
  const run = github.newRun();
  run.arrive(SECOND);
  run.review(SECOND, 'approved');
  const port = (await world.range.hosts()).find(({ host }) => host === A2)?.port ?? 0;
  const byHand = await runBundle('upgrade-host', {
    inputs: {
      hosts: `${A2}:${port}`,
      version: '1.0.0',
      artifact: 's3://releases/storefront/1.0.0.tar.gz',
      directory: '/srv/storefront',
      stop: './bin/stop',
      start: './bin/start',
    },
    environment: world.range.environment,
    folder: world.folder,
  });
  expect(byHand.errors).toEqual([]);
  await world.untilAllHealthy();
  const message = await refusalOf('us-east-1b', { run: run.environment });
  expect(message).toMatch(new RegExp(`${A2} of us-east-1a runs 1\\.0\\.0`));
  expect(message).not.toContain(A1);
});
