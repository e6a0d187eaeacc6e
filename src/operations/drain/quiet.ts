import { formatDuration } from '../../fleet/duration.ts';
import type { PoolView } from '../../fleet/floor.ts';
import { numberField, readAnswer } from '../../hosts/answer.ts';
import type { HostCommand, HostResult } from '../../hosts/port.ts';
import { QUIET_SCRIPT } from '../../hosts/scripts/quiet.ts';
import { runWhereReachable } from '../ask/reachable.ts';
import type { PoolContext } from '../context.ts';
import { byPool, enter, findTarget, portsOf } from '../pools.ts';
import { describeFailure, type UndoRecord } from '../records.ts';
import { type Look, waitUntil } from '../wait.ts';
import type { DrainRequest } from './drain-plan.ts';
import { announceCuts, reportOpenFlows } from './flows.ts';

/**
 * For how long requests may still arrive after deregistration, in milliseconds. The NLB user guide ("Register targets")
 * speaks of a few minutes; behind an ALB users saw about 15 s (kubernetes-sigs/aws-load-balancer-controller#2366).
 */
export const PROPAGATION = { application: 15_000, other: 180_000 } as const;
/** The script looks five times a second and needs a moment to end. */
const QUIET_GRACE = 10_000;
const GONE_EVERY = 2_000;

/** Whether the hosts were proven quiet, or why not. */
export type QuietVerdict = { readonly quiet: true } | { readonly quiet: false; readonly problem: string };

/** How long the data plane may take to hear of a withdrawal from these pools. */
export function propagationOf(request: Pick<DrainRequest, 'drain'>, views: readonly PoolView[]): number {
  const { propagation } = request.drain;
  if (propagation !== undefined) return propagation;
  const kinds = views.map(({ settings }) => settings.balancerType);
  return kinds.every((kind) => kind === 'application') ? PROPAGATION.application : PROPAGATION.other;
}

/**
 * Waits until hosts that were just withdrawn are quiet, as the drain policy understands it. With `observed`, a host that
 * cannot be reached any more is waited for as with `delay`, and said so. What a network load balancer does to connections
 * that last longer is said as well.
 */
export async function proveQuiet(
  context: PoolContext,
  request: DrainRequest,
  views: readonly PoolView[],
  records: readonly UndoRecord[],
): Promise<QuietVerdict> {
  const { policy, timeout } = request.drain;
  const deadline = context.clock.now() + timeout;
  const propagation = propagationOf(request, views);
  const hosts = records.map(({ host }) => host);
  context.log.info(
    `${hosts.join(', ')} withdrawn; waiting ${formatDuration(propagation)} until every balancer node knows`,
  );
  const settled = context.clock.sleep(propagation, context.signal).then(() => enter(context, hosts, 'quiet'));
  if (policy === 'fixed') {
    await settled;
    context.log.warning('Drain policy fixed: nothing proves the hosts quiet, requests in flight may be cut.');
    return { quiet: true };
  }
  announceCuts(context, views, records, timeout);
  if (policy === 'delay') {
    await settled;
    return untilGone(context, views, records, deadline);
  }
  const [results] = await Promise.all([measure(context, request, records, propagation), settled]);
  return judgeQuiet(context, request, { views, records, deadline, results });
}

/** One command per host that waits for the data plane and then watches; asked about when it can have ended. */
async function measure(
  context: PoolContext,
  { drain }: DrainRequest,
  records: readonly UndoRecord[],
  propagation: number,
): Promise<readonly HostResult[]> {
  const { quiet, timeout, gauge } = drain;
  const facts = await context.transport.facts(records.map(({ host }) => host));
  const addresses = new Map(facts.map(({ host, address }) => [host, address ?? '127.0.0.1']));
  const commands = records.map(({ host, targets }): HostCommand => {
    const ports = portsOf(targets);
    const urls = ports.map((port) =>
      (gauge?.url ?? '')
        .replaceAll('{address}', addresses.get(host) ?? '')
        .replaceAll('{port}', String(port)),
    );
    const limit = Math.max(1, Math.ceil((timeout - propagation) / 1_000));
    const settings = [ports.join(' '), String(quiet), String(limit), (propagation / 1_000).toFixed(3)];
    return {
      host,
      script: QUIET_SCRIPT,
      arguments: gauge === undefined ? settings : [...settings, gauge.field, ...urls],
      timeout: timeout + QUIET_GRACE,
      earliest: propagation + quiet,
      onCancel: 'stop',
    };
  });
  return runWhereReachable(context, facts, commands);
}

interface Measured {
  readonly views: readonly PoolView[];
  readonly records: readonly UndoRecord[];
  readonly deadline: number;
  readonly results: readonly HostResult[];
}

async function judgeQuiet(
  context: PoolContext,
  { drain }: DrainRequest,
  { views, records, deadline, results }: Measured,
): Promise<QuietVerdict> {
  const lost = results.filter(({ outcome }) => outcome !== 'done');
  const busy = results.flatMap((result) => {
    if (result.outcome !== 'done') return [];
    const answer = readAnswer(result.host, result.stdout);
    if (answer['quiet'] === true) return [];
    const work = numberField(answer, 'work');
    if (work < 0) return [`${result.host} does not answer at its gauge`];
    return [
      `${result.host} still has ${work} ${drain.gauge === undefined ? 'connections' : 'requests'} on its service port`,
    ];
  });
  const limit = formatDuration(drain.timeout);
  if (busy.length > 0) return { quiet: false, problem: `not quiet within ${limit}: ${busy.join('; ')}` };
  if (lost.length === 0) {
    const hosts = results.map(({ host }) => host).join(', ');
    context.log.info(`${hosts} quiet: no work seen for ${formatDuration(drain.quiet)}`);
    return { quiet: true };
  }
  for (const result of lost) {
    context.log.warning(
      `${result.host} cannot be measured (${describeFailure(result)}); ` +
        'waiting for its whole deregistration delay instead.',
    );
  }
  const unseen = records.filter(({ host }) => lost.some((result) => result.host === host));
  return untilGone(context, views, unseen, deadline);
}

/**
 * Waits until the balancer lists the targets no more, which it does when their deregistration delay is over. Flows that a
 * network load balancer leaves open then are warned of.
 */
async function untilGone(
  context: PoolContext,
  views: readonly PoolView[],
  records: readonly UndoRecord[],
  deadline: number,
): Promise<QuietVerdict> {
  const pools = byPool(records);
  const timeout = Math.max(0, deadline - context.clock.now());
  const since = Math.min(...records.map((record) => Date.parse(record.since)));
  const delay = Math.max(0, ...views.map(({ settings }) => settings.deregistrationDelay));
  const look = await waitUntil(context, {
    what: 'the deregistration delay to end',
    first: Math.min(timeout, Math.max(0, since + delay - context.clock.now())),
    every: GONE_EVERY,
    timeout,
    look: async (): Promise<Look<undefined>> => {
      const listed = await Promise.all(
        [...pools].map(async ([pool, keys]) => {
          const seen = await context.balancer.targets(pool);
          return keys.filter((key) => (findTarget(seen, key)?.state ?? 'unused') !== 'unused');
        }),
      );
      const left = listed.flat();
      if (left.length === 0) return { reached: true, value: undefined };
      return {
        reached: false,
        seen: `${left.map(({ id, port }) => `${id}:${port}`).join(', ')} still draining`,
      };
    },
  });
  if (!look.reached) return { quiet: false, problem: `not out of the balancer in time: ${look.seen}` };
  await reportOpenFlows(context, views, records);
  return { quiet: true };
}
