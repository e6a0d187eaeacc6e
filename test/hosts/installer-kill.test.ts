import { describe, expect, test } from '@jest/globals';
import { INSTALLER_SCRIPT } from '../../src/hosts/scripts/installer.ts';
import {
  DIRECTORY,
  HOOKS,
  haveCurrent,
  haveRelease,
  offer,
  type Programs,
  RELEASES,
  releaseOf,
  STATE,
} from './installer.ts';
import type { KillableMachine } from './kill-points.ts';
import { killEverywhere, killOnce, runUndisturbed, type Scenario } from './kill-scenarios.ts';
import { findShells, type Shell } from './shells.ts';

/** A program that is called, so that there is a point inside each hook too. */
const WORKING: Programs = Object.fromEntries(HOOKS.map((name) => [name, 'sleep 0']));

function firstShell(): Shell {
  const [shell] = findShells();
  if (shell === undefined) throw new Error('this machine has no shell');
  return shell;
}

/** On 1.0, which came from 0.9, with two that are older. */
async function prepare(machine: KillableMachine): Promise<void> {
  for (const [index, version] of ['0.9', '0.8', '0.7'].entries()) {
    await haveRelease(machine, version, { minutes: 10 + index, programs: WORKING });
  }
  await haveCurrent(machine);
  await machine.link(`${DIRECTORY}/previous`, 'releases/0.9');
}

function replaced(from: string, to: string): string {
  const text = INSTALLER_SCRIPT.replace(from, () => to);
  if (text === INSTALLER_SCRIPT) throw new Error(`the installer does not hold ${from}`);
  return text;
}

describe('killed at every step and run again, the installer ends as if nothing had happened', () => {
  const shell = firstShell();

  test('when it installs', async () => {
    await using server = await offer(releaseOf('1.1', WORKING));
    const scenario: Scenario = { wish: { ...server.wish, keep: 3 }, prepare };
    const undisturbed = await runUndisturbed(shell, scenario);
    expect(Object.keys(undisturbed.after).filter((path) => /^releases\/[^/]+$/.test(path))).toEqual([
      'releases/0.9',
      'releases/1.0',
      'releases/1.1',
    ]);
    expect(undisturbed.points.length).toBeGreaterThan(120);
    expect(await killEverywhere(shell, scenario, undisturbed)).toEqual([]);
  }, 240_000);

  test('when it goes back to the previous release', async () => {
    const scenario: Scenario = {
      wish: { version: 'previous', keep: 3, hooks: ['stop', 'start'] },
      prepare: async (machine) => {
        await prepare(machine);
        await haveRelease(machine, '0.9', { programs: WORKING });
      },
      once: true,
    };
    const undisturbed = await runUndisturbed(shell, scenario);
    expect(undisturbed.after).toMatchObject({ current: '-> releases/0.9', previous: '-> releases/1.0' });
    expect(undisturbed.points.length).toBeGreaterThan(60);
    expect(await killEverywhere(shell, scenario, undisturbed)).toEqual([]);
  }, 240_000);

  test('when it replaces another build of the version', async () => {
    await using server = await offer(releaseOf('1.1', WORKING));
    const scenario: Scenario = {
      wish: { ...server.wish, keep: 3, hooks: [] },
      prepare: async (machine) => {
        await prepare(machine);
        await haveRelease(machine, '1.1', { programs: {} });
      },
    };
    const undisturbed = await runUndisturbed(shell, scenario);
    expect(await killEverywhere(shell, scenario, undisturbed, ['mv', 'rm'])).toEqual([]);
  }, 240_000);

  test('when it takes over from one that was killed before', async () => {
    const scenario: Scenario = {
      wish: { version: '1.1', keep: 9, hooks: [] },
      prepare: async (machine) => {
        await prepare(machine);
        await haveRelease(machine, '1.1', { programs: {} });
        await machine.write(`${RELEASES}/.incoming-1.1.77/tree/half`, '');
        await machine.write(`${RELEASES}/.outgoing-0.6.77/half`, '');
        await machine.link(`${DIRECTORY}/.current.77`, 'releases/1.1');
        await machine.link(`${STATE}/lock`, `12345678-77:1:77:1:no such boot:1:`);
        await machine.link(`${STATE}/lock.12345678-77.77.1`, `12345678-78:1:78:1:no such boot:1:`);
      },
    };
    const undisturbed = await runUndisturbed(shell, scenario);
    const before = ['date', 'grep', 'ln', 'readlink', 'rm'];
    expect(await killEverywhere(shell, scenario, undisturbed, before)).toEqual([]);
  }, 240_000);
});

describe('an installer that could be interrupted is found out', () => {
  const shell = firstShell();

  test('when a release comes piece by piece', async () => {
    await using server = await offer(releaseOf('1.1', WORKING));
    const scenario: Scenario = { wish: { ...server.wish, keep: 3 }, prepare };
    const undisturbed = await runUndisturbed(shell, scenario);
    const script = replaced(
      'mv -- "$incoming/tree" "$release"',
      'mkdir "$release" && mv "$incoming/tree/.release.json" "$release" && mv "$incoming"/tree/* "$release"',
    );
    const point = { call: 'mv.2', moment: 'before' } as const;
    expect(await killOnce(shell, { ...scenario, script }, undisturbed, point)).toContain(
      'the second run says',
    );
    expect(await killOnce(shell, scenario, undisturbed, point)).toBeUndefined();
  });

  test('when current is removed before it is set', async () => {
    await using server = await offer(releaseOf('1.1', WORKING));
    const scenario: Scenario = { wish: { ...server.wish, keep: 3 }, prepare };
    const undisturbed = await runUndisturbed(shell, scenario);
    const script = replaced('  ln -s -- "releases/$2"', '  rm -f "$directory/$1"\n  ln -s -- "releases/$2"');
    const problems = await killEverywhere(shell, { ...scenario, script }, undisturbed, ['ln']);
    expect(problems.join('\n')).toContain('current is gone');
  });

  test('when a point is never reached', async () => {
    await using server = await offer(releaseOf('1.1', WORKING));
    const scenario: Scenario = { wish: { ...server.wish, keep: 3 }, prepare };
    const undisturbed = await runUndisturbed(shell, scenario);
    const point = { call: 'mv.99', moment: 'before' } as const;
    expect(await killOnce(shell, scenario, undisturbed, point)).toContain('was not killed');
  });
});
