import { judgeRemoval } from '../../fleet/floor.ts';
import type { LeftOut } from '../../ledger/document.ts';
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
 * @param announce is told how to undo the drain, before anything is withdrawn; what it throws ends the drain with nothing
 *   withdrawn
 * @param leave is told of a drain that failed after that which hosts are out of service still; all but those that went back and
 *   were seen to serve
 * @returns one record per host: how to undo it
 * @throws UserError when the floor refuses; PlatformError when a host cannot be proven quiet; CancelledError
 */
export async function drain(
  context: PoolContext,
  request: DrainRequest,
  announce: (records: readonly UndoRecord[]) => void | Promise<void> = () => {},
  leave: (left: readonly LeftOut[]) => void = () => {},
): Promise<readonly UndoRecord[]> {
  const plan = await planDrain(context, request);
  const { records } = plan;
  for (const reason of plan.reasons) context.log.info(`floor holds: ${reason}`);
  try {
    await announce(records);
    await writeRecords(context, records, request.recordsElsewhere ?? false);
  } catch (error) {
    leave(leftOut(keptOf(plan)));
    throw error;
  }
  try {
    await withdraw(context, request, records);
    await recheckFloor(context, request, plan);
    const verdict = await proveQuiet(context, request, plan.views, records);
    if (verdict.quiet) return records;
    if (request.drain.onTimeout === 'return') throw new PlatformError(`${verdict.problem}.`);
    enter(context, request.hosts, 'held', verdict.problem);
    leave(leftOut(records, verdict.problem));
  } catch (error) {
    const put = await putBack(context, request, plan, error);
    leave(leftOut(put.left));
    throw put.problem;
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

/** Hosts that do not go back into service when the drain fails. */
function keptOf({ records, returnable }: DrainPlan): readonly UndoRecord[] {
  return records.filter((record) => !returnable.includes(record));
}

function leftOut(records: readonly UndoRecord[], held?: string): readonly LeftOut[] {
  return records.map((record) => ({ record, ...(held === undefined ? {} : { held }) }));
}

/** What became of hosts that were not proven quiet. */
interface PutBack {
  readonly problem: Error;
  /** Those that were not seen to serve again. */
  readonly left: readonly UndoRecord[];
}

/** Puts hosts that were not proven quiet back into service and tells how that went. */
async function putBack(
  context: PoolContext,
  request: DrainRequest,
  plan: DrainPlan,
  cause: unknown,
): Promise<PutBack> {
  const { records, returnable } = plan;
  const why = cause instanceof Error ? cause.message : String(cause);
  const hosts = namesOf(returnable);
  const kept = namesOf(keptOf(plan));
  const note = kept === '' ? '' : `\n${kept} stay out of service, each with its record.`;
  try {
    if (context.signal.aborted) {
      await registerAll(context, returnable);
      await leaveStandby(context, returnable);
      const back = hosts === '' ? '' : ` ${hosts} registered again, nothing was installed.`;
      const again = 'Run the same step again to continue, or restore-target to see them serve.';
      const problem = new CancelledError(`Cancelled while draining.${back}${note}\n${again}`, { cause });
      return { problem, left: records };
    }
    if (returnable.length === 0) {
      return { problem: new PlatformError(`${why}${note}`, { cause }), left: records };
    }
    context.log.warning(`Returning ${hosts} to service: ${why}`);
    await restore(context, { records: returnable, policy: request.restore });
    const back = `${hosts} are back in service; nothing was installed on them.`;
    return { problem: new PlatformError(`${why}\n${back}${note}`, { cause }), left: keptOf(plan) };
  } catch (second) {
    const then = second instanceof Error ? second.message : String(second);
    const problem = new PlatformError(
      `${why}\nReturning ${hosts} to service failed too: ${then}\nTheir undo records are on the hosts in ` +
        `/var/lib/zonewise/out-of-service.json: run the same step again, or restore-target with the undo record.${note}`,
      { cause },
    );
    return { problem, left: records };
  }
}

function namesOf(records: readonly UndoRecord[]): string {
  return records.map(({ host }) => host).join(', ');
}
