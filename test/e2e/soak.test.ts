import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { SoakFigures } from '../../bench/soak-run.ts';
import { atOnce, type Cases } from '../at-once.ts';

jest.setTimeout(120_000);

const SOAK = resolve(import.meta.dirname, '../../bench/soak.ts');

const RUNS = {
  application: ['--drains', '5'],
  network: ['--drains', '5', '--kind', 'network'],
  dead: ['--drains', '1', '--transport', 'dead'],
  throttled: ['--drains', '3', '--throttling', '--neighbour', '8'],
  control: ['--drains', '3', '--skip-quiet'],
};
// A machine that stands still for a second loses requests by itself; what a drain loses, it loses every time.
jest.retryTimes(2, { logErrorsBeforeRetry: true });

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soak-test-'));
});

afterAll(() => rm(folder, { recursive: true }));

interface Ended {
  readonly exitCode: number | null;
  readonly errors: string;
  readonly figures: SoakFigures;
}

/** Runs the command in a process of its own, since it points that process at its range. */
async function runSoak(name: keyof typeof RUNS): Promise<Ended> {
  const file = join(folder, `${name}.json`);
  const child = spawn(process.execPath, [SOAK, ...RUNS[name], '--json', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [[exitCode], errors] = await Promise.all([once(child, 'exit'), text(child.stderr)]);
  const written = await readFile(file, 'utf8').catch(() => {
    throw new Error(`No figures were written (exit code ${exitCode}): ${errors}`);
  });
  const figures: SoakFigures = JSON.parse(written);
  return { exitCode, errors, figures };
}

async function losesNothing(name: 'application' | 'network' | 'throttled', drains: number): Promise<void> {
  const { exitCode, errors, figures } = await runSoak(name);
  expect(figures.problem).toBeUndefined();
  expect(figures.failures).toEqual([]);
  expect(figures).toMatchObject({ drained: drains, restored: drains, restarted: drains, fallbacks: 0 });
  expect(figures.failed).toBe(0);
  expect(figures.requests).toBeGreaterThan(500);
  expect(errors).toBe('');
  expect(exitCode).toBe(0);
}

/** Each sends 150 requests a second: more of them at a time would be about the machine. */
const AT_A_TIME = 2;

describe('drains and restores in a row, under load', () => {
  const cases: Cases = {
    'behind a network balancer, whose clients keep their connections, no request fails': () =>
      losesNothing('network', 5),
    'behind an application balancer, no request fails': () => losesNothing('application', 5),
    'with an API that throttles, and another client that spends the same budget, no request fails': () =>
      losesNothing('throttled', 3),
    'drains that wait for nothing: requests fail, and it says so': async () => {
      const { exitCode, figures } = await runSoak('control');
      expect(figures).toMatchObject({ drained: 3, restored: 3, restarted: 3 });
      expect(figures.failed).toBeGreaterThan(0);
      expect(figures.failures.map(({ during }) => during)).toContainEqual(expect.stringContaining('restart'));
      expect(exitCode).toBe(1);
    },
    'hosts that nobody can reach: each drain says that it waits for the deregistration delay': async () => {
      const { exitCode, figures } = await runSoak('dead');
      expect(figures.problem).toBeUndefined();
      expect(figures).toMatchObject({ drained: 1, restored: 1, restarted: 0, fallbacks: 1, failed: 0 });
      expect(exitCode).toBe(0);
    },
  };
  atOnce(cases, AT_A_TIME);

  test('a value that is not allowed is refused before anything is started', async () => {
    const child = spawn(process.execPath, [SOAK, '--kind', 'gateway'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [[exitCode], errors] = await Promise.all([once(child, 'exit'), text(child.stderr)]);
    expect(errors).toBe('--kind is "gateway"; expected application or network.\n');
    expect(exitCode).toBe(1);
  });
});
