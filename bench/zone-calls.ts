import type { MeteredCall } from './meter.ts';

/** Calls of one kind. */
export interface CallCount {
  readonly operation: string;
  readonly count: number;
  /** Milliseconds, as if one came after the other. */
  readonly took: number;
}

/** What the ledger and the lease cost a zone. */
export interface LedgerCost {
  readonly reads: number;
  /** Writes that were taken. The first one begins the zone, and the last one ends it. */
  readonly zone: number;
  /** Those between them, but for renewals. */
  readonly batches: number;
  /** Writes that change nothing but the lease. */
  readonly renewals: number;
  /** Writes that were refused, by which the storage proves that it keeps to conditions. */
  readonly refused: number;
  /** Milliseconds in which at least one of these calls was under way. */
  readonly took: number;
}

/** The most frequent first. */
export function countCalls(calls: readonly MeteredCall[]): readonly CallCount[] {
  return [...Map.groupBy(calls, ({ operation }) => operation)]
    .map(([operation, made]) => ({
      operation,
      count: made.length,
      took: made.reduce((sum, { began, ended }) => sum + ended - began, 0),
    }))
    .toSorted((one, other) => other.count - one.count);
}

export function ledgerCost(calls: readonly MeteredCall[]): LedgerCost {
  const ours = calls.filter(({ operation }) => operation.endsWith(':ledger'));
  const writes = ours.filter(({ operation }) => operation.startsWith('Put'));
  const taken = writes.filter(({ status }) => status === 200).map(({ body }) => body);
  const renewals = taken.filter((body, index) => index > 0 && isRenewal(taken[index - 1] ?? '', body)).length;
  const zone = Math.min(taken.length, 2);
  return {
    reads: ours.length - writes.length,
    zone,
    batches: taken.length - zone - renewals,
    renewals,
    refused: writes.length - taken.length,
    took: covered(ours),
  };
}

function isRenewal(before: string, after: string): boolean {
  const withoutLease = (text: string) => {
    const { lease, ...rest } = JSON.parse(text);
    return { isHeld: lease !== undefined, rest: JSON.stringify(rest) };
  };
  const [one, other] = [withoutLease(before), withoutLease(after)];
  return one.isHeld && other.isHeld && one.rest === other.rest;
}

/** Calls that overlap are counted once. */
function covered(calls: readonly MeteredCall[]): number {
  let until = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (const { began, ended } of calls.toSorted((one, other) => one.began - other.began)) {
    sum += Math.max(0, ended - Math.max(began, until));
    until = Math.max(until, ended);
  }
  return sum;
}
