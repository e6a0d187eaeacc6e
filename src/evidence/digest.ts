import { createHash } from 'node:crypto';
import type { EvidenceBundle, EvidenceEntry, Recorded } from './document.ts';

/** What stands for the digest of the entry before the first one. */
const BEGINNING = '0'.repeat(64);

/** Entries with their numbers and digests: each digest covers the entry and the digest before it. */
export function chained(recorded: readonly Recorded[]): readonly EvidenceEntry[] {
  const entries: EvidenceEntry[] = [];
  for (const [index, each] of recorded.entries()) {
    const numbered = { ...each, n: index + 1 };
    entries.push({ ...numbered, sha256: entryDigest(numbered, entries.at(-1)?.sha256) });
  }
  return entries;
}

/** sha256 of an entry and the digest of the one before, 64 lower-case hexadecimal digits. */
export function entryDigest(entry: Omit<EvidenceEntry, 'sha256'>, before: string | undefined): string {
  return sha256(`${before ?? BEGINNING}\n${canonical(entry)}`);
}

/** sha256 of a whole bundle but for its head; the entries stand in it by their number and the digest of the last one. */
export function headOf({
  head: _,
  entries,
  ...facts
}: EvidenceBundle | (Omit<EvidenceBundle, 'head'> & { readonly head?: string })): string {
  return sha256(canonical({ ...facts, entries: entries.length, last: entries.at(-1)?.sha256 ?? BEGINNING }));
}

/** JSON with the keys of every object in order, so that the same content gives the same text. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`);
  return `{${fields.join(',')}}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
