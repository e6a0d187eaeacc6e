import { access, mkdir, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLocalTransport } from '../../src/hosts/local.ts';
import type { HostCommand, HostResult } from '../../src/hosts/port.ts';
import { CancelledError, UserError } from '../../src/runner/errors.ts';
import { isAlive, until } from '../range/support.ts';
import { failure } from '../range/wire/builder.ts';

let folder: string;
let temporary: string;
let usual: string | undefined;
/** Processes to end after the test. */
let started: number[];

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'zonewise-local-test-')));
  // A quote in the path: the script names its own folder.
  temporary = join(folder, "the runner's tmp");
  await mkdir(temporary);
  usual = process.env['TMPDIR'];
  process.env['TMPDIR'] = temporary;
  started = [];
});

afterEach(async () => {
  if (usual === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = usual;
  for (const id of started.filter(isAlive)) process.kill(id, 'SIGKILL');
  await rm(folder, { recursive: true });
});

function command(script: string, ...values: readonly string[]): HostCommand {
  return { host: 'runner', script, arguments: values, timeout: 60_000 };
}

function run(commands: readonly HostCommand[], signal = new AbortController().signal) {
  return createLocalTransport().run(commands, signal);
}

const done = (stdout: string, stderr = ''): HostResult => ({
  host: 'runner',
  outcome: 'done',
  stdout,
  stderr,
});

/** Process ids that a script writes to a file, one a line. */
async function processes(count: number): Promise<readonly number[]> {
  let lines: readonly string[] = [];
  await until(async () => {
    const text = await readFile(join(folder, 'pids'), 'utf8').catch(() => '');
    lines = text.split('\n').slice(0, -1);
    return lines.length === count;
  }, 'the script runs');
  started = lines.map(Number);
  return started;
}

describe('facts', () => {
  test('say that the host is here', async () => {
    expect(await createLocalTransport().facts(['runner', 'other'])).toEqual([
      { host: 'runner', address: '127.0.0.1', reachable: true },
      { host: 'other', address: '127.0.0.1', reachable: true },
    ]);
  });
});

describe('run', () => {
  test('hands the data over byte for byte', async () => {
    const values = [
      'a "b" \'c\' $(touch run) `id` {{ssm:x}} \\ *',
      '',
      '-n',
      'two\nlines\n\n',
      'ünï¢ode ✓',
      'x'.repeat(10_000),
    ];
    const [result] = await run([command('printf "%s|" "$@"', ...values)]);
    expect(result).toEqual(done(values.map((value) => `${value}|`).join('')));
  });

  test('runs one after the other and tells how each ended', async () => {
    const log = join(folder, 'log');
    const results = await run([
      command('sleep 0.3; echo one >>"$1"', log),
      command('echo two >>"$1"; echo out; echo why >&2; exit 7', log),
      command('cat "$1"; cat', log),
      command('kill -KILL $$'),
    ]);
    expect(results).toEqual([
      done(''),
      { host: 'runner', outcome: 'failed', exitCode: 7, stdout: 'out\n', stderr: 'why\n' },
      done('one\ntwo\n'),
      { host: 'runner', outcome: 'failed', exitCode: 137, stdout: '', stderr: '' },
    ]);
  });

  test('keeps the script from others while it runs, and leaves nothing behind', async () => {
    const [result] = await run([command('umask; pwd; ls -d "$1"/* "$0"', temporary)]);
    expect(result).toMatchObject({ outcome: 'failed', stdout: expect.stringMatching(/^\d+\n\/\n$/) });
    expect(await readdir(temporary)).toEqual([]);
  });

  test('keeps the secrets of the workflow from the host', async () => {
    const environment = { PATH: process.env['PATH'], HOME: '/home/x', ACTIONS_RUNTIME_TOKEN: 's3cret' };
    const transport = createLocalTransport(environment);
    const [result] = await transport.run([command('env')], new AbortController().signal);
    const stdout = result?.outcome === 'done' ? result.stdout : '';
    expect(stdout).toContain('HOME=/home/x\n');
    expect(stdout).not.toContain('s3cret');
  });

  test('keeps the first megabyte of what is printed, in whole characters, and lets the script go on', async () => {
    const script =
      'yes 3456789€ | head -c 3000000; head -c 2000000 /dev/zero | tr "\\0" e >&2; echo end >"$1"';
    const file = join(folder, 'end');
    const [result] = await run([command(script, file)]);
    const { stdout, stderr } = result?.outcome === 'done' ? result : { stdout: '', stderr: '' };
    const whole = '3456789€\n'.repeat(300_000);
    expect(Buffer.byteLength(stdout)).toBeGreaterThan(1024 * 1024 - 4);
    expect(whole.startsWith(stdout)).toBe(true);
    expect(stderr).toBe('e'.repeat(1024 * 1024));
    expect(await readFile(file, 'utf8')).toBe('end\n');
  });

  test('does not wait for what a script leaves in the background, and leaves it running', async () => {
    const [result] = await run([command('sleep 60 & echo $! >>"$1"; echo out', join(folder, 'pids'))]);
    expect(result).toEqual(done('out\n'));
    const [child] = await processes(1);
    expect(isAlive(child ?? 0)).toBe(true);
  });

  test('ends a script that takes too long, with a grandchild that ignores SIGTERM', async () => {
    const script =
      '(trap "" TERM; echo 1; while :; do sleep 0.1; done) & echo $! >>"$1"; echo $$ >>"$1"; wait';
    const [result] = await run([{ ...command(script, join(folder, 'pids')), timeout: 1_000 }]);
    expect(result).toEqual({
      host: 'runner',
      outcome: 'lost',
      reason: expect.stringMatching(
        /^it took longer than 1 s and was ended.*SIGTERM, then SIGKILL after 2 s/,
      ),
    });
    const all = await processes(2);
    await until(() => !all.some(isAlive), 'both are gone');
    expect(await readdir(temporary)).toEqual([]);
  });

  test('lets a script that is asked to end finish its work', async () => {
    const script = 'trap "sleep 0.5; echo over >\\"$1\\"; exit 0" TERM; while :; do sleep 0.1; done';
    const file = join(folder, 'over');
    const [result] = await run([{ ...command(script, file), timeout: 1_000 }]);
    expect(result).toMatchObject({ outcome: 'lost' });
    expect(await readFile(file, 'utf8')).toBe('over\n');
  });

  test('refuses more than one host, and runs nothing', async () => {
    const file = join(folder, 'made');
    const error = await failure(
      run([command('touch "$1"', file), { ...command('touch "$1"', file), host: 'other' }]),
    );
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(/only host, but there are 2: runner, other.*Nothing was run/);
    await expect(access(file)).rejects.toThrow('ENOENT');
  });
});

describe('a cancelled run', () => {
  const reason = new CancelledError('The person asked to stop.');
  const LOOP = 'echo $$ >>"$1"; until [ -e "$2" ]; do sleep 0.1; done; echo x; echo finished >"$2"';

  test('leaves the script running to its end, and runs no other', async () => {
    const controller = new AbortController();
    const go = join(folder, 'go');
    const other = join(folder, 'other');
    const results = run(
      [command(LOOP, join(folder, 'pids'), go), command('touch "$1"', other)],
      controller.signal,
    );
    const [script = 0] = await processes(1);
    controller.abort(reason);
    expect(await failure(results)).toBe(reason);
    expect(isAlive(script)).toBe(true);
    expect(await readdir(temporary)).toEqual([]);
    await run([command('touch "$1"', go)]);
    await until(() => !isAlive(script), 'it has ended');
    expect(await readFile(go, 'utf8')).toBe('finished\n');
    await expect(access(other)).rejects.toThrow('ENOENT');
  });

  test('ends a script that is to be stopped', async () => {
    const controller = new AbortController();
    const script: HostCommand = {
      ...command('sleep 60 & echo $! >>"$1"; echo $$ >>"$1"; wait', join(folder, 'pids')),
      onCancel: 'stop',
    };
    const results = run([script], controller.signal);
    const all = await processes(2);
    controller.abort(reason);
    expect(await failure(results)).toBe(reason);
    await until(() => !all.some(isAlive), 'both are gone');
    expect(await readdir(temporary)).toEqual([]);
  });

  test('starts nothing when it is cancelled already', async () => {
    const file = join(folder, 'made');
    expect(await failure(run([command('touch "$1"', file)], AbortSignal.abort(reason)))).toBe(reason);
    await expect(access(file)).rejects.toThrow('ENOENT');
  });

  test('at any moment: what has begun goes on to its end, and no folder stays', async () => {
    const script = 'echo x >"$1.begun"; sleep 0.2; echo x >"$1.ended"';
    const names = Array.from({ length: 20 }, (_, milliseconds) => join(folder, String(milliseconds)));
    await Promise.all(
      names.map(async (name, milliseconds) => {
        const controller = new AbortController();
        const results = failure(run([command(script, name)], controller.signal));
        await sleep(milliseconds);
        controller.abort(reason);
        expect(await results).toBe(reason);
      }),
    );
    await until(async () => (await readdir(temporary)).length === 0, 'no folder is left');
    const count = async (end: string) => (await readdir(folder)).filter((name) => name.endsWith(end)).length;
    await until(async () => (await count('.begun')) === (await count('.ended')), 'all that began have ended');
  });
});
