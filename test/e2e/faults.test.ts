import { expect, jest } from '@jest/globals';
import type { RangeFault } from '../../src/range/range.ts';
import { atOnce } from '../at-once.ts';
import { until } from '../range/support.ts';
import { type Ended, runBundle } from './run-bundle.ts';
import { A1, A2, B3, POOL, startTestRange, type TestRange } from './test-range.ts';

jest.setTimeout(60_000);

/** Without GitHub nobody can approve. */
const FIRST_ZONE = { zone: 'us-east-1a', version: '1.1.0', 'allow-unprotected': 'true' };

/** The work with a range that has these faults. */
function withFaults(
  faults: readonly RangeFault[],
  work: (running: TestRange) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const running = await startTestRange(faults);
    try {
      await work(running);
    } finally {
      await running.stop();
    }
  };
}

function run(
  { range, fleet, folder }: TestRange,
  name: string,
  inputs: Record<string, string>,
): Promise<Ended> {
  return runBundle(name, { inputs, environment: range.environment, folder, fleet });
}

async function catchesOldProcess(running: TestRange): Promise<void> {
  const ended = await run(running, 'deploy-zone', FIRST_ZONE);

  expect(ended.exitCode).toBe(1);
  expect(ended.errors).toHaveLength(1);
  expect(ended.errors[0]).toMatch(new RegExp(`${A1}: prove: .*is version 1\\.0\\.0, expected 1\\.1\\.0`));
  expect(JSON.parse(ended.outputs['results'] ?? '')).toMatchObject([
    { host: A1, outcome: 'held' },
    { host: A2, outcome: 'untouched' },
  ]);
  const states = await running.targets();
  expect(states[A1] ?? 'draining').toBe('draining');
  expect(states).toMatchObject({ [A2]: 'healthy', [B3]: 'healthy' });
  expect(await running.release(A2)).toBe('1.0.0');
}

async function refusesByTheFloor(running: TestRange): Promise<void> {
  await until(async () => (await running.targets())[A2] === 'unhealthy', `${A2} is unhealthy`);
  await until(async () => (await running.targets())[B3] === 'unhealthy', `${B3} is unhealthy`);
  const before = await running.everything();
  for (const [name, inputs] of [
    ['deploy-zone', FIRST_ZONE],
    ['drain-target', { 'target-groups': POOL, hosts: A1 }],
  ] as const) {
    const ended = await run(running, name, inputs);
    expect(ended.exitCode).toBe(1);
    expect(ended.errors).toEqual([
      expect.stringContaining('2 healthy of 4, 1 would leave, 1 remain, floor is 2'),
    ]);
  }
  expect(await running.everything()).toEqual(before);
}

async function stopsAtDeadAgent(running: TestRange): Promise<void> {
  const before = await running.everything();
  const ended = await run(running, 'deploy-zone', FIRST_ZONE);
  expect(ended.exitCode).toBe(1);
  expect(ended.errors).toEqual([
    expect.stringMatching(new RegExp(`cannot be reached; nothing was touched.*${A2}`, 's')),
  ]);
  expect(await running.everything()).toEqual(before);
}

atOnce({
  'a host that keeps its old process after the restart is caught by its identity and stays out of service':
    withFaults([{ kind: 'stale-process', host: A1 }], catchesOldProcess),
  'one host of the zone is sick already: the floor refuses with the numbers before anything is drained':
    withFaults(
      [
        { kind: 'sick', host: A2 },
        { kind: 'sick', host: B3 },
      ],
      refusesByTheFloor,
    ),
  'a host whose agent is dead stops the zone before anything is touched': withFaults(
    [{ kind: 'dead-agent', host: A2 }],
    stopsAtDeadAgent,
  ),
});
