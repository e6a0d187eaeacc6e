import { SKEW } from '../../ledger/lease.ts';

/** How long a lease lasts and when it is renewed. Milliseconds. */
export interface LeaseTiming {
  readonly duration: number;
  readonly skew: number;
  /** Does the work again and again in the background until what it returns is called; it keeps no process alive. */
  readonly every: (pause: number, work: () => Promise<void>) => () => void;
}

/**
 * Longer than any pause of a runner or of S3 that passes by itself, and as long as others wait for a run that was killed. With
 * a renewal every third of it, a zone of 20 minutes costs 6 writes.
 */
export const LEASE = 10 * 60_000;

export const LEASE_TIMING: LeaseTiming = {
  duration: LEASE,
  skew: SKEW,
  every: (pause, work) => {
    const timer = setInterval(() => void work(), pause);
    timer.unref();
    return () => clearInterval(timer);
  },
};
