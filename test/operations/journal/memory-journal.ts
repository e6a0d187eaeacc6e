import type { Ledger } from '../../../src/ledger/document.ts';
import {
  type JournalPorts,
  type KeptJournal,
  keepJournal,
} from '../../../src/operations/journal/keep-journal.ts';

export const EMPTY: Ledger = { schema: 1, service: 'storefront', zones: {}, releases: [] };

/** A journal in a ledger in memory, of which the lease is never lost. */
export interface MemoryJournal extends KeptJournal {
  ledger: Ledger;
  /** What was written, in order. */
  readonly written: readonly Ledger[];
  /** Called before each write takes effect; what it throws, the write throws. */
  beforeWrite: (next: Ledger) => void;
  /** Called after each; what it throws, the write throws all the same. */
  afterWrite: (next: Ledger) => void;
}

export interface MemoryWish {
  readonly found?: Ledger;
  readonly run?: string;
  readonly token?: number;
  readonly zone?: string;
  readonly signal?: AbortSignal;
  readonly log?: JournalPorts['log'];
  readonly now?: () => number;
}

export function memoryJournal(wish: MemoryWish = {}): MemoryJournal {
  const {
    found = EMPTY,
    run = 'run 7',
    token = 7,
    zone = 'us-east-1a',
    now = () => 1_795_219_200_000,
  } = wish;
  const { signal = new AbortController().signal } = wish;
  const { log = { info: () => undefined, warning: () => undefined, group: (_, work) => work() } } = wish;
  const written: Ledger[] = [];
  const clock = { now, jitter: () => 0.5, sleep: () => Promise.resolve() };
  const change = async (edit: (ledger: Ledger) => Ledger, until: AbortSignal): Promise<Ledger> => {
    until.throwIfAborted();
    const next = edit(journal.ledger);
    journal.beforeWrite(next);
    journal.ledger = next;
    written.push(next);
    journal.afterWrite(next);
    return next;
  };
  const journal: MemoryJournal = {
    ...keepJournal({ clock, log, run, lease: { token, signal, change } }, zone, found),
    ledger: found,
    written,
    beforeWrite: () => undefined,
    afterWrite: () => undefined,
  };
  return journal;
}
