import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Answer, readAnswer } from '../../src/hosts/answer.ts';
import { packCommand } from '../../src/hosts/envelope.ts';
import { until } from '../range/support.ts';
import { findShells, type Shell } from './shells.ts';

/** How a script ended. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly ended: Promise<Outcome>;
  /** Ends it as a lost machine does: at once and without a last word. */
  kill(): void;
}

/** A folder that stands for one machine, and a shell on it. */
export interface Machine {
  /** Names in its temporary folder. */
  temporaryFiles(): Promise<readonly string[]>;
  /** Waits until a running script has made a temporary file. */
  untilTemporaryFiles(): Promise<void>;
  /** Starts a packed script as the agent does: from a file, in a process group of its own. */
  start(script: string, ...values: readonly string[]): Running;
  /** Runs a script to its end. */
  run(script: string, ...values: readonly string[]): Promise<Outcome>;
  /** Runs a script that must succeed and reads its answer. */
  ask(script: string, ...values: readonly string[]): Promise<Answer>;
  /** Where a path of the machine really is. */
  at(path: string): string;
  write(path: string, text: string, mode?: number): Promise<void>;
  read(path: string): Promise<string>;
  /** Names in a folder, sorted; none when it is missing. */
  list(path: string): Promise<readonly string[]>;
  link(path: string, target: string): Promise<void>;
  /** Removes a link or a file. */
  remove(path: string): Promise<void>;
  /** Names in the home folder, which is where scripts are started. */
  homeFiles(): Promise<readonly string[]>;
  /** Writes a file of the home folder, such as a tool's settings. */
  writeHome(name: string, text: string): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param environment what the script sees beside the PATH of its shell */
export async function startMachine(
  shell: Shell = anyShell(),
  environment: Readonly<Record<string, string>> = {},
): Promise<Machine> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'zonewise-host-')));
  // Blanks and quotes in every path: a script that forgets to quote one does not pass.
  const root = join(folder, "the host's  root");
  const temporary = join(folder, 'tmp folder');
  await mkdir(root);
  await mkdir(temporary);
  const env = {
    PATH: await shell.tools(folder),
    HOME: folder,
    TMPDIR: temporary,
    ZONEWISE_HOST_ROOT: root,
    ...environment,
  };
  const children: ChildProcess[] = [];
  const at = (path: string) => join(root, path);

  const start: Machine['start'] = (script, ...values) => {
    const [program, ...options] = shell.command;
    const file = join(folder, `script-${children.length}.sh`);
    const text = `${packCommand(script, values).join('\n')}\n`;
    const child = spawnScript(program, [...options, file], { folder, env, file, text });
    children.push(child.process);
    return { ended: child.ended, kill: () => endGroup(child.process) };
  };
  const run: Machine['run'] = (script, ...values) => start(script, ...values).ended;

  return {
    temporaryFiles: () => readdir(temporary),
    untilTemporaryFiles: () =>
      until(async () => (await readdir(temporary)).length > 0, 'the script has made a temporary file'),
    start,
    run,
    ask: async (script, ...values) => {
      const { code, stdout, stderr } = await run(script, ...values);
      if (code !== 0) throw new Error(`expected success, saw exit code ${code}: ${stderr}${stdout}`);
      return readAnswer('the machine', stdout);
    },
    at,
    write: async (path, text, mode = 0o644) => {
      await mkdir(dirname(at(path)), { recursive: true });
      await writeFile(at(path), text, { mode });
    },
    read: (path) => readFile(at(path), 'utf8'),
    list: async (path) => (await readdir(at(path)).catch(() => [])).toSorted(),
    link: async (path, target) => {
      await mkdir(dirname(at(path)), { recursive: true });
      await symlink(target, at(path));
    },
    remove: (path) => rm(at(path)),
    homeFiles: () => readdir(folder),
    writeHome: (name, text) => writeFile(join(folder, name), text),
    [Symbol.asyncDispose]: async () => {
      for (const child of children) endGroup(child);
      // A script that was killed may have left something that still writes.
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The first shell there is, for what does not depend on the shell. */
function anyShell(): Shell {
  const [shell] = findShells();
  if (shell === undefined) throw new Error('this machine has no shell');
  return shell;
}

interface Script {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly file: string;
  readonly text: string;
}

function spawnScript(
  program: string,
  options: readonly string[],
  { folder, env, file, text }: Script,
): { readonly process: ChildProcess; readonly ended: Promise<Outcome> } {
  // Written at once, so that the caller holds the process before anything else can happen.
  writeFileSync(file, text);
  const child = spawn(program, options, {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    output.stdout += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    output.stderr += part;
  });
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    // Only when every holder of its output has gone: a process left behind with it would hang here.
    child.on('close', (code) => resolve({ code, ...output }));
  });
  return { process: child, ended };
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, 'SIGKILL');
}
