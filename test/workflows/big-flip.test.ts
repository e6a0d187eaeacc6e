import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { inputsOf } from './act-repository.ts';

/** The scripts of big-flip.yml, run as they are written there; only `gh` and `sleep` are others. */
interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string>>;
}
const WORKFLOW = parse(readFileSync(resolve('.github/workflows/big-flip.yml'), 'utf8'));
const JOBS: Readonly<Record<string, { readonly steps: readonly Step[] }>> = WORKFLOW.jobs;

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'big-flip-'));
  mkdirSync(join(folder, 'bin'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function program(name: string, script: string): void {
  writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** As the runner runs a script without `shell`. */
function run(job: string, id: string, env: Readonly<Record<string, string>>) {
  const script = JOBS[job]?.steps.find((step) => step.id === id)?.run;
  if (script === undefined) throw new Error(`big-flip.yml has no script ${id} in ${job}.`);
  const { status, stdout } = spawnSync('bash', ['-e', '-c', script], {
    env: { PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`, ...env },
    encoding: 'utf8',
  });
  return { status, said: stdout.trim() };
}

describe('before anything is touched', () => {
  const GIVEN = {
    ...{ ALLOW_UNPROTECTED: 'false', FLIP: 'flip', KIND: 'pool', RETIRE: 'retire', RETIRING: 'upgrade' },
    GITHUB_REPOSITORY: 'acme/storefront',
  };
  const gates = (given: Partial<typeof GIVEN> = {}) => run('gates', 'gates', { ...GIVEN, ...given });
  /** What GitHub says of the reviewers, by the environment's name as it is in the URL. */
  const reviewers = (counts: Readonly<Record<string, number>>): void =>
    program(
      'gh',
      `echo "$@" >>${join(folder, 'calls')}\ncase "$2" in\n${Object.entries(counts)
        .map(([name, count]) => `repos/acme/storefront/environments/${hex(name)}) echo ${count} ;;`)
        .join('\n')}\n*) echo 'Not Found (HTTP 404)' >&2; exit 1 ;;\nesac`,
    );
  const hex = (text: string) => Buffer.from(text).toString('hex').replaceAll(/../g, '%$&');

  test('both environments have to ask somebody', () => {
    reviewers({ flip: 2, retire: 1 });
    expect(gates()).toEqual({ status: 0, said: '' });
    reviewers({ flip: 2, retire: 0 });
    expect(gates()).toEqual({ status: 1, said: expect.stringContaining('retire has no required reviewers') });
  });

  test('one that is not there is refused, though it may be unprotected', () => {
    reviewers({ retire: 1 });
    const refused = { status: 1, said: expect.stringContaining('flip could not be read') };
    expect(gates()).toEqual(refused);
    expect(gates({ ALLOW_UNPROTECTED: 'true' })).toEqual(refused);
  });

  test('unprotected ones pass only when that is allowed, with a warning for each', () => {
    reviewers({ flip: 0, retire: 0 });
    const { status, said } = gates({ ALLOW_UNPROTECTED: 'true' });
    expect(status).toBe(0);
    expect(said).toMatch(
      /^::warning::The environment flip asks nobody.*\n::warning::The environment retire .*$/,
    );
  });

  test('what is not retired needs no environment for it; what is, does', () => {
    reviewers({ flip: 1 });
    expect(gates({ RETIRE: '', RETIRING: 'leave' })).toEqual({ status: 0, said: '' });
    expect(gates({ RETIRE: '' })).toEqual({
      status: 1,
      said: expect.stringContaining('An environment is missing'),
    });
  });

  test.each(['a b/c', 'grün', '$(touch x)', "it's"])('%s is asked for by its whole name', (FLIP) => {
    reviewers({ [FLIP]: 1, retire: 1 });
    expect(gates({ FLIP })).toEqual({ status: 0, said: '' });
  });

  test('a word that means nothing is refused', () => {
    reviewers({ flip: 1, retire: 1 });
    expect(gates({ KIND: 'dns' })).toEqual({ status: 1, said: expect.stringContaining('kind is dns') });
    expect(gates({ RETIRING: 'no' })).toEqual({ status: 1, said: expect.stringContaining('retire is no') });
  });
});

describe('before the old side is touched', () => {
  const idle = (at: string) => {
    program('sleep', `echo "slept $1"`);
    return run('retire', 'idle', { OLD_IDLE_AT: at });
  };

  test('its time is waited for', () => {
    const { status, said } = idle(new Date(Date.now() + 3_600_000).toISOString());
    const slept = Number(/^slept (?<seconds>\d+)$/m.exec(said)?.groups?.['seconds']);
    expect(status).toBe(0);
    expect(slept).toBeGreaterThan(3_000);
    expect(slept).toBeLessThanOrEqual(3_601);
  });

  test('nothing is waited for when that is over', () => {
    expect(idle('2026-01-02T03:04:05.678Z')).toEqual({ status: 0, said: '' });
  });

  test.each(['', 'soon'])('a flip that says %j instead leaves it as it is', (at) => {
    expect(idle(at).status).not.toBe(0);
  });
});

test('the steps give no input that their action has not', () => {
  const steps = Object.values(JOBS).flatMap((job) =>
    job.steps.filter(({ uses }) => uses?.startsWith('$/actions/')),
  );
  expect(steps).toHaveLength(7);
  for (const { uses = '', with: given = {} } of steps) {
    expect(inputsOf(uses.replace('$/actions/', ''))).toEqual(expect.arrayContaining(Object.keys(given)));
  }
});
