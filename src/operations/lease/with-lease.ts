import { formatDuration } from '../../fleet/duration.ts';
import type { Lease, Ledger } from '../../ledger/document.ts';
import { HeldLeaseError, holderOf, leaseProblems, takeLease } from '../../ledger/lease.ts';
import { type Changed, changeLedger, readLedger } from '../../ledger/ledger.ts';
import { waitUntil } from '../wait.ts';
import { type HeldLease, holdLease, type LeasePorts, type TakenLease } from './hold-lease.ts';
import { LEASE_TIMING } from './timing.ts';

/** How often somebody who waits looks whether the lease is free. */
const EVERY = 10_000;
/** Looks in a lease's time whether a renewal is due: one that failed is soon tried again. */
const BEATS = 30;

/** Who wants to work, and on what. */
export interface LeaseWish {
  readonly service: string;
  readonly zone: string;
  readonly run: string;
  /** 0 outside of GitHub. */
  readonly runId: number;
}

/**
 * Works while it holds the lease of the service. It is taken with one write, renewed in the background, and given back at the
 * end if the work has not done so with its last change of the ledger.
 *
 * @param begin makes of the ledger what is written when the lease is taken; what it throws ends it, with nothing written
 * @param work is given the ledger as it was written then
 * @throws HeldLeaseError when somebody else holds it; what `changeLedger` and the work throw
 */
export async function withLease<T>(
  ports: LeasePorts,
  wish: LeaseWish,
  begin: (ledger: Ledger) => Ledger,
  work: (lease: HeldLease, ledger: Ledger) => Promise<T>,
): Promise<T> {
  const { duration, every } = ports.leaseTiming ?? LEASE_TIMING;
  const taken = await acquire(ports, wish, begin);
  const lease = holdLease(ports, wish.service, taken);
  const stop = every(duration / BEATS, lease.renewIfDue);
  try {
    return await work(lease, taken.ledger);
  } finally {
    stop();
    await lease.letGo();
  }
}

/**
 * Waits until nobody else holds the lease, and tries; again when somebody else was first, as long as there is time.
 *
 * @param wish.wait milliseconds; 0 looks once
 * @throws HeldLeaseError when it was not free in time
 */
export async function inTurn<T>(
  ports: LeasePorts,
  wish: LeaseWish & { readonly wait: number },
  attempt: () => Promise<T>,
): Promise<T> {
  const deadline = ports.clock.now() + wish.wait;
  while (true) {
    await waitForLease(ports, wish, Math.max(0, deadline - ports.clock.now()));
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof HeldLeaseError) || ports.clock.now() >= deadline) throw error;
    }
  }
}

async function acquire(
  ports: LeasePorts,
  wish: LeaseWish,
  begin: (ledger: Ledger) => Ledger,
): Promise<TakenLease & Pick<Changed, 'ledger'>> {
  const { ledger: store, clock, signal, log, leaseTiming = LEASE_TIMING } = ports;
  const { duration, skew } = leaseTiming;
  let before: Lease | undefined;
  let lease: Lease | undefined;
  let changed: Changed;
  const take = (found: Ledger): Ledger => {
    const taken = takeLease(found, { ...wish, now: clock.now(), duration, skew });
    const begun = begin(taken);
    before = found.lease;
    lease = taken.lease;
    return begun;
  };
  try {
    changed = await changeLedger(store, wish.service, take, { clock, signal });
  } catch (error) {
    // The write may have been done, and only its answer was lost.
    if (lease !== undefined) await holdLease(ports, wish.service, { lease }).letGo();
    throw error;
  }
  if (lease === undefined) throw new TypeError('the ledger was written without its lease');
  if (before !== undefined) {
    log.info(`took over the lease of ${before.run} for ${before.zone}, which was until ${before.expires}`);
  }
  return { lease, ...changed };
}

async function waitForLease(
  ports: LeasePorts,
  wish: LeaseWish & { readonly wait: number },
  timeout: number,
): Promise<void> {
  const { clock, signal, ledger: store, leaseTiming = LEASE_TIMING } = ports;
  let held: HeldLeaseError | undefined;
  await waitUntil(ports, {
    what: `the lease of ${wish.service}`,
    every: EVERY,
    timeout,
    look: async () => {
      const ledger = await readLedger(store, wish.service, signal);
      const claim = { ...wish, now: clock.now(), skew: leaseTiming.skew };
      const holder = holderOf(ledger, claim);
      held = holder && new HeldLeaseError(refusal(wish, leaseProblems(ledger, claim)), holder);
      if (holder === undefined) return { reached: true, value: undefined };
      return { reached: false, seen: `${holder.run} holds it for zone ${holder.zone} since ${holder.since}` };
    },
  });
  if (held !== undefined) throw held;
}

function refusal({ zone, wait }: LeaseWish & { readonly wait: number }, problems: readonly string[]): string {
  const waited = wait === 0 ? '' : ` The lease was waited for, ${formatDuration(wait)} long.`;
  return [
    `${zone} cannot be worked on now; nothing was touched.${waited}`,
    ...problems.map((each) => `- ${each}`),
  ].join('\n');
}
