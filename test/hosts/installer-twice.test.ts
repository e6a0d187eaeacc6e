import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { INSTALLER_SCRIPT } from '../../src/hosts/scripts/installer.ts';
import { until } from '../range/support.ts';
import {
  argumentsOf,
  callsOf,
  DIRECTORY,
  digestOf,
  HOOKS,
  haveCurrent,
  haveRelease,
  install,
  NOTING,
  offer,
  problemOf,
  releaseOf,
  STATE,
} from './installer.ts';
import { startMachine } from './machine.ts';
import { findShells } from './shells.ts';

describe.each(findShells())('a command that is delivered twice, in $name,', (shell) => {
  test('runs once when the second comes after the first', async () => {
    await using machine = await startMachine(shell);
    await haveCurrent(machine);
    await using server = await offer(releaseOf('1.1'), { command: randomUUID() });
    const first = await install(machine, server.wish);
    expect(first).toMatchObject({ outcome: 'switched', replayed: false });
    expect(await install(machine, server.wish)).toEqual({ ...first, replayed: true });
    expect(await callsOf(machine)).toEqual(HOOKS);
    expect(server.count()).toBe(1);
    // The control: another command runs again.
    await install(machine, { ...server.wish, command: randomUUID() });
    expect(await callsOf(machine)).toEqual([...HOOKS, ...HOOKS]);
  });

  test('runs once when the second comes while the first runs', async () => {
    await using machine = await startMachine(shell);
    await haveCurrent(machine);
    const slow = { ...NOTING, stop: 'echo stop >>../../calls; while [ ! -e ../../go ]; do sleep 0.05; done' };
    await haveRelease(machine, '1.1', { programs: slow });
    const wish = { sha256: digestOf('1.1'), command: randomUUID() };
    const first = install(machine, wish);
    const second = install(machine, wish);
    await until(async () => (await callsOf(machine)).includes('stop'), 'one of them runs');
    await machine.write(`${DIRECTORY}/go`, '');
    const answers = await Promise.all([first, second]);
    expect(answers.map(({ replayed }) => replayed).toSorted()).toEqual([false, true]);
    expect({ ...answers[0], replayed: '' }).toEqual({ ...answers[1], replayed: '' });
    expect(answers[0]).toMatchObject({ outcome: 'switched' });
    expect(await callsOf(machine)).toEqual(HOOKS);
  });

  test('runs once when it fails, and says the same again', async () => {
    await using machine = await startMachine(shell);
    await haveCurrent(machine);
    await haveRelease(machine, '1.1', { programs: { ...NOTING, stop: 'echo stop >>../../calls; exit 1' } });
    const wish = { sha256: digestOf('1.1'), command: randomUUID() };
    const first = await install(machine, wish);
    const second = await install(machine, wish);
    expect(second).toEqual({ ...first, replayed: true });
    expect(problemOf(second)).toContain('exit code 1');
    expect(await callsOf(machine)).toEqual(['before-install', 'stop']);
  });
});

test('a command whose first delivery was killed runs again', async () => {
  await using machine = await startMachine();
  await haveCurrent(machine);
  const slow = { ...NOTING, stop: 'echo stop >>../../calls; while [ ! -e ../../go ]; do sleep 0.05; done' };
  await haveRelease(machine, '1.1', { programs: slow });
  const wish = { sha256: digestOf('1.1'), command: randomUUID() };
  const first = machine.start(INSTALLER_SCRIPT, ...argumentsOf(wish));
  await until(async () => (await callsOf(machine)).includes('stop'), 'it runs');
  first.kill();
  await first.ended;
  await machine.write(`${DIRECTORY}/go`, '');
  expect(await install(machine, wish)).toMatchObject({ outcome: 'switched', replayed: false });
});

test('the answers of the last twenty commands are kept', async () => {
  await using machine = await startMachine();
  await haveRelease(machine, '1.1');
  const first = randomUUID();
  await install(machine, { command: first, hooks: [], sha256: digestOf('1.1') });
  for (let index = 0; index < 22; index += 1)
    await machine.write(`${STATE}/results/${randomUUID()}.json`, '{}');
  const last = randomUUID();
  await install(machine, { command: last, hooks: [], sha256: digestOf('1.1') });
  const kept = await machine.list(`${STATE}/results`);
  expect(kept).toHaveLength(20);
  expect(kept).toContain(`${last}.json`);
  expect(kept).not.toContain(`${first}.json`);
});
