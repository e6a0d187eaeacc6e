import { expect, test } from '@jest/globals';
import { changeLedger, readLedger } from '../../src/ledger/ledger.ts';
import type { LedgerStore } from '../../src/ledger/port.ts';
import { systemClock } from '../../src/runner/clock.ts';
import { CancelledError } from '../../src/runner/errors.ts';
import { failure } from '../range/wire/builder.ts';
import { release, take } from './course.ts';

/** Storage of one kind, empty before each test. */
export interface Storage {
  /** A store of its own each time, as in another process. */
  readonly open: () => LedgerStore;
  /** What is there, read past the store. */
  readonly stored: () => Promise<string | undefined>;
  /** Puts a text there past the store, where there was none. */
  readonly plant: (text: string) => Promise<void>;
  readonly remove: () => Promise<void>;
}

const { signal } = new AbortController();

/** Declares what every storage of a ledger does. */
export function storeCases({ open, stored, plant, remove }: Storage): void {
  test('there is none until the first one is written', async () => {
    const store = open();
    expect(await store.read(signal)).toBeUndefined();
    expect(await store.write('one', undefined, signal)).toMatchObject({ kind: 'written' });
    expect(await store.read(signal)).toMatchObject({ text: 'one' });
    expect(await stored()).toBe('one');
  });

  test('what was read is replaced, and nothing else', async () => {
    const store = open();
    await store.write('one', undefined, signal);
    const first = await store.read(signal);
    expect(await store.write('two', first?.revision, signal)).toMatchObject({ kind: 'written' });
    expect(await store.write('three', first?.revision, signal)).toEqual({ kind: 'conflict' });
    expect(await store.write('three', undefined, signal)).toEqual({ kind: 'conflict' });
    expect(await stored()).toBe('two');
  });

  test('one that was removed after it was read is a conflict, and may begin anew', async () => {
    const store = open();
    await store.write('one', undefined, signal);
    const first = await store.read(signal);
    await remove();
    expect(await store.write('two', first?.revision, signal)).toEqual({ kind: 'conflict' });
    expect(await store.read(signal)).toBeUndefined();
    expect(await store.write('three', undefined, signal)).toMatchObject({ kind: 'written' });
    expect(await store.write('four', first?.revision, signal)).toEqual({ kind: 'conflict' });
    expect(await stored()).toBe('three');
  });

  test('every change lands when several are made at once', async () => {
    const at = (index: number) => `2026-11-20T10:00:${String(index).padStart(2, '0')}.000Z`;
    const numbers = [1, 2, 3, 4, 5, 6];
    await Promise.all(
      numbers.map((index) =>
        changeLedger(
          open(),
          'storefront',
          (ledger) => ({
            ...ledger,
            releases: [...ledger.releases, { ...release(index), since: at(index) }],
          }),
          { clock: systemClock, signal },
        ),
      ),
    );
    const { releases } = await readLedger(open(), 'storefront', signal);
    expect(releases.map(({ ordinal }) => ordinal).sort()).toEqual(numbers);
  });

  test('a ledger that is damaged is left as it is', async () => {
    await plant('{"schema":1');
    const store = open();
    const begin = changeLedger(
      store,
      'storefront',
      (ledger) => take(ledger, { kind: 'begin', zone: 'a', release: release(1), runId: 1, rollBack: false }),
      { clock: systemClock, signal },
    );
    await expect(begin).rejects.toThrow(
      `${store.place} is not a ledger that can be read: it is not JSON. Nothing was touched.`,
    );
    expect(await stored()).toBe('{"schema":1');
  });

  test('what is cancelled ends as cancelled, with nothing written', async () => {
    const store = open();
    expect(await failure(store.read(AbortSignal.abort()))).toBeInstanceOf(CancelledError);
    expect(await failure(store.write('one', undefined, AbortSignal.abort()))).toBeInstanceOf(CancelledError);
    expect(await stored()).toBeUndefined();
  });
}
