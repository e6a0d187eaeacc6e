import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { INSTALLER_SCRIPT } from '../../src/hosts/scripts/installer.ts';
import { isAlive, until } from '../range/support.ts';
import {
  argumentsOf,
  callsOf,
  DIRECTORY,
  digestOf,
  HOOKS,
  type Hook,
  haveCurrent,
  haveRelease,
  install,
  linkOf,
  NOTING,
  offer,
  outputOf,
  problemOf,
  releaseOf,
  STATE,
} from './installer.ts';
import { type Machine, startMachine } from './machine.ts';
import { findShells, type Shell } from './shells.ts';

/** Hangs with two children, one of which does not listen to TERM. */
const HANGING = [
  `sh -c 'trap "" TERM; echo $$ >../../deaf; while :; do sleep 0.1; done' &`,
  `sh -c 'trap "echo told >../../told; exit" TERM; while :; do sleep 0.1; done' &`,
  'echo $$ >../../leader',
  'echo waiting',
  'wait',
].join('\n');

async function expectGone(machine: Machine): Promise<void> {
  for (const name of ['leader', 'deaf']) {
    const id = Number(await machine.read(`${DIRECTORY}/${name}`));
    expect(id).toBeGreaterThan(1);
    await until(() => !isAlive(id), `${name} is gone`);
  }
}

async function endHanging(shell: Shell, hook: Hook): Promise<void> {
  await using machine = await startMachine(shell);
  await haveCurrent(machine);
  await haveRelease(machine, '1.1', { programs: { ...NOTING, [hook]: HANGING } });
  const answer = await install(machine, { sha256: digestOf('1.1'), limit: 1 });
  expect(answer).toMatchObject({ outcome: 'failed', step: hook });
  expect(problemOf(answer)).toContain(`./bin/${hook} took longer than 1 s and was stopped`);
  expect(outputOf(answer)).toMatch(
    new RegExp(`waiting\\n(.*\\n)*-- ${hook} took longer than 1 s: stopped\\n$`),
  );
  expect(await machine.read(`${DIRECTORY}/told`)).toBe('told\n');
  await expectGone(machine);
  expect(await callsOf(machine)).toEqual(HOOKS.slice(0, HOOKS.indexOf(hook)));
  expect(await machine.list(STATE)).toEqual(['log', 'results']);
}

/** Side by side, because each takes as long as a deaf process is waited for. */
test('every hook that hangs is ended with all it started, in every shell', async () => {
  await Promise.all(findShells().map((shell) => endHanging(shell, 'stop')));
  await Promise.all(HOOKS.filter((hook) => hook !== 'stop').map((hook) => endHanging(firstShell(), hook)));
}, 60_000);

test('a watchdog is gone with its hook', async () => {
  await using machine = await startMachine();
  await haveRelease(machine, '1.1', { programs: { start: 'exit 0' } });
  await install(machine, { hooks: ['start'], sha256: digestOf('1.1'), limit: 4_321 });
  expect(await sleepers('4321')).toEqual([]);
  // The same search finds one that is there.
  await using other = await startMachine();
  await haveRelease(other, '1.1', { programs: { start: 'while [ ! -e ../../go ]; do sleep 0.1; done' } });
  const running = install(other, { hooks: ['start'], sha256: digestOf('1.1'), limit: 4_321 });
  await until(async () => (await sleepers('4321')).length === 1, 'the watchdog sleeps');
  await other.write(`${DIRECTORY}/go`, '');
  expect(await running).toMatchObject({ outcome: 'switched' });
});

/** Processes that sleep just so long. */
async function sleepers(seconds: string): Promise<readonly number[]> {
  const pids: number[] = [];
  for (const name of await readdir('/proc')) {
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    if (/^\d+$/.test(name) && line === `sleep\0${seconds}\0`) pids.push(Number(name));
  }
  return pids;
}

test.each(['while :; do sleep 1; done', 'exit 1'])(
  'an old release whose every hook is %s blocks nothing',
  async (text) => {
    await using machine = await startMachine();
    const programs = Object.fromEntries(HOOKS.map((name) => [name, text]));
    await haveRelease(machine, '1.0', { programs });
    await machine.link(`${DIRECTORY}/current`, 'releases/1.0');
    await using server = await offer(releaseOf('1.1'));
    expect(await install(machine, server.wish)).toMatchObject({ outcome: 'switched', previous: '1.0' });
    expect(await callsOf(machine)).toEqual(HOOKS);
  },
);

test('a hook that a killed installer left running is ended by the next one', async () => {
  await using machine = await startMachine();
  await haveCurrent(machine);
  await haveRelease(machine, '1.1', { programs: { ...NOTING, stop: HANGING } });
  const killed = machine.start(INSTALLER_SCRIPT, ...argumentsOf({ sha256: digestOf('1.1') }));
  await until(async () => (await machine.list(DIRECTORY)).includes('leader'), 'the hook runs');
  killed.kill();
  expect((await killed.ended).code).toBeNull();
  await using server = await offer(releaseOf('1.2'));
  const answer = await install(machine, { ...server.wish, version: '1.2' });
  expect(answer).toMatchObject({ outcome: 'switched', version: '1.2', previous: '1.0' });
  await expectGone(machine);
  expect(await linkOf(machine, 'current')).toBe('releases/1.2');
  expect(await machine.list(STATE)).toEqual(['log', 'results']);
});

function firstShell(): Shell {
  const [shell] = findShells();
  if (shell === undefined) throw new Error('this machine has no shell');
  return shell;
}
