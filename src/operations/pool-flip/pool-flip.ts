import type { WeightedPool } from '../../balancers/port.ts';
import { formatDuration } from '../../fleet/duration.ts';
import {
  describeWeights,
  drawMark,
  poolName,
  remainingSteps,
  stickinessOf,
  weightsOf,
  withShare,
} from '../../fleet/flip-steps.ts';
import { UserError } from '../../runner/errors.ts';
import { readGates } from '../bake/bake.ts';
import type { SmokeTarget } from '../smoke/smoke-trial.ts';
import { type FlipView, observeFlip, proveRelease, untilReady } from './before.ts';
import type { FlipContext, FlipRequest } from './request.ts';
import { afterFailedRevert, afterFailure, type Failed, putBack } from './revert.ts';
import { type HeldRoute, holdRoute, SETTLE, shortName } from './route.ts';
import { entranceOf, propagationOf, type StepTaken, seeWho, smokeThrough, takeStep } from './step.ts';

/** What became of a flip that did not fail. */
export interface FlipResult {
  /** `there`: nothing was left to do. */
  readonly kind: 'flipped' | 'reverted' | 'there' | 'dry-run';
  readonly before: readonly WeightedPool[];
  readonly after: readonly WeightedPool[];
  readonly steps: readonly StepTaken[];
  /** ISO 8601 time from which the balancer sends the old side no new request; none while it gets some. */
  readonly oldIdleAt?: string;
}

/** Everything about one flip that does not change any more once it has begun. */
interface Flip {
  readonly context: FlipContext;
  readonly request: FlipRequest;
  readonly view: FlipView;
  readonly hold: HeldRoute;
  /** Sum of the weights that this run writes. */
  readonly mark: number;
  readonly propagation: number;
  readonly entrance: SmokeTarget | undefined;
}

/**
 * Moves all requests of a listener or rule from one pool to another, in the steps of the course, each of them proven
 * before the next. Only weights are changed, and the old pool stays. A flip that an earlier run began is continued from
 * where it stands. When something fails, the weights of before are put back, as long as nobody else has changed the
 * route.
 *
 * @param announce is told the weights of before, as soon as they are known
 * @throws UserError when the route, a pool or a step is not as it must be; PlatformError; CancelledError. The message tells
 *   what state the route is in
 */
export async function poolFlip(
  context: FlipContext,
  request: FlipRequest,
  announce: (before: readonly WeightedPool[]) => void = () => {},
): Promise<FlipResult> {
  const flip = await beginFlip(context, request);
  const { view, hold } = flip;
  announce(weightsOf(view.actions));
  const { standing } = view;
  const shown: Failed['shown'][number][] =
    standing.kind === 'step' ? [{ percent: standing.percent, at: undefined }] : [];
  try {
    await prepare(flip);
    if (standing.kind === 'done') await proveThere(flip, () => shown.push({ percent: 100, at: undefined }));
    const steps: StepTaken[] = [];
    for (const percent of remainingSteps(request.course, standing)) {
      await untilReady(context, request);
      const wrote = (at: number): void => {
        if (shown.at(-1)?.percent !== percent) shown.push({ percent, at });
      };
      steps.push(await takeStep(context, request, hold, { ...stepOf(flip, percent), wrote }));
    }
    const kind = standing.kind === 'done' ? 'there' : 'flipped';
    return { ...(await result(flip, kind, steps)), oldIdleAt: await untilIdle(flip, steps.at(-1)) };
  } catch (error) {
    throw await afterFailure(context, request, { ...flip, back: weightsOfBefore(flip), shown }, error);
  }
}

/**
 * Puts all requests back on the old side, from whichever step of the flip the route stands at.
 *
 * @throws UserError when the old side cannot take them, or the route shows no step of this flip; PlatformError; CancelledError
 */
export async function revertFlip(
  context: FlipContext,
  request: FlipRequest,
  announce: (before: readonly WeightedPool[]) => void = () => {},
): Promise<FlipResult> {
  const { course } = request;
  const flip = await beginFlip(context, { ...request, attach: true, sticky: 'wait' });
  const { view, hold } = flip;
  announce(weightsOf(view.actions));
  if (view.standing.kind === 'before') {
    context.log.info(`all requests go to ${poolName(course.from)} already; nothing is changed`);
    return result(flip, 'there', []);
  }
  if (!weightsOf(view.actions).some(({ pool }) => pool === course.from)) {
    throw new UserError(
      `${shortName(request.route)} does not name ${poolName(course.from)} any more, so nobody knows the health of its ` +
        'targets; nothing was changed. Add it at weight 0, wait until its targets are healthy, and run again.',
    );
  }
  await requireOldSide(flip);
  try {
    await putBack(context, request, { ...flip, back: allOnOld(flip) });
  } catch (error) {
    throw await afterFailedRevert(context, request, hold, error);
  }
  return result(flip, 'reverted', []);
}

/**
 * Says what a flip would do.
 *
 * @throws UserError for everything that keeps it from beginning
 */
export async function planFlip(context: FlipContext, request: FlipRequest): Promise<FlipResult> {
  const flip = await beginFlip(context, request);
  const { standing, actions } = flip.view;
  await proveRelease(context, request);
  const isAttached = standing.kind !== 'before' || standing.attached;
  if (isAttached) await untilReady(context, { ...request, readyTimeout: 0 });
  else context.log.info(`${poolName(request.course.to)} would be added at weight 0, and its health awaited`);
  const steps = remainingSteps(request.course, standing).map((percent) => `${percent} %`);
  context.log.info(
    `${shortName(request.route)} shows ${describeWeights(actions)}; steps that would be taken: ${steps.join(', ') || 'none'}`,
  );
  return result(flip, 'dry-run', []);
}

