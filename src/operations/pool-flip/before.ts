import type { PoolPlace, RouteAction, RoutePlace } from '../../balancers/port.ts';
import { formatDuration } from '../../fleet/duration.ts';
import { judgeReadiness, type Readiness } from '../../fleet/flip-ready.ts';
import {
  describeWeights,
  judgeStanding,
  poolName,
  type Standing,
  stickinessOf,
} from '../../fleet/flip-steps.ts';
import { UserError } from '../../runner/errors.ts';
import { addressesOf } from '../ask/addresses.ts';
import { askFromHosts } from '../ask/ask-hosts.ts';
import { describeCheck, type Patience, smokeTest } from '../smoke/smoke.ts';
import { versionTrial } from '../smoke/smoke-trial.ts';
import { waitUntil } from '../wait.ts';
import type { FlipContext, FlipRequest } from './request.ts';
import { shortName } from './route.ts';

/** What was found before anything was changed. */
export interface FlipView {
  readonly place: RoutePlace;
  readonly actions: readonly RouteAction[];
  readonly standing: Exclude<Standing, { readonly kind: 'elsewhere' }>;
}

/** A host that has just started may need a second and a third try. */
const PATIENCE: Patience = { attempts: 3, interval: 1_000, consecutive: 1, warmUp: 0 };
const READY_EVERY = 2_000;
/** Quota "Target groups per action" of Application Load Balancers (User Guide). */
const MOST_GROUPS = 5;

/**
 * Reads the route and both pools, and refuses what no flip can begin from.
 *
 * @throws UserError that says what is there; nothing was changed then
 */
export async function observeFlip(context: FlipContext, request: FlipRequest): Promise<FlipView> {
  const { router } = context;
  const { route, course } = request;
  const [place, actions, from, to] = await Promise.all([
    router.place(route),
    router.actions(route),
    router.pool(course.from),
    router.pool(course.to),
  ]);
  const standing = judgeStanding(actions, course);
  if (standing.kind === 'elsewhere') throw new UserError(foreign(request, actions, standing.problem));
  const view = { place, actions, standing };
  const problems = [...judgePlaces(view, from, to), ...judgeAttachment(view, request, to)];
  if (standing.kind !== 'done') problems.push(...judgeStickiness(actions, request));
  if (problems.length === 0) return view;
  throw new UserError(
    [
      `${shortName(route)} cannot be flipped; nothing was changed.`,
      ...problems.map((each) => `- ${each}`),
    ].join('\n'),
  );
}

/**
 * Asks every host of the new side who it is.
 *
 * @throws UserError that names every host which is not what it should be, or cannot be asked
 */
export async function proveRelease(context: FlipContext, request: FlipRequest): Promise<void> {
  const { course, release } = request;
  const targets = await context.balancer.targets(course.to);
  const present = targets.filter(({ state }) => state !== 'draining');
  if (present.length === 0)
    throw new UserError(`${poolName(course.to)} has no targets; nothing was changed.`);
  if (release === undefined) {
    context.log.warning(`Nobody asked the hosts of ${poolName(course.to)} which release they run.`);
    return;
  }
  const addresses = await addressesOf(context, [...new Set(present.map(({ id }) => id))]);
  const results = await smokeTest(
    { ...context, ask: askFromHosts(context) },
    {
      targets: present.map(({ id, port }) => ({
        host: id,
        subject: `${id}:${port}`,
        base: `http://${addresses.get(id) ?? '127.0.0.1'}:${port}`,
      })),
      trials: [versionTrial(release.identity, release.expected)],
      patience: PATIENCE,
      negativeControl: true,
    },
  );
  const failed = results.filter(({ passed }) => !passed);
  if (failed.length === 0) {
    context.log.info(
      `all ${results.length} targets of ${poolName(course.to)} are ${release.expected.version}`,
    );
    return;
  }
  throw new UserError(
    [
      `${failed.length} of ${results.length} targets of ${poolName(course.to)} did not prove their release.`,
      ...failed.map((each) => `- ${describeCheck(each)}`),
    ].join('\n'),
  );
}

/**
 * Waits until the new side can take over, as long as there is something to wait for: targets that the balancer has not
 * judged yet.
 *
 * @throws UserError with what is missing
 */
