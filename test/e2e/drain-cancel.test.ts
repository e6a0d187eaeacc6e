import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { isRecord } from '../../src/operations/records.ts';
import { until } from '../range/support.ts';
import { type BundleOptions, type Ended, killBundles, runBundle, startBundle } from './run-bundle.ts';
import { B4, POOL, startTestRange, type TestRange } from './test-range.ts';

jest.setTimeout(60_000);

/** A drain that takes longer than the latest moment at which it is cancelled. */
const DRAIN = { 'target-groups': POOL, hosts: B4, propagation: '1s', quiet: '1s', timeout: '20s' };
const LATEST = 1_800;

let world: TestRange;

beforeAll(async () => {
  world = await startTestRange();
});

afterEach(killBundles);

afterAll(() => world?.stop());

function options(inputs: BundleOptions['inputs']): BundleOptions {
  return { inputs, environment: world.range.environment, folder: world.folder };
}

async function looks(): Promise<number> {
  return (await world.range.calls())['DescribeTargetHealth'] ?? 0;
}

/** Cancels a drain some milliseconds after its first look at the targets. */
async function cancelledAt(moment: number): Promise<Ended> {
  const before = await looks();
  const running = await startBundle('drain-target', options(DRAIN));
  await until(async () => (await looks()) > before, 'the step looks at the targets');
  await sleep(moment);
  running.cancel();
  return running.ended;
}

async function hasRecord(): Promise<boolean> {
  const file = join(world.folder, 'range', 'hosts', B4, 'var/lib/zonewise/out-of-service.json');
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Ten moments, evenly distributed by chance: a linear congruential generator (Numerical Recipes). */
function moments(seed: number): readonly number[] {
  let state = seed;
  return Array.from({ length: 10 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * LATEST);
  });
}

test('a host that is out has its record where this file looks for it', async () => {
  const { outputs, errors } = await runBundle('drain-target', options(DRAIN));
  expect(errors).toEqual([]);
  expect(await hasRecord()).toBe(true);
  await runBundle('restore-target', options({ undo: outputs['undo'] ?? '', timeout: '20s' }));
  expect(await hasRecord()).toBe(false);
});

test.each(moments(20))(
  'SIGINT %i ms into a drain: recorded, and restore-target alone repairs it',
  async (moment) => {
    const processes = await world.range.hosts();
    const ended = await cancelledAt(moment);

    expect(ended.terminated).toBe(false);
    expect(ended.exitCode).toBe(1);
    expect(ended.errors).toEqual([expect.stringMatching(/^Cancelled/)]);
    const { undo } = ended.outputs;
    if (undo === undefined) {
      expect(Object.values(await world.targets())).toEqual(['healthy', 'healthy', 'healthy', 'healthy']);
    } else {
      const records: readonly unknown[] = JSON.parse(undo);
      expect(records.map(isRecord)).toEqual([true]);
      const restored = await runBundle('restore-target', options({ undo, timeout: '20s' }));
      expect(restored.errors).toEqual([]);
      expect(restored.exitCode).toBe(0);
      expect((await world.targets())[B4]).toBe('healthy');
    }
    expect(await hasRecord()).toBe(false);
    expect(await world.range.hosts()).toEqual(processes);
  },
);
