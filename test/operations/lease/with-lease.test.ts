import { describe, expect, test } from '@jest/globals';
import type { Ledger } from '../../../src/ledger/document.ts';
import { breakLease, LostLeaseError, SKEW } from '../../../src/ledger/lease.ts';
import type { Written } from '../../../src/ledger/port.ts';
import type { HeldLease } from '../../../src/operations/lease/hold-lease.ts';
import { LEASE, LEASE_TIMING } from '../../../src/operations/lease/timing.ts';
import { withLease } from '../../../src/operations/lease/with-lease.ts';
import { CancelledError, PlatformError } from '../../../src/runner/errors.ts';
import { memoryLedger } from '../../ledger/memory.ts';

const BEGINNING = 1_795_219_200_000;
const WISH = { service: 'storefront', zone: 'us-east-1a', run: 'run 7', runId: 7 };
const SECOND = 1_000;
const BEAT = 20 * SECOND;

function setLease() {
  let now = BEGINNING;
  let beat: () => Promise<void> = async () => undefined;
  const cancellation = new AbortController();
  const log: string[] = [];
  const store = memoryLedger();
  const trouble: { read?: Error; write?: Error; answer?: Error | Written } = {};
  const ledger = {
    ...store,
    read: async (signal: AbortSignal) => {
      if (trouble.read !== undefined) throw trouble.read;
      return store.read(signal);
    },
    write: async (text: string, expected: string | undefined, signal: AbortSignal) => {
      if (trouble.write !== undefined) throw trouble.write;
      const outcome = await store.write(text, expected, signal);
      const { answer } = trouble;
      delete trouble.answer;
      if (answer instanceof Error) throw answer;
      return answer ?? outcome;
    },
  };
  const say = (text: string) => void log.push(text);
  return {
    store,
    trouble,
    log,
    cancel: () => cancellation.abort(new CancelledError('Cancelled by SIGINT.')),
    parsed: (): Ledger => JSON.parse(store.text ?? '{}'),
    /** Changes the ledger as somebody else would. */
    edit: (change: (ledger: Ledger) => Ledger) => {
      store.text = JSON.stringify(change(JSON.parse(store.text ?? '{}')));
    },
    async pass(milliseconds: number) {
      for (let left = milliseconds; left > 0; left -= BEAT) {
        now += Math.min(left, BEAT);
        await beat();
      }
    },
    /** The process stands still, and so do its timers. */
    freeze: (milliseconds: number) => {
      now += milliseconds;
    },
    hold: <T>(work: (lease: HeldLease) => Promise<T>, begin = (found: Ledger) => found) =>
      withLease(
        {
          ledger,
          clock: { now: () => now, jitter: () => 0.5, sleep: async () => undefined },
          log: { info: say, warning: say, group: (_, inside) => inside() },
          signal: cancellation.signal,
          leaseTiming: {
            ...LEASE_TIMING,
            every: (pause, renew) => {
              expect(pause).toBe(BEAT);
              beat = renew;
              return () => {
                beat = async () => undefined;
              };
            },
          },
        },
        WISH,
        begin,
        work,
      ),
  };
}

const S3 = new PlatformError('S3 answered 503');

describe('while the work goes on', () => {
  test('the lease is renewed every third of its time, with one write each, and given back at the end', async () => {
    const stage = setLease();
    await stage.hold(async (lease) => {
      await stage.pass(LEASE / 3 - BEAT);
      expect(stage.store.written).toHaveLength(1);
      await stage.pass(BEAT);
      expect(stage.store.written).toHaveLength(2);
      await stage.pass(3 * LEASE);
      expect(stage.store.written).toHaveLength(2 + 9);
      await lease.check();
      expect(stage.parsed().lease).toMatchObject({ token: 1, run: 'run 7' });
    });
    expect(stage.parsed()).toMatchObject({ fence: 1 });
    expect(stage.parsed().lease).toBeUndefined();
    expect(stage.log).toEqual([]);
  });

  test('the beginning and the end of the work are written together with the lease', async () => {
    const stage = setLease();
    const since = new Date(BEGINNING).toISOString();
    const named = (version: string) => (found: Ledger) => ({
      ...found,
      releases: [{ version, sha256: 'a'.repeat(64), ordinal: 1, since }],
    });
    await stage.hold(async (lease) => {
      expect(stage.parsed()).toMatchObject({ releases: [{ version: '1' }], lease: { token: 1 } });
      await lease.end(named('2'), new AbortController().signal);
    }, named('1'));
    expect(stage.store.written).toHaveLength(2);
    expect(stage.parsed()).toMatchObject({ releases: [{ version: '2' }], fence: 1 });
    expect(stage.parsed().lease).toBeUndefined();
  });

  test('a beginning that is refused takes nothing', async () => {
    const stage = setLease();
    const refuse = () => {
      throw new PlatformError('not now');
    };
    await expect(stage.hold(async () => undefined, refuse)).rejects.toThrow('not now');
    expect(stage.store.written).toEqual([]);
  });

  test('work that fails gives it back', async () => {
    const stage = setLease();
    await expect(stage.hold(() => Promise.reject(S3))).rejects.toThrow(S3);
    expect(stage.parsed().lease).toBeUndefined();
  });
});

