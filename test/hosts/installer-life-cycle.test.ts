import { describe, expect, test } from '@jest/globals';
import {
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
  outputOf,
  problemOf,
  RELEASES,
  RUN,
  releaseOf,
  STATE,
} from './installer.ts';
import { startMachine } from './machine.ts';
import { findShells } from './shells.ts';

describe.each(findShells())('INSTALLER in $name', (shell) => {
  test('installs beside the running release, runs the hooks in their order, switches between stop and start', async () => {
    const look = (name: string) =>
      `echo "${name} $0 $(basename "$(readlink ../../current)")"; pwd; env | grep ^ZONEWISE_ | grep -v HOST_ROOT | sort`;
    await using machine = await startMachine(shell);
    await haveCurrent(machine);
    const archive = releaseOf('1.1', Object.fromEntries(HOOKS.map((name) => [name, look(name)])));
    await using server = await offer(archive);
    const before = Math.floor(Date.now() / 1_000);
    const answer = await install(machine, { ...server.wish, ordinal: '17' });
    expect(problemOf(answer)).toBe('');
    expect(answer).toEqual({
      outcome: 'switched',
      step: '',
      problem: '',
      installed: true,
      switched: true,
      version: '1.1',
      previous: '1.0',
      sha256: archive.sha256,
      switchedAt: expect.any(Number),
      replayed: false,
      output: expect.any(String),
      milliseconds: {
        download: expect.any(Number),
        unpack: expect.any(Number),
        hooks: expect.any(Number),
        total: expect.any(Number),
      },
    });
    expect(answer['switchedAt']).toBeGreaterThanOrEqual(before);
    expect(answer['switchedAt']).toBeLessThanOrEqual(Date.now() / 1_000);
    const release = machine.at(`${RELEASES}/1.1`);
    const lines = HOOKS.flatMap((name) => [
      `-- ${name}: ./bin/${name}`,
      `${name} ./bin/${name} ${['before-install', 'stop'].includes(name) ? '1.0' : '1.1'}`,
      release,
      `ZONEWISE_HOOK=${name}`,
      'ZONEWISE_PREVIOUS_VERSION=1.0',
      `ZONEWISE_RELEASE=${release}`,
      'ZONEWISE_SERVICE=web',
      'ZONEWISE_VERSION=1.1',
      'ZONEWISE_ZONE=us-east-1b',
    ]);
    // The answer holds the last 50 lines, the log all of them.
    expect(await machine.read(`${STATE}/log`)).toBe(`${lines.join('\n')}\n`);
    expect(outputOf(answer)).toBe(`${lines.slice(-50).join('\n')}\n`);
    expect(await linkOf(machine, 'current')).toBe('releases/1.1');
    expect(await linkOf(machine, 'previous')).toBe('releases/1.0');
    expect(JSON.parse(await machine.read(`${RELEASES}/1.1/.release.json`))).toEqual({
      version: '1.1',
      sha256: archive.sha256,
      ordinal: 17,
      installed_at: expect.stringMatching(/^2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      run: RUN,
    });
    expect(await machine.list(DIRECTORY)).toEqual(['.zonewise', 'current', 'previous', 'releases']);
    expect(await machine.list(STATE)).toEqual(['log', 'results']);
    expect(await machine.list(RELEASES)).toEqual(['1.0', '1.1']);
  });

  test('is a first installation without hooks, unit or earlier release', async () => {
    await using machine = await startMachine(shell);
    await using server = await offer(releaseOf('1.1'), { hooks: [] });
    expect(await install(machine, server.wish)).toMatchObject({
      outcome: 'switched',
      previous: '',
      installed: true,
      output: '',
    });
    expect(await linkOf(machine, 'current')).toBe('releases/1.1');
    expect(await linkOf(machine, 'previous')).toBe('');
    expect(await callsOf(machine)).toEqual([]);
  });

  test.each(HOOKS)('ends at a %s hook that fails, and says what state things are in', async (hook) => {
    await using machine = await startMachine(shell);
    await haveCurrent(machine);
    const failing = 'echo to stdout; echo to stderr >&2; exit 3';
    await using server = await offer(releaseOf('1.1', { ...NOTING, [hook]: failing }));
    const answer = await install(machine, server.wish);
    const switched = HOOKS.indexOf(hook) >= HOOKS.indexOf('start');
    const installed = hook !== 'before-install';
    expect(answer).toMatchObject({ outcome: 'failed', step: hook, switched, installed, previous: '1.0' });
    expect(outputOf(answer)).toMatch(new RegExp(`-- ${hook}: ./bin/${hook}\nto stdout\nto stderr\n$`));
    expect(problemOf(answer)).toContain(`./bin/${hook} ended with exit code 3, expected 0`);
    expect(problemOf(answer)).toContain(switched ? 'current points to 1.1' : 'current still points to 1.0');
    expect(await linkOf(machine, 'current')).toBe(switched ? 'releases/1.1' : 'releases/1.0');
    expect(await callsOf(machine)).toEqual(HOOKS.slice(0, HOOKS.indexOf(hook)));
    expect(await machine.list(RELEASES)).toEqual(installed ? ['1.0', '1.1'] : ['1.0']);
    expect(await machine.list(STATE)).toEqual(['log', 'results']);
  });

  test('stops nothing when a hook is missing or not executable', async () => {
    await using machine = await startMachine(shell);
    await haveCurrent(machine);
    const { verify: _, ...others } = NOTING;
    await using server = await offer(releaseOf('1.1', others));
    const answer = await install(machine, server.wish);
    expect(answer).toMatchObject({ outcome: 'failed', step: 'release', switched: false, installed: false });
    expect(problemOf(answer)).toContain('holds no program ./bin/verify to run as its verify hook');
    expect(await callsOf(machine)).toEqual([]);
    expect(await machine.list(RELEASES)).toEqual(['1.0']);
  });

  test('goes back to a release that is older than some hooks without them, and says so', async () => {
    await using machine = await startMachine(shell);
    const { stop, start } = NOTING;
    await haveRelease(machine, '0.9', { programs: { ...(stop && { stop }), ...(start && { start }) } });
    await haveCurrent(machine);
    const answer = await install(machine, { version: '0.9' });
    expect(answer).toMatchObject({ outcome: 'switched', previous: '1.0', installed: false });
    expect(await callsOf(machine)).toEqual(['stop', 'start']);
    expect(outputOf(answer)).toContain('-- verify: left out, release 0.9 has no ./bin/verify');
  });

  test('does not go back to a release that it could stop or not start', async () => {
    await using machine = await startMachine(shell);
    const { start: _, ...others } = NOTING;
    await haveRelease(machine, '0.9', { programs: others });
    await haveCurrent(machine);
    const answer = await install(machine, { version: '0.9' });
    expect(answer).toMatchObject({ outcome: 'failed', step: 'release', switched: false });
    expect(problemOf(answer)).toContain('holds no program ./bin/start to run as its start hook');
    expect(await callsOf(machine)).toEqual([]);
  });

  test('leaves out a hook that a release on the disk is too old to have, and says so', async () => {
    await using machine = await startMachine(shell);
    await haveCurrent(machine);
    const { verify: _, ...others } = NOTING;
    await haveRelease(machine, '0.9', { programs: others });
    const answer = await install(machine, { version: '0.9' });
    expect(answer).toMatchObject({ outcome: 'switched', version: '0.9' });
    expect(await callsOf(machine)).toEqual(HOOKS.slice(0, 4));
    expect(outputOf(answer)).toContain('-- verify: left out, release 0.9 has no ./bin/verify\n');
  });

  test('starts the current release once more when it is asked for it', async () => {
    await using machine = await startMachine(shell);
    await using server = await offer(releaseOf('1.1'));
    await install(machine, server.wish);
    const again = await install(machine, server.wish);
    expect(again).toMatchObject({ outcome: 'switched', installed: false, switched: true, previous: '1.1' });
    expect(await callsOf(machine)).toEqual([...HOOKS, ...HOOKS]);
    expect(server.count()).toBe(1);
    expect(await linkOf(machine, 'previous')).toBe('');
  });

  test('lets live what a start hook leaves in the background, and does not wait for it', async () => {
    await using machine = await startMachine(shell);
    await haveRelease(machine, '1.1', { programs: { start: 'sleep 600 &\necho $! >../../service' } });
    const answer = await install(machine, { hooks: ['start'], sha256: digestOf('1.1') });
    expect(answer).toMatchObject({ outcome: 'switched', installed: false });
    const id = Number(await machine.read(`${DIRECTORY}/service`));
    expect(process.kill(id, 0)).toBe(true);
    process.kill(id, 'SIGKILL');
  });
});
