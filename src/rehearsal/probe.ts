import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { PlatformError } from '../runner/errors.ts';
import {
  type LoadOptions,
  type Outcome,
  type ProbeOrder,
  type ProbeReport,
  REQUEST_TIMEOUT,
  type Sample,
} from './probe-sample.ts';

/** Proof that the probe can see a failure: what happened when it asked a port at which nobody listens. */
export interface ControlProof {
  readonly url: string;
  readonly outcome: Outcome;
}

/** The probe, in a process of its own so that what it measures is not disturbed by what it watches. */
export interface Probe {
  /** Everything reported so far, in the order in which requests ended. */
  readonly samples: readonly Sample[];
  /** Aborted, with the reason, when the process ends before it was closed. */
  readonly lost: AbortSignal;
  /** Asks a dead port with the code that measures the service. */
  control(): Promise<ControlProof>;
  start(options: LoadOptions): void;
  /** Ends the load, waits for the last answers, and gives all samples. */
  stop(): Promise<readonly Sample[]>;
  close(): Promise<void>;
}

/**
 * Starts the probe process; it sends nothing before `start`.
 *
 * @param onSamples called about four times a second with the requests that ended since
 * @throws PlatformError when the process cannot be started
 */
export async function forkProbe(onSamples: (samples: readonly Sample[]) => void): Promise<Probe> {
  const child = fork(fileURLToPath(new URL('./probe-child.ts', import.meta.url)), {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const samples: Sample[] = [];
  const lost = watch(child);
  child.on('message', (report: ProbeReport) => {
    if (report.kind !== 'samples') return;
    for (const sample of report.samples) samples.push(sample);
    onSamples(report.samples);
  });
  const tell = (order: ProbeOrder): void => void child.send(order);
  await heard(child, 'ready', lost.signal);

  return {
    samples,
    lost: lost.signal,
    start: (options) => tell({ kind: 'start', options }),
    async control() {
      const url = await deadAddress();
      const answer = heard(child, 'control', lost.signal);
      tell({ kind: 'control', url, timeout: REQUEST_TIMEOUT });
      return { url, outcome: (await answer).outcome };
    },
    async stop() {
      const stopped = heard(child, 'stopped', lost.signal);
      tell({ kind: 'stop' });
      await stopped;
      return samples;
    },
    close: () => close(child, lost.release),
  };
}

/** Aborts when the process ends on its own; `release` says that its end is now expected. */
function watch(child: ChildProcess): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController();
  let expected = false;
  const gone = (how: string): void => {
    if (!expected) controller.abort(new PlatformError(`The probe process ended too early (${how}).`));
  };
  child.once('error', (error) => gone(error.message));
  child.once('exit', (code, signal) => gone(signal ?? `exit code ${code}`));
  return {
    signal: controller.signal,
    release: () => {
      expected = true;
    },
  };
}

/** The next report of one kind. */
function heard<K extends ProbeReport['kind']>(
  child: ChildProcess,
  kind: K,
  lost: AbortSignal,
): Promise<Extract<ProbeReport, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      child.off('message', listen);
      lost.removeEventListener('abort', fail);
    };
    const listen = (report: ProbeReport): void => {
      if (!isKind(report, kind)) return;
      settle();
      resolve(report);
    };
    const fail = (): void => {
      settle();
      reject(lost.reason);
    };
    if (lost.aborted) return fail();
    child.on('message', listen);
    lost.addEventListener('abort', fail);
  });
}

function isKind<K extends ProbeReport['kind']>(
  report: ProbeReport,
  kind: K,
): report is Extract<ProbeReport, { kind: K }> {
  return report.kind === kind;
}

async function close(child: ChildProcess, release: () => void): Promise<void> {
  release();
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** An address at which nobody listens: a port that was free a moment ago. */
async function deadAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string')
    throw new PlatformError('No free port for the control probe.');
  return `http://127.0.0.1:${address.port}/`;
}
