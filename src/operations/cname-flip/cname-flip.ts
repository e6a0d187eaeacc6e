import type { NameServer } from '../../dns/port.ts';
import { describeSet, describeSets } from '../../dns/record-set.ts';
import { CancelledError } from '../../runner/errors.ts';
import { approach, decide, observe, type Ready, serversOf, type Way } from './approach.ts';
import { type Decision, decideFlip, memberOf, type Observed } from './decide.ts';
import { withSide } from './expect.ts';
import type { Course, FlipContext, FlipRequest, FlipResult } from './request.ts';
import { swapBack } from './revert.ts';
import { type Swapped, swapRecords } from './swap.ts';
import { notSwapped, withState } from './trouble.ts';
import { proveAfter, type Verified } from './verify.ts';

/**
 * Moves a record from one side to the other: observes, decides, proves the new side under the real name, compares and
 * swaps, and proves at every authoritative server and through the name what came of it. What cannot be proven is swapped
 * back, when the request says so and this run made the change.
 *
 * @param announce is told as soon as the record is changed
 * @returns how it went, failures after the change included
 * @throws UserError when it is refused, with every problem that is known together; PlatformError; CancelledError. Each says
 *   what the record holds
 */
export async function flipRecord(
  context: FlipContext,
  request: FlipRequest,
  announce: (change: string | undefined) => void = () => {},
): Promise<FlipResult> {
  const course: Course = { state: `${request.record} was not changed.` };
  try {
    const servers = await serversOf(context, request);
    const ready = await approach(context, request, { servers, course });
    if (ready.kind === 'there') return await confirm(context, request, ready, servers);
    return await change(context, request, ready, { servers, course, announce });
  } catch (error) {
    if (context.signal.aborted) throw new CancelledError(`Cancelled. ${course.state}`, { cause: error });
    throw withState(error, course.state);
  }
}

/** What would be done; nothing is changed and no server is asked. */
export async function planFlip(context: FlipContext, request: FlipRequest): Promise<string> {
  const observed = await observe(context, request);
  const decision = decide(request, observed, false);
  const there = describeSets(observed.sets);
  switch (decision.kind) {
    case 'there':
      return `${request.record} is at \`to\` already: ${there}. Nothing would be changed.`;
    case 'await-lowered':
      return `An interrupted run lowered the TTL; it would be waited for ${decision.former}s, then ${request.record} flipped: ${there}.`;
    default:
      return `${request.record} would be changed from ${describeSets(decision.old)} to ${describeSets(decision.next)}.`;
  }
}

/** The record is there already: nothing is changed, what can be proven is. */
async function confirm(
  context: FlipContext,
  request: FlipRequest,
  { observed, ttl }: Extract<Ready, { readonly kind: 'there' }>,
  servers: readonly NameServer[],
): Promise<FlipResult> {
  const { record } = request;
  const now = observed.sets.filter(({ type }) => type === request.type);
  const member = memberOf(request, now);
  const shown = member === undefined ? '' : describeSet(member);
  context.log.info(`${record} is at \`to\` already: ${shown}; nothing is changed`);
  const before = withSide(request, now, 'from');
  const verified = await proveAfter(context, request, { before, after: now, ttl, servers });
  const result = resultOf(verified, false);
  if (verified.problem === undefined) {
    return {
      ...result,
      kind: 'there',
      says: `${record} was at \`to\` already: ${shown}. Nothing was changed.`,
    };
  }
  return {
    ...result,
    kind: 'failed',
    says:
      `${record} was at \`to\` before this run (${shown}), and that could not be proven: ${verified.problem}\n` +
      'It was not swapped back, since nobody knows whether the old side still serves. To go back, flip it from `to` to `from`.',
  };
}

interface Change extends Way {
  readonly announce: (change: string | undefined) => void;
}

async function change(
  context: FlipContext,
  request: FlipRequest,
  { observed, decision }: Extract<Ready, { readonly kind: 'swap' }>,
  { servers, course, announce }: Change,
): Promise<FlipResult> {
  const { record, zone } = request;
  const [was, is] = [describeSets(decision.old), describeSets(decision.next)];
  course.state = `${record} was being changed when this ended: it holds ${was} or ${is}, and never nothing.`;
  const swapped = await swapRecords(context, { zone, name: record }, decision);
  if (swapped.kind === 'lost') {
    const seen = { ...observed, sets: swapped.now };
    const now = decideFlip(request, seen, true);
    if (now.kind === 'there') {
      context.log.info(`somebody else was faster and set the same: ${describeSets(swapped.now)}`);
      course.state = `${record} was not changed by this run.`;
      return confirm(context, request, { kind: 'there', observed: seen, ttl: now.ttl }, servers);
    }
  }
  if (swapped.kind !== 'done') throw notSwapped(request, swapped, course);
  const swappedAt = context.clock.now();
  announce(swapped.change);
  context.log.info(`${record} changed from ${was} to ${is}`);
  course.state =
    `${record} is at ${is} since ${new Date(swappedAt).toISOString()}, which was not proven to the end. ` +
    'Run with the same inputs again to prove it, or flip it from `to` to `from` to go back.';
  return conclude(context, request, { swapped, observed, decision, swappedAt, servers, course });
}

interface Made extends Way {
  readonly swapped: Extract<Swapped, { readonly kind: 'done' }>;
  readonly observed: Observed;
  readonly decision: Extract<Decision, { readonly kind: 'swap' }>;
  readonly swappedAt: number;
}

/** Proves a change that was made, and swaps it back when it cannot be proven. */
async function conclude(context: FlipContext, request: FlipRequest, made: Made): Promise<FlipResult> {
  const { swapped, observed, decision, swappedAt, servers, course } = made;
  const { record } = request;
  const is = describeSets(decision.next);
  const before = observed.sets.filter(({ type }) => type === request.type);
  const after = withSide(request, observed.sets, 'to');
  const known = swapped.change === undefined ? {} : { change: swapped.change };
  const verified = await proveAfter(context, request, {
    before,
    after,
    ttl: decision.ttl,
    servers,
    ...known,
  });
  const result = { ...resultOf(verified, true), swappedAt, ...known };
  if (verified.problem === undefined) {
    return {
      ...result,
      kind: 'flipped',
      says: `${record} was changed from ${describeSets(decision.old)} to ${is}.`,
    };
  }
  const failure = `${record} was changed to ${is}, and that could not be proven: ${verified.problem}`;
  if (!request.revertOnFailure) {
    const says = `${failure}\nIt was left there, as revert-on-failure says. To go back, flip it from \`to\` to \`from\`.`;
    return { ...result, kind: 'failed', says };
  }
  context.log.warning(`Swapping back: ${verified.problem}`);
  const { listed } = swapped;
  const back = await swapBack(context, request, {
    listed,
    decision,
    before,
    after,
    swappedAt,
    servers,
    course,
  });
  return { ...result, ...back, kind: 'failed', says: `${failure}\n${back.says}` };
}

function resultOf(verified: Verified, changed: boolean): Omit<FlipResult, 'kind' | 'says'> {
  const { inSyncAt, safeToStopAt, servers, results, problem } = verified;
  return {
    changed,
    servers,
    results,
    ...(inSyncAt !== undefined && { inSyncAt }),
    ...(safeToStopAt !== undefined && problem === undefined && { safeToStopAt }),
  };
}
