import { formatDuration } from '../fleet/duration.ts';
import type { Edges } from './context.ts';

/** Many things happen at once or not for long: the second look comes soon, and each later one half as much later again. */
const SOONEST = 250;
const SLOWING = 1.5;

/** How often a long wait speaks up when nothing changes. */
const REMINDER = 15_000;

/** One look at the world: it is as awaited, or what was seen instead, in words. */
export type Look<T> =
  | { readonly reached: true; readonly value: T }
  /** `again` is in how many milliseconds it can be otherwise at the earliest, when that is known. */
  | { readonly reached: false; readonly seen: string; readonly again?: number };

export interface Wait<T> {
  /** What is awaited, for the log: `waiting for …`. */
  readonly what: string;
  /** Milliseconds until the first look, when it is known that nothing can be seen before; at once when not given. */
  readonly first?: number;
  /** Milliseconds between looks, less at first; give or take a tenth, so that many waits do not look in step. */
  readonly every: number;
  /** Milliseconds until it gives up. */
  readonly timeout: number;
  readonly look: () => Promise<Look<T>>;
}

/**
 * Looks until the world is as awaited or the time is over; says in the log what is awaited, what was last seen and how
 * long it may still take.
 *
 * @returns the last look
 * @throws CancelledError when the context's signal aborts
 */
export async function waitUntil<T>(
  { clock, log, signal }: Pick<Edges, 'clock' | 'log' | 'signal'>,
  wait: Wait<T>,
): Promise<Look<T>> {
  const started = clock.now();
  if (wait.first !== undefined && wait.first > 0) {
    log.info(`waiting for ${wait.what}: ${formatDuration(wait.first)} at least`);
    await clock.sleep(wait.first, signal);
  }
  let said = { at: Number.NEGATIVE_INFINITY, seen: '' };
  let pause = Math.min(SOONEST, wait.every);
  while (true) {
    const look = await wait.look();
    const now = clock.now();
    const left = started + wait.timeout - now;
    if (look.reached || left <= 0) return look;
    if (look.seen !== said.seen || now - said.at >= REMINDER) {
      log.info(`waiting for ${wait.what}: ${look.seen}; up to ${formatDuration(left)} more`);
      said = { at: now, seen: look.seen };
    }
    const next = Math.min(pause * (0.9 + 0.2 * clock.jitter()), look.again ?? left, left);
    await clock.sleep(next, signal);
    pause = Math.min(pause * SLOWING, wait.every);
  }
}
