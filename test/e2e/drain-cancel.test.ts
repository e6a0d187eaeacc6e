import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest } from '@jest/globals';
import { isRecord } from '../../src/operations/records.ts';
import { atOnce } from '../at-once.ts';
import { until } from '../range/support.ts';
import { type BundleOptions, type Ended, killBundlesBelow, runBundle, startBundle } from './run-bundle.ts';
import { B4, POOL, startTestRange, type TestRange } from './test-range.ts';

jest.setTimeout(60_000);

/** A drain that takes longer than the latest moment at which it is cancelled. */
const DRAIN = { 'target-groups': POOL, hosts: B4, propagation: '1s', quiet: '1s', timeout: '20s' };
const LATEST = 1_800;

/** As many moments are tried at a time. */
const RANGES = 3;
let worlds: readonly TestRange[] = [];
let free: readonly TestRange[] = [];

beforeAll(async () => {
  worlds = await Promise.all(Array.from({ length: RANGES }, () => startTestRange()));
  free = worlds;
});

afterAll(() => Promise.all(worlds.map((world) => world.stop())));

/** The work with a range that no other test uses at that time. */
async function onRange(work: (world: TestRange) => Promise<void>): Promise<void> {
  const [world, ...others] = free;
  if (world === undefined) throw new Error('more tests run than there are ranges');
  free = others;
  try {
    await work(world);
  } finally {
    killBundlesBelow(world.folder);
    free = [...free, world];
  }
}

function options(world: TestRange, inputs: BundleOptions['inputs']): BundleOptions {
  return { inputs, environment: world.range.environment, folder: world.folder };
}

async function looks(world: TestRange): Promise<number> {
  return (await world.range.calls())['DescribeTargetHealth'] ?? 0;
}

/** Cancels a drain some milliseconds after its first look at the targets. */
async function cancelledAt(world: TestRange, moment: number): Promise<Ended> {
  const before = await looks(world);
  const running = await startBundle('drain-target', options(world, DRAIN));
  await until(async () => (await looks(world)) > before, 'the step looks at the targets');
  await sleep(moment);
  running.cancel();
  return running.ended;
}

async function hasRecord({ folder }: TestRange): Promise<boolean> {
  const file = join(folder, 'range', 'hosts', B4, 'var/lib/zonewise/out-of-service.json');
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

async function drainsAndRestores(world: TestRange): Promise<void> {
  const { outputs, errors } = await runBundle('drain-target', options(world, DRAIN));
  expect(errors).toEqual([]);
  expect(await hasRecord(world)).toBe(true);
  const inputs = { undo: outputs['undo'] ?? '', timeout: '20s' };
  await runBundle('restore-target', options(world, inputs));
  expect(await hasRecord(world)).toBe(false);
}

async function isRepaired(world: TestRange, moment: number): Promise<void> {
  const processes = await world.range.hosts();
  const ended = await cancelledAt(world, moment);

  expect(ended.terminated).toBe(false);
  expect(ended.exitCode).toBe(1);
  expect(ended.errors).toEqual([expect.stringMatching(/^Cancelled/)]);
  const { undo } = ended.outputs;
  if (undo === undefined) {
    expect(Object.values(await world.targets())).toEqual(['healthy', 'healthy', 'healthy', 'healthy']);
  } else {
    const records: readonly unknown[] = JSON.parse(undo);
    expect(records.map(isRecord)).toEqual([true]);
    const restored = await runBundle('restore-target', options(world, { undo, timeout: '20s' }));
    expect(restored.errors).toEqual([]);
    expect(restored.exitCode).toBe(0);
    expect((await world.targets())[B4]).toBe('healthy');
  }
  expect(await hasRecord(world)).toBe(false);
  expect(await world.range.hosts()).toEqual(processes);
}

atOnce(
  {
    'a host that is out has its record where this file looks for it': () => onRange(drainsAndRestores),
    ...Object.fromEntries(
      moments(20).map((moment) => [
        `SIGINT ${moment} ms into a drain: recorded, and restore-target alone repairs it`,
        () => onRange((world) => isRepaired(world, moment)),
      ]),
    ),
  },
  RANGES,
);