describe('when the ledger does not answer', () => {
  test('renewals are tried again, and the work goes on until the lease ends by its clock, and no longer', async () => {
    const stage = setLease();
    const work = stage.hold(async (lease) => {
      stage.trouble.write = S3;
      stage.trouble.read = S3;
      await stage.pass(LEASE - SKEW - BEAT);
      await lease.check();
      expect(lease.signal.aborted).toBe(false);
      await stage.pass(BEAT);
      expect(lease.signal.reason).toBeInstanceOf(LostLeaseError);
      expect(lease.lost()).toBe(lease.signal.reason);
      await lease.check();
    });
    await expect(work).rejects.toThrow('This run lost its lease to time');
    expect(stage.log).toContainEqual(expect.stringContaining('was not renewed, and holds until'));
    expect(stage.log).toContainEqual(expect.stringContaining('could not be looked up, and holds until'));
  });

  test('one that answers again in time has lost nothing', async () => {
    const stage = setLease();
    await stage.hold(async (lease) => {
      stage.trouble.write = S3;
      await stage.pass(LEASE / 2);
      delete stage.trouble.write;
      await stage.pass(LEASE);
      await lease.check();
    });
    expect(stage.parsed().lease).toBeUndefined();
  });

  test('an answer that is lost: what was taken is given back, and what was given back is not taken for lost', async () => {
    const stage = setLease();
    stage.trouble.answer = S3;
    await expect(stage.hold(async () => undefined)).rejects.toThrow(S3);
    expect(stage.parsed().lease).toBeUndefined();
    const found = await stage.hold(async (lease) => {
      stage.trouble.answer = { kind: 'conflict' };
      await lease.end((ledger) => ledger, new AbortController().signal);
      return lease.lost();
    });
    expect(found).toBeUndefined();
  });
});

test('a renewal that comes too late for the end of the work is not taken for a loss', async () => {
  const stage = setLease();
  const lost = await stage.hold(async (lease) => {
    stage.freeze(LEASE / 3);
    await Promise.all([lease.end((found) => found, new AbortController().signal), stage.pass(1)]);
    return lease.lost();
  });
  expect(lost).toBeUndefined();
  expect(stage.parsed().lease).toBeUndefined();
  expect(stage.log).toEqual([]);
});

describe('a lease that is somebody else’s by now', () => {
  const reason = 'it was dead';
  const take = (found: Ledger) =>
    breakLease(found, { by: 'carol', at: new Date(BEGINNING).toISOString(), reason });

  test('is noticed before the next change, however short the process stood still', async () => {
    const stage = setLease();
    const work = stage.hold(async (lease) => {
      await lease.check();
      stage.edit(take);
      stage.freeze(5 * SECOND);
      await lease.check();
    });
    await expect(work).rejects.toThrow(
      /lost its lease to carol, who broke it .*it was dead; nothing more is changed/,
    );
    expect(stage.parsed()).toMatchObject({ fence: 2, broken: { reason } });
  });

  test('is noticed in the background, and aborts the work', async () => {
    const stage = setLease();
    await stage.hold(async (lease) => {
      stage.edit(take);
      await stage.pass(LEASE / 3);
      expect(lease.signal.reason).toBeInstanceOf(LostLeaseError);
    });
    expect(stage.parsed()).toMatchObject({ fence: 2, broken: { reason } });
  });

  test('is not written over', async () => {
    const stage = setLease();
    await stage.hold(async (lease) => {
      stage.edit(take);
      const { signal } = new AbortController();
      const change = (found: Ledger) => ({ ...found, zones: {} });
      await expect(lease.change(change, signal)).rejects.toThrow(LostLeaseError);
      await expect(lease.end(change, signal)).rejects.toThrow(LostLeaseError);
    });
    expect(stage.store.written).toHaveLength(1);
  });

  test('a process that stood still past its end changes nothing, also when nobody has taken it', async () => {
    const stage = setLease();
    const work = stage.hold(async (lease) => {
      stage.freeze(LEASE - SKEW);
      await lease.check();
    });
    await expect(work).rejects.toThrow('lost its lease to time');
    expect(stage.store.written).toHaveLength(1);
  });
});

describe('a step that is cancelled', () => {
  test('takes nothing', async () => {
    const stage = setLease();
    stage.cancel();
    await expect(stage.hold(async () => undefined)).rejects.toThrow(CancelledError);
    expect(stage.store.written).toEqual([]);
  });

  test('hears of it, may bring its hosts back, and gives the lease back', async () => {
    const stage = setLease();
    await stage.hold(async (lease) => {
      stage.cancel();
      expect(lease.signal.reason).toBeInstanceOf(CancelledError);
      stage.freeze(10 * SECOND);
      await lease.check();
    });
    expect(stage.parsed().lease).toBeUndefined();
  });
});
