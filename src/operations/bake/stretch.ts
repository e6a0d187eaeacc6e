import { formatDuration } from '../../fleet/duration.ts';

/** For how long gates have been open, and closed, so far. Milliseconds since 1970, or durations in milliseconds. */
export interface Stretch {
  /** When the reading began since which the stable time runs; none while gates are closed and before the first reading. */
  readonly openSince?: number;
  readonly closedSince?: number;
  /** How long earlier breaks lasted, all together. */
  readonly closedBefore: number;
}

export const BEGINNING: Stretch = { closedBefore: 0 };

/** A moment at which a bake has failed. */
export interface Limit {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Such as `policy.bake.zone-timeout (3h since …)`. */
  readonly what: string;
}

/**
 * One reading later.
 *
 * @param at when the reading began
 * @param open whether it found every gate open
 * @param anew whether one that did not starts the stable time anew
 */
export function advance(stretch: Stretch, at: number, open: boolean, anew: boolean): Stretch {
  const { openSince = at, closedSince, closedBefore } = stretch;
  if (open || !anew) {
    const closed = closedSince === undefined ? 0 : at - closedSince;
    return { openSince, closedBefore: closedBefore + closed };
  }
  return { closedSince: closedSince ?? at, closedBefore };
}

/** How long gates were closed, all breaks together: from the reading that found it to the next one that found all open. */
export function closedFor({ closedSince, closedBefore }: Stretch, now: number): number {
  return closedBefore + (closedSince === undefined ? 0 : now - closedSince);
}

/** What is left of the stable time; all of it while it does not run. */
export function leftOf({ openSince }: Stretch, stable: number, now: number): number {
  return openSince === undefined ? stable : openSince + stable - now;
}

/** That a limit is over, and how far it had come by then. */
export function describeOver({ what }: Limit, stable: number, { openSince }: Stretch, now: number): string {
  const open = openSince === undefined ? 0 : Math.min(stable, now - openSince);
  return `${what} is over: gates had been open for ${formatDuration(open)} of ${formatDuration(stable)}, and inconclusive is not passed`;
}
