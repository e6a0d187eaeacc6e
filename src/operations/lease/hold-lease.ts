import type { Lease, Ledger } from '../../ledger/document.ts';
import {
  dropLease,
  isGivenBack,
  isRunning,
  LostLeaseError,
  lostLease,
  renewLease,
  requireLease,
} from '../../ledger/lease.ts';
import { changeLedger, readLedger } from '../../ledger/ledger.ts';
import type { LedgerStore, Stored } from '../../ledger/port.ts';
import type { Edges } from '../context.ts';
import { LEASE_TIMING, type LeaseTiming } from './timing.ts';

/** Renewals are that many in a lease's time, so that two may fail. */
const RENEWALS = 3;
/** Milliseconds for which the last answer of the ledger is believed; a process may have stood still since. */
const CONFIRMED = 5_000;
/** Milliseconds for one look at the ledger, also when the step is being cancelled. */
const LOOK = 10_000;
/** Looks at the ledger before one change: during the first one the process may have stood still. */
const LOOKS = 2;

/** What a lease is held with. */
export interface LeasePorts extends Pick<Edges, 'clock' | 'log' | 'signal'> {
  readonly ledger: LedgerStore;
  /** For tests; `LEASE_TIMING` when not given. */
  readonly leaseTiming?: LeaseTiming;
}

/** A lease that this run holds. */
export interface HeldLease {
  readonly token: number;
  /** Aborts when the run is cancelled, and with a `LostLeaseError` when the lease is lost. */
  readonly signal: AbortSignal;
  /** None while it is not lost. */
  lost(): LostLeaseError | undefined;
  /**
   * To be asked before each change of the world.
   *
   * @throws LostLeaseError when the lease is not held any more
   */
  check(): Promise<void>;
  /**
   * Changes the ledger as its holder, which renews the lease.
   *
   * @throws LostLeaseError when it is not held any more; what `changeLedger` throws
   */
  change(change: (ledger: Ledger) => Ledger, signal: AbortSignal): Promise<Ledger>;
  /** The last change: the lease is let go with the same write. */
  end(change: (ledger: Ledger) => Ledger, signal: AbortSignal): Promise<Ledger>;
}

/** A lease as `withLease` keeps it. */
export interface KeptLease extends HeldLease {
  /** Renews it when that is due; does not throw. */
  renewIfDue(): Promise<void>;
  /** Gives it back unless it is lost or given back; does not throw. */
  letGo(): Promise<void>;
}

/** What is known of a lease that is held. */
interface Term {
  readonly signal: AbortSignal;
  readonly lost: () => LostLeaseError | undefined;
  readonly ended: () => boolean;
  readonly held: () => Lease;
  /** When the ledger last said that it is held. */
  readonly confirmed: () => number;
  /** @throws LostLeaseError when its time is over */
  readonly requireTime: () => Promise<void>;
  /** @throws LostLeaseError, what `readLedger` throws */
  readonly look: () => Promise<void>;
  /** Every change goes through here, so the token is compared with what is written over. */
  readonly write: (kind: Write, change: (ledger: Ledger) => Ledger, signal: AbortSignal) => Promise<Ledger>;
}

type Write = 'change' | 'renewal' | 'end';

/** A lease as it was just taken, with the ledger as it was written then, where that is known. */
export interface TakenLease {
  readonly lease: Lease;
  readonly stored?: Stored;
}

