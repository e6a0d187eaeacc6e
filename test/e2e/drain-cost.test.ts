import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { type Ended, killBundles, runBundle } from './run-bundle.ts';
import { A1, A2, POOL, startTestRange, type TestRange } from './test-range.ts';

jest.setTimeout(60_000);

/** Five minutes of deregistration delay, of which nobody here waits to see the end. */
const IDLE = { 'target-groups': POOL, propagation: '500ms', quiet: '400ms' };

let world: TestRange;

beforeAll(async () => {
  world = await startTestRange([], 'drain-fleet-slow.yml');
});

afterEach(killBundles);

afterAll(() => world?.stop());

function run(name: string, inputs: Readonly<Record<string, string>>): Promise<Ended> {
  const { range, folder } = world;
  return runBundle(name, { inputs, environment: range.environment, folder });
}

test('observed: an idle host is done while the balancer still shows it as draining', async () => {
  const drained = await run('drain-target', { ...IDLE, hosts: A1, timeout: '20s' });
  expect(drained.errors).toEqual([]);
  expect(drained.log).toMatch(new RegExp(`${A1} withdrawn; waiting 500ms`));
  expect(drained.log).toContain(`${A1} quiet: no work seen for 400ms`);
  expect(drained.log).not.toContain('deregistration delay');
  expect((await world.targets())[A1]).toBe('draining');

  const restored = await run('restore-target', { undo: drained.outputs['undo'] ?? '', timeout: '20s' });
  expect(restored.errors).toEqual([]);
  expect((await world.targets())[A1]).toBe('healthy');
});

test('delay: the same host would be waited for to the end of its deregistration delay', async () => {
  const drained = await run('drain-target', { ...IDLE, hosts: A2, policy: 'delay', timeout: '2s' });
  expect(drained.exitCode).toBe(1);
  expect(drained.errors).toEqual([
    expect.stringMatching(new RegExp(`not out of the balancer in time: ${A2}:\\d+ still draining`)),
  ]);
  await world.untilAllHealthy();
});
