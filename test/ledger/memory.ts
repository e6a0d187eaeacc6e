import { createHash } from 'node:crypto';
import type { LedgerStore, Stored } from '../../src/ledger/port.ts';

export interface MemoryLedger extends LedgerStore {
  /** What is stored now. */
  text: string | undefined;
  /** Texts that were written, in order. */
  readonly written: readonly string[];
}

/**
 * A ledger in memory that keeps to conditions as S3 does.
 *
 * @param options.turn is waited for before each request reaches it
 * @param options.ignores makes it write whatever the condition
 */
export function memoryLedger(
  options: { readonly turn?: (what: string) => Promise<unknown>; readonly ignores?: boolean } = {},
): MemoryLedger {
  const { turn = () => Promise.resolve(), ignores = false } = options;
  const written: string[] = [];
  const store: MemoryLedger = {
    place: 'memory://ledger.json',
    text: undefined,
    written,
    read: async () => {
      await turn('read');
      return store.text === undefined ? undefined : toStored(store.text);
    },
    write: async (text, expected) => {
      await turn('write');
      const now = store.text === undefined ? undefined : toStored(store.text).revision;
      if (now !== expected && !ignores) return { kind: 'conflict' };
      store.text = text;
      written.push(text);
      return { kind: 'written', revision: toStored(text).revision };
    },
  };
  return store;
}

function toStored(text: string): Stored {
  return { text, revision: createHash('sha256').update(text).digest('hex') };
}
