import { describe, expect, test } from '@jest/globals';
import type { Ledger, ZoneEntry } from '../../src/ledger/document.ts';
import { changeLedger, readLedger } from '../../src/ledger/ledger.ts';
import { renderLedger } from '../../src/ledger/parse.ts';
import type { Clock } from '../../src/operations/context.ts';
import { CancelledError, PlatformError, UserError } from '../../src/runner/errors.ts';
import { AT, EMPTY, release, take } from './course.ts';
import { memoryLedger } from './memory.ts';

const { signal } = new AbortController();

/** Remembers how long it was asked to wait. */
function impatient(): { readonly clock: Clock; readonly slept: readonly number[] } {
  const slept: number[] = [];
  return { slept, clock: { now: () => 0, jitter: () => 1, sleep: async (time) => void slept.push(time) } };
}

function begin(ledger: Ledger): Ledger {
  return take(ledger, { kind: 'begin', zone: 'a', release: release(1), runId: 1, rollBack: false });
}

describe('reading', () => {
  test('gives an empty ledger when there is none, and writes nothing', async () => {
    const store = memoryLedger();
    expect(await readLedger(store, 'storefront', signal)).toEqual(EMPTY);
    expect(store.text).toBeUndefined();
  });

  test('gives what is there', async () => {
    const store = memoryLedger();
    store.text = renderLedger(begin(EMPTY));
    expect(await readLedger(store, 'storefront', signal)).toEqual(begin(EMPTY));
    await expect(readLedger(store, 'warehouse', signal)).rejects.toThrow('is that of the service storefront');
  });
});

describe('changing', () => {
  test('writes what the change gives', async () => {
    const store = memoryLedger();
    const written = await changeLedger(store, 'storefront', begin, { ...impatient(), signal });
    expect(written).toEqual({ ledger: begin(EMPTY), stored: await store.read(signal) });
    expect(store.written).toEqual([renderLedger(begin(EMPTY))]);
  });

  test('does not create a ledger in which nothing is', async () => {
    const store = memoryLedger();
    await changeLedger(store, 'storefront', (ledger) => ledger, { ...impatient(), signal });
    expect(store.text).toBeUndefined();
  });

  test('writes nothing when nothing changes', async () => {
    const store = memoryLedger();
    store.text = renderLedger(begin(EMPTY));
    await changeLedger(store, 'storefront', (ledger) => ledger, { ...impatient(), signal });
    expect(store.written).toEqual([]);
  });

  describe('from what the caller wrote last', () => {
    const other = (ledger: Ledger): Ledger => ({ ...ledger, fence: 9 });

    async function wroteOnce() {
      const store = memoryLedger();
      const edges = { ...impatient(), signal };
      const { stored } = await changeLedger(store, 'storefront', begin, edges);
      let reads = 0;
      const counting = {
        ...store,
        read: () => {
          reads += 1;
          return store.read(signal);
        },
      };
      const change = (edit: (ledger: Ledger) => Ledger) =>
        changeLedger(counting, 'storefront', edit, edges, stored);
      return { store, change, reads: () => reads };
    }

    test('it is not read again', async () => {
      const { change, reads } = await wroteOnce();
      expect((await change(other)).ledger).toEqual(other(begin(EMPTY)));
      expect(reads()).toBe(0);
    });

    test('somebody who has written since is noticed, and not written over', async () => {
      const { store, change, reads } = await wroteOnce();
      const foreign = { ...begin(EMPTY), releases: [] };
      store.text = renderLedger(foreign);
      expect((await change(other)).ledger).toEqual(other(foreign));
      expect(reads()).toBe(1);
    });

    test('a change that changes nothing is not believed to have seen what is there', async () => {
      const { store, change, reads } = await wroteOnce();
      store.text = renderLedger(other(begin(EMPTY)));
      expect((await change((ledger) => ledger)).ledger).toEqual(other(begin(EMPTY)));
      expect(reads()).toBe(1);
    });
  });

  test('starts over from what somebody else has written in between', async () => {
    const store = memoryLedger();
    const { clock, slept } = impatient();
    const seen: string[] = [];
    await changeLedger(
      store,
      'storefront',
      (ledger) => {
        seen.push(Object.keys(ledger.zones).join());
        if (seen.length < 3) {
          store.text = renderLedger({ ...begin(EMPTY), releases: [{ ...release(seen.length), since: AT }] });
        }
        const other = { ...begin(EMPTY).zones['a'], run: 'z' } as ZoneEntry;
        return { ...ledger, zones: { ...ledger.zones, z: other } };
      },
      { clock, signal },
    );
    expect(seen).toEqual(['', 'a', 'a']);
    expect(Object.keys((await readLedger(store, 'storefront', signal)).zones)).toEqual(['a', 'z']);
    expect(slept).toEqual([100, 200]);
  });

  test('gives up when others are always faster, and has written nothing', async () => {
    const store = memoryLedger();
    const { clock, slept } = impatient();
    let times = 0;
    const change = (ledger: Ledger) => {
      times += 1;
      store.text = renderLedger({ ...EMPTY, releases: [{ ...release(1), since: AT, version: `${times}` }] });
      return { ...begin(ledger), releases: [] };
    };
    const attempt = changeLedger(store, 'storefront', change, { clock, signal });
    await expect(attempt).rejects.toThrow(PlatformError);
    await expect(attempt).rejects.toThrow('was changed by others in between 20 times in a row');
    expect(store.written).toEqual([]);
    expect(Math.max(...slept)).toBe(5_000);
  });

  test('ends with what the change throws, and has written nothing', async () => {
    const store = memoryLedger();
    const refuse = () => {
      throw new UserError('zone a is not promoted');
    };
    await expect(changeLedger(store, 'storefront', refuse, { ...impatient(), signal })).rejects.toThrow(
      'zone a',
    );
    expect(store.written).toEqual([]);
  });

  test('changes nothing of what it cannot read', async () => {
    const store = memoryLedger();
    store.text = '{"schema":2}';
    const change = changeLedger(store, 'storefront', begin, { ...impatient(), signal });
    await expect(change).rejects.toThrow('Nothing was touched');
    expect(store.text).toBe('{"schema":2}');
  });

  test('does not begin once it was cancelled', async () => {
    const store = memoryLedger();
    const cancelled = AbortSignal.abort(new CancelledError('Cancelled.'));
    const change = changeLedger(store, 'storefront', begin, { ...impatient(), signal: cancelled });
    await expect(change).rejects.toThrow(CancelledError);
    expect(store.written).toEqual([]);
  });
});