/** Keeps a lease that was just taken. */
export function holdLease(ports: LeasePorts, service: string, taken: TakenLease): KeptLease {
  const { clock, log, ledger: store } = ports;
  const { duration } = ports.leaseTiming ?? LEASE_TIMING;
  const term = beginTerm(ports, service, taken);
  let renewing: Promise<unknown> | undefined;

  const isDue = () => clock.now() >= Date.parse(term.held().expires) - (duration * (RENEWALS - 1)) / RENEWALS;
  const renew = async (): Promise<void> => {
    renewing ??= term
      .write('renewal', (found) => found, AbortSignal.timeout(LOOK))
      .finally(() => {
        renewing = undefined;
      });
    await renewing;
  };
  const untold = (what: string, error: unknown) =>
    log.warning(`The lease ${what} until ${term.held().expires}: ${messageOf(error)}`);

  return {
    token: taken.lease.token,
    signal: AbortSignal.any([ports.signal, term.signal]),
    lost: term.lost,
    change: (change, signal) => term.write('change', change, signal),
    end: (change, signal) => term.write('end', change, signal),
    async check() {
      await term.requireTime();
      try {
        for (let looks = 0; looks < LOOKS && !isFresh(clock.now() - term.confirmed()); looks += 1) {
          await (isDue() ? renew() : term.look());
        }
      } catch (error) {
        if (error instanceof LostLeaseError) throw error;
        // Nobody else can take it before its time is over, and hosts out of service are better brought back.
        untold('could not be looked up, and holds', error);
      }
      await term.requireTime();
    },
    async renewIfDue() {
      try {
        await term.requireTime();
        if (isDue() && !term.ended()) await renew();
      } catch (error) {
        if (!(error instanceof LostLeaseError)) untold('was not renewed, and holds', error);
      }
    },
    async letGo() {
      await renewing?.catch(() => undefined);
      if (term.ended() || term.lost() !== undefined) return;
      const edges = { clock, signal: AbortSignal.timeout(LOOK) };
      try {
        await changeLedger(store, service, (found) => dropLease(found, term.held()), edges);
      } catch (error) {
        untold('may not have been given back, and holds then', error);
      }
    },
  };
}

function beginTerm(
  { clock, log, ledger: store, ...ports }: LeasePorts,
  service: string,
  taken: TakenLease,
): Term {
  const { duration, skew } = ports.leaseTiming ?? LEASE_TIMING;
  const loss = new AbortController();
  let held = taken.lease;
  /** What this run wrote last: while it holds the lease hardly anybody else writes, so it need not be read before a write. */
  let last = taken.stored;
  let confirmed = Date.parse(held.since);
  let lost: LostLeaseError | undefined;
  let ended = false;

  const lose = (error: LostLeaseError): LostLeaseError => {
    if (lost === undefined) log.warning(error.message);
    lost ??= error;
    loss.abort(lost);
    return lost;
  };
  const noticing = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw error instanceof LostLeaseError ? lose(error) : error;
    }
  };
  const read = () => readLedger(store, service, AbortSignal.timeout(LOOK));
  const requireTime = async (): Promise<void> => {
    if (lost !== undefined) throw lost;
    if (isRunning(held, { now: clock.now(), skew })) return;
    throw lose(lostLease(await read().catch(() => undefined), held));
  };
  const write: Term['write'] = async (kind, change, signal) => {
    await requireTime();
    let now = clock.now();
    let next = held;
    const edit = (found: Ledger): Ledger => {
      // By this run: the answer to an earlier attempt was lost, or the work ended while a renewal was under way.
      if (kind !== 'change' && isGivenBack(found, held)) return found;
      requireLease(found, held);
      now = clock.now();
      const renewed = renewLease(change(found), held, { now, duration });
      next = renewed.lease;
      return kind === 'end' ? dropLease(renewed, held) : renewed;
    };
    const known = last;
    // Unknown while a write is under way, and after one that failed.
    last = undefined;
    const { ledger, stored } = await noticing(() =>
      changeLedger(store, service, edit, { clock, signal }, known),
    );
    last = stored;
    held = next;
    confirmed = now;
    ended ||= kind === 'end';
    return ledger;
  };
  return {
    signal: loss.signal,
    lost: () => lost,
    ended: () => ended,
    held: () => held,
    confirmed: () => confirmed,
    requireTime,
    look: () =>
      noticing(async () => {
        const now = clock.now();
        requireLease(await read(), held);
        confirmed = now;
      }),
    write,
  };
}

function isFresh(age: number): boolean {
  return age >= 0 && age < CONFIRMED;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
