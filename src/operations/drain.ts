import type { ObservedTarget } from '../balancers/port.ts';
import { formatDuration } from '../fleet/duration.ts';
import type { DrainPolicy, RestorePolicy } from '../fleet/fleet.ts';
import { type FloorPolicy, judgeRemoval, type PoolView } from '../fleet/floor.ts';
import { nearest } from '../fleet/nearest.ts';
import { numberField, readAnswer } from '../hosts/answer.ts';
import { QUIET_SCRIPT } from '../hosts/scripts.ts';
import { CancelledError, PlatformError, UserError } from '../runner/errors.ts';
import type { PoolContext } from './context.ts';
import { byPool, enter, findTarget, observePools, portsOf, registrationsOf } from './pools.ts';
import { describeFailure, type UndoRecord, type Withdrawal, writeRecords } from './records.ts';
import { registerAll, restore } from './restore.ts';
import { waitUntil } from './wait.ts';

/** How long the balancer may take to show a deregistration that it has accepted. */
const READ_BACK = 30_000;
const READ_BACK_EVERY = 500;

export interface DrainRequest {
  /** Every pool the hosts may be in. */
  readonly pools: readonly string[];
  readonly hosts: readonly string[];
  /** Hosts that an earlier run took out, with what it recorded: they are continued. */
  readonly adopted: ReadonlyMap<string, UndoRecord>;
  /** Hosts that serve a release which failed: they do not go back into service when the drain fails. */
  readonly unproven?: readonly string[];
  /** Service whose deployment this is part of, for the record. */
  readonly service?: string;
  /** Release that each host's `current` points to, for the record. */
  readonly releases: ReadonlyMap<string, string>;
  readonly zoneOf: ReadonlyMap<string, string>;
  readonly floor: FloorPolicy;
  readonly drain: DrainPolicy;
  /** How hosts are returned when they cannot be proven quiet. */
  readonly restore: RestorePolicy;
  readonly reason: string;
}

/** What a drain would do, and whether the floor guard would let it. */
export interface DrainPlan {
  readonly records: readonly UndoRecord[];
  /** Hosts that still get requests; those that are out already cost the floor nothing more. */
  readonly leaving: readonly string[];
  /** Records of the hosts that go back when the drain fails: those found in service, in all that their record names. */
  readonly returnable: readonly UndoRecord[];
  readonly reasons: readonly string[];
}

/**
 * Decides what to withdraw, from what the balancer shows now.
 *
 * @throws UserError when a host is in no pool, or the floor would not hold without the hosts
 */
export async function planDrain(context: PoolContext, request: DrainRequest): Promise<DrainPlan> {
  const views = await observePools(context, request.pools);
  const records = request.hosts.map((host) => recordFor(context, request, views, host));
  const leaving = request.hosts.filter((host) =>
    registrationsOf(views, host).some(({ state }) => state !== 'draining'),
  );
  const verdict = judgeRemoval(withAbsent(views, records), leaving, request.zoneOf, request.floor);
  if (verdict.kind === 'refused') throw new UserError(refusal(leaving, verdict.reasons));
  const returnable = records.filter(
    ({ host, targets }) =>
      !request.unproven?.includes(host) && targets.every((target) => isInService(views, target)),
  );
  return { records, leaving, returnable, reasons: verdict.reasons };
}

/**
 * Takes hosts out of every pool they are in, and returns when each of them has been proven quiet: the balancer showed
 * the withdrawal, the propagation floor has passed, and no connection was seen on the host for the quiet period.
 *
 * When that cannot be proven in time, or the run is cancelled, the hosts go back into service; those that were out
 * before stay out, since nobody has proven what they would serve.
 *
 * @returns one record per host: how to undo it
 * @throws UserError when the floor refuses; PlatformError when a host cannot be proven quiet; CancelledError
 */
