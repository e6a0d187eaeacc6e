import { describe, expect, test } from '@jest/globals';
import { INSTALLER_SCRIPT } from '../../src/hosts/scripts/installer.ts';
import { STATUS_SCRIPT } from '../../src/hosts/scripts/status.ts';
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
  offer,
  problemOf,
  RELEASES,
  releaseOf,
  STATE,
} from './installer.ts';
import { type Machine, startMachine } from './machine.ts';
import { findShells } from './shells.ts';

async function statusOf(machine: Machine): Promise<unknown> {
  return machine.ask(STATUS_SCRIPT, DIRECTORY);
}

describe.each(findShells())('INSTALLER in $name', (shell) => {
  test('goes back to the previous release without a download, and back again', async () => {
    await using machine = await startMachine(shell);
    await haveRelease(machine, '1.0');
    await machine.link(`${DIRECTORY}/current`, 'releases/1.0');
    await using server = await offer(releaseOf('1.1'), { ordinal: String(Number.MAX_SAFE_INTEGER) });
    await install(machine, server.wish);
    expect(await statusOf(machine)).toMatchObject({
      version: '1.1',
      ordinal: Number.MAX_SAFE_INTEGER,
      previous: '1.0',
    });
    const back = await install(machine, { version: 'previous' });
    expect(back).toMatchObject({
      outcome: 'switched',
      installed: false,
      version: '1.0',
      previous: '1.1',
      sha256: digestOf('1.0'),
    });
    expect(await statusOf(machine)).toMatchObject({ version: '1.0', ordinal: null, previous: '1.1' });
    expect(await install(machine, { version: 'previous' })).toMatchObject({
      version: '1.1',
      previous: '1.0',
    });
    expect(await statusOf(machine)).toMatchObject({ version: '1.1', previous: '1.0' });
    expect(await callsOf(machine)).toEqual([...HOOKS, ...HOOKS, ...HOOKS]);
    expect(await machine.list(STATE)).toEqual(['log', 'results']);
  });

  test('knows when there is no release to go back to', async () => {
    await using machine = await startMachine(shell);
    await haveRelease(machine, '1.0');
    await machine.link(`${DIRECTORY}/current`, 'releases/1.0');
    const none = await install(machine, { version: 'previous' });
    expect(none).toMatchObject({ outcome: 'failed', step: 'release', switched: false, previous: '1.0' });
    expect(problemOf(none)).toContain('/srv/the web/previous does not exist');
    await machine.link(`${DIRECTORY}/previous`, 'releases/1.0');
    const same = await install(machine, { version: 'previous' });
    expect(same).toMatchObject({ outcome: 'failed', step: 'release' });
    expect(problemOf(same)).toContain('there is none to go back to');
    await machine.remove(`${DIRECTORY}/previous`);
    await machine.link(`${DIRECTORY}/previous`, 'releases/0.9');
    expect(problemOf(await install(machine, { version: 'previous' }))).toContain('release 0.9 is not in');
    expect(await callsOf(machine)).toEqual([]);
    expect(await linkOf(machine, 'current')).toBe('releases/1.0');
  });

  test('asks for a new version when the current or the previous release has another digest', async () => {
    await using machine = await startMachine(shell);
    await haveCurrent(machine);
    await haveRelease(machine, '0.9');
    await machine.link(`${DIRECTORY}/previous`, 'releases/0.9');
    for (const version of ['1.0', '0.9']) {
      await using server = await offer(releaseOf(version), { version });
      const answer = await install(machine, server.wish);
      expect(answer).toMatchObject({ outcome: 'failed', step: 'release', switched: false });
      expect(problemOf(answer)).toContain(`sha256 ${digestOf(version)}, expected ${server.wish.sha256}`);
      expect(problemOf(answer)).toContain('give the new build a new version');
      expect(server.count()).toBe(0);
    }
  });

  test('replaces any other release that has another digest, and what nobody noted a digest for', async () => {
    await using machine = await startMachine(shell);
    await haveCurrent(machine);
    await haveRelease(machine, '1.1', { programs: {} });
    await machine.write(`${RELEASES}/1.1/left over`, '');
    await machine.write(`${RELEASES}/1.2/by hand`, '');
    for (const version of ['1.1', '1.2']) {
      await using server = await offer(releaseOf(version), { version });
      expect(await install(machine, server.wish)).toMatchObject({ outcome: 'switched', installed: true });
      expect(await machine.list(`${RELEASES}/${version}`)).toEqual(['.release.json', 'a page.html', 'bin']);
    }
  });

  test('keeps as many releases as it is told, with the current and the previous one', async () => {
    await using machine = await startMachine(shell);
    await haveCurrent(machine);
    for (const [index, version] of ['0.9', '0.8', '1.10', '0.7'].entries()) {
      await haveRelease(machine, version, { minutes: 10 + index });
    }
    await machine.write(`${RELEASES}/notes of mine/by hand`, '');
    await using server = await offer(releaseOf('1.1'));
    await install(machine, { ...server.wish, keep: 4 });
    expect(await machine.list(RELEASES)).toEqual(['0.8', '0.9', '1.0', '1.1', 'notes of mine']);
    await install(machine, { ...server.wish, version: 'previous', url: '', sha256: '', hooks: [], keep: 1 });
    expect(await machine.list(RELEASES)).toEqual(['1.0', '1.1', 'notes of mine']);
  });

  test('wants either a release on the disk or an address with a digest', async () => {
    await using machine = await startMachine(shell);
    await haveCurrent(machine);
    const absent = await install(machine, { sha256: 'c0ffee' });
    expect(absent).toMatchObject({ outcome: 'failed', step: 'release' });
    expect(problemOf(absent)).toContain('no address to download it from');
    const unproven = await install(machine, { url: 'http://127.0.0.1:1/x' });
    expect(unproven).toMatchObject({ outcome: 'failed', step: 'digest' });
    expect(problemOf(unproven)).toContain('no sha256');
    expect(await machine.list(RELEASES)).toEqual(['1.0']);
  });

  test('stops nothing when current is a folder that cannot be switched', async () => {
    await using machine = await startMachine(shell);
    await machine.write(`${DIRECTORY}/current/index.html`, 'put here by hand');
    await using server = await offer(releaseOf('1.1'));
    const answer = await install(machine, server.wish);
    expect(answer).toMatchObject({ outcome: 'failed', step: 'release', switched: false });
    expect(problemOf(answer)).toContain('move it away');
    expect(await machine.read(`${DIRECTORY}/current/index.html`)).toBe('put here by hand');
    expect(await callsOf(machine)).toEqual([]);
  });
});

test.each([
  ['the command id', { command: '../../x' }],
  ['the version', { version: '../x' }],
  ['the version', { version: '' }],
  ['the sha256', { sha256: '$(id)' }],
  ['a number', { ordinal: '1; id' }],
  ['a number', { limit: -1 }],
])('exits with 64 when %s is nothing that a run would send: %j', async (what, wish) => {
  await using machine = await startMachine();
  const { code, stdout, stderr } = await machine.run(INSTALLER_SCRIPT, ...argumentsOf(wish));
  expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
  expect(stderr).toContain(what);
  expect(await machine.list('/')).toEqual([]);
});
