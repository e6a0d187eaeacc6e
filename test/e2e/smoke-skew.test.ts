import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Ended, killBundles, runBundle } from './run-bundle.ts';
import { A1, A2, B3, B4, startTestRange, type TestRange } from './test-range.ts';

jest.setTimeout(90_000);

/** What clients of 1.0.0 ask for; 1.1.1-broken answers it with 500. */
const OLD_CALL = "{ name: old client's call, path: /, contains: Welcome, against: [old, new] }";

let world: TestRange;

beforeAll(async () => {
  world = await startTestRange();
});

afterEach(killBundles);

afterAll(() => world?.stop());

function run(name: string, inputs: Readonly<Record<string, string>>, fleet = world.fleet): Promise<Ended> {
  const { range, folder } = world;
  return runBundle(name, { inputs, environment: range.environment, folder, fleet });
}

async function portOf(host: string): Promise<number> {
  return (await world.range.hosts()).find((each) => each.host === host)?.port ?? 0;
}

async function upgrade(host: string, version: string): Promise<void> {
  const ended = await run('upgrade-host', {
    hosts: `${host}:${await portOf(host)}`,
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

async function smoke(fresh: string, old: string, version: string, inputs = {}): Promise<Ended> {
  return run('smoke-test', {
    hosts: `${fresh}:${await portOf(fresh)}`,
    'old-hosts': `${old}:${await portOf(old)}`,
    checks: `[${OLD_CALL}]`,
    interval: '0s',
    'expect-version': version,
    'old-version': '1.0.0',
    'identity-url': 'http://{address}:{port}/version',
    ...inputs,
  });
}

describe.each(['host', 'runner'])('two releases, asked from the %s', (from) => {
  test('are both checked', async () => {
    await upgrade(A1, '1.1.0');
    const ended = await smoke(A1, B3, '1.1.0', { from });
    expect(ended.errors).toEqual([]);
    const results: readonly Record<string, unknown>[] = JSON.parse(ended.outputs['results'] ?? '');
    expect(results.map(({ host, side, check, passed }) => [host, side, check, passed])).toEqual([
      [A1, 'new', "old client's call", true],
      [A1, 'new', 'version', true],
      [B3, 'old', "old client's call", true],
      [B3, 'old', 'version', true],
    ]);
  });

  test('of which the new one breaks the call of the old clients: it fails and names the host', async () => {
    await upgrade(A1, '1.1.1-broken');
    const ended = await smoke(A1, B3, '1.1.1-broken', { from });
    expect(ended.exitCode).toBe(1);
    expect(ended.errors).toEqual([
      expect.stringMatching(
        new RegExp(
          `^1 of 4 checks failed\\.\\n- smoke test old client's call at ${A1}:\\d+ \\(new\\) saw 500 .*the shelves are empty`,
        ),
      ),
    ]);
  });

  test('that are one say that nothing mixed was tested', async () => {
    await upgrade(A1, '1.1.0');
    await upgrade(B3, '1.1.0');
    const ended = await smoke(A1, B3, '1.1.0', { from, attempts: '1' });
    expect(ended.errors).toEqual([
      expect.stringMatching(new RegExp(`mixed state was not tested: ${B3}:\\d+ already runs 1\\.1\\.0`)),
    ]);
    await upgrade(B3, '1.0.0');
    await upgrade(A1, '1.0.0');
  });
});

test.each(['host', 'runner'])(
  'deploy-zone asks from the %s, sees its hosts and tests both releases',
  async (from) => {
    const fleet = world.fleet
      .replace('{ name: home, path: /, status: 200, contains: Welcome, within: 2s }', OLD_CALL)
      .replace('smoke:', `  smoke: { from: ${from}, seen-within: 20s }\nsmoke:`);
    const version = from === 'host' ? '1.1.0' : '1.0.0';
    for (const zone of ['us-east-1a', 'us-east-1b']) {
      const ended = await run('deploy-zone', { zone, version }, fleet);
      expect(ended.errors).toEqual([]);
      for (const host of zone === 'us-east-1a' ? [A1, A2] : [B3, B4]) {
        expect(ended.log).toMatch(new RegExp(`smoke test version at ${host} through http.* passed`));
      }
      expect(ended.log).toMatch(/smoke test old client's call at i-[0-9a-f]+ \(old\) passed/);
      expect(ended.log).toMatch(/smoke test old client's call at i-[0-9a-f]+ \(new\) passed/);
      expect(ended.log.includes('the checks against old were not made')).toBe(zone === 'us-east-1b');
    }
  },
);