export async function drain(context: PoolContext, request: DrainRequest): Promise<readonly UndoRecord[]> {
  const plan = await planDrain(context, request);
  const { records } = plan;
  for (const reason of plan.reasons) context.log.info(`floor holds: ${reason}`);
  await writeRecords(context, records);
  try {
    await withdraw(context, request, records);
    await recheckFloor(context, request, plan);
    await proveQuiet(context, request, records);
    return records;
  } catch (error) {
    throw await putBack(context, request, plan, error);
  }
}

/**
 * A target that has finished draining is no longer listed; it still belongs to the pool, or a percentage would be taken
 * of too few.
 */
function withAbsent(views: readonly PoolView[], records: readonly UndoRecord[]): readonly PoolView[] {
  const withdrawn = byPool(records);
  return views.map(({ settings, targets }) => {
    const absent = (withdrawn.get(settings.pool) ?? []).filter(
      (key) => findTarget(targets, key) === undefined,
    );
    const unused = absent.map((key): ObservedTarget => ({ ...key, state: 'unused', shifted: false }));
    return { settings, targets: [...targets, ...unused] };
  });
}

function isInService(views: readonly PoolView[], target: Withdrawal): boolean {
  const view = views.find(({ settings }) => settings.pool === target.pool);
  return (findTarget(view?.targets ?? [], target)?.state ?? 'draining') !== 'draining';
}

/** Why the guard keeps hosts in service. */
export function refusal(hosts: readonly string[], reasons: readonly string[]): string {
  return [
    `The floor would not hold without ${hosts.join(', ')}; nothing was drained.`,
    ...reasons.map((reason) => `- ${reason}`),
    'Bring the missing hosts back to health or add capacity, then run the same step again.',
  ].join('\n');
}

function recordFor(
  context: PoolContext,
  request: DrainRequest,
  views: readonly PoolView[],
  host: string,
): UndoRecord {
  const adopted = request.adopted.get(host);
  const registered = registrationsOf(views, host).filter(({ state }) => state !== 'draining');
  if (adopted !== undefined) return { ...adopted, targets: together(adopted.targets, registered) };
  if (registered.length === 0) throw new UserError(notRegistered(views, host));
  const { service } = request;
  const from = request.releases.get(host);
  return {
    host,
    targets: together([], registered),
    reason: request.reason,
    run: context.run,
    since: new Date(context.clock.now()).toISOString(),
    ...(service === undefined ? {} : { service }),
    ...(from === undefined ? {} : { from }),
  };
}

/** What an earlier run withdrew and what is registered now, each once. */
function together(
  withdrawn: readonly Withdrawal[],
  registered: readonly Withdrawal[],
): readonly Withdrawal[] {
  const all = [...withdrawn, ...registered].map(({ pool, id, port }) => ({ pool, id, port }));
  return [...new Map(all.map((each) => [`${each.pool} ${each.port}`, each])).values()];
}

/** The API takes a withdrawal of an unknown target for a success, so a typo has to be caught here. */
function notRegistered(views: readonly PoolView[], host: string): string {
  const known = views.flatMap(({ targets }) => targets.map(({ id }) => id));
  const meant = nearest(host, known);
  const pools = views.map(({ settings }) => settings.name).join(', ');
  return (
    `${host} is not registered in ${pools}, so there is nothing to drain; nothing was touched. ` +
    (meant === undefined ? 'Check the host id and the target groups.' : `Did you mean ${meant}?`)
  );
}

async function withdraw(
  context: PoolContext,
  request: DrainRequest,
  records: readonly UndoRecord[],
): Promise<void> {
  const pools = byPool(records);
  enter(context, request.hosts, 'draining');
  await Promise.all([...pools].map(([pool, targets]) => context.balancer.deregister(pool, targets)));
  const look = await waitUntil(context, {
    what: 'the balancer to show the withdrawal',
    every: READ_BACK_EVERY,
    timeout: READ_BACK,
    look: async () => {
      const still = await Promise.all(
        [...pools].map(async ([pool, targets]) => {
          const seen = await context.balancer.targets(pool);
          return targets.filter((key) => (findTarget(seen, key)?.state ?? 'draining') !== 'draining');
        }),
      );
      const present = still.flat();
      if (present.length === 0) return { reached: true, value: undefined };
      return { reached: false, seen: `${present.map(({ id }) => id).join(', ')} still in service` };
    },
  });
  if (!look.reached)
    throw new PlatformError(`the balancer accepted the withdrawal and does not show it: ${look.seen}.`);
}

