import type { Ended } from '../e2e/run-bundle.ts';
import type { MadeCall } from './gateway.ts';
import { EVERY, type Fault } from './points.ts';
import { type FailedRequest, OTHER_RUN, type Traffic, urlOf } from './world.ts';

/** How a command ended at which something happened; `not reached` when it made no such call. */
export type EndKind = 'killed' | 'cancelled' | 'succeeded' | 'failed' | 'not reached';

/** That another run took the lease of a command that was at work. */
export interface Taken {
  /** Whether the command held it until then. */
  readonly wasHeld: boolean;
  /** How many calls had come by then, or when the process went on that had stood still. */
  readonly calls: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A service that died. */
export interface Death {
  readonly host: string;
  /** Whether the balancer had it in service, so that requests are lost until its health check notices. */
  readonly wasServing: boolean;
  /** When the health check had noticed, in milliseconds since 1970; requests that were sent after that are not excused. */
  readonly noticed: number;
}

/** Milliseconds for which an answer of the ledger is believed (hold-lease.ts), and some for a machine that is busy. */
const BELIEVED = 5_000;
const ALLOWANCE = 5_000;
/** Milliseconds from what a balancer says of a target to where it sends requests, as the fleet file has it, and some. */
const PROPAGATION = 500;

export function endOf({ exitCode }: Ended, { kind }: Fault): EndKind {
  if (exitCode === 0) return 'succeeded';
  if (isKill(kind)) return 'killed';
  return kind === 'interrupt' ? 'cancelled' : 'failed';
}

function isKill(kind: Fault['kind']): boolean {
  return kind === 'kill-before' || kind === 'kill-after' || kind === 'abandon';
}

/** A command that is not killed ends by itself, well or with one sentence about what it is. */
export function endProblems(
  { exitCode, errors, terminated, log }: Ended,
  { kind, operation }: Fault,
): readonly string[] {
  if (isKill(kind)) return exitCode === null ? [] : [`it was not killed, and ended with ${exitCode}`];
  if (terminated) return [`it did not end by itself after SIGINT:\n${log.slice(-2_000)}`];
  if (exitCode === 0) return [];
  const [error, ...others] = errors;
  if (exitCode !== 1 || error === undefined || others.length > 0) {
    return [`it ended with ${exitCode} and ${errors.length} errors:\n${log.slice(-2_000)}`];
  }
  if (error.startsWith('Unexpected')) return [`it failed with words of a defect: ${error}`];
  if (kind === 'interrupt' && !error.startsWith('Cancelled')) return [`it was cancelled, and said: ${error}`];
  // Otherwise what comes after the first call that is not tried again would not have been tried.
  if (operation.endsWith(EVERY)) return [`a call was not tried again, and it said: ${error}`];
  return [];
}

/**
 * After a run has lost its lease and could know it, it changes nothing more, and says so. What it keeps as evidence is no change
 * of the service, and neither is a write that was refused.
 */
export function fencingProblems(
  calls: readonly MadeCall[],
  taken: Taken,
  { kind }: Pick<Fault, 'kind'>,
  { exitCode, errors }: Pick<Ended, 'exitCode' | 'errors'>,
): readonly string[] {
  const later = calls.slice(taken.calls);
  const seen = later.findIndex((call) => call.operation === 'GetObject:ledger' && isDone(call));
  const wrong = later.filter((call, index) => {
    const isTooLate =
      kind === 'freeze' || (seen >= 0 && index > seen) || call.at > taken.at + BELIEVED + ALLOWANCE;
    return isTooLate && call.mutating && isDone(call) && call.operation !== 'PutObject:evidence';
  });
  const made = wrong.map(
    ({ operation, ordinal, attempt }) =>
      `it made ${operation} ${ordinal} (attempt ${attempt} of the SDK) after it had lost its lease`,
  );
  if (!taken.wasHeld) return made;
  const said = errors.join('\n');
  // One that never heard that it had got the lease says that somebody else holds it.
  const isSaid = /lost its lease to|holds the lease/.test(said) && said.includes(urlOf(OTHER_RUN));
  return exitCode === 1 && isSaid
    ? made
    : [...made, `it ended with ${exitCode} and did not say who has its lease, but: ${said || 'nothing'}`];
}

/** One that was not answered may have been done. */
function isDone({ status }: MadeCall): boolean {
  return status === undefined || status < 400;
}

/**
 * No request may fail, but those that a host did not answer which was in service and died.
 *
 * @returns with how many those were
 */
export function judgeTraffic(
  before: Traffic,
  { total, failed }: Traffic,
  death: Death | undefined,
): { readonly problems: readonly string[]; readonly lost: number } {
  const sent = total - before.total;
  if (sent === 0) return { problems: ['no request was sent'], lost: 0 };
  const all = failed.slice(before.failed.length);
  const isExcused = ({ host, sent }: FailedRequest): boolean =>
    death?.wasServing === true && host === death.host && sent <= death.noticed + PROPAGATION;
  const bad = all.filter((request) => !isExcused(request));
  const lost = all.length - bad.length;
  if (bad.length === 0) return { problems: [], lost };
  const lines = bad.slice(0, 10).map(({ text }) => text);
  return { problems: [`${bad.length} of ${sent} requests failed:\n${lines.join('\n')}`], lost };
}
