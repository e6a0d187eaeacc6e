import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Fault } from './points.ts';
import type { Reference } from './reference.ts';
import type { Trial } from './trial.ts';
import type { Order, Report } from './worker.ts';

const WORKER = join(import.meta.dirname, 'worker.ts');

/** Processes that try faults. */
export interface Workers {
  /** Tries all of them, each worker the next one that nobody has begun. */
  try(faults: readonly Fault[], tell: (trial: Trial) => void): Promise<void>;
  /** Resolves when none of them runs any more. */
  stop(): Promise<void>;
}

export function startWorkers(count: number, reference: Reference): Workers {
  const workers = Array.from({ length: count }, () => fork(WORKER));
  return {
    async try(faults, tell) {
      const queue = [...faults];
      await Promise.all(workers.map((worker) => workOff(worker, reference, { queue, tell })));
    },
    async stop() {
      await Promise.all(workers.map(ended));
    },
  };
}

interface Work {
  readonly queue: Fault[];
  readonly tell: (trial: Trial) => void;
}

async function workOff(worker: ChildProcess, reference: Reference, { queue, tell }: Work): Promise<void> {
  await asked(worker, { kind: 'begin', reference });
  for (let fault = queue.shift(); fault !== undefined; fault = queue.shift()) {
    const { trial } = await asked(worker, { kind: 'try', fault });
    if (trial !== undefined) tell(trial);
  }
  await ended(worker);
}

/** @throws Error when the worker ends instead of answering */
async function asked(worker: ChildProcess, order: Order): Promise<Report> {
  const over = new AbortController();
  const { signal } = over;
  try {
    worker.send(order);
    const [report] = await Promise.race([
      once(worker, 'message', { signal }),
      once(worker, 'exit', { signal }).then(([code]) => {
        throw new Error(`A worker ended with ${code} in the middle of its work.`);
      }),
    ]);
    return report;
  } finally {
    over.abort();
  }
}

async function ended(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const exit = once(worker, 'exit');
  if (worker.connected) worker.disconnect();
  await exit;
}
