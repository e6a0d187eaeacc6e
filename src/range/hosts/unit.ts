import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { exited, signalGroup } from './processes.ts';

/** The words of `systemctl is-active`. */
export type UnitState = 'inactive' | 'activating' | 'active' | 'failed';

export interface UnitOptions {
  /** Path of the program, asked for at every start. */
  readonly program: () => Promise<string>;
  readonly environment: Readonly<Record<string, string>>;
  /** File that the program's output is appended to. */
  readonly log: string;
  /** Milliseconds from SIGTERM to SIGKILL. */
  readonly stopTimeout: number;
}

/** One supervised service, as systemd runs it with `Type=exec` and `Restart=on-failure`. */
export interface Unit {
  /** Starts it when it is not running. Rejects when the program cannot be executed. */
  start(): Promise<void>;
  /** SIGTERM, then SIGKILL to whatever is left of its process group. */
  stop(): Promise<void>;
  state(): UnitState;
  /** Process id while it runs. */
  process(): number | undefined;
  /** Ends it at once and for good. */
  kill(): Promise<void>;
}

const RESTART_DELAY = 200;
/** systemd's own defaults: `StartLimitBurst` and `StartLimitIntervalSec`. */
const START_LIMIT = { starts: 5, within: 10_000 };
/** Signals that systemd takes for a clean end. */
const CLEAN_SIGNALS: ReadonlySet<string | null> = new Set(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGPIPE']);

/** Makes a unit that is not running yet. */
export function createUnit(options: UnitOptions): Unit {
  let state: UnitState = 'inactive';
  let running: ChildProcess | undefined;
  let restart: NodeJS.Timeout | undefined;
  let starts: number[] = [];
  let stopping = false;
  let killed = false;
  let last: Promise<void> = Promise.resolve();

  /** One verb after the other: a start that overtakes a stop would find the old process. */
  const inTurn = (verb: () => Promise<void>): Promise<void> => {
    const turn = last.then(verb);
    last = turn.catch(() => undefined);
    return turn;
  };

  const launch = async (): Promise<void> => {
    clearTimeout(restart);
    if (running !== undefined || killed) return;
    state = 'activating';
    starts.push(Date.now());
    try {
      running = await execute(options);
    } catch (error) {
      state = 'failed';
      throw error;
    }
    state = 'active';
    const child = running;
    child.once('exit', () => ended(child));
    if (child.exitCode !== null || child.signalCode !== null) ended(child);
  };

  const ended = (child: ChildProcess): void => {
    if (running !== child) return;
    running = undefined;
    if (stopping || child.exitCode === 0 || CLEAN_SIGNALS.has(child.signalCode)) {
      state = 'inactive';
      return;
    }
    starts = starts.filter((at) => at > Date.now() - START_LIMIT.within);
    if (starts.length >= START_LIMIT.starts) {
      state = 'failed';
      return;
    }
    state = 'activating';
    restart = setTimeout(() => inTurn(launch).catch(() => undefined), RESTART_DELAY);
  };

  const terminate = async (timeout: number): Promise<void> => {
    clearTimeout(restart);
    state = 'inactive';
    const child = running;
    if (child?.pid === undefined) return;
    stopping = true;
    if (timeout > 0) {
      signalGroup(child.pid, 'SIGTERM');
      await exited(child, timeout);
    }
    signalGroup(child.pid, 'SIGKILL');
    await exited(child, 5_000);
    stopping = false;
  };

  return {
    start: () =>
      inTurn(() => {
        starts = [];
        return launch();
      }),
    stop: () => inTurn(() => terminate(options.stopTimeout)),
    state: () => state,
    process: () => running?.pid,
    kill: () => {
      killed = true;
      // Not in turn: a stop may still be waiting for the process to end by itself.
      if (running?.pid !== undefined) signalGroup(running.pid, 'SIGKILL');
      return inTurn(() => terminate(0));
    },
  };
}

async function execute(options: UnitOptions): Promise<ChildProcess> {
  const program = await options.program();
  const log = await open(options.log, 'a');
  try {
    const child = spawn(program, [], {
      cwd: dirname(dirname(program)),
      env: options.environment,
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
    });
    await once(child, 'spawn');
    return child;
  } finally {
    await log.close();
  }
}
