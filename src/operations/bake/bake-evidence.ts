import type { GateReading, GateState } from './gates.ts';

/** What a bake saw. Times are ISO 8601, durations milliseconds. */
export interface BakeEvidence {
  readonly began: string;
  readonly ended: string;
  /** How long all gates had to be open, and the pause between two readings. */
  readonly stable: number;
  readonly every: number;
  /** Looks at the gates, the last one included even when it ended the bake half-way. */
  readonly readings: number;
  /** How long gates were closed, where that may be for a while. */
  readonly closedFor?: number;
  readonly gates: readonly GateEvidence[];
}

export interface GateEvidence {
  readonly gate: string;
  /** How many readings found it so. */
  readonly open: number;
  readonly closed: number;
  readonly unreadable: number;
  readonly last: GateMoment;
  /** The first reading, and every one that found it in another state than the one before. */
  readonly transitions: readonly GateMoment[];
}

export interface GateMoment {
  readonly at: string;
  readonly state: GateState;
  readonly seen: string;
}

/** The readings of one gate so far. */
export interface GateCourse extends GateEvidence {
  /** Readings since it was last seen open that found it closed, or found nothing. */
  readonly closedInRow: number;
  readonly unreadableInRow: number;
  /** Whether another look soon can be different. */
  readonly again: boolean;
}

/** @param at ISO 8601 time of the reading */
export function withReading(course: GateCourse | undefined, reading: GateReading, at: string): GateCourse {
  const { gate, state, seen, again } = reading;
  const moment = { at, state, seen };
  const changed = course?.last.state !== state;
  const { open = 0, closed = 0, unreadable = 0, closedInRow = 0, unreadableInRow = 0 } = course ?? {};
  const isOpen = state === 'open';
  const wasClosed = state === 'closed' ? 1 : 0;
  const wasUnreadable = state === 'unreadable' ? 1 : 0;
  return {
    gate,
    open: open + (isOpen ? 1 : 0),
    closed: closed + wasClosed,
    unreadable: unreadable + wasUnreadable,
    last: moment,
    transitions: [...(course?.transitions ?? []), ...(changed ? [moment] : [])],
    closedInRow: isOpen ? 0 : closedInRow + wasClosed,
    unreadableInRow: isOpen ? 0 : unreadableInRow + wasUnreadable,
    again,
  };
}

/** Readings in a row that may find nothing before an unreadable gate counts as closed. */
export const UNREADABLE_MOST = 3;

/**
 * Whether a gate's readings end the bake: it was closed as often in a row as counts, or could not be read as often in a
 * row as is borne, or cannot be read until somebody has mended something.
 *
 * @param counts readings in a row that must find it closed
 */
export function isShut({ last, closedInRow, unreadableInRow, again }: GateCourse, counts: number): boolean {
  if (last.state === 'open') return false;
  return !again || closedInRow >= counts || unreadableInRow >= UNREADABLE_MOST;
}

/** What is wrong with gates, one line each; what is the same for several is said once. */
export function describeShut(courses: readonly GateCourse[]): string {
  return [...new Set(courses.map(describeCourse))].join('\n');
}

function describeCourse({ last, closedInRow, unreadableInRow }: GateCourse): string {
  const times = last.state === 'closed' ? closedInRow : unreadableInRow;
  return times > 1 ? `${last.seen} (${times} readings in a row)` : last.seen;
}

export function toEvidence(course: GateCourse): GateEvidence {
  const { gate, open, closed, unreadable, last, transitions } = course;
  return { gate, open, closed, unreadable, last, transitions };
}
