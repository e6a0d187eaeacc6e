import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/** A POSIX shell with the tools that its scripts find. */
export interface Shell {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Makes what its PATH is, in a folder of the test. */
  readonly tools: (folder: string) => Promise<string>;
}

/** Where the programs of a machine are. */
export const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin';

/** Where a program is; `undefined` when the machine has none. */
export function findProgram(name: string): string | undefined {
  const folder = SYSTEM_PATH.split(':').find((each) => existsSync(join(each, name)));
  return folder === undefined ? undefined : join(folder, name);
}

/**
 * The shells of this machine that the host scripts must run in: dash, the `/bin/sh` of Debian and Ubuntu, always;
 * bash, that of Amazon Linux and Red Hat, and busybox with nothing but its own tools, that of Alpine, where they are
 * installed. Says what is missing, and fails without it where CI is true.
 */
export function findShells(): readonly Shell[] {
  const system = async () => SYSTEM_PATH;
  const shells: readonly { readonly program: string; readonly shell: (path: string) => Shell }[] = [
    { program: 'dash', shell: (path) => ({ name: 'dash', command: [path], tools: system }) },
    { program: 'bash', shell: (path) => ({ name: 'bash', command: [path, '--posix'], tools: system }) },
    {
      program: 'busybox',
      shell: (path) => ({ name: 'busybox', command: [path, 'sh'], tools: busyboxTools }),
    },
  ];
  return shells.flatMap(({ program, shell }) => {
    const path = findProgram(program);
    if (path !== undefined) return [shell(path)];
    reportMissing(program, program === 'dash');
    return [];
  });
}

/** Says loudly that a program is missing which the tests would use. */
export function reportMissing(program: string, needed = false): void {
  const text = `${program} is not installed: the host scripts are NOT tested with it. Install the package ${program}.`;
  if (needed || process.env['CI'] === 'true') throw new Error(text);
  console.warn(text);
}

/** busybox under the names of its tools, and curl, which it has no own of. */
async function busyboxTools(folder: string): Promise<string> {
  const path = join(folder, 'tools');
  await mkdir(path);
  spawnSync('busybox', ['--install', '-s', path]);
  await symlink(findProgram('curl') ?? 'curl', join(path, 'curl'));
  return path;
}

/** Makes a PATH of what the installer needs on every host, and nothing else: no unzip, no setsid, no systemctl. */
export async function linkInstallerTools(folder: string): Promise<string> {
  const names = [
    'awk',
    'base64',
    'chmod',
    'curl',
    'date',
    'df',
    'gzip',
    'head',
    'ln',
    'ls',
    'mkdir',
    'mv',
    'readlink',
  ];
  for (const name of [...names, 'rm', 'sed', 'sh', 'sha256sum', 'sleep', 'tail', 'tar', 'tr']) {
    await symlink(findProgram(name) ?? name, join(folder, name));
  }
  return folder;
}
