import type { RoutePlace } from '../../balancers/port.ts';
import type { Observation } from '../../checks/check.ts';
import { formatDuration } from '../../fleet/duration.ts';
import { judgeShare } from '../../fleet/flip-seen.ts';
import { poolName, weightsOf, withShare } from '../../fleet/flip-steps.ts';
import { UserError } from '../../runner/errors.ts';
import { bake } from '../bake/bake.ts';
import { PROPAGATION } from '../drain/quiet.ts';
import { describeCheck, type Patience, smokeTest } from '../smoke/smoke.ts';
import type { SmokeTarget } from '../smoke/smoke-trial.ts';
import { readMarkers } from '../upgrade/identity.ts';
import type { FlipContext, FlipRequest } from './request.ts';
import { type HeldRoute, SETTLE, shortName } from './route.ts';
import { smokeShare } from './share.ts';

/** One step that was taken and proven. */
export interface StepTaken {
  /** Share of requests for the new side. */
  readonly percent: number;
  readonly weights: readonly { readonly pool: string; readonly weight: number }[];
  /** ISO 8601 time of the write. */
  readonly at: string;
  /** Milliseconds for which it was watched. */
  readonly baked: number;
  /** What answered through the route, in words. */
  readonly seen: string;
}

/** A balancer whose nodes are spread over zones may need a second and a third try. */
const PATIENCE: Patience = { attempts: 3, interval: 2_000, consecutive: 1, warmUp: 0 };
/** Requests by which it is found out who answers. */
const SAMPLE = 40;
const SAMPLE_LIMIT = 30_000;

/** How long a write is waited for, until every node of the balancer has heard and nobody can have written over it. */
export function propagationOf({ propagation }: FlipRequest, { balancerType }: RoutePlace): number {
  const usual = balancerType === 'application' ? PROPAGATION.application : PROPAGATION.other;
  return Math.max(propagation ?? usual, SETTLE);
}

/**
 * Where users reach the route; none when nobody said so and it speaks no plain HTTP.
 *
 * @param host asks when it is not the runner that does
 */
export function entranceOf(
  { through, askFrom }: FlipRequest,
  place: RoutePlace,
  host: string,
): SmokeTarget | undefined {
  const base = (through ?? place.entrance)?.replace(/\/$/, '');
  if (base === undefined) return undefined;
  const target = { base, subject: `${shortName(place.route)} at ${base}`, entrance: true } as const;
  return askFrom === 'runner' ? { ...target, host: askFrom, from: askFrom } : { ...target, host };
}

/**
 * Gives the new side its share, waits until the balancer has heard, and proves it: smoke test through the route, who
 * answers there, and the gates for as long as the step is baked.
 *
 * @throws UserError with what failed, or that somebody else has changed the route
 */
export async function takeStep(
  context: FlipContext,
  request: FlipRequest,
  hold: HeldRoute,
  step: {
    readonly percent: number;
    readonly mark: number;
    readonly bake: number;
    readonly propagation: number;
    readonly entrance: SmokeTarget | undefined;
    /** Is told when the share was written. */
    readonly wrote: (at: number) => void;
  },
): Promise<StepTaken> {
  const { percent, entrance } = step;
  const share = `${percent} % to ${poolName(request.course.to)}`;
  const at = await hold.change(withShare(hold.expected(), request.course, percent, step.mark));
  step.wrote(at);
  context.log.info(`${share}; waiting ${formatDuration(step.propagation)} until every balancer node knows`);
  await context.clock.sleep(step.propagation, context.signal);
  await hold.check();
  await smokeThrough(context, request, entrance);
  await smokeShare(context, request, percent, entrance);
  const seen = await seeWho(context, request, percent, entrance);
  await bakeStep(context, request, step.bake, entrance);
  await hold.check();
  return {
    percent,
    weights: weightsOf(hold.expected()),
    at: new Date(at).toISOString(),
    baked: step.bake,
    seen,
  };
}

/** @throws UserError with what every failed check saw and expected */
export async function smokeThrough(
  context: FlipContext,
  { trials }: FlipRequest,
  entrance: SmokeTarget | undefined,
): Promise<void> {
  if (entrance === undefined || trials.length === 0) return;
  const results = await smokeTest(context, {
    targets: [entrance],
    trials,
    patience: PATIENCE,
    negativeControl: true,
  });
  for (const result of results) context.log.info(describeCheck(result));
  const failed = results.filter(({ passed }) => !passed);
  if (failed.length > 0) throw new UserError(failed.map(describeCheck).join('\n'));
}

/** @throws UserError with the gates that are not open */
async function bakeStep(
  context: FlipContext,
  { gates }: FlipRequest,
  duration: number,
  entrance: SmokeTarget | undefined,
): Promise<void> {
  const watched = gates.alarms.length + gates.trials.length;
  if (duration === 0 && watched === 0) return;
  const targets = entrance === undefined ? [] : [entrance];
  const outcome = await bake(context, { stable: duration, ...gates, targets });
  if (outcome.kind === 'failed') throw new UserError(outcome.problem);
}

/**
 * Asks many times who answers through the route. Only what contradicts the share counts against the step: that the place
 * where a service tells its version is not open to users says nothing, and what a rule takes no requests for neither.
 *
 * @throws UserError when the versions that answer cannot be those of this share
 */
export async function seeWho(
  context: FlipContext,
  request: FlipRequest,
  percent: number,
  entrance: SmokeTarget | undefined,
): Promise<string> {
  const { release } = request;
  if (release === undefined || entrance === undefined) return 'not asked';
  const { pathname, search } = new URL(
    release.identity.url.replaceAll('{address}', 'localhost').replaceAll('{port}', '80'),
  );
  const question = { kind: 'repeated', url: entrance.base + pathname + search, times: SAMPLE } as const;
  const [observation] = await context.ask(
    [{ host: entrance.host, limit: SAMPLE_LIMIT, question }],
    context.signal,
  );
  const verdict = judgeShare(
    versionsIn(observation, release.identity.version),
    release.expected.version,
    percent,
  );
  context.log.info(`through ${entrance.subject}: ${verdict.seen}`);
  if (verdict.plausible) return verdict.seen;
  if (request.route.includes(':listener-rule/')) {
    context.log.warning(
      `${verdict.seen}, which ${percent} % of requests does not explain: the rule may not take ${pathname}.`,
    );
    return `not asked: the rule may not take ${pathname}`;
  }
  throw new UserError(
    `through ${entrance.subject}: ${verdict.seen}, which ${percent} % of requests does not explain.`,
  );
}

function versionsIn(observation: Observation | undefined, marker: string): readonly string[] {
  if (observation?.kind !== 'answers') return [];
  return observation.answers.flatMap((answer) => {
    const told = answer.status === 200 ? readMarkers(answer)(marker) : undefined;
    return told === undefined ? [] : [told];
  });
}
