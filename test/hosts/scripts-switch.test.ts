import { readlink } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { type Answer, encodedField } from '../../src/hosts/answer.ts';
import { SWITCH_SCRIPT } from '../../src/hosts/scripts.ts';
import { isAlive, until } from '../range/support.ts';
import { type Machine, startMachine } from './machine.ts';
import { findShells, type Shell } from './shells.ts';

const DIRECTORY = '/srv/the web';
const STOP = './bin/stop';
const START = './bin/start';

interface Hooks {
  readonly stop?: string;
  readonly start?: string;
}

/** A machine on release 1.0 with 1.1 installed beside it; the hooks are those of 1.1. */
async function startPair(shell: Shell, { stop = 'exit 0', start = 'exit 0' }: Hooks): Promise<Machine> {
  const machine = await startMachine(shell);
  await haveRelease(machine, '1.0', { stop: 'echo old stop; exit 1', start: 'echo old start; exit 1' });
  await haveRelease(machine, '1.1', { stop, start });
  await machine.link(`${DIRECTORY}/current`, 'releases/1.0');
  return machine;
}

async function haveRelease(machine: Machine, version: string, hooks: Required<Hooks>): Promise<void> {
  const folder = `${DIRECTORY}/releases/${version}`;
  await machine.write(
    `${folder}/.release.json`,
    `{"version":"${version}","sha256":"digest of ${version}"}\n`,
  );
  await machine.write(`${folder}/bin/stop`, `#!/bin/sh\n${hooks.stop}\n`, 0o755);
  await machine.write(`${folder}/bin/start`, `#!/bin/sh\n${hooks.start}\n`, 0o755);
}

function switchTo(machine: Machine, version: string, { stop = STOP, start = START, limit = 20 } = {}) {
  return machine.ask(SWITCH_SCRIPT, DIRECTORY, version, stop, start, String(limit), 'the web', 'us-east-1b');
}

function current(machine: Machine): Promise<string> {
  return readlink(machine.at(`${DIRECTORY}/current`));
}

function outputOf(answer: Answer): string {
  return encodedField(answer, 'output');
}

