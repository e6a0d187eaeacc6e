import type { RouteAction, Router } from '../../balancers/port.ts';
import { formatDuration } from '../../fleet/duration.ts';
import { describeWeights, sameActions } from '../../fleet/flip-steps.ts';
import { PlatformError, UserError } from '../../runner/errors.ts';
import type { Edges } from '../context.ts';
import { waitUntil } from '../wait.ts';

/**
 * How long a run waits after a write until it trusts what it reads, in milliseconds. A run writes only what it has read
 * less than `FRESH` before, and gives a write up after three seconds; so whoever wrote over somebody else's change did it
 * before this is over, and the other one sees it.
 */
export const SETTLE = 6_000;
/** Longest time from beginning to look until the write is sent; an older look is no reason to write. */
const FRESH = 2_000;
/** A look that is not as expected is repeated after this long, in case it was answered from before the last write. */
const SECOND_LOOK = 2_000;
/** How long the balancer may take to show a write that it has accepted. */
const READ_BACK = 30_000;
const READ_BACK_EVERY = 1_000;
const ATTEMPTS = 5;
const BUSY_PAUSE = 3_000;

export interface RouteContext extends Pick<Edges, 'clock' | 'log' | 'signal'> {
  readonly router: Router;
}

/**
 * A route in the hands of one run. ELBv2 has no compare-and-swap: each write follows a look that found what this run
 * expects, and is believed only when it is still there after `SETTLE`. A run that finds anything else has lost the route
 * and never writes to it again.
 */
export interface HeldRoute {
  readonly route: string;
  /** What this run found first, or has last written. */
  expected(): readonly RouteAction[];
  /** Whether this run has written, or may have. */
  touched(): boolean;
  /** @throws UserError when the route is not as expected */
  check(): Promise<void>;
  /**
   * @returns when it was written
   * @throws UserError when the route is not as expected, before the write or right after it
   */
  change(actions: readonly RouteAction[]): Promise<number>;
  /** Looks once more; what is wrong when this run may write no more. */
  lostBy(): Promise<string | undefined>;
}

type Seen = readonly RouteAction[];

/** What a run knows of the route in its hands. */
interface Hold {
  readonly route: string;
  expected: Seen;
  /** A write whose answer was lost, while it may have been performed. */
  pending: Seen | undefined;
  written: boolean;
  /** Why it may write no more. */
  lost: string | undefined;
}

/** @param found what the run has read and decided upon */
export function holdRoute(context: RouteContext, route: string, found: readonly RouteAction[]): HeldRoute {
  const hold: Hold = { route, expected: found, pending: undefined, written: false, lost: undefined };
  return {
    route,
    expected: () => hold.expected,
    touched: () => hold.written,
    check: async () => void (await check(context, hold)),
    async change(actions) {
      for (let tried = 0; tried < ATTEMPTS; tried += 1) {
        const at = await attempt(context, hold, actions);
        if (at !== undefined) return at;
      }
      throw new PlatformError(
        `${route} could not be changed in ${ATTEMPTS} attempts; it shows ${describeWeights(hold.expected)}. ` +
          'The API of the balancer is too slow or too busy; run the same step again later.',
      );
    },
    lostBy: () => lostBy(context, hold),
  };
}

/** @returns when the look began that found the route as expected */
async function check(context: RouteContext, hold: Hold): Promise<number> {
  if (hold.lost !== undefined) throw new UserError(hold.lost);
  let began = 0;
  const last = await waitUntil<undefined>(context, {
    what: `${shortName(hold.route)} to be as expected`,
    every: SECOND_LOOK,
    timeout: SECOND_LOOK,
    look: async () => {
      began = context.clock.now();
      const seen = await context.router.actions(hold.route);
      if (sameActions(seen, hold.expected)) return { reached: true, value: undefined };
      return { reached: false, seen: describeDifference(hold.expected, seen) };
    },
  });
  return last.reached ? began : giveUp(hold, last.seen);
}

/** @returns when it was written; `undefined` when another attempt may be made */
async function attempt(context: RouteContext, hold: Hold, actions: Seen): Promise<number | undefined> {
  const { router, clock, log, signal } = context;
  const { route, expected: before } = hold;
  const began = await check(context, hold);
  const at = clock.now();
  if (at - began > FRESH) return undefined;
  const outcome = await router.write(route, actions);
  hold.written ||= outcome.kind !== 'busy';
  hold.pending = outcome.kind === 'unknown' ? actions : undefined;
  if (outcome.kind === 'accepted') {
    hold.expected = actions;
    await readBack(context, hold, before);
    return at;
  }
  log.info(`the write to ${shortName(route)} was ${NOT_ACCEPTED[outcome.kind]}: ${outcome.problem}`);
  // It may still be performed; until it cannot be, nobody knows what a look would mean.
  await clock.sleep(outcome.kind === 'unknown' ? SETTLE : BUSY_PAUSE, signal);
  if (!sameActions(await router.actions(route), actions)) return undefined;
  hold.expected = actions;
  return at;
}

async function lostBy({ router }: RouteContext, hold: Hold): Promise<string | undefined> {
  if (hold.lost !== undefined) return hold.lost;
  const seen = await router.actions(hold.route);
  if (hold.pending !== undefined && sameActions(seen, hold.pending)) hold.expected = hold.pending;
  if (sameActions(seen, hold.expected)) return undefined;
  return changedMeanwhile(hold, describeDifference(hold.expected, seen));
}

function giveUp(hold: Hold, seen: string): never {
  hold.lost ??= changedMeanwhile(hold, seen);
  throw new UserError(hold.lost);
}

const NOT_ACCEPTED = { busy: 'refused for now', unknown: 'not answered' } as const;

/** An old answer shows what was there before; anything else is somebody else's. */
async function readBack(context: RouteContext, hold: Hold, before: Seen): Promise<void> {
  const { route, expected } = hold;
  const last = await waitUntil<string | undefined>(context, {
    what: `${shortName(route)} to show ${describeWeights(expected)}`,
    every: READ_BACK_EVERY,
    timeout: READ_BACK,
    look: async () => {
      const seen = await context.router.actions(route);
      if (sameActions(seen, expected)) return { reached: true, value: undefined };
      const difference = describeDifference(expected, seen);
      return sameActions(seen, before)
        ? { reached: false, seen: difference }
        : { reached: true, value: difference };
    },
  });
  if (!last.reached) {
    throw new PlatformError(
      `${route} took a change and does not show it after ${formatDuration(READ_BACK)}: ${last.seen}.`,
    );
  }
  if (last.value !== undefined) giveUp(hold, last.value);
}

/** `listener/app/web/…` of an ARN. */
export function shortName(route: string): string {
  return route.split(':').slice(5).join(':') || route;
}

function describeDifference(expected: Seen, seen: Seen): string {
  const wanted = describeWeights(expected);
  const shown = describeWeights(seen);
  if (wanted !== shown) return `expected ${wanted}, it shows ${shown}`;
  return `its weights are as expected (${wanted}), but its other actions, their order or their settings are not`;
}

function changedMeanwhile({ route, written }: Hold, seen: string): string {
  const own = written ? ' This run has lost the route to that change and writes to it no more.' : '';
  return (
    `${route} was changed by somebody else: ${seen}.${own} It may be another pool-flip of this route, a ` +
    'deployment tool, Terraform or a person; CloudTrail names who called ModifyListener or ModifyRule. Let one ' +
    'thing at a time change a route (a concurrency group over its workflows), look at what is there now, and ' +
    'then run the same step again.'
  );
}
