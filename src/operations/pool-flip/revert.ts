import type { RouteAction, WeightedPool } from '../../balancers/port.ts';
import { formatDuration } from '../../fleet/duration.ts';
import { describeWeights, judgeStanding, poolName, withWeights } from '../../fleet/flip-steps.ts';
import { CancelledError, PlatformError, UserError } from '../../runner/errors.ts';
import type { SmokeTarget } from '../smoke/smoke-trial.ts';
import type { FlipContext, FlipRequest } from './request.ts';
import { type HeldRoute, shortName } from './route.ts';
import { smokeThrough } from './step.ts';

/** What a flip that failed leaves to be done. */
export interface Failed {
  readonly hold: HeldRoute;
  /** The weights of before, or those that put everything on the old side when this run found the flip half-way. */
  readonly back: readonly WeightedPool[];
  readonly propagation: number;
  readonly entrance: SmokeTarget | undefined;
  /** Steps that this run wrote, with the time in milliseconds; `undefined` for the one that it found. */
  readonly shown: readonly { readonly percent: number; readonly at: number | undefined }[];
}

/**
 * Puts the weights of before back after a failure, as long as the route still shows what this run wrote, and proves it.
 * After a cancellation nothing is written: the route stands at a step that the next run knows.
 *
 * @returns the error that tells what happened and what state the route is in
 */
export async function afterFailure(
  context: FlipContext,
  request: FlipRequest,
  failed: Failed,
  cause: unknown,
): Promise<Error> {
  const why = cause instanceof Error ? cause.message : String(cause);
  const { hold } = failed;
  const users = exposure(request, failed, context.clock.now());
  try {
    if (context.signal.aborted) return await cancelled(context, request, failed, cause);
    const moved = failed.shown.length > 0 || hold.touched();
    const lost = await hold.lostBy();
    if (lost !== undefined) {
      const told = why === lost ? '' : `\n${lost}`;
      return again(
        cause,
        `${why}${told}\nNothing was put back.${moved ? users : ' This run has changed nothing.'}`,
      );
    }
    if (!moved) return again(cause, `${why}\nThis run has changed nothing.`);
    if (!request.revertOnFailure) {
      const now = describeWeights(hold.expected());
      return again(
        cause,
        `${why}\n${shortName(hold.route)} stays at ${now}, as revert-on-failure says.${users} Run the same step again to ` +
          'go on, or with `revert: true` to go back.',
      );
    }
    context.log.warning(`Putting back ${weightsText(failed.back)}: ${why}`);
    await putBack(context, request, failed);
    return again(
      cause,
      `${why}\n${backText(request, failed)}${exposure(request, failed, context.clock.now())}`,
    );
  } catch (second) {
    if (context.signal.aborted) return await cancelled(context, request, failed, second);
    const then = second instanceof Error ? second.message : String(second);
    return new PlatformError(
      `${why}\nPutting back the weights of before failed too: ${then}\n${await stateOf(context, hold.route)}${users} ` +
        `Run the same step with \`revert: true\`, or set ${weightsText(failed.back)} by hand.`,
      { cause },
    );
  }
}

/** Tells what a revert that did not come to its end leaves behind. */
export async function afterFailedRevert(
  context: FlipContext,
  request: FlipRequest,
  hold: HeldRoute,
  cause: unknown,
): Promise<Error> {
  const why = cause instanceof Error ? cause.message : String(cause);
  const state = await stateOf(context, hold.route, request);
  if (context.signal.aborted) {
    return new CancelledError(`Cancelled while going back.\n${state} Run the same step again.`, { cause });
  }
  return again(cause, `${why}\n${state}`);
}

/**
 * Writes weights, waits until the balancer has heard, and makes the checks through the route.
 *
 * @returns when it was written
 * @throws UserError when somebody else has changed the route, or a check fails
 */
export async function putBack(
  context: FlipContext,
  request: FlipRequest,
  { hold, back, propagation, entrance }: Pick<Failed, 'hold' | 'back' | 'propagation' | 'entrance'>,
): Promise<number> {
  const at = await hold.change(withWeights(hold.expected(), back));
  await context.clock.sleep(propagation, context.signal);
  await hold.check();
  await smokeThrough(context, request, entrance);
  return at;
}

async function cancelled(
  context: FlipContext,
  request: FlipRequest,
  { hold }: Failed,
  cause: unknown,
): Promise<Error> {
  const state = await stateOf(context, hold.route, request);
  return new CancelledError(
    `Cancelled while flipping.\n${state} Run the same step again to go on from there, or with \`revert: true\` to go back.`,
    { cause },
  );
}

/** What the route shows now, in a sentence. */
async function stateOf(context: FlipContext, route: string, request?: FlipRequest): Promise<string> {
  const name = shortName(route);
  try {
    const actions = await context.router.actions(route);
    const weights = describeWeights(actions);
    return `${name} shows ${weights}${request === undefined ? '' : standingText(actions, request)}.`;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `What ${name} shows could not be read: ${why}`;
  }
}

function standingText(actions: readonly RouteAction[], { course }: FlipRequest): string {
  const standing = judgeStanding(actions, course);
  const to = poolName(course.to);
  switch (standing.kind) {
    case 'before':
      return `: all requests go to ${poolName(course.from)}`;
    case 'step':
      return `: ${standing.percent} % of requests go to ${to}`;
    case 'done':
      return `: all requests go to ${to}`;
    case 'elsewhere':
      return ', which is no step of this flip';
  }
}

function backText({ course }: FlipRequest, { hold, entrance }: Failed): string {
  const proof = entrance === undefined ? '' : ' and the checks were made through it';
  return (
    `All requests go to ${poolName(course.from)} again: ${shortName(hold.route)} shows ` +
    `${describeWeights(hold.expected())}${proof}.`
  );
}

/** How long users saw the new side, and at which shares. */
function exposure({ course }: FlipRequest, { shown }: Failed, now: number): string {
  const seen = shown.filter(({ percent }) => percent > 0);
  if (seen.length === 0) return ' No request went to the new side.';
  const spans = seen.map(({ percent, at }, index) => {
    const end = seen[index + 1]?.at ?? now;
    return at === undefined
      ? `at ${percent} % since before this run`
      : `at ${percent} % for ${formatDuration(Math.max(0, end - at))}`;
  });
  return ` Users saw ${poolName(course.to)} ${spans.join(', ')}.`;
}

function weightsText(weights: readonly WeightedPool[]): string {
  return weights.map(({ pool, weight }) => `${poolName(pool)} ${weight}`).join(', ');
}

/** The same kind of error with more to say. */
function again(cause: unknown, message: string): Error {
  return cause instanceof UserError
    ? new UserError(message, { cause })
    : new PlatformError(message, { cause });
}
