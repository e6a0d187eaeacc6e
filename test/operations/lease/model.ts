import fc from 'fast-check';
import type { Lease, Ledger } from '../../../src/ledger/document.ts';
import { breakLease, LostLeaseError, SKEW, takeLease } from '../../../src/ledger/lease.ts';
import { changeLedger, readLedger } from '../../../src/ledger/ledger.ts';
import type { Clock } from '../../../src/operations/context.ts';
import { holdLease, type KeptLease } from '../../../src/operations/lease/hold-lease.ts';
import { LEASE_TIMING } from '../../../src/operations/lease/timing.ts';
import { UserError } from '../../../src/runner/errors.ts';
import { memoryLedger } from '../../ledger/memory.ts';

export const SERVICE = 'storefront';
/** 2026-11-21T00:00:00Z. */
const BEGINNING = 1_795_219_200_000;
/** An answer of the ledger is believed for 5 s: that long somebody whose lease was broken may not have noticed. */
const NOTICED = 5_000;

export type Move =
  | { readonly kind: 'take' | 'change' | 'renew' | 'let go'; readonly run: number }
  | { readonly kind: 'break' }
  | { readonly kind: 'pass'; readonly milliseconds: number };

export interface Course {
  /** Number of each run; two with the same one are two jobs of one run. */
  readonly ids: readonly number[];
  /** What each run's clock is wrong by, in milliseconds. */
  readonly wrong: readonly number[];
  readonly moves: readonly Move[];
}

/** How leases are held; the tests plant worse ways. */
export interface Way {
  readonly skew: number;
  readonly check: (lease: KeptLease, taken: Lease, clock: Clock) => Promise<void>;
}

export const OURS: Way = { skew: SKEW, check: (lease) => lease.check() };

const run = fc.nat({ max: 2 });
const minutes = (most: number) => fc.integer({ min: 1, max: most * 60_000 });
const move: fc.Arbitrary<readonly Move[]> = fc.oneof(
  { weight: 4, arbitrary: run.map((each) => [{ kind: 'take', run: each } as const]) },
  { weight: 6, arbitrary: run.map((each) => [{ kind: 'change', run: each } as const]) },
  { weight: 2, arbitrary: run.map((each) => [{ kind: 'renew', run: each } as const]) },
  { weight: 1, arbitrary: run.map((each) => [{ kind: 'let go', run: each } as const]) },
  { weight: 3, arbitrary: minutes(4).map((milliseconds) => [{ kind: 'pass', milliseconds } as const]) },
  // Where two runs can be at work at once: one waits for the end of the other's lease.
  {
    weight: 3,
    arbitrary: fc
      .record({ first: run, second: run, around: fc.integer({ min: -60_000, max: 90_000 }) })
      .map(({ first, second, around }) => [
        { kind: 'take', run: first } as const,
        { kind: 'pass', milliseconds: LEASE_TIMING.duration + around } as const,
        { kind: 'take', run: second } as const,
        { kind: 'change', run: second } as const,
        { kind: 'change', run: first } as const,
      ]),
  },
);

const wrong = fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: -SKEW, max: SKEW })));
const broken = fc.constant<readonly Move[]>([{ kind: 'break' }]);

/** Three runs that take the lease of each other when its time is over. */
export const orderly: fc.Arbitrary<Course> = fc.record({
  wrong,
  ids: fc.constant([1, 2, 3]),
  moves: fc.array(move, { maxLength: 15 }).map((parts) => parts.flat()),
});

/** Two jobs of one run, another run, and a person who breaks leases. */
export const rough: fc.Arbitrary<Course> = fc.record({
  wrong,
  ids: fc.constant([1, 2, 2]),
  moves: fc
    .array(fc.oneof({ weight: 12, arbitrary: move }, { weight: 1, arbitrary: broken }), { maxLength: 15 })
    .map((parts) => parts.flat()),
});

/** Lets it happen. @returns everything that may not have happened, and how many changes were made by how many runs */
export async function play({ wrong, ids, moves }: Course, { skew, check }: Way = OURS) {
  let now = BEGINNING;
  const store = memoryLedger();
  const { signal } = new AbortController();
  const broken: string[] = [];
  const changed: { readonly run: number; readonly token: number }[] = [];
  const players = wrong.map((offset, index) => {
    const clock: Clock = { now: () => now + offset, jitter: () => 0.5, sleep: async () => undefined };
    return {
      clock,
      claim: { run: `run ${index + 1}`, runId: ids[index] ?? 0 },
      held: undefined as Held | undefined,
    };
  });
  const player = (index: number) => players[index] ?? raise(index);
  const watched = {
    ...store,
    write: async (text: string, expected: string | undefined) => {
      const before = fenceOf(store.text);
      const outcome = await store.write(text, expected, signal);
      if (fenceOf(store.text) < before) broken.push('the fencing token fell');
      return outcome;
    },
  };
  const change = (edit: (ledger: Ledger) => Ledger, clock: Clock) =>
    changeLedger(watched, SERVICE, edit, { clock, signal });

  for (const each of moves) {
    if (each.kind === 'pass') now += each.milliseconds;
    else if (each.kind === 'break') {
      const at = new Date(now).toISOString();
      await change((found) => breakLease(found, { at, reason: 'a drill' }), player(0).clock).catch(expected);
      now += NOTICED;
    } else await act(each);
  }
  return { broken, changed };

  async function act({ kind, run: index }: Extract<Move, { readonly run: number }>): Promise<void> {
    const { clock, claim, held } = player(index);
    if (kind === 'take') {
      const was = (await readLedger(watched, SERVICE, signal)).lease;
      const taken = await change(
        (found) =>
          takeLease(found, { ...claim, zone: 'a', now: clock.now(), duration: LEASE_TIMING.duration, skew }),
        clock,
      ).catch(expected);
      const lease = taken?.ledger.lease;
      if (lease === undefined) return;
      const ports = { clock, log: silent, signal, ledger: watched, leaseTiming: { ...LEASE_TIMING, skew } };
      player(index).held = { taken: lease, lease: holdLease(ports, SERVICE, { ...taken, lease }) };
      // Its own older lease may have been believed for as long.
      if (was?.runId === claim.runId) now += NOTICED;
    } else if (held !== undefined) await use(kind, held, index);
  }

  async function use(
    kind: 'change' | 'renew' | 'let go',
    { lease, taken }: Held,
    index: number,
  ): Promise<void> {
    if (kind === 'renew') return lease.renewIfDue();
    if (kind === 'let go') {
      await lease.letGo();
      player(index).held = undefined;
      return;
    }
    const passed = await check(lease, taken, player(index).clock).then(() => true, expected);
    if (passed !== true) {
      if (lease.lost() !== undefined && !lease.signal.aborted) broken.push('lost, and the work goes on');
      return;
    }
    const newest = Math.max(0, ...changed.map(({ token }) => token));
    if (lease.token < newest) broken.push(`run ${index + 1} changes with ${lease.token} after ${newest} has`);
    changed.push({ run: index, token: lease.token });
  }
}

interface Held {
  readonly taken: Lease;
  readonly lease: KeptLease;
}

const silent = {
  info: () => undefined,
  warning: () => undefined,
  group: <T>(_: string, work: () => Promise<T>) => work(),
};

function fenceOf(text: string | undefined): number {
  return text === undefined ? 0 : (JSON.parse(text).fence ?? 0);
}

function expected(error: unknown): undefined {
  if (error instanceof UserError || error instanceof LostLeaseError) return undefined;
  throw error;
}

function raise(index: number): never {
  throw new Error(`there is no run ${index}`);
}
