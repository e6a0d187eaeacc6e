import type { Act, Ledger } from '../../ledger/document.ts';
import {
  hostsServe,
  intentBegan,
  intentEnded,
  journalClosed,
  knownRecords,
  type Writer,
} from '../../ledger/journal.ts';
import { LostLeaseError } from '../../ledger/lease.ts';
import { doingOf } from '../../ledger/left-open.ts';
import type { Edges } from '../context.ts';
import type { HeldLease } from '../lease/hold-lease.ts';
import type { UndoRecord } from '../records.ts';
import type { Journal } from './journal.ts';

/** Milliseconds for the note that a batch has ended, also when the step is being cancelled. */
const NOTE = 10_000;

/** What a journal is kept with. */
export interface JournalPorts extends Pick<Edges, 'clock' | 'log' | 'run'> {
  readonly lease: Pick<HeldLease, 'token' | 'signal' | 'change'>;
}

/** A journal in the ledger. */
export interface KeptJournal extends Journal {
  /**
   * The ledger in which nothing is open any more and hosts that serve are not out: for the last write about the zone.
   *
   * @param serving hosts that were seen in service
   */
  closed(ledger: Ledger, serving: readonly string[]): Ledger;
}

type Change = (ledger: Ledger) => Ledger;

/**
 * Keeps the journal of a zone's deployment in the ledger, through the lease: each write renews it.
 *
 * @param found the ledger as the lease was taken
 */
export function keepJournal(
  { clock, log, run, lease }: JournalPorts,
  zone: string,
  found: Ledger,
): KeptJournal {
  const { token, signal } = lease;
  /** An end that was not written when it came. */
  let owed: Change = unchanged;
  const writer = (): Writer => ({ run, token, at: new Date(clock.now()).toISOString() });

  const write = async (change: Change, until: AbortSignal): Promise<void> => {
    await lease.change(change, until);
    owed = unchanged;
  };
  const begin = (act: Act, version: string, records: readonly UndoRecord[]): Promise<void> => {
    const began = { ...writer(), act, zone, version };
    const before = owed;
    return write((ledger) => intentBegan(before(ledger), began, records), signal);
  };
  const tryBegin: Journal['begin'] = async (act, version, records) => {
    try {
      await begin(act, version, records);
    } catch (error) {
      if (error instanceof LostLeaseError) throw error;
      signal.throwIfAborted();
      const hosts = records.map(({ host }) => host);
      log.warning(untold(`this run is ${doingOf({ act, version, hosts })}`, error));
    }
  };
  return {
    known: knownRecords(found, zone),
    begin: (act, version, records) => (act === 'return' ? tryBegin : begin)(act, version, records),
    beginBack: tryBegin,
    async end(kind, left) {
      const ended = { ...writer(), zone, kind };
      const before = owed;
      const change: Change = (ledger) => intentEnded(before(ledger), ended, left);
      try {
        await write(change, AbortSignal.timeout(NOTE));
      } catch (error) {
        // That was said when it was lost, and whoever has the lease now has closed what was open.
        if (error instanceof LostLeaseError) return;
        owed = change;
        const out = left.map(({ record }) => record.host).join(', ');
        log.warning(untold(out === '' ? 'the batch serves again' : `${out} stay out of service`, error));
      }
    },
    closed: (ledger, serving) => hostsServe(journalClosed(owed(ledger), writer()), serving),
  };
}

/** The journal of a dry run, and of whoever looks only: it knows what is out, and nothing may be begun. */
export function readOnlyJournal(known: Journal['known']): Journal {
  const refuse = () => Promise.reject(new TypeError('a step that only looks has begun something'));
  return { known, begin: refuse, beginBack: refuse, end: refuse };
}

function unchanged(ledger: Ledger): Ledger {
  return ledger;
}

function untold(what: string, error: unknown): string {
  const seen = error instanceof Error ? error.message : String(error);
  return `The ledger could not be told that ${what}: ${seen}`;
}
