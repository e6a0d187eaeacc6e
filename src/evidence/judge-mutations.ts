import type { EvidenceBundle, EvidenceEntry } from './document.ts';
import { fieldsIn, isFinished, isLook, isTold, type Judged, textsIn, together } from './judged.ts';
import { readTargets } from './targets.ts';

/** In these states the balancer sends a target nothing new. */
const OUT = ['draining', 'unhealthy.draining', 'unused', 'absent'];
const IN = ['healthy'];

/**
 * Whether every mutation was looked at afterwards: whatever it changed was seen again, what was deregistered was seen out of
 * service, and what was registered was seen healthy. Where a run was stopped, it is enough that it was looked for: what nobody
 * could tell, or was not reached any more, is open. Only a run that was cancelled had no time to look.
 */
export function judgeMutations(bundle: EvidenceBundle): Judged {
  const { entries, outcome } = bundle;
  return together(
    entries.flatMap((entry, index) => {
      if (entry.kind !== 'mutation') return [];
      const problems = isRegistration(entry)
        ? targetProblems(entries, entry, index)
        : unseen(entries, entry, index);
      const isOpen =
        outcome.state === 'cancelled' || (!isFinished(bundle) && isLookedForAfter(entries, entry, index));
      return [{ judged: 1, findings: isOpen ? [] : problems, open: isOpen ? problems : [] }];
    }),
  );
}

/** Whether there is a later look at what a mutation changed. */
export function isSeenAfter(
  entries: readonly EvidenceEntry[],
  mutation: EvidenceEntry,
  index: number,
): boolean {
  return looksAfter(entries, mutation, index).some(
    (look) =>
      isTold(look) &&
      (isRegistration(mutation) ? isLook(look, 'targets', mutation.subject) : shows(look, mutation)),
  );
}

/** Whether somebody asked after it, with or without an answer. */
function isLookedForAfter(
  entries: readonly EvidenceEntry[],
  mutation: EvidenceEntry,
  index: number,
): boolean {
  return looksAfter(entries, mutation, index).some(
    (look) => look.subject === mutation.subject || shows(look, mutation),
  );
}

/** Whatever was looked at through the same port after a mutation was answered. */
function looksAfter(
  entries: readonly EvidenceEntry[],
  mutation: EvidenceEntry,
  index: number,
): readonly EvidenceEntry[] {
  return entries
    .slice(index + 1)
    .filter(({ kind, port, at }) => kind === 'observation' && port === mutation.port && at >= mutation.until);
}

function shows(look: EvidenceEntry, { port, call, subject }: EvidenceEntry): boolean {
  if (port !== 'scaling') return look.subject === subject;
  // A host that was ended is seen by its group, or not at all.
  if (call === 'terminate') return look.call === 'group' || look.call === 'members';
  if (look.call === 'group')
    return look.subject === subject || membersIn(fieldsIn(look.answer)['members'], subject);
  return textsIn(look.given).includes(subject) || membersIn(look.answer, subject);
}

function membersIn(members: unknown, subject: string): boolean {
  return (
    Array.isArray(members) &&
    members.map(fieldsIn).some(({ host, group }) => host === subject || group === subject)
  );
}

function isRegistration({ port, call }: EvidenceEntry): boolean {
  return port === 'balancer' && (call === 'register' || call === 'deregister');
}

function unseen(entries: readonly EvidenceEntry[], entry: EvidenceEntry, index: number): readonly string[] {
  if (isSeenAfter(entries, entry, index)) return [];
  return [
    `entry ${entry.n}: ${entry.call} of ${entry.subject} was recorded, and no look at ${entry.subject} after it, expected one`,
  ];
}

/** Until the target is touched again, or to the end. */
function targetProblems(
  entries: readonly EvidenceEntry[],
  entry: EvidenceEntry,
  index: number,
): readonly string[] {
  const { subject: pool, call, n } = entry;
  const wanted = call === 'register' ? IN : OUT;
  const words = call === 'register' ? 'healthy' : 'draining, unused or absent';
  if (!isSeenAfter(entries, entry, index)) return unseen(entries, entry, index);
  return textsIn(entry.given).flatMap((key) => {
    const last = reaches(entries, { index, key, wanted });
    if (last === 'reached') return [];
    const seen = last === undefined ? 'it was not looked at' : `it was last seen ${last}`;
    return [`entry ${n}: ${call} of ${key} in ${pool} was recorded, and after it ${seen}, expected ${words}`];
  });
}

interface Reached {
  /** Of the mutation. */
  readonly index: number;
  readonly key: string;
  readonly wanted: readonly string[];
}

/** Whether a target came into one of these states before it was touched again; else how it was seen last. */
function reaches(entries: readonly EvidenceEntry[], { index, key, wanted }: Reached): string | undefined {
  const mutation = entries[index];
  let last: string | undefined;
  for (const entry of entries.slice(index + 1)) {
    if (mutation === undefined || touches(entry, mutation.subject, key)) break;
    if (!isLook(entry, 'targets', mutation.subject) || entry.at < mutation.until) continue;
    const targets = readTargets(entry.answer);
    if (targets === undefined) continue;
    const state = targets.find(({ id, port }) => `${id}:${port}` === key)?.state ?? 'absent';
    if (wanted.includes(state)) return 'reached';
    last = `${state} (entry ${entry.n})`;
  }
  return last;
}

function touches(entry: EvidenceEntry, pool: string, key: string): boolean {
  return isRegistration(entry) && entry.subject === pool && textsIn(entry.given).includes(key);
}
