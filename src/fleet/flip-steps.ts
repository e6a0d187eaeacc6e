import type { ForwardAction, RouteAction, WeightedPool } from '../balancers/port.ts';

/** A flip of one route: all requests from one pool to another, in shares. */
export interface FlipCourse {
  readonly from: string;
  readonly to: string;
  /** Whole percentages for `to`, rising, the last one 100. */
  readonly steps: readonly number[];
}

/** Where a route stands on the course of a flip. */
export type Standing =
  /** All requests go to `from`; `attached` says whether the route names `to` already, at weight 0. */
  | { readonly kind: 'before'; readonly attached: boolean }
  /** At a step of this flip, neither the beginning nor the end. */
  | { readonly kind: 'step'; readonly percent: number }
  /** All requests go to `to`. */
  | { readonly kind: 'done' }
  | { readonly kind: 'elsewhere'; readonly problem: string };

/** Weights are 0 to 999 (API reference, TargetGroupTuple); a larger sum would not leave room for the last step. */
const HIGHEST_MARK = 999;
/** From here on no two marks differ so little that a share would be off by more than a tenth of a percent. */
const LOWEST_MARK = 500;
/** In a smaller sum two whole percentages can have the same weights. */
const LEAST_SUM = 100;

/**
 * The mark of a run: the sum that its two weights always have. The platform keeps no version of a route, so this is how a
 * run recognises its own writes; two runs at the same step are told apart unless they draw the same of 500 marks, and
 * then they write the same.
 *
 * @param random from 0 to 1
 */
export function drawMark(random: number): number {
  const choices = HIGHEST_MARK - LOWEST_MARK + 1;
  return LOWEST_MARK + Math.min(Math.floor(random * choices), choices - 1);
}

/**
 * The actions with this share of requests for `to`. Nothing but the weights of the two pools is changed: what else there
 * is stays, and a pool that is not named yet comes last.
 *
 * @param percent whole, 0 to 100
 * @param mark sum of the two weights, from `drawMark`
 */
export function withShare(
  actions: readonly RouteAction[],
  { from, to }: FlipCourse,
  percent: number,
  mark: number,
): readonly RouteAction[] {
  const weight = weightOf(percent, mark);
  return withWeights(actions, [
    { pool: from, weight: mark - weight },
    { pool: to, weight },
  ]);
}

/** The actions with these weights; pools that are not among them keep theirs. */
export function withWeights(
  actions: readonly RouteAction[],
  weights: readonly WeightedPool[],
): readonly RouteAction[] {
  return actions.map((action) => {
    if (action.kind !== 'forward') return action;
    const kept = action.pools.map((each) => weights.find(({ pool }) => pool === each.pool) ?? each);
    const added = weights.filter(({ pool }) => !action.pools.some((each) => each.pool === pool));
    return { ...action, pools: [...kept, ...added] };
  });
}

/** Judges where a route stands; only what this course could have left there counts as a step of it. */
export function judgeStanding(actions: readonly RouteAction[], course: FlipCourse): Standing {
  const [forward, ...others] = forwardsOf(actions);
  if (forward === undefined || others.length > 0) {
    const types = actions.map((action) => (action.kind === 'forward' ? 'forward' : action.type)).join(', ');
    return elsewhere(`it has ${others.length === 0 ? 'no' : 'more than one'} forward action (${types})`);
  }
  const stranger = forward.pools.find(
    ({ pool, weight }) => weight > 0 && pool !== course.from && pool !== course.to,
  );
  if (stranger !== undefined) return elsewhere(`${poolName(stranger.pool)} gets requests too`);
  const from = weightIn(forward, course.from) ?? 0;
  const to = weightIn(forward, course.to);
  if (to === undefined || to === 0) {
    return from > 0 ? { kind: 'before', attached: to !== undefined } : elsewhere('no pool has any weight');
  }
  if (from === 0) return { kind: 'done' };
  const percent = percentOf(from, to);
  if (percent !== undefined && course.steps.includes(percent)) return { kind: 'step', percent };
  return elsewhere('that is no step of this flip');
}

/** The weights of a route's forward, in words: `web 90, web-next 10`. */
export function describeWeights(actions: readonly RouteAction[]): string {
  const pools = forwardsOf(actions).flatMap((forward) => forward.pools);
  if (pools.length === 0) return 'no target group';
  return pools.map(({ pool, weight }) => `${poolName(pool)} ${weight}`).join(', ');
}

/** Pools and weights of a route, in its own order; none when it does not forward. */
export function weightsOf(actions: readonly RouteAction[]): readonly WeightedPool[] {
  return forwardsOf(actions).flatMap(({ pools }) => pools);
}

/** Milliseconds for which the route keeps a client at its pool; none when it does not. */
export function stickinessOf(actions: readonly RouteAction[]): number | undefined {
  return forwardsOf(actions).find(({ sticky }) => sticky !== undefined)?.sticky;
}

/** Whether two lists do the same with every request: all actions in the same order, every weight the same. */
export function sameActions(one: readonly RouteAction[], other: readonly RouteAction[]): boolean {
  return one.length === other.length && one.every((action, index) => sameAction(action, other[index]));
}

/** Steps still to be taken: all after the share that the route is at, and that one again, since nobody knows whether it was proven. */
export function remainingSteps({ steps }: FlipCourse, standing: Standing): readonly number[] {
  if (standing.kind === 'before') return steps;
  return standing.kind === 'step' ? steps.filter((percent) => percent >= standing.percent) : [];
}

/** The name in `…:targetgroup/<name>/<id>`. */
export function poolName(arn: string): string {
  return arn.split('/').at(-2) ?? arn;
}

function sameAction(one: RouteAction, other: RouteAction | undefined): boolean {
  if (other === undefined || one.rest !== other.rest) return false;
  if (one.kind !== 'forward') return other.kind !== 'forward';
  return (
    other.kind === 'forward' &&
    one.pools.length === other.pools.length &&
    one.pools.every(({ pool, weight }) => weightIn(other, pool) === weight)
  );
}

function forwardsOf(actions: readonly RouteAction[]): readonly ForwardAction[] {
  return actions.filter((action) => action.kind === 'forward');
}

function weightIn(forward: ForwardAction, wanted: string): number | undefined {
  return forward.pools.find(({ pool }) => pool === wanted)?.weight;
}

/** To the nearest; with a sum of 100 or more no share but 0 and 100 leaves a pool without weight. */
function weightOf(percent: number, sum: number): number {
  return Math.round((percent * sum) / 100);
}

/** The whole percentage that these weights were made from; none when they were not made from one. */
function percentOf(from: number, to: number): number | undefined {
  const sum = from + to;
  const percent = Math.round((to * 100) / sum);
  return sum >= LEAST_SUM && weightOf(percent, sum) === to ? percent : undefined;
}

function elsewhere(problem: string): Standing {
  return { kind: 'elsewhere', problem };
}
