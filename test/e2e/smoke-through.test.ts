import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { atOnce } from '../at-once.ts';
import { type Ended, runBundle } from './run-bundle.ts';
import { A1, A2, B3, B4, startTestRange, type TestRange } from './test-range.ts';

jest.setTimeout(90_000);

const SERVICE = {
  directory: '/srv/storefront',
  'identity-url': 'http://{address}:{port}/version',
  'identity-digest': 'digest',
  'identity-started': 'started_at',
};

let world: TestRange;
let entrance: string;

beforeAll(async () => {
  world = await startTestRange();
  entrance = world.range.entrances[0]?.url.replace(/\/$/, '') ?? '';
  const { environment } = world.range;
  const inputs = {
    ...SERVICE,
    hosts: await named(A1, A2, B3),
    version: '1.1.0',
    artifact: 's3://releases/storefront/1.1.0.tar.gz',
    zone: 'us-east-1a',
    stop: './bin/stop',
    start: './bin/start',
    'start-timeout': '15s',
  };
  const ended = await runBundle('upgrade-host', { inputs, environment, folder: world.folder });
  expect(ended.errors).toEqual([]);
  await world.untilAllHealthy();
});

afterAll(() => world?.stop());

async function named(...hosts: readonly string[]): Promise<string> {
  const known = await world.range.hosts();
  return hosts.map((id) => `${id}:${known.find(({ host }) => host === id)?.port}`).join('\n');
}

async function smoke(
  hosts: readonly string[],
  inputs: Readonly<Record<string, string>>,
): Promise<Ended & { readonly through: readonly Record<string, unknown>[] }> {
  const given = {
    ...SERVICE,
    hosts: await named(...hosts),
    through: entrance,
    'seen-within': '4s',
    ...inputs,
  };
  const { environment } = world.range;
  const ended = await runBundle('smoke-test', { inputs: given, environment, folder: world.folder });
  const results: readonly Record<string, unknown>[] = JSON.parse(ended.outputs['results'] ?? '[]');
  return { ...ended, through: results.filter(({ subject }) => String(subject).includes(' through ')) };
}

async function seesEveryHost(from: string): Promise<void> {
  const inputs = { from, 'expect-version': '1.1.0', 'identity-host': 'host' };
  const ended = await smoke([A1, A2, B3], inputs);
  expect(ended.errors).toEqual([]);
  expect(ended.through.map(({ subject, passed }) => [subject, passed])).toEqual(
    [A1, A2, B3].map((host) => [`${host} through ${entrance}`, true]),
  );
}

async function namesTheOldHost(from: string): Promise<void> {
  const inputs = { from, 'expect-version': '1.1.0', 'identity-host': 'host' };
  const ended = await smoke([A1, A2, B3, B4], inputs);
  expect(ended.exitCode).toBe(1);
  expect(ended.through.map(({ host, passed }) => [host, passed])).toEqual([
    [A1, true],
    [A2, true],
    [B3, true],
    [B4, false],
  ]);
  expect(ended.errors.join('\n')).toMatch(
    new RegExp(
      `smoke test version at ${B4} through ${entrance} saw ${B4} as \\d+ × 1\\.0\\.0 in \\d+ answers over \\S+, ` +
        `never as 1\\.1\\.0; answers came from .*${A1} \\(\\d+ × 1\\.1\\.0\\)`,
    ),
  );
}

atOnce(
  Object.fromEntries(
    ['host', 'runner'].flatMap((from) => [
      [
        `hosts on the new release are seen through the balancer, asked from the ${from}`,
        () => seesEveryHost(from),
      ],
      [
        `the one host on the old release fails by its name, asked from the ${from}`,
        () => namesTheOldHost(from),
      ],
    ]),
  ),
);

test('a host that is not behind the balancer is not seen', async () => {
  await world.range.stopHost(B4);
  const ended = await smoke([A1, B4], { from: 'runner', 'expect-version': '1.1.0', 'identity-host': 'host' });
  expect(ended.through.map(({ host, passed }) => [host, passed]).at(-1)).toEqual([B4, false]);
  expect(ended.errors.join('\n')).toMatch(/could not see it|answers were errors/);
});