export async function untilReady(context: FlipContext, request: FlipRequest): Promise<void> {
  const name = poolName(request.course.to);
  let hopeful = true;
  const last = await waitUntil<Readiness>(context, {
    what: `${name} to be ready`,
    every: READY_EVERY,
    timeout: request.readyTimeout,
    look: async () => {
      const { readiness, undecided } = await readReadiness(context, request);
      hopeful = undecided;
      if (readiness.ready || !hopeful) return { reached: true, value: readiness };
      return { reached: false, seen: readiness.reasons.join('; ') };
    },
  });
  if (last.reached && last.value.ready) {
    for (const reason of last.value.reasons) context.log.info(`ready: ${reason}`);
    return;
  }
  const reasons = last.reached
    ? last.value.reasons
    : [`after ${formatDuration(request.readyTimeout)}: ${last.seen}`];
  throw new UserError(
    [`${name} is not ready to take over.`, ...reasons.map((each) => `- ${each}`)].join('\n'),
  );
}

async function readReadiness(
  context: FlipContext,
  { course, ready }: FlipRequest,
): Promise<{ readonly readiness: Readiness; readonly undecided: boolean }> {
  const { balancer, instances } = context;
  const [settings, targets, before] = await Promise.all([
    balancer.settings(course.to),
    balancer.targets(course.to),
    balancer.targets(course.from),
  ]);
  const ids = [...new Set([...targets, ...before].map(({ id }) => id))];
  const zoneOf = settings.crossZone ? new Map<string, string>() : await instances.zones(ids);
  return {
    readiness: judgeReadiness({ settings, targets }, before, ready, zoneOf),
    undecided: targets.some(({ state, reason }) => state === 'initial' || reason === 'Target.NotInUse'),
  };
}

/** A target group is used by one load balancer only, and its targets must be of a kind that the route's own are of. */
function judgePlaces({ place }: FlipView, from: PoolPlace, to: PoolPlace): readonly string[] {
  const elsewhere = to.balancers.filter((balancer) => balancer !== place.balancer);
  return [
    ...(elsewhere.length > 0
      ? [
          `target group ${to.name} is on ${elsewhere.join(', ')}, not on ${place.balancer}; a target group can be used by one ` +
            'load balancer only. Give the one that was made for this load balancer',
        ]
      : []),
    ...(familyOf(to.protocol) === familyOf(from.protocol)
      ? []
      : [`target group ${to.name} speaks ${to.protocol} and ${from.name} speaks ${from.protocol}`]),
    ...(to.network === from.network
      ? []
      : [`target group ${to.name} is in ${to.network} and ${from.name} is in ${from.network}`]),
    ...(to.targetType === 'instance'
      ? []
      : [
          `target group ${to.name} has targets of type ${to.targetType}; only those of type instance can be proven`,
        ]),
  ];
}

/** Listeners take any of a family (User Guides, "Target groups", "Routing configuration"). */
function familyOf(protocol: string): string {
  if (protocol === 'HTTPS') return 'HTTP';
  return protocol === 'TLS' ? 'TCP' : protocol;
}

function judgeAttachment(
  { standing, actions }: FlipView,
  { attach }: FlipRequest,
  to: PoolPlace,
): readonly string[] {
  if (standing.kind !== 'before' || standing.attached) return [];
  if (!attach) {
    return [
      `it does not name ${to.name}, and \`attach\` is false; let this step add it, or add it at weight 0`,
    ];
  }
  const named = actions.flatMap((action) => (action.kind === 'forward' ? action.pools : [])).length;
  if (named < MOST_GROUPS) return [];
  return [`it names ${named} target groups already, and can have no more; take one away that has weight 0`];
}

function judgeStickiness(actions: readonly RouteAction[], { sticky }: FlipRequest): readonly string[] {
  const duration = stickinessOf(actions);
  if (duration === undefined || sticky === 'wait') return [];
  const long = formatDuration(duration);
  return [
    `it keeps each client at its target group for ${long}, whatever the weights are; with \`sticky: wait\` the flip goes on and ` +
      `the old side counts as idle ${long} after the last step only`,
  ];
}

function foreign({ route, course }: FlipRequest, actions: readonly RouteAction[], problem: string): string {
  const { from, to, steps } = course;
  return (
    `${shortName(route)} sends requests to ${describeWeights(actions)}: ${problem}. Expected all of them to go to ` +
    `${poolName(from)}, or a step of this flip (${steps.join(' %, ')} % to ${poolName(to)}); nothing was changed. ` +
    'Check `from`, `to` and `steps`, or set the weights right, then run again.'
  );
}
