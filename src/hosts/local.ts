import { type ChildProcess, spawn } from 'node:child_process';
import { type FileHandle, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../runner/errors.ts';
import { packCommand } from './envelope.ts';
import type { HostCommand, HostResult, Transport } from './port.ts';

/** The most that is kept of each output, in bytes. */
const KEPT = 1024 * 1024;
/** Milliseconds from SIGTERM to SIGKILL. */
const TERM_TO_KILL = 2_000;
const LOOK = 50;

/**
 * What a command finds in its environment, where the runner has it: what any program needs, and nothing of the workflow,
 * whose secrets are none of the host's business.
 */
const ENVIRONMENT = [
  'DBUS_SESSION_BUS_ADDRESS',
  'HOME',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'LOGNAME',
  'PATH',
  'SHELL',
  'TMPDIR',
  'TZ',
  'USER',
  'XDG_RUNTIME_DIR',
  'ZONEWISE_HOST_ROOT',
];

/**
 * The runner itself as the one host. Its commands run one after the other, in the order given.
 *
 * @param environment of the runner
 */
export function createLocalTransport(environment: NodeJS.ProcessEnv = process.env): Transport {
  const inherited = Object.fromEntries(ENVIRONMENT.map((name) => [name, environment[name]]));
  return {
    facts: async (hosts) => hosts.map((host) => ({ host, address: '127.0.0.1', reachable: true })),
    run: async (commands, signal) => {
      refuseSeveral(commands);
      const results: HostResult[] = [];
      for (const command of commands) results.push(await runCommand(command, inherited, signal));
      return results;
    },
  };
}

/** @throws UserError */
function refuseSeveral(commands: readonly HostCommand[]): void {
  const hosts = [...new Set(commands.map(({ host }) => host))];
  if (hosts.length < 2) return;
  throw new UserError(
    `The transport is local, so the runner is the only host, but there are ${hosts.length}: ${hosts.join(', ')}. ` +
      'Nothing was run. Name one host, or reach the hosts through Systems Manager with the transport ssm.',
  );
}

/** How a command ended, or why it is not waited for any longer. */
type End =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'not-started'; readonly problem: string }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'cancelled' };

async function runCommand(
  command: HostCommand,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<HostResult> {
  signal.throwIfAborted();
  const lines = packCommand(command.script, command.arguments);
  const folder = await mkdtemp(join(tmpdir(), 'zonewise-'));
  // The shell has the script open by then: whatever becomes of this process, the command's data does not stay behind.
  const script = [`rm -rf ${quoted(folder)}`, ...lines, ''].join('\n');
  // Files, not pipes: a pipe ends with this process, and the command that is left running with it; and what a command
  // starts in the background would hold the other end.
  const stdout = await open(join(folder, 'stdout'), 'wx+', 0o600);
  const stderr = await open(join(folder, 'stderr'), 'wx+', 0o600);
  let isLeft = false;
  try {
    const file = join(folder, 'script.sh');
    await writeFile(file, script, { mode: 0o600 });
    signal.throwIfAborted();
    const child = spawn('/bin/sh', [file], {
      cwd: '/',
      env: environment,
      stdio: ['ignore', stdout.fd, stderr.fd],
      detached: true,
    });
    const end = await watch(child, command.timeout, signal);
    isLeft = end.kind === 'cancelled' && command.onCancel !== 'stop';
    if (isLeft) child.unref();
    else if (end.kind === 'cancelled' || end.kind === 'timed-out') await endGroup(child);
    if (end.kind === 'cancelled') throw signal.reason;
    return resultOf(command, end, { stdout: await readStart(stdout), stderr: await readStart(stderr) });
  } finally {
    await Promise.all([stdout.close(), stderr.close()]);
    // One that is left running may not have opened its script yet; it removes the folder when it has.
    if (!isLeft) await rm(folder, { recursive: true, force: true });
  }
}

function resultOf(
  { host, timeout }: HostCommand,
  end: Exclude<End, { readonly kind: 'cancelled' }>,
  output: { readonly stdout: string; readonly stderr: string },
): HostResult {
  switch (end.kind) {
    case 'not-started':
      return { host, outcome: 'lost', reason: end.problem };
    case 'timed-out':
      return {
        host,
        outcome: 'lost',
        reason:
          `it took longer than ${timeout / 1_000} s and was ended with all that it had started ` +
          `(SIGTERM, then SIGKILL after ${TERM_TO_KILL / 1_000} s)`,
      };
    case 'exited':
      if (end.exitCode === 0) return { host, outcome: 'done', ...output };
      return { host, outcome: 'failed', exitCode: end.exitCode, ...output };
  }
}

async function watch(child: ChildProcess, timeout: number, signal: AbortSignal): Promise<End> {
  const over = new AbortController();
  const ended = new Promise<End>((resolve) => {
    child.once('error', (error) =>
      resolve({ kind: 'not-started', problem: `/bin/sh cannot be started (${error.message})` }),
    );
    child.once('exit', (code, name) => resolve({ kind: 'exited', exitCode: code ?? signalExit(name) }));
  });
  const late = delay(timeout, undefined, { signal: AbortSignal.any([over.signal, signal]) }).then(
    (): End => ({ kind: 'timed-out' }),
    (): End => ({ kind: 'cancelled' }),
  );
  try {
    return await Promise.race([ended, late]);
  } finally {
    over.abort();
  }
}

/** What a shell says of a process that a signal has ended. */
function signalExit(name: NodeJS.Signals | null): number {
  return 128 + (name === null ? 0 : constants.signals[name]);
}

/** SIGTERM to everything the command has started, and SIGKILL to what is left. */
async function endGroup({ pid }: ChildProcess): Promise<void> {
  if (pid === undefined) return;
  signalGroup(pid, 'SIGTERM');
  const limit = Date.now() + TERM_TO_KILL;
  while (signalGroup(pid, 0)) {
    if (Date.now() > limit) {
      signalGroup(pid, 'SIGKILL');
      return;
    }
    await delay(LOOK);
  }
}

/** @returns whether the group still had a process */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

async function readStart(file: FileHandle): Promise<string> {
  const { size } = await file.stat();
  const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(size, KEPT)), { position: 0 });
  // Leaves out the part of a character that a cut may have left.
  return new StringDecoder('utf8').write(buffer.subarray(0, bytesRead));
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
