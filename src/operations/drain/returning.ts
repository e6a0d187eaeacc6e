import type { ObservedTarget } from '../../balancers/port.ts';
import { judgedPools, type PoolView } from '../../fleet/floor.ts';
import { encodedField, readAnswer } from '../../hosts/answer.ts';
import type { HostCommand, HostResult } from '../../hosts/port.ts';
import { STATUS_SCRIPT } from '../../hosts/scripts/status.ts';
import { PlatformError } from '../../runner/errors.ts';
import { runWhereReachable } from '../ask/reachable.ts';
import type { HostContext } from '../context.ts';
import { findTarget } from '../pools.ts';
import { describeFailure, parseRecord, type UndoRecord, type Withdrawal } from '../records.ts';

/** Plain file work on a host; anything longer means the host is in trouble. */
const FILE_WORK = 30_000;

/** What a host says of its being out of service; `none` also when it has never been. */
type Told =
  | { readonly kind: 'record'; readonly record: UndoRecord }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly problem: string };

/**
 * Registrations whose return to service is not finished, among the targets that stay when hosts leave: the balancer does
 * not tell since when a target is healthy, and a host keeps its record until slow start is over. Only pools with slow
 * start are asked about, one command for all of their hosts. A host that does not tell is taken to be in full service,
 * and said so.
 *
 * @param leaving hosts that may leave; they are not asked themselves
 */
export async function readReturning(
  context: HostContext,
  views: readonly PoolView[],
  leaving: readonly string[],
): Promise<readonly Withdrawal[]> {
  const slow = judgedPools(views, leaving).filter(
    ({ settings }) => settings.slowStart > 0 && settings.targetType === 'instance',
  );
  const members = new Set(slow.flatMap(({ targets }) => targets.map(({ id }) => id)));
  const hosts = [...members].filter((id) => !leaving.includes(id));
  if (hosts.length === 0) return [];
  const commands = hosts.map(
    (host): HostCommand => ({ host, script: STATUS_SCRIPT, arguments: [''], timeout: FILE_WORK }),
  );
  const results = await runWhereReachable(context, await context.transport.facts(hosts), commands);
  return results.flatMap((result) => {
    const { host } = result;
    const told = toldBy(result);
    if (told.kind === 'none') return [];
    if (told.kind === 'unknown') {
      context.log.warning(
        `Whether ${host} is in slow start is not known (${told.problem}); counted as the balancer shows it.`,
      );
      return [];
    }
    const { run, since, reason, targets } = told.record;
    context.log.info(
      `${host} is recorded as out of service since ${since} (${reason}, ${run}): where the balancer calls it healthy it ` +
        'is in slow start and not counted. If that run is over, finish its return with restore-target.',
    );
    return targets;
  });
}

/** The pools as they will be judged: a healthy target whose return is not finished is in slow start, where there is one. */
export function withRamping(
  views: readonly PoolView[],
  returning: readonly Withdrawal[],
): readonly PoolView[] {
  return views.map(({ settings, targets }) => {
    const { pool, slowStart } = settings;
    const keys = slowStart > 0 ? returning.filter((each) => each.pool === pool) : [];
    const ramping = new Set(keys.map((key) => findTarget(targets, key)));
    return {
      settings,
      targets: targets.map(
        (target): ObservedTarget =>
          ramping.has(target) && target.state === 'healthy' ? { ...target, ramping: true } : target,
      ),
    };
  });
}

function toldBy(result: HostResult): Told {
  if (result.outcome !== 'done') return { kind: 'unknown', problem: describeFailure(result) };
  try {
    const text = encodedField(readAnswer(result.host, result.stdout), 'record');
    return text === '' ? { kind: 'none' } : { kind: 'record', record: parseRecord(text, result.host) };
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    return { kind: 'unknown', problem: error.message };
  }
}
