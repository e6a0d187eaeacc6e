import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Machine, type Outcome, startMachine } from './machine.ts';
import { findProgram, type Shell, SYSTEM_PATH } from './shells.ts';

/** Every program that the installer may call; it finds no other. */
const PROGRAMS = [
  ...[
    'awk',
    'base64',
    'chmod',
    'curl',
    'date',
    'df',
    'grep',
    'gzip',
    'head',
    'ln',
    'ls',
    'mkdir',
    'mv',
    'readlink',
  ],
  ...['rm', 'sed', 'setsid', 'sh', 'sha256sum', 'sleep', 'tail', 'tar', 'tr'],
];

/** Those that run beside the installer, so that whether one is reached depends on who is faster. */
export const RACING: readonly string[] = ['setsid', 'sh', 'sleep'];

/** Those that only read, and whose output the installer takes into a variable: after one everything is as it was before it. */
export const READING: readonly string[] = [
  ...['awk', 'base64', 'date', 'df', 'grep', 'head', 'ls', 'readlink', 'sha256sum', 'tail', 'tr'],
];

/**
 * When the installer's shell is killed: before a program that then never runs, before one that then runs beside the next
 * installer, or after it.
 */
export type Moment = 'before' | 'orphan' | 'after';

/** The n-th call of a program, and when. */
export interface KillPoint {
  readonly call: string;
  readonly moment: Moment;
}

export interface KillableMachine extends Machine {
  /** Runs a script with the programs as they are. */
  runPlainly(script: string, values: readonly string[]): Promise<Outcome>;
  /** Runs a script and kills its shell at a point; gives the calls that were made. Once for each machine. */
  runUntil(
    point: KillPoint | undefined,
    script: string,
    values: readonly string[],
  ): Promise<{ readonly outcome: Outcome; readonly calls: readonly string[] }>;
}

/**
 * A machine whose every program is a shim that counts its calls and, at the one that is asked for, kills the shell that
 * runs the script.
 */
export async function startKillableMachine(shell: Shell): Promise<KillableMachine> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'zonewise-shims-')));
  const [shims, calls] = [join(folder, 'shims'), join(folder, 'calls')];
  const [process, target] = [join(folder, 'process'), join(folder, 'target')];
  await mkdir(shims);
  for (const name of PROGRAMS) {
    await writeFile(join(shims, name), shimOf(name, folder), { mode: 0o755 });
  }
  const machine = await startMachine(shell, { PATH: shims });
  return {
    ...machine,
    runPlainly: (script, values) => machine.run(`PATH=${SYSTEM_PATH}\n${script}`, ...values),
    runUntil: async (point, script, values) => {
      await mkdir(calls);
      await writeFile(target, `${point?.call ?? 'none'} ${point?.moment ?? 'none'}\n`);
      const outcome = await machine.run(`printf '%s\\n' "$$" >'${process}'\n${script}`, ...values);
      return { outcome, calls: await readdir(calls) };
    },
    [Symbol.asyncDispose]: async () => {
      await machine[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function shimOf(name: string, folder: string): string {
  const real = findProgram(name);
  if (real === undefined) throw new Error(`this machine has no ${name}`);
  return `#!/bin/sh
{ read -r process <${folder}/process; } 2>/dev/null || exec ${real} "$@"
n=1
set -C
while ! { printf '' >${folder}/calls/${name}.$n; } 2>/dev/null; do n=$((n + 1)); done
set +C
read -r call moment <${folder}/target
if [ "$call" != ${name}.$n ]; then exec ${real} "$@"; fi
case $moment in
  before) kill -s KILL "$process"; exit 1 ;;
  orphan) kill -s KILL "$process"; exec ${real} "$@" ;;
  after) ${real} "$@"; code=$?; kill -s KILL "$process"; exit $code ;;
esac
`;
}