/** The world may have moved between the guard and the withdrawal. */
async function recheckFloor(
  context: PoolContext,
  request: DrainRequest,
  { records, leaving }: DrainPlan,
): Promise<void> {
  const views = withAbsent(await observePools(context, request.pools), records);
  const verdict = judgeRemoval(views, leaving, request.zoneOf, request.floor);
  if (verdict.kind === 'allowed') return;
  throw new UserError(
    `the pool fell below its floor while hosts were leaving: ${verdict.reasons.join('; ')}.`,
  );
}

async function proveQuiet(
  context: PoolContext,
  request: DrainRequest,
  records: readonly UndoRecord[],
): Promise<void> {
  const { propagation, quiet, timeout } = request.drain;
  const started = context.clock.now();
  context.log.info(
    `${request.hosts.join(', ')} withdrawn; waiting ${formatDuration(propagation)} until every balancer node knows`,
  );
  await context.clock.sleep(propagation, context.signal);
  enter(context, request.hosts, 'quiet');
  if (quiet === 0) {
    context.log.warning('The quiet proof is turned off (quiet: 0s): requests in flight may be cut.');
    return;
  }
  const limit = Math.max(1, Math.ceil((started + timeout - context.clock.now()) / 1_000));
  const results = await context.transport.run(
    records.map((record) => ({
      host: record.host,
      script: QUIET_SCRIPT,
      arguments: [portsOf(record.targets).join(' '), String(quiet), String(limit)],
      timeout: (limit + 10) * 1_000,
    })),
    context.signal,
  );
  const problems = results.flatMap((result) => {
    if (result.outcome !== 'done')
      return [`${result.host} could not be measured: ${describeFailure(result)}`];
    const answer = readAnswer(result.host, result.stdout);
    if (answer['quiet'] === true) return [];
    return [`${result.host} still has ${numberField(answer, 'connections')} connections on its service port`];
  });
  if (problems.length === 0) {
    context.log.info(`${request.hosts.join(', ')} quiet: no connection seen for ${formatDuration(quiet)}`);
    return;
  }
  throw new PlatformError(`not quiet within ${formatDuration(timeout)}: ${problems.join('; ')}.`);
}

/** Puts hosts that were not proven quiet back into service and tells how that went. */
async function putBack(
  context: PoolContext,
  request: DrainRequest,
  { records, returnable }: DrainPlan,
  cause: unknown,
): Promise<Error> {
  const why = cause instanceof Error ? cause.message : String(cause);
  const hosts = namesOf(returnable);
  const kept = namesOf(records.filter((record) => !returnable.includes(record)));
  const note = kept === '' ? '' : `\n${kept} stay out of service, each with its record.`;
  try {
    if (context.signal.aborted) {
      await registerAll(context, returnable);
      const back = hosts === '' ? '' : ` ${hosts} registered again, nothing was installed.`;
      const again = 'Run the same step again to continue.';
      return new CancelledError(`Cancelled while draining.${back}${note}\n${again}`, { cause });
    }
    if (returnable.length === 0) return new PlatformError(`${why}${note}`, { cause });
    context.log.warning(`Returning ${hosts} to service: ${why}`);
    await restore(context, { records: returnable, policy: request.restore });
    const back = `${hosts} are back in service; nothing was installed on them.`;
    return new PlatformError(`${why}\n${back}${note}`, { cause });
  } catch (second) {
    const then = second instanceof Error ? second.message : String(second);
    return new PlatformError(
      `${why}\nReturning ${hosts} to service failed too: ${then}\nTheir undo records are on the hosts in ` +
        `/var/lib/zonewise/out-of-service.json: run the same step again, or restore-target with the undo record.${note}`,
      { cause },
    );
  }
}

function namesOf(records: readonly UndoRecord[]): string {
  return records.map(({ host }) => host).join(', ');
}
