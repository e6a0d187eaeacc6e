import type { ZoneEntry, ZoneState } from '../../ledger/document.ts';
import { zoneEnded } from '../../ledger/order.ts';
import { UserError } from '../../runner/errors.ts';
import { isOf, isRollingBack, orderProblems } from './candidate.ts';
import type { Candidate, HeldPorts, PromoteRequest } from './request.ts';

/** Characters of a note; the whole of a problem is in the summary of the run. */
const LONGEST_NOTE = 500;

export interface Ending {
  readonly state: Extract<ZoneState, 'promoted' | 'held' | 'rolled-back'>;
  readonly note?: string;
  /** Hosts that were seen in service. */
  readonly serving: readonly string[];
  /** More is to come, so the lease is kept; otherwise it is given back with this. */
  readonly goesOn?: true;
}

/**
 * Writes in the ledger how a bake ended, if the zone still is what was baked: somebody else may have begun something.
 *
 * @returns the zone's entry
 * @throws UserError when it is not, PlatformError when the ledger cannot be written, LostLeaseError when the lease was lost
 */
export async function recordEnd(
  { context, ledger: store, lease, journal }: HeldPorts,
  request: PromoteRequest,
  { release }: Candidate,
  { state, note, serving, goesOn }: Ending,
): Promise<ZoneEntry | undefined> {
  const { zone, runId } = request;
  const { clock, signal, run } = context;
  const write = goesOn ? lease.change : lease.end;
  const ledger = await write((found) => {
    const entry = found.zones[zone.zone];
    const returning = entry !== undefined && isRollingBack(entry) && isOf(entry, release);
    const problems = returning ? [] : orderProblems(found, request, release);
    if (problems.length > 0) {
      throw new UserError([`The ledger ${store.place} was not written.`, ...problems].join('\n'));
    }
    const at = new Date(clock.now()).toISOString();
    const said = note === undefined ? {} : { note: note.slice(0, LONGEST_NOTE) };
    return zoneEnded(journal.closed(found, serving), { zone: zone.zone, state, run, runId, at, ...said });
  }, signal);
  return ledger.zones[zone.zone];
}