describe.each(findShells())('SWITCH in $name', (shell) => {
  test("stops, switches, starts, with the new release's hooks and what they need to know", async () => {
    const note =
      'echo "$0 $(basename "$(readlink ../../current)") $(env | grep ^ZONEWISE_ | grep -v HOST_ROOT | sort)"';
    await using machine = await startPair(shell, { stop: `echo; ${note}`, start: `${note}; pwd` });
    const before = Math.floor(Date.now() / 1_000);
    const answer = await switchTo(machine, '1.1');
    expect(answer).toMatchObject({
      switched: true,
      previous: '1.0',
      sha256: 'digest of 1.1',
      failed: '',
      switchedAt: expect.any(Number),
    });
    expect(answer['switchedAt']).toBeGreaterThanOrEqual(before);
    expect(answer['switchedAt']).toBeLessThanOrEqual(Date.now() / 1_000);
    expect(await current(machine)).toBe('releases/1.1');
    const release = machine.at(`${DIRECTORY}/releases/1.1`);
    const environment = [
      'ZONEWISE_PREVIOUS_VERSION=1.0',
      `ZONEWISE_RELEASE=${release}`,
      'ZONEWISE_SERVICE=the web',
      'ZONEWISE_VERSION=1.1',
      'ZONEWISE_ZONE=us-east-1b',
    ];
    expect(outputOf(answer).split('\n')).toEqual([
      '-- stop: ./bin/stop',
      '',
      ...`./bin/stop 1.0 ${environment.join('\n')}`.split('\n'),
      '-- start: ./bin/start',
      ...`./bin/start 1.1 ${environment.join('\n')}`.split('\n'),
      release,
      '',
    ]);
  });

  test('needs neither hooks nor an earlier release', async () => {
    await using machine = await startMachine(shell);
    await haveRelease(machine, '1.1', { stop: 'exit 1', start: 'exit 1' });
    expect(await switchTo(machine, '1.1', { stop: '', start: '' })).toMatchObject({
      switched: true,
      previous: '',
      failed: '',
      output: '',
    });
    expect(await machine.list(DIRECTORY)).toEqual(['current', 'releases']);
  });

  test('starts the current release again when it is asked to switch to it', async () => {
    await using machine = await startPair(shell, { start: 'echo started' });
    await switchTo(machine, '1.1');
    const again = await switchTo(machine, '1.1');
    expect(again).toMatchObject({ switched: true, previous: '1.1' });
    expect(outputOf(again)).toContain('started');
    expect(await current(machine)).toBe('releases/1.1');
  });

  test('is not hindered by the link that a killed run left', async () => {
    await using machine = await startPair(shell, {});
    await machine.link(`${DIRECTORY}/.current.4711`, 'releases/1.0');
    await switchTo(machine, '1.1');
    expect(await machine.list(DIRECTORY)).toEqual(['current', 'releases']);
  });

  test('switches nothing when the stop hook fails, and shows what it said', async () => {
    await using machine = await startPair(shell, { stop: 'echo to stdout; echo to stderr >&2; exit 3' });
    const answer = await switchTo(machine, '1.1');
    expect(answer).toMatchObject({ switched: false, previous: '1.0', failed: 'stop', switchedAt: 0 });
    expect(outputOf(answer)).toBe('-- stop: ./bin/stop\nto stdout\nto stderr\n');
    expect(await current(machine)).toBe('releases/1.0');
  });

  test('reports a failed start hook with its last output, and that it has switched', async () => {
    await using machine = await startPair(shell, {
      start:
        'i=0; while [ $i -lt 2000 ]; do echo "line $i"; i=$((i + 1)); done; echo "it is \\"broken\\""; exit 4',
    });
    const answer = await switchTo(machine, '1.1');
    expect(answer).toMatchObject({ switched: true, previous: '1.0', failed: 'start' });
    expect(outputOf(answer)).toHaveLength(4_000);
    expect(outputOf(answer)).toMatch(/line 1999\nit is "broken"\n$/);
    expect(await current(machine)).toBe('releases/1.1');
  });

  test.each(['./bin/missing', './.release.json'])('reports a hook that cannot be run: %s', async (stop) => {
    await using machine = await startPair(shell, {});
    const answer = await switchTo(machine, '1.1', { stop });
    expect(answer).toMatchObject({ switched: false, failed: 'stop' });
    expect(outputOf(answer)).toContain(stop);
    expect(await current(machine)).toBe('releases/1.0');
  });

  test('lets live what a start hook leaves in the background, and does not wait for it', async () => {
    await using machine = await startPair(shell, { start: 'sleep 600 &\necho $! >../../service' });
    expect(await switchTo(machine, '1.1')).toMatchObject({ switched: true, failed: '' });
    const id = Number(await machine.read(`${DIRECTORY}/service`));
    expect(isAlive(id)).toBe(true);
    process.kill(id, 'SIGKILL');
  });

  test('stops nothing when the release is not installed', async () => {
    await using machine = await startPair(shell, { stop: 'touch ../../stopped' });
    await machine.remove(`${DIRECTORY}/releases/1.1/.release.json`);
    const outcome = await machine.run(SWITCH_SCRIPT, DIRECTORY, '1.1', STOP, START, '20', 'web', 'zone');
    expect(outcome).toMatchObject({
      code: 30,
      stdout: '',
      stderr: 'release 1.1 is not installed in /srv/the web/releases\n',
    });
    expect(await current(machine)).toBe('releases/1.0');
    expect(await machine.list(DIRECTORY)).not.toContain('stopped');
  });

  test('stops nothing when current is a folder that cannot be switched', async () => {
    await using machine = await startPair(shell, { stop: 'touch ../../stopped' });
    await machine.remove(`${DIRECTORY}/current`);
    await machine.write(`${DIRECTORY}/current/index.html`, 'put here by hand');
    const outcome = await machine.run(SWITCH_SCRIPT, DIRECTORY, '1.1', STOP, START, '20', 'web', 'zone');
    expect(outcome).toMatchObject({ code: 31, stdout: '', stderr: expect.stringContaining('move it away') });
    expect(await machine.read(`${DIRECTORY}/current/index.html`)).toBe('put here by hand');
    expect(await machine.list(DIRECTORY)).toEqual(['current', 'releases']);
  });

  test('leaves no temporary file behind', async () => {
    await using machine = await startPair(shell, { start: 'exit 1' });
    await switchTo(machine, '1.1');
    expect(await machine.temporaryFiles()).toEqual([]);
  });
});

/** Side by side, because each takes as long as a deaf process is waited for. */
test('in every shell a hook that hangs is stopped with all it started, even what does not listen', async () => {
  await Promise.all(findShells().map(stopHangingHook));
}, 30_000);

async function stopHangingHook(shell: Shell): Promise<void> {
  await using machine = await startPair(shell, {
    stop: [
      `sh -c 'trap "" TERM; echo $$ >../../deaf; while :; do sleep 0.1; done' &`,
      `sh -c 'trap "echo told >../../told; exit" TERM; while :; do sleep 0.1; done' &`,
      'echo $$ >../../hook',
      'echo waiting',
      'wait',
    ].join('\n'),
  });
  const answer = await switchTo(machine, '1.1', { limit: 1 });
  expect(answer).toMatchObject({ switched: false, failed: 'stop' });
  expect(outputOf(answer)).toContain('waiting\n-- stop took longer than 1 s: stopped\n');
  expect(await machine.read(`${DIRECTORY}/told`)).toBe('told\n');
  for (const name of ['hook', 'deaf']) {
    const id = Number(await machine.read(`${DIRECTORY}/${name}`));
    expect(id).toBeGreaterThan(1);
    await until(() => !isAlive(id), `${name} is gone`);
  }
}
