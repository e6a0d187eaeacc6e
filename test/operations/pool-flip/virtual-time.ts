import type { Clock } from '../../../src/operations/context.ts';

/** Time that passes only when everybody sleeps; whoever sleeps in it takes turns as their alarms go off. */
export interface VirtualTime {
  now(): number;
  /** Resolves when that much time has passed, or rejects with the signal's reason at once when it aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  clock(jitter: () => number): Clock;
  /** Lets time pass until the work has ended. */
  run<T>(work: Promise<T>): Promise<T>;
}

interface Sleeper {
  readonly until: number;
  readonly order: number;
  readonly wake: () => void;
}

/** @param began milliseconds since 1970 */
export function virtualTime(began = 1_795_219_200_000): VirtualTime {
  let now = began;
  let order = 0;
  const sleepers = new Set<Sleeper>();

  const sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      order += 1;
      const sleeper = { until: now + Math.max(0, milliseconds), order, wake: () => wake() };
      const wake = () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const abort = () => {
        sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
      sleepers.add(sleeper);
    });

  return {
    now: () => now,
    sleep,
    clock: (jitter) => ({ now: () => now, jitter, sleep }),
    async run(work) {
      let open = true;
      const ended = work.finally(() => {
        open = false;
      });
      ended.catch(() => undefined);
      while (open) {
        // Everything that can go on without time passing goes on first.
        await new Promise((resolve) => setImmediate(resolve));
        if (!open) break;
        const [next] = [...sleepers].toSorted(
          (one, other) => one.until - other.until || one.order - other.order,
        );
        if (next === undefined) throw new Error('nobody sleeps and the work has not ended');
        sleepers.delete(next);
        now = Math.max(now, next.until);
        next.wake();
      }
      return ended;
    },
  };
}