async function beginFlip(context: FlipContext, request: FlipRequest): Promise<Flip> {
  const view = await observeFlip(context, request);
  const [first] = await context.balancer.targets(request.course.to);
  const entrance = entranceOf(request, view.place, first?.id ?? '');
  if (entrance === undefined) requireEntrance(request, view);
  const hold = holdRoute(context, request.route, view.actions);
  const mark = drawMark(context.clock.jitter());
  return { context, request, view, hold, mark, entrance, propagation: propagationOf(request, view.place) };
}

/** @throws UserError when something is to be asked through the route and nobody knows where */
function requireEntrance({ route, trials, gates, release }: FlipRequest, { place }: FlipView): void {
  // Without plain HTTP a listener of an application load balancer speaks HTTPS, under a name that only its users know.
  const isHttps = place.balancerType === 'application';
  const asked = [
    ...(trials.length > 0 ? ['`checks`'] : []),
    ...(gates.trials.length > 0 ? ['`gates`'] : []),
    ...(release !== undefined && isHttps ? ['which release answers'] : []),
  ];
  if (asked.length === 0) return;
  throw new UserError(
    `${shortName(route)} is reached by ${isHttps ? 'HTTPS' : 'no HTTP'}, so nobody knows where to ask for ` +
      `${asked.join(', ')}; nothing was changed. Give the URL that users have as \`through\`, such as ` +
      '`through: https://shop.example.com`.',
  );
}

/** Everything that must hold before the first request goes to the new side. */
async function prepare(flip: Flip): Promise<void> {
  const { context, request, view, hold, mark, entrance } = flip;
  const { standing, actions } = view;
  const name = shortName(request.route);
  const words = {
    before: `all requests go to ${poolName(request.course.from)}`,
    step: `an earlier run got to ${standing.kind === 'step' ? standing.percent : 0} %; going on from there`,
    done: `all requests go to ${poolName(request.course.to)} already; nothing is changed`,
  } as const;
  context.log.info(`${name} shows ${describeWeights(actions)}: ${words[standing.kind]}`);
  await proveRelease(context, request);
  if (standing.kind !== 'done') {
    const targets = entrance === undefined ? [] : [entrance];
    const gates = await readGates(context, { ...request.gates, targets });
    if (gates.kind === 'closed') throw new UserError(gates.problem);
  }
  if (standing.kind === 'before' && !standing.attached) {
    context.log.info(`adding ${poolName(request.course.to)} to ${name} at weight 0`);
    await hold.change(withShare(hold.expected(), request.course, 0, mark));
  }
  await untilReady(context, request);
}

/**
 * A route that an earlier run left at the end, or that was there long ago: it must prove itself all the same. When it does
 * not, and the old side is still there and well, going back is what a run that had not been interrupted would have done.
 */
async function proveThere(flip: Flip, mayGoBack: () => void): Promise<void> {
  const { context, request, hold, entrance } = flip;
  if (await isOldSideWell(flip)) mayGoBack();
  await smokeThrough(context, request, entrance);
  await seeWho(context, request, 100, entrance);
  // A run that is under way would have moved on, or back, by its next look.
  await context.clock.sleep(SETTLE, context.signal);
  await hold.check();
}

async function isOldSideWell(flip: Flip): Promise<boolean> {
  if (!weightsOf(flip.view.actions).some(({ pool }) => pool === flip.request.course.from)) return false;
  try {
    await requireOldSide(flip);
    return true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/** @throws UserError when the old side cannot serve; whoever goes back has a reason, so it need not be as many as now */
async function requireOldSide({ context, request }: Flip): Promise<void> {
  const { course } = request;
  const reversed = { ...course, from: course.to, to: course.from };
  const ready = { kind: 'count', value: 1 } as const;
  await untilReady(context, { ...request, course: reversed, ready, readyTimeout: 0 });
}

function stepOf({ request, mark, propagation, entrance }: Flip, percent: number) {
  const { bakes, course } = request;
  const bake = bakes[course.steps.indexOf(percent)] ?? 0;
  return { percent, mark, bake, propagation, entrance };
}

/** Waits out the stickiness when that was asked for, and says from when on the old side gets no new request. */
async function untilIdle({ context, request, view, hold, propagation }: Flip, last: StepTaken | undefined) {
  const sticky = stickinessOf(view.actions) ?? 0;
  const written = last === undefined ? context.clock.now() : Date.parse(last.at);
  const idleAt = written + propagation + sticky;
  const left = idleAt - context.clock.now();
  if (request.sticky === 'wait' && left > 0) {
    const why = sticky > 0 ? ', because the route keeps clients at their target group' : '';
    context.log.info(`the old side is idle in ${formatDuration(left)}${why}`);
    await context.clock.sleep(left, context.signal);
    await hold.check();
  }
  return new Date(idleAt).toISOString();
}

function weightsOfBefore(flip: Flip): readonly WeightedPool[] {
  const { view, request } = flip;
  if (view.standing.kind !== 'before') return allOnOld(flip);
  const own = weightsOf(view.actions).filter(({ pool }) => pool !== request.course.to);
  return [...own, { pool: request.course.to, weight: 0 }];
}

function allOnOld({ request, mark }: Flip): readonly WeightedPool[] {
  const { from, to } = request.course;
  return [
    { pool: from, weight: mark },
    { pool: to, weight: 0 },
  ];
}

async function result(
  { view, hold }: Flip,
  kind: FlipResult['kind'],
  steps: readonly StepTaken[],
): Promise<FlipResult> {
  return { kind, before: weightsOf(view.actions), after: weightsOf(hold.expected()), steps };
}
