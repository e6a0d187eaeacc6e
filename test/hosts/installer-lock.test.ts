import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type Answer, readAnswer } from '../../src/hosts/answer.ts';
import { INSTALLER_SCRIPT } from '../../src/hosts/scripts/installer.ts';
import { isAlive, until } from '../range/support.ts';
import { serve } from './archives.ts';
import {
  argumentsOf,
  callsOf,
  DIRECTORY,
  digestOf,
  HOOKS,
  haveCurrent,
  haveRelease,
  install,
  linkOf,
  NOTING,
  offer,
  type Programs,
  problemOf,
  releaseOf,
  STATE,
} from './installer.ts';
import { type Machine, startMachine } from './machine.ts';
import { findShells } from './shells.ts';

const OTHER = '12345678-9abc-4def-8123-456789abcdef';
const OTHER_RUN = 'https://github.com/acme/web/actions/runs/77';
const BOOT = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** When this process started, as the kernel says. */
function birthOf(id: number): string {
  const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

interface Holder {
  readonly id?: string;
  readonly until?: number;
  readonly process?: number;
  readonly born?: string;
  readonly boot?: string;
}

/** By default this very process holds the lock, for five minutes more. */
function tokenOf({
  id = OTHER,
  until: expiry = Math.floor(Date.now() / 1_000) + 300,
  process: pid = process.pid,
  born = birthOf(process.pid),
  boot = BOOT,
}: Holder = {}): string {
  const run = Buffer.from(OTHER_RUN).toString('base64');
  return [id, expiry, pid, born, boot, Math.floor(Date.now() / 1_000) - 60, run].join(':');
}

async function startLocked(holder: Holder, programs = NOTING): Promise<Machine> {
  const machine = await startMachine();
  await haveCurrent(machine);
  await haveRelease(machine, '1.1', { programs });
  await machine.link(`${STATE}/lock`, tokenOf(holder));
  return machine;
}

const wish = { sha256: digestOf('1.1') };

test('is refused while another run holds the lock, and named that run', async () => {
  await using machine = await startLocked({});
  const answer = await install(machine, wish);
  expect(answer).toMatchObject({ outcome: 'failed', step: 'lock', switched: false, installed: false });
  expect(problemOf(answer)).toMatch(
    new RegExp(`${OTHER_RUN} has held the lock since 20\\d\\d-.*Z and may hold it until 20\\d\\d-.*Z`),
  );
  expect(await callsOf(machine)).toEqual([]);
  expect(await machine.list(STATE)).toEqual(['lock', 'results']);
  // Refused is not run: the same command may be delivered again.
  expect(await machine.list(`${STATE}/results`)).toEqual([]);
});

test.each<readonly [string, Holder]>([
  ['whose process is gone', { process: 4_194_303 }],
  ['whose process is another one by now', { born: '1' }],
  ['of another boot', { boot: '00000000-0000-4000-8000-000000000000' }],
  ['that is not understood', { process: Number.NaN }],
])('takes over a lock %s', async (_, holder) => {
  await using machine = await startLocked(holder);
  const { stdout, stderr } = await machine.run(INSTALLER_SCRIPT, ...argumentsOf(wish));
  expect(readAnswer('it', stdout)).toMatchObject({ outcome: 'switched' });
  expect(stderr).toBe(`the lock of ${OTHER_RUN} was left behind and is taken over\n`);
  expect(await machine.list(STATE)).toEqual(['log', 'results']);
});

test('ends the process of a lock that has expired, with what it started, and takes the lock over', async () => {
  await using machine = await startMachine();
  await haveCurrent(machine);
  await using silent = await serve(() => undefined);
  const late = { url: silent.url, sha256: 'c0ffee', hold: 1 };
  const first = machine.start(INSTALLER_SCRIPT, ...argumentsOf(late));
  await until(() => silent.count() === 1, 'the first one downloads');
  await using server = await offer(releaseOf('1.1'));
  const answers = async () => {
    const { stdout, stderr } = await machine.run(INSTALLER_SCRIPT, ...argumentsOf(server.wish));
    return { answer: readAnswer('it', stdout), stderr };
  };
  let last = await answers();
  await until(async () => {
    if (last.answer['step'] === 'lock') last = await answers();
    return last.answer['step'] !== 'lock';
  }, 'the lock has expired');
  expect(last.answer).toMatchObject({ outcome: 'switched' });
  expect(last.stderr).toMatch(/has expired: its process \d+ is ended\n.*taken over/);
  // Its output is closed, so curl is gone with it.
  expect((await first.ended).code).toBeNull();
  expect(await machine.list(STATE)).toEqual(['log', 'results']);
  expect(await linkOf(machine, 'current')).toBe('releases/1.1');
});

test('the lock names the process that runs, and is gone when it has ended', async () => {
  await using machine = await startMachine();
  const waiting =
    'readlink ../../.zonewise/lock >../../note; mv ../../note ../../token; while [ ! -e ../../go ]; do sleep 0.05; done';
  await haveRelease(machine, '1.1', { programs: { start: waiting } });
  const command = randomUUID();
  const running = machine.start(
    INSTALLER_SCRIPT,
    ...argumentsOf({ ...wish, command, hooks: ['start'], hold: 60 }),
  );
  await until(async () => (await machine.list(DIRECTORY)).includes('token'), 'the start hook runs');
  const token = (await machine.read(`${DIRECTORY}/token`)).trim().split(':');
  expect(token[0]).toBe(command);
  expect(Number(token[1])).toBeGreaterThan(Date.now() / 1_000);
  expect(isAlive(Number(token[2]))).toBe(true);
  expect(token[3]).toBe(birthOf(Number(token[2])));
  expect(token[4]).toBe(BOOT);
  await machine.write(`${DIRECTORY}/go`, '');
  expect((await running.ended).code).toBe(0);
  expect(await machine.list(STATE)).toEqual(['log', 'results']);
});

/** Hooks of which the first tells that it was entered, and waits. */
const WAITING: Programs = {
  ...NOTING,
  'before-install': 'echo in >>../../calls; while [ ! -e ../../go ]; do sleep 0.05; done',
};

describe.each(findShells())('of four that find a dead lock at once, in $name,', (shell) => {
  test('exactly one goes on', async () => {
    for (let round = 0; round < 7; round += 1) {
      await using machine = await startMachine(shell);
      await haveCurrent(machine);
      await haveRelease(machine, '1.1', { programs: WAITING });
      await machine.link(`${STATE}/lock`, tokenOf({ process: 4_194_303 }));
      const answers: Answer[] = [];
      const running = [1, 2, 3, 4].map(async () => {
        answers.push(await install(machine, wish));
      });
      await until(() => answers.length === 3, 'three are refused');
      expect(answers.map(({ step }) => step)).toEqual(['lock', 'lock', 'lock']);
      await until(async () => (await callsOf(machine)).length > 0, 'the fourth goes on');
      expect(await callsOf(machine)).toEqual(['in']);
      await machine.write(`${DIRECTORY}/go`, '');
      await Promise.all(running);
      expect(answers[3]).toMatchObject({ outcome: 'switched' });
      expect(await callsOf(machine)).toEqual(['in', ...HOOKS.slice(1)]);
      expect(await machine.list(STATE)).toEqual(['log', 'results']);
    }
  }, 60_000);
});

test('four that do not look whether they were first all go on', async () => {
  const careless = INSTALLER_SCRIPT.replace(
    'elif ln -s -- "$token" "$place" 2>/dev/null; then',
    () => 'elif sleep 0.5 && ln -sfn -- "$token" "$lock"; then',
  ).replace('if [ "$held" = "$token" ]; then', 'if true; then');
  await using machine = await startLocked({ process: 4_194_303 }, WAITING);
  const running = [1, 2, 3, 4].map(() => machine.run(careless, ...argumentsOf(wish)));
  await until(async () => (await callsOf(machine)).length > 1, 'more than one goes on');
  await machine.write(`${DIRECTORY}/go`, '');
  await Promise.all(running);
});
