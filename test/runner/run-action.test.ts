import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const fixture = join(import.meta.dirname, 'fixtures/action.ts');
let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-action-'));
  for (const file of ['output', 'summary']) writeFileSync(join(folder, file), '');
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

describe('an action that is done', () => {
  test('exits 0 at once, with outputs, summary and timeline written, whatever timers are left', async () => {
    const run = await ended('done', { env: { ...files(), INPUT_TIMELINE: join(folder, 'timeline') } });

    expect(run).toMatchObject({ code: 0, annotations: [] });
    expect(read('output')).toMatch(
      /^hosts<<(ghadelimiter_\S+)\ni-1\ni-2\n\1\nresults<<(\S+)\n\[\{"host":"i-1"\}\]\n\2\n$/,
    );
    expect(read('summary')).toBe('| host |\ntoken ***\n');
    expect(
      read('timeline')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { at: '2026-01-01T00:00:00.000Z', host: 'i-1', phase: 'draining' },
      { at: '2026-01-01T00:00:01.000Z', host: 'i-1', phase: 'quiet', note: 'no connection' },
    ]);
  });

  test('knows the workflow run it is part of', async () => {
    const server = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'acme/shop' };
    const env = { ...files(), ...server, GITHUB_RUN_ID: '77', GITHUB_RUN_ATTEMPT: '2' };
    const { stdout } = await ended('done', { env });
    expect(stdout).toContain('run https://github.com/acme/shop/actions/runs/77/attempts/2');
  });

  test('prints outputs and summary when it is run by hand, without secrets', async () => {
    const { code, stdout } = await ended('done');
    expect(code).toBe(0);
    expect(stdout).toContain('run local');
    expect(stdout).toContain('output hosts: i-1\ni-2');
    expect(stdout).toContain('output results: [{"host":"i-1"}]');
    expect(stdout).toContain('| host |');
    expect(stdout).toContain('token ***');
    expect(stdout).not.toContain('very-secret');
  });

  test('a timeline that cannot be written is told once and stops nothing', async () => {
    const run = await ended('done', { env: { INPUT_TIMELINE: join(folder, 'missing/timeline') } });
    expect(run.code).toBe(0);
    expect(run.stdout.match(/::warning::The timeline is not kept/g)).toHaveLength(1);
  });
});

describe('an action that fails', () => {
  test('makes one annotation of the whole message and exits 1', async () => {
    const run = await ended('user');
    expect(run).toMatchObject({ code: 1, annotations: ['::error::100%25 wrong:%0Awrite a, or b'] });
    expect(run.stdout + run.stderr).not.toMatch(/deep inside|run-action|at /);
  });

  test('shows stack and cause under debug logging only', async () => {
    const run = await ended('user', { env: { RUNNER_DEBUG: '1' } });
    expect(run.annotations).toHaveLength(1);
    expect(run.stdout).toMatch(/::debug::UserError: 100%25 wrong.*%0A +at /);
    expect(run.stdout).toMatch(/::debug::caused by Error: deep inside/);
  });

  test('a refusal of the platform is told as it is', async () => {
    expect(await ended('platform')).toMatchObject({ code: 1, annotations: ['::error::no answer'] });
  });

  test.each(['defect', 'thrownElsewhere'])(
    '%s: anything unforeseen is called a defect, without a stack',
    async (way) => {
      const run = await ended(way);
      expect(run.code).toBe(1);
      expect(run.annotations).toEqual([
        expect.stringMatching(/^::error::Unexpected: .+%0AThis is a defect of the action/),
      ]);
      expect(run.stderr).not.toContain('at ');
    },
  );
});

describe('an action that is cancelled', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('%s aborts its signal, and says so once', async (signal) => {
    const run = await ended('cancellable', { signals: [signal] });
    expect(run).toMatchObject({
      code: 1,
      annotations: [expect.stringContaining(`Cancelled by ${signal}.%0ARun the same`)],
    });
  });

  test('says what the action itself knows', async () => {
    const run = await ended('tidy', { signals: ['SIGINT', 'SIGTERM'] });
    expect(run.annotations).toEqual([expect.stringContaining('Stopped before i-2.')]);
  });

  test('exits 0 when all was done all the same', async () => {
    const run = await ended('finished', { signals: ['SIGINT'], env: files() });
    expect(run).toMatchObject({ code: 0, annotations: [] });
    expect(read('output')).toContain('i-1');
  });

  test('is not waited for beyond the grace, and what is known is told', async () => {
    const run = await ended('stubborn', { signals: ['SIGINT'], grace: 50 });
    expect(run.code).toBe(1);
    expect(run.annotations).toEqual([
      '::error::Cancelled by SIGINT, and the work did not end within 50ms.%0ALast known of each host:%0A' +
        '- i-1: installing since 2026-01-01T00:00:00.000Z (to 1.1.0)%0A' +
        'Run the same step again: it continues from what it observes.',
    ]);
  });
});

test('what hosts print cannot command the runner', async () => {
  const { stdout, annotations } = await ended('commands');
  expect(annotations).toEqual([]);
  expect(stdout.split('\n')).toEqual([
    'one',
    ': :error::two',
    '  : :set-output name=x::y',
    'three ## [add-mask]z',
    '::group::: :warning::title',
    '::warning::50%25 of%0Aall',
    '::endgroup::',
    '',
  ]);
});

interface Given {
  readonly env?: Readonly<Record<string, string>>;
  readonly signals?: readonly NodeJS.Signals[];
  readonly grace?: number;
}

/** Runs the fixture to its end; signals are sent as soon as it says that it started. */
async function ended(way: string, { env = {}, signals = [], grace }: Given = {}) {
  const child = spawn(process.execPath, [fixture, way, ...(grace === undefined ? [] : [String(grace)])], {
    env: { PATH: process.env['PATH'], AWS_SECRET_ACCESS_KEY: 'very-secret', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let stdout = '';
  let stderr = '';
  let sent = false;
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    if (sent || !stdout.includes('started')) return;
    sent = true;
    for (const signal of signals) child.kill(signal);
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const annotations = stdout.split('\n').filter((line) => line.startsWith('::error'));
  return { code, stdout, stderr, annotations };
}

function files(): Record<string, string> {
  return { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') };
}

function read(file: string): string {
  return readFileSync(join(folder, file), 'utf8');
}
