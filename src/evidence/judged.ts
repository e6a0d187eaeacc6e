import type { EvidenceBundle, EvidenceEntry, EvidenceOutcome } from './document.ts';

/** What one part of a bundle was judged to be. */
export interface Judged {
  /** How many decisions were looked at. */
  readonly judged: number;
  /** What does not hold, each in one sentence. */
  readonly findings: readonly string[];
  /** What cannot be known because the run was stopped, each in one sentence. */
  readonly open: readonly string[];
}

/** Outcomes that claim that everything which was begun was also finished. */
const FINISHED: readonly EvidenceOutcome['state'][] = ['deployed', 'unchanged', 'promoted', 'rolled-back'];

export function isFinished({ outcome }: EvidenceBundle): boolean {
  return FINISHED.includes(outcome.state);
}

/** The last entry before an index for which this holds. */
export function lastBefore(
  entries: readonly EvidenceEntry[],
  index: number,
  holds: (entry: EvidenceEntry) => boolean,
): EvidenceEntry | undefined {
  return entries[entries.findLastIndex((entry, place) => place < index && holds(entry))];
}

/** Whether something was looked at and told: a host that was not reached, or whose script failed, told nothing. */
export function isTold({ kind, port, answer }: EvidenceEntry): boolean {
  if (kind !== 'observation' || answer === undefined) return false;
  return port !== 'transport' || fieldsIn(answer)['outcome'] === 'done';
}

/** Whether an entry is a look of this kind that was told something. */
export function isLook(entry: EvidenceEntry, call: string, subject?: string): boolean {
  return entry.call === call && (subject === undefined || entry.subject === subject) && isTold(entry);
}

/** Texts of a list; none when it is not one. */
export function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/** Fields of an object; an empty one when it is not one. */
export function fieldsIn(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** What a host's script answered; none when it did not end well. */
export function saidIn({ answer }: EvidenceEntry): unknown {
  return fieldsIn(answer)['said'];
}

/** Sentences of many parts as one. */
export function together(parts: readonly Judged[]): Judged {
  return {
    judged: parts.reduce((sum, { judged }) => sum + judged, 0),
    findings: parts.flatMap(({ findings }) => findings),
    open: parts.flatMap(({ open }) => open),
  };
}
