import { CancelledError, UserError } from '../runner/errors.ts';
import type { BrokenLease, Lease, Ledger } from './document.ts';

/**
 * Milliseconds by which the clock of a runner may be wrong, either way: a holder stops this long before its lease ends, and
 * another run takes it this long after. So two runs never hold it at once, however their clocks differ within that.
 */
export const SKEW = 30_000;

/** Somebody who wants to work on the service. */
export interface Claimant {
  /** URL of the workflow run. */
  readonly run: string;
  /** Its number on GitHub; 0 outside of GitHub, where a run is known by its URL alone. */
  readonly runId: number;
}

/** When a lease is judged, in milliseconds. */
export interface LeaseMoment {
  /** Since 1970, by the clock of whoever judges. */
  readonly now: number;
  readonly skew?: number;
}

/** Somebody else holds the lease. */
export class HeldLeaseError extends UserError {
  readonly holder: Lease;

  constructor(message: string, holder: Lease) {
    super(message);
    this.holder = holder;
  }
}

/** The run does not hold its lease any more, so it changes nothing more; `token` is the one that it had. */
export class LostLeaseError extends CancelledError {
  readonly token: number;

  constructor(message: string, token: number) {
    super(message);
    this.token = token;
  }
}

/** The lease that keeps this run from working; none when it may take it. */
export function holderOf(
  { lease }: Ledger,
  { run, runId, now, skew = SKEW }: Claimant & LeaseMoment,
): Lease | undefined {
  if (lease === undefined || isOwn(lease, { run, runId })) return undefined;
  return now > Date.parse(lease.expires) + skew ? undefined : lease;
}

/** Whether its holder may still work, by its own clock. */
export function isRunning({ expires }: Pick<Lease, 'expires'>, { now, skew = SKEW }: LeaseMoment): boolean {
  return now < Date.parse(expires) - skew;
}

/** Why this run may not take the lease, in one sentence: who holds it, since when, until when, and what to do; none when it may. */
export function leaseProblems(ledger: Ledger, claim: Claimant & LeaseMoment): readonly string[] {
  const holder = holderOf(ledger, claim);
  if (holder === undefined) return [];
  return [
    `${describeLease(holder)}; two deployments of ${ledger.service} never work at the same time. Run this again when that run ` +
      `has ended, or give \`lease-wait\`. If it is dead: ${cureOf(holder, claim.skew ?? SKEW)}`,
  ];
}

/** What a person does about a lease whose run is dead. */
export function cureOf({ expires }: Lease, skew = SKEW): string {
  const free = new Date(Date.parse(expires) + skew).toISOString();
  return (
    `run that run again, which keeps its own lease, or wait until ${free}, when anybody may take it, or break it with ` +
    '`npx zonewise ledger release FLEET --reason TEXT`'
  );
}

export function describeLease({ run, zone, since, expires }: Lease): string {
  return `${run} holds the lease for zone ${zone} since ${since}, until ${expires} unless it renews it`;
}

/**
 * The ledger in which this run holds the lease: there was none, or it was its own, or it ended long enough ago.
 *
 * @param taking.duration milliseconds until it ends unless it is renewed
 * @throws HeldLeaseError when somebody else holds it
 */
export function takeLease(
  ledger: Ledger,
  taking: Claimant & LeaseMoment & { readonly zone: string; readonly duration: number },
): Ledger & { readonly lease: Lease } {
  const { run, runId, zone, now, duration } = taking;
  const holder = holderOf(ledger, taking);
  if (holder !== undefined) {
    const [problem = ''] = leaseProblems(ledger, taking);
    throw new HeldLeaseError(`${zone} cannot be worked on now; nothing was touched.\n- ${problem}`, holder);
  }
  const token = (ledger.fence ?? 0) + 1;
  const { broken: _, ...rest } = ledger;
  const since = new Date(now).toISOString();
  return { ...rest, fence: token, lease: { token, run, runId, zone, since, expires: after(now, duration) } };
}

/**
 * The ledger in which the lease ends later.
 *
 * @param held as it was taken or renewed last
 * @throws LostLeaseError when it is not this run's any more
 */
export function renewLease(
  ledger: Ledger,
  held: Lease,
  { now, duration }: { readonly now: number; readonly duration: number },
): Ledger & { readonly lease: Lease } {
  requireLease(ledger, held);
  return { ...ledger, lease: { ...held, expires: after(now, duration) } };
}

/** The ledger without the lease; as it is when that is somebody else's by now. */
export function dropLease(ledger: Ledger, held: Lease): Ledger {
  if (!isHeld(ledger, held)) return ledger;
  const { lease: _, ...rest } = ledger;
  return rest;
}

/** Whether the holder itself gave it back: whoever else takes it or breaks it moves the fencing token on. */
export function isGivenBack({ lease, fence }: Ledger, held: Lease): boolean {
  return lease === undefined && fence === held.token;
}

/**
 * The ledger in which a person has ended the lease. The fencing token moves on, so whoever held it changes nothing any more.
 *
 * @throws UserError when there is none
 */
export function breakLease(ledger: Ledger, { by, at, reason }: Omit<BrokenLease, 'run'>): Ledger {
  const { lease, ...rest } = ledger;
  if (lease === undefined) {
    throw new UserError(`Nobody holds the lease of ${ledger.service}. The ledger was not changed.`);
  }
  const broken = { ...(by === undefined ? {} : { by }), at, reason, run: lease.run };
  return { ...rest, fence: (ledger.fence ?? lease.token) + 1, broken };
}

/** @throws LostLeaseError when the lease is not this one any more, saying whose it is */
export function requireLease(ledger: Ledger, held: Lease): void {
  if (!isHeld(ledger, held)) throw lostLease(ledger, held);
}

/** That a lease was lost, with what the ledger says about it now; without one nobody could be asked. */
export function lostLease(ledger: Ledger | undefined, held: Lease): LostLeaseError {
  const { token, zone, expires } = held;
  return new LostLeaseError(
    `This run lost its lease ${whereTo(ledger, held)}; nothing more is changed. It was for zone ${zone}, until ${expires}. ` +
      'A host that is out of service has its record on it: look who holds the lease (`npx zonewise ledger why FLEET`) before ' +
      'this step is run again.',
    token,
  );
}

function whereTo(ledger: Ledger | undefined, held: Lease): string {
  if (ledger?.broken !== undefined && ledger.lease === undefined) {
    const { by = 'somebody', at, reason } = ledger.broken;
    return `to ${by}, who broke it at ${at}: ${reason}`;
  }
  if (ledger?.lease !== undefined && !isHeld(ledger, held)) {
    const { run, zone, since, token } = ledger.lease;
    return `to ${run}, which took it for zone ${zone} at ${since} (fencing token ${token}, this run had ${held.token})`;
  }
  if (ledger?.lease === undefined && ledger !== undefined) return 'to a run that has ended since';
  return 'to time: it ran out before it was renewed';
}

function isHeld({ lease }: Ledger, held: Lease): boolean {
  // A ledger that was restored from an earlier version may hand out a token for a second time.
  return lease?.token === held.token && lease.run === held.run && lease.since === held.since;
}

function isOwn(lease: Lease, { run, runId }: Claimant): boolean {
  return lease.runId === runId && (runId !== 0 || lease.run === run);
}

function after(now: number, duration: number): string {
  return new Date(now + duration).toISOString();
}
