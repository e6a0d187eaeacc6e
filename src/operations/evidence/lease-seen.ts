import type { Lease, ReleaseKey } from '../../ledger/document.ts';
import { parseLedger } from '../../ledger/parse.ts';
import type { LedgerStore } from '../../ledger/port.ts';

/** What a step has written in the ledger of its own lease. */
export interface SeenLease {
  /** Fencing token. */
  readonly token: number;
  /** What the ledger says is being done to the zone; none when it says nothing of it. */
  readonly release?: Pick<ReleaseKey, 'version' | 'sha256'>;
}

/** A ledger through which a step works, and what was seen of its lease. */
export interface WatchedLedger {
  /** The same ledger. */
  watched(store: LedgerStore): LedgerStore;
  /** None while the step has held no lease. */
  seen(): SeenLease | undefined;
}

/** Notes the lease that a step takes: it is in every ledger that the step writes while it holds it. */
export function watchLedger(
  holder: Pick<Lease, 'run' | 'zone'> & { readonly service: string },
): WatchedLedger {
  const { run, zone, service } = holder;
  let seen: SeenLease | undefined;
  return {
    seen: () => seen,
    watched: ({ place, read, write }) => ({
      place,
      read,
      write: async (text, expected, signal) => {
        const { lease, zones } = parseLedger(text, { place, service });
        const answer = await write(text, expected, signal);
        if (answer.kind === 'written' && lease?.run === run) {
          const { version, sha256 } = zones[zone]?.release ?? {};
          const known = version !== undefined && sha256 !== undefined;
          seen = { token: lease.token, ...(known ? { release: { version, sha256 } } : {}) };
        }
        return answer;
      },
    }),
  };
}
