import { expect, jest } from '@jest/globals';
import { atOnce } from '../at-once.ts';
import { promote } from './promoted.ts';
import { type Ended, runBundle } from './run-bundle.ts';
import { A1, A2, B3, B4, startTestRange, type TestRange } from './test-range.ts';

jest.setTimeout(90_000);

/** What clients of 1.0.0 ask for; 1.1.1-broken answers it with 500. */
const OLD_CALL = "{ name: old client's call, path: /, contains: Welcome, against: [old, new] }";

const FROM = ['host', 'runner'] as const;
/** Where the checks are asked from. */
type From = (typeof FROM)[number];

/** The work with a range of its own. */
function onRange(work: (world: TestRange, from: From) => Promise<void>, from: From): () => Promise<void> {
  return async () => {
    const world = await startTestRange();
    try {
      await work(world, from);
    } finally {
      await world.stop();
    }
  };
}

function run(
  { range, folder, fleet: own }: TestRange,
  name: string,
  inputs: Readonly<Record<string, string>>,
  fleet = own,
): Promise<Ended> {
  return runBundle(name, { inputs, environment: range.environment, folder, fleet });
}

async function portOf({ range }: TestRange, host: string): Promise<number> {
  return (await range.hosts()).find((each) => each.host === host)?.port ?? 0;
}

async function upgrade(world: TestRange, host: string, version: string): Promise<void> {
  const ended = await run(world, 'upgrade-host', {
    hosts: `${host}:${await portOf(world, host)}`,
    version,
    artifact: `s3://releases/storefront/${version}.tar.gz`,
    directory: '/srv/storefront',
    zone: 'us-east-1a',
    stop: './bin/stop',
    start: './bin/start',
    'identity-url': 'http://{address}:{port}/version',
  });
  expect(ended.errors).toEqual([]);
  await world.untilAllHealthy();
}

async function smoke(
  world: TestRange,
  version: string,
  inputs: Readonly<Record<string, string>>,
): Promise<Ended> {
  return run(world, 'smoke-test', {
    hosts: `${A1}:${await portOf(world, A1)}`,
    'old-hosts': `${B3}:${await portOf(world, B3)}`,
    checks: `[${OLD_CALL}]`,
    interval: '0s',
    'expect-version': version,
    'old-version': '1.0.0',
    'identity-url': 'http://{address}:{port}/version',
    ...inputs,
  });
}

async function testsBoth(world: TestRange, from: From): Promise<void> {
  await upgrade(world, A1, '1.1.0');
  const ended = await smoke(world, '1.1.0', { from });
  expect(ended.errors).toEqual([]);
  const results: readonly Record<string, unknown>[] = JSON.parse(ended.outputs['results'] ?? '');
  expect(results.map(({ host, side, check, passed }) => [host, side, check, passed])).toEqual([
    [A1, 'new', "old client's call", true],
    [A1, 'new', 'version', true],
    [B3, 'old', "old client's call", true],
    [B3, 'old', 'version', true],
  ]);
}

async function findsBrokenCall(world: TestRange, from: From): Promise<void> {
  await upgrade(world, A1, '1.1.1-broken');
  const ended = await smoke(world, '1.1.1-broken', { from });
  expect(ended.exitCode).toBe(1);
  expect(ended.errors).toEqual([
    expect.stringMatching(
      new RegExp(
        `^1 of 4 checks failed\\.\\n- smoke test old client's call at ${A1}:\\d+ \\(new\\) saw 500 .*the shelves are empty`,
      ),
    ),
  ]);
}

async function saysThatNothingIsMixed(world: TestRange, from: From): Promise<void> {
  await upgrade(world, A1, '1.1.0');
  await upgrade(world, B3, '1.1.0');
  const ended = await smoke(world, '1.1.0', { from, attempts: '1' });
  expect(ended.errors).toEqual([
    expect.stringMatching(new RegExp(`mixed state was not tested: ${B3}:\\d+ already runs 1\\.1\\.0`)),
  ]);
}

async function deploysBothZones(world: TestRange, from: From): Promise<void> {
  const fleet = world.fleet
    .replace('{ name: home, path: /, status: 200, contains: Welcome, within: 2s }', OLD_CALL)
    .replace('smoke:', `  smoke: { from: ${from}, seen-within: 20s }\nsmoke:`);
  const version = '1.1.0';
  for (const zone of ['us-east-1a', 'us-east-1b']) {
    const ended = await run(world, 'deploy-zone', { zone, version, 'allow-unprotected': 'true' }, fleet);
    expect(ended.errors).toEqual([]);
    for (const host of zone === 'us-east-1a' ? [A1, A2] : [B3, B4]) {
      expect(ended.log).toMatch(new RegExp(`smoke test version at ${host} through http.* passed`));
    }
    expect(ended.log).toMatch(/smoke test old client's call at i-[0-9a-f]+ \(old\) passed/);
    expect(ended.log).toMatch(/smoke test old client's call at i-[0-9a-f]+ \(new\) passed/);
    expect(ended.log.includes('the checks against old were not made')).toBe(zone === 'us-east-1b');
    await promote(world, zone);
  }
}

/** Each has four hosts with their agents: more of them at a time would be about the machine. */
const AT_A_TIME = 4;

const bothOrOne = async (world: TestRange, from: From) => {
  await testsBoth(world, from);
  await saysThatNothingIsMixed(world, from);
};
// Those that take longest come first.
const CASES = [
  ['deploy-zone sees its hosts and tests both releases', deploysBothZones],
  [
    'two releases are both checked, and when they are one it is said that nothing mixed was tested',
    bothOrOne,
  ],
  ['a new release that breaks the call of the old clients: it fails and names the host', findsBrokenCall],
] as const;

atOnce(
  Object.fromEntries(
    CASES.flatMap(([name, work]) =>
      FROM.map((from) => [`asked from the ${from}, ${name}`, onRange(work, from)] as const),
    ),
  ),
  AT_A_TIME,
);
