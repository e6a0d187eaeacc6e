import type { PoolSettings } from '../../balancers/port.ts';
import { formatDuration } from '../../fleet/duration.ts';
import type { PoolView } from '../../fleet/floor.ts';
import { numberField, readAnswer } from '../../hosts/answer.ts';
import type { HostCommand, HostResult } from '../../hosts/port.ts';
import { QUIET_SCRIPT } from '../../hosts/scripts/quiet.ts';
import { runWhereReachable } from '../ask/reachable.ts';
import type { HostContext } from '../context.ts';
import { portsOf } from '../pools.ts';
import { describeFailure, type UndoRecord } from '../records.ts';

/** One look at a table of the kernel; anything longer means the host is in trouble. */
const ONE_LOOK = 30_000;

/**
 * Says when a network load balancer will cut what is still connected to a host: with connection termination on, at the
 * end of the deregistration delay, if the drain waits that long.
 *
 * @param timeout of the drain, milliseconds
 */
export function announceCuts(
  { log }: Pick<HostContext, 'log'>,
  views: readonly PoolView[],
  records: readonly UndoRecord[],
  timeout: number,
): void {
  for (const { name, connectionTermination, deregistrationDelay } of networkPools(views, records)) {
    if (!connectionTermination || timeout <= deregistrationDelay) continue;
    log.info(
      `${name}: what is still connected ${formatDuration(deregistrationDelay)} after the withdrawal will be cut by ` +
        'the balancer, connection termination is on',
    );
  }
}

/**
 * A network load balancer without connection termination stops listing a target and goes on with the flows it has: what
 * is then open on each of the hosts is counted there, and warned of.
 */
export async function reportOpenFlows(
  context: HostContext,
  views: readonly PoolView[],
  records: readonly UndoRecord[],
): Promise<void> {
  const lasting = networkPools(views, records).filter(({ connectionTermination }) => !connectionTermination);
  const pools = new Set(lasting.map(({ pool }) => pool));
  const concerned = records.filter(({ targets }) => targets.some(({ pool }) => pools.has(pool)));
  if (concerned.length === 0) return;
  const names = lasting.map(({ name }) => name).join(', ');
  for (const result of await countConnections(context, concerned)) {
    const open = openOn(result);
    if (open === '0') {
      context.log.info(`${result.host}: no connection is open on its service port any more`);
      continue;
    }
    context.log.warning(
      `${result.host} has left its network load balancer, which does not end its connections: ${open} still open on ` +
        'its service port, and users see them break when the service stops. Turn on the attribute ' +
        `deregistration_delay.connection_termination.enabled of ${names}, or drain with the policy \`observed\` ` +
        'and a way to the host.',
    );
  }
}

async function countConnections(
  context: HostContext,
  records: readonly UndoRecord[],
): Promise<readonly HostResult[]> {
  const commands = records.map(
    ({ host, targets }): HostCommand => ({
      host,
      script: QUIET_SCRIPT,
      // No quiet period, no limit and no wait: it looks once.
      arguments: [portsOf(targets).join(' '), '0', '0', '0'],
      timeout: ONE_LOOK,
    }),
  );
  const facts = await context.transport.facts(records.map(({ host }) => host));
  return runWhereReachable(context, facts, commands);
}

function openOn(result: HostResult): string {
  if (result.outcome !== 'done') return `nobody knows how many (${describeFailure(result)}) are`;
  return String(numberField(readAnswer(result.host, result.stdout), 'work'));
}

function networkPools(views: readonly PoolView[], records: readonly UndoRecord[]): readonly PoolSettings[] {
  const left = new Set(records.flatMap(({ targets }) => targets.map(({ pool }) => pool)));
  return views.flatMap(({ settings }) =>
    settings.balancerType === 'network' && left.has(settings.pool) ? [settings] : [],
  );
}
