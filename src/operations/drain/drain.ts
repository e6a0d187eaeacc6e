import { judgeRemoval } from '../../fleet/floor.ts';
import { CancelledError, PlatformError, UserError } from '../../runner/errors.ts';
import type { PoolContext } from '../context.ts';
import { byPool, enter, findTarget } from '../pools.ts';
import { type UndoRecord, writeRecords } from '../records.ts';
import { type Look, waitUntil } from '../wait.ts';
import { type DrainPlan, type DrainRequest, observeAround, planDrain, withAbsent } from './drain-plan.ts';
import { proveQuiet } from './quiet.ts';
import { registerAll, restore } from './restore.ts';
import { withRamping } from './returning.ts';
import { leaveGroups, leaveStandby, stillInGroups } from './scaling.ts';

/** How long the balancer may take to show a deregistration that it has accepted, and a group to reach standby. */
const READ_BACK = 60_000;
const READ_BACK_EVERY = 500;

/**
 * Takes hosts out of every pool they are in, and returns when each of them has been proven quiet: the balancer showed
 * the withdrawal, the propagation floor has passed, and no work was seen on the host for the quiet period.
 *
 * When that cannot be proven in time, or the run is cancelled, the hosts go back into service, or stay out when the
 * policy says `hold`; those that were out before stay out, since nobody has proven what they would serve.
 *
 * @param announce is told how to undo the drain, before anything is withdrawn
 * @returns one record per host: how to undo it
 * @throws UserError when the floor refuses; PlatformError when a host cannot be proven quiet; CancelledError
 */
export async function drain(
  context: PoolContext,
  request: DrainRequest,
  announce: (records: readonly UndoRecord[]) => void = () => {},
): Promise<readonly UndoRecord[]> {
  const plan = await planDrain(context, request);
  const { records } = plan;
  for (const reason of plan.reasons) context.log.info(`floor holds: ${reason}`);
  announce(records);
  await writeRecords(context, records, request.recordsElsewhere ?? false);
  try {
    await withdraw(context, request, records);
    await recheckFloor(context, request, plan);
    const verdict = await proveQuiet(context, request, plan.views, records);
    if (verdict.quiet) return records;
    if (request.drain.onTimeout === 'return') throw new PlatformError(`${verdict.problem}.`);
    enter(context, request.hosts, 'held', verdict.problem);
  } catch (error) {
    throw await putBack(context, request, plan, error);
  }
  throw new PlatformError(
    `${request.hosts.join(', ')} not proven quiet in time and held out of service, as on-timeout says. ` +
      'Return them with restore-target, or run the same step again.',
  );
}

async function withdraw(
  context: PoolContext,
  request: DrainRequest,
  records: readonly UndoRecord[],
): Promise<void> {
  const pools = byPool(records);
  enter(context, request.hosts, 'draining');
  await leaveGroups(context, records);
  // Standby deregisters at the group's own port only, and some seconds later: this covers every port, now.
  await Promise.all([...pools].map(([pool, targets]) => context.balancer.deregister(pool, targets)));
  const look = await waitUntil(context, {
    what: 'the balancer to show the withdrawal',
    every: READ_BACK_EVERY,
    timeout: READ_BACK,
    look: async (): Promise<Look<undefined>> => {
      const still = await Promise.all(
        [...pools].map(async ([pool, targets]) => {
          const seen = await context.balancer.targets(pool);
          return targets.filter((key) => (findTarget(seen, key)?.state ?? 'draining') !== 'draining');
        }),
      );
      const present = still.flat().map(({ id, port }) => `${id}:${port} still in service`);
      const words = [...present, ...(await stillInGroups(context, records))];
      if (words.length === 0) return { reached: true, value: undefined };
      return { reached: false, seen: words.join(', ') };
    },
  });
  if (look.reached) return;
  throw new PlatformError(`the balancer accepted the withdrawal and does not show it: ${look.seen}.`);
}

/** The world may have moved between the guard and the withdrawal. */
async function recheckFloor(
  context: PoolContext,
  request: DrainRequest,
  { records, leaving, returning }: DrainPlan,
): Promise<void> {
  const views = withAbsent(await observeAround(context, request.pools, request.hosts), records);
  const verdict = judgeRemoval(withRamping(views, returning), leaving, request.zoneOf, request.floor);
  if (verdict.kind === 'allowed') return;
  throw new UserError(
    `the pool fell below its floor while hosts were leaving: ${verdict.reasons.join('; ')}.`,
  );
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
      await leaveStandby(context, returnable);
      const back = hosts === '' ? '' : ` ${hosts} registered again, nothing was installed.`;
      const again = 'Run the same step again to continue, or restore-target to see them serve.';
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
