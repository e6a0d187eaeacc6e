import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Answer } from '../../src/hosts/answer.ts';
import { type Members, pack } from './archives.ts';
import {
  DIRECTORY,
  filesOf,
  haveCurrent,
  install,
  linkOf,
  offer,
  problemOf,
  RELEASES,
  STATE,
} from './installer.ts';
import { type Machine, startMachine } from './machine.ts';

const BIG: Members = { ...filesOf('1.1'), big: 'x'.repeat(6_000_000) };

async function expectUntouched(machine: Machine, answer: Answer): Promise<void> {
  expect(answer).toMatchObject({ outcome: 'failed', installed: false, switched: false });
  expect(await linkOf(machine, 'current')).toBe('releases/1.0');
  expect(await machine.list(RELEASES)).toEqual(['1.0']);
  expect(await machine.list(DIRECTORY)).toEqual(['.zonewise', 'current', 'releases']);
  expect((await machine.list(STATE)).filter((name) => name !== 'results')).toEqual(['log']);
}

/** A machine whose disk shows the kilobytes given as free. */
async function withFree(kilobytes: string, check: (machine: Machine) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'zonewise-df-'));
  try {
    const table = `Filesystem 1024-blocks Used Available Capacity Mounted on\n//server/my files 9 9 ${kilobytes} 99% /mnt/my disk`;
    await writeFile(join(folder, 'df'), `#!/bin/sh\ncat <<'EOF'\n${table}\nEOF\n`);
    await chmod(join(folder, 'df'), 0o755);
    await using machine = await startMachine(undefined, { PATH: `${folder}:/usr/local/bin:/usr/bin:/bin` });
    await haveCurrent(machine);
    await check(machine);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('downloads nothing when the archive cannot fit', async () => {
  await using server = await offer(pack(BIG));
  await withFree('1024', async (machine) => {
    const answer = await install(machine, { ...server.wish, bytes: 500_000 });
    expect(answer['step']).toBe('disk');
    expect(problemOf(answer)).toMatch(
      /the archive of 1\.1 \(500000 bytes\) needs 1513 kB, and \S.* has 1024 kB free/,
    );
    expect(server.count()).toBe(0);
    await expectUntouched(machine, answer);
  });
});

test('unpacks nothing when the release cannot fit', async () => {
  await using server = await offer(pack(BIG));
  await withFree('6000', async (machine) => {
    const answer = await install(machine, server.wish);
    expect(answer['step']).toBe('disk');
    expect(problemOf(answer)).toMatch(/unpacking 1\.1 needs \d+ kB, and \S.* has 6000 kB free/);
    expect(server.count()).toBe(1);
    await expectUntouched(machine, answer);
  });
});

test.each(['7000', 'nonsense'])('goes on when the disk has room, or does not tell: %s', async (free) => {
  await using server = await offer(pack(BIG));
  await withFree(free, async (machine) => {
    expect(await install(machine, server.wish)).toMatchObject({ outcome: 'switched' });
  });
});

/** Exit code of a program that only root may run. */
function asRoot(...command: readonly [string, ...string[]]): number | null {
  const [program, ...options] = process.getuid?.() === 0 ? command : ['sudo', '-n', ...command];
  return spawnSync(program ?? '', options).status;
}

/** A disk of 4 MB below the service's folder; says loudly when the machine allows none. */
async function withSmallDisk(check: (machine: Machine) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'zonewise-df-'));
  await writeFile(join(folder, 'df'), '#!/bin/sh\nexit 1\n');
  await chmod(join(folder, 'df'), 0o755);
  await using machine = await startMachine(undefined, { PATH: `${folder}:/usr/local/bin:/usr/bin:/bin` });
  await machine.write(`${DIRECTORY}/mount point`, '');
  await machine.remove(`${DIRECTORY}/mount point`);
  const place = machine.at(DIRECTORY);
  try {
    const options = `size=4m,mode=777,uid=${process.getuid?.() ?? 0}`;
    if (asRoot('mount', '-t', 'tmpfs', '-o', options, 'tmpfs', place) !== 0) {
      console.warn(
        'No small disk can be mounted here, as root or by sudo: a disk that fills up is NOT tested.',
      );
      return;
    }
    await haveCurrent(machine);
    await check(machine);
  } finally {
    asRoot('umount', '-l', place);
    await rm(folder, { recursive: true });
  }
}

test.each([
  ['unpacking', BIG, 'unpack'],
  [
    'the download',
    {
      ...BIG,
      noise: Array.from({ length: 6_000_000 }, () => String.fromCharCode(32 + Math.random() * 90)).join(''),
    },
    'download',
  ],
] as const)('cleans up when %s fills a disk that did not say it was small', async (_, members, step) => {
  await using server = await offer(pack(members));
  await withSmallDisk(async (machine) => {
    const answer = await install(machine, server.wish);
    expect(answer['step']).toBe(step);
    expect(problemOf(answer)).toMatch(/No space left on device|[Ff]ailure writing|could not be/);
    await expectUntouched(machine, answer);
  });
});
