import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../operations/context.ts';
import { CancelledError } from './errors.ts';

/** The real time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  jitter: () => Math.random(),
  async sleep(milliseconds, signal) {
    try {
      await wait(milliseconds, undefined, { signal });
    } catch (error) {
      if (signal.reason instanceof CancelledError) throw signal.reason;
      throw new CancelledError('Cancelled while waiting.', { cause: error });
    }
  },
};
