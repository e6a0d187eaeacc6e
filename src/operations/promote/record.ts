import type { ZoneEntry, ZoneState } from '../../ledger/document.ts';
import { changeLedger } from '../../ledger/ledger.ts';
import { zoneEnded } from '../../ledger/order.ts';
import { UserError } from '../../runner/errors.ts';
import { isOf, isRollingBack, orderProblems } from './candidate.ts';
import type { Candidate, PromotePorts, PromoteRequest } from './request.ts';

/** Characters of a note; the whole of a problem is in the summary of the run. */
const LONGEST_NOTE = 500;

export interface Ending {
  readonly state: Extract<ZoneState, 'promoted' | 'held' | 'rolled-back'>;
  readonly note?: string;
}

/**
 * Writes in the ledger how a bake ended, if the zone still is what was baked: somebody else may have begun something.
 *
 * @returns the zone's entry
 * @throws UserError when it is not, PlatformError when the ledger cannot be written
 */
export async function recordEnd(
  { context, ledger: store }: PromotePorts,
  request: PromoteRequest,
  { release }: Candidate,
  { state, note }: Ending,
): Promise<ZoneEntry | undefined> {
  const { fleet, zone, runId } = request;
  const { clock, signal, run } = context;
  const ledger = await changeLedger(
    store,
    fleet.service,
    (found) => {
      const entry = found.zones[zone.zone];
      const returning = entry !== undefined && isRollingBack(entry) && isOf(entry, release);
      const problems = returning ? [] : orderProblems(found, request, release);
      if (problems.length > 0) {
        throw new UserError([`The ledger ${store.place} was not written.`, ...problems].join('\n'));
      }
      const at = new Date(clock.now()).toISOString();
      const said = note === undefined ? {} : { note: note.slice(0, LONGEST_NOTE) };
      return zoneEnded(found, { zone: zone.zone, state, run, runId, at, ...said });
    },
    { clock, signal },
  );
  return ledger.zones[zone.zone];
}
