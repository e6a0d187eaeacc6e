import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { until } from '../range/support.ts';
import { type Ended, runBundle } from './run-bundle.ts';
import { A1, POOL, startTestRange, type TestRange } from './test-range.ts';

jest.setTimeout(90_000);

let world: TestRange;

beforeAll(async () => {
  world = await startTestRange([], 'drain-fleet-replacing.yml');
});

afterAll(() => world?.stop());

function run(name: string, inputs: Readonly<Record<string, string>>): Promise<Ended> {
  const { range, folder } = world;
  return runBundle(name, { inputs, environment: range.environment, folder });
}

test('auto-scaling: ignore says what may come, and the group replaces the host', async () => {
  const zone = (await world.range.hosts()).find(({ host }) => host === A1)?.zone;
  const drained = await run('drain-target', {
    'target-groups': POOL,
    hosts: A1,
    propagation: '200ms',
    quiet: '200ms',
    timeout: '20s',
    'auto-scaling': 'ignore',
  });
  expect(drained.errors).toEqual([]);
  expect(drained.log).toMatch(
    new RegExp(`::warning::${A1} is in Auto Scaling group storefront-us-east-1, which may replace it while`),
  );
  await until(
    async () => (await world.range.hosts()).some(({ host, terminated }) => host === A1 && terminated),
    `${A1} is terminated`,
    30_000,
  );
  await until(async () => (await world.range.hosts()).length === 5, 'another host is launched', 20_000);
  await world.untilAllHealthy();
  const launched = (await world.range.hosts()).at(-1);
  expect(launched?.zone).toBe(zone);
  expect(Object.keys(await world.targets())).toContain(launched?.host);
  expect(Object.keys(await world.targets())).not.toContain(A1);

  const restored = await run('restore-target', { undo: drained.outputs['undo'] ?? '', timeout: '3s' });
  expect(restored.exitCode).toBe(1);
  expect(restored.errors).toEqual([
    expect.stringMatching(new RegExp(`${A1}.*is stopped or terminated.*may have replaced it`)),
  ]);
});
