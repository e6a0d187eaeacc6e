import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { signalGroup } from '../hosts/processes.ts';

/** What the agent needs to know about its host. */
export interface AgentHost {
  /** Folder that stands for `/`. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** How a script ended. */
export interface AgentResult {
  readonly end: 'exited' | 'cancelled' | 'timed-out';
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A script that runs on a host. */
export interface AgentRun {
  readonly result: Promise<AgentResult>;
  /** Ends its process group, with what the script left running in the background. */
  cancel(): void;
  /** All that it printed; only when it has ended. */
  output(stream: 'stdout' | 'stderr'): Promise<Buffer>;
}

/** The most that GetCommandInvocation ever shows, in characters of up to four bytes. */
const OUTPUT_BYTES = 4 * 24_000;
/** Milliseconds from the first to the second delivery of a command. */
const REDELIVERY = 50;
/** The agent's `CommandStoppedPreemptivelyExitCode`. */
const STOPPED_EXIT_CODE = 137;

/**
 * Runs what is delivered twice: the second run begins shortly after the first and does not wait for it. It is over when
 * both are, and the second tells the result.
 *
 * @param start begins a run in a folder of its own
 */
export function runTwice(start: (delivery: 1 | 2) => AgentRun): AgentRun {
  const first = start(1);
  let second: AgentRun | undefined;
  let cancelled = false;
  const both = async (): Promise<AgentResult> => {
    await sleep(REDELIVERY);
    if (cancelled) return first.result;
    second = start(2);
    const [, result] = await Promise.all([first.result, second.result]);
    return result;
  };
  // Its failure is told by `both`, which may still be waiting to begin.
  first.result.catch(() => undefined);
  return {
    result: both(),
    cancel: () => {
      cancelled = true;
      first.cancel();
      second?.cancel();
    },
    output: (stream) => (second ?? first).output(stream),
  };
}

/**
 * Runs commands on a host as the agent's `aws:runShellScript` does: joined to `_script.sh`, by `/bin/sh`, in a
 * process group of their own, with the output in files, so that a background process does not hold the result.
 *
 * @param name of the run's folder; no other run of the host has it
 * @param timeout milliseconds
 */
export function runScript(
  host: AgentHost,
  name: string,
  commands: readonly string[],
  timeout: number,
): AgentRun {
  const folder = join(host.root, 'var/lib/amazon/ssm', name, 'awsrunShellScript');
  let stopped: 'cancelled' | 'timed-out' | undefined;
  let group: number | undefined;
  const stop = (reason: 'cancelled' | 'timed-out'): void => {
    stopped ??= reason;
    if (group !== undefined) signalGroup(group, 'SIGKILL');
  };

  const run = async (): Promise<AgentResult> => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, '_script.sh'), `${commands.join('\n')}\n`, { mode: 0o700 });
    await using stdout = await open(join(folder, 'stdout'), 'w+');
    await using stderr = await open(join(folder, 'stderr'), 'w+');
    const child = spawnScript(host, folder, stdout, stderr);
    const ended = once(child, 'exit');
    group = child.pid;
    if (stopped !== undefined) stop(stopped);
    const timer = setTimeout(() => stop('timed-out'), timeout);
    await ended.finally(() => clearTimeout(timer));
    // Forgets a group that is gone: the system may give its number to another.
    if (group !== undefined && !signalGroup(group, 0)) group = undefined;
    const exitCode = stopped === undefined ? (child.exitCode ?? -1) : STOPPED_EXIT_CODE;
    return {
      end: stopped ?? 'exited',
      exitCode,
      stdout: await readStart(stdout),
      stderr: (await readStart(stderr)) + failure(child),
    };
  };

  return {
    result: run(),
    cancel: () => stop('cancelled'),
    output: (stream) => readFile(join(folder, stream)),
  };
}

function spawnScript(host: AgentHost, folder: string, stdout: FileHandle, stderr: FileHandle): ChildProcess {
  return spawn('/bin/sh', [join(folder, '_script.sh')], {
    cwd: host.root,
    env: host.environment,
    stdio: ['ignore', stdout.fd, stderr.fd],
    detached: true,
  });
}

/** What the real agent adds to the error output of a script that fails. */
function failure(child: ChildProcess): string {
  if (child.exitCode === 0) return '';
  const how = child.signalCode === null ? `exit status ${child.exitCode}` : `signal: ${child.signalCode}`;
  return `failed to run commands: ${how}`;
}

async function readStart(file: FileHandle): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(OUTPUT_BYTES), 0, OUTPUT_BYTES, 0);
  return buffer.toString('utf8', 0, bytesRead);
}
