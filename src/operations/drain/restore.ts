import type { ObservedTarget, TargetKey } from '../../balancers/port.ts';
import { formatDuration } from '../../fleet/duration.ts';
import type { RestorePolicy } from '../../fleet/fleet.ts';
import { readAnswer } from '../../hosts/answer.ts';
import { SERVING_SCRIPT } from '../../hosts/scripts/serving.ts';
import { PlatformError } from '../../runner/errors.ts';
import type { PoolContext } from '../context.ts';
import { byPool, enter, findTarget, portsOf } from '../pools.ts';
import { clearRecords, describeFailure, type UndoRecord } from '../records.ts';
import { type Look, waitUntil } from '../wait.ts';
import { returnToGroups, settleGroups } from './scaling.ts';

/** A look more often than this would only spend the API's request budget. */
const FASTEST_LOOK = 250;
const SLOWEST_LOOK = 2_000;
/** The script looks five times a second and needs a moment to end. */
const SERVING_GRACE = 10_000;

export interface RestoreRequest {
  readonly records: readonly UndoRecord[];
  readonly policy: RestorePolicy;
}

/**
 * Puts hosts back into every pool and port they were taken from, and returns when the balancer has called each of them
 * healthy for as many health checks in a row as the policy asks, and slow start is over. One poller per pool.
 *
 * @throws PlatformError that says why which target is not healthy; the records stay on the hosts then
 */
export async function restore(context: PoolContext, { records, policy }: RestoreRequest): Promise<void> {
  const hosts = records.map(({ host }) => host);
  if (hosts.length === 0) return;
  enter(context, hosts, 'returning');
  await registerAll(context, records);
  await returnToGroups(context, records);
  await Promise.all(
    [...byPool(records)].map(([pool, targets]) => untilHealthy(context, pool, targets, policy)),
  );
  if (policy.firstRequest !== undefined) await untilServing(context, records, policy.firstRequest);
  await settleGroups(context, records);
  await clearRecords(context, hosts);
  enter(context, hosts, 'serving');
  context.log.info(`${hosts.join(', ')} back in service`);
}

/** Registers everything the records name; a target that is still draining is thereby kept. Does not wait for health. */
export async function registerAll(context: PoolContext, records: readonly UndoRecord[]): Promise<void> {
  await Promise.all([...byPool(records)].map(([pool, targets]) => context.balancer.register(pool, targets)));
}

async function untilHealthy(
  context: PoolContext,
  pool: string,
  keys: readonly TargetKey[],
  policy: RestorePolicy,
): Promise<void> {
  const settings = await context.balancer.settings(pool);
  const { healthCheckInterval: interval, name } = settings;
  // From the first healthy look to the last one, with a health check between each two that count.
  const proof = (policy.checks - 1) * interval;
  let since: number | undefined;
  const look = await waitUntil(context, {
    what: `${keys.map(({ id }) => id).join(', ')} to be healthy in ${name}`,
    every: Math.min(SLOWEST_LOOK, Math.max(FASTEST_LOOK, interval / 2)),
    timeout: policy.timeout,
    look: async (): Promise<Look<undefined>> => {
      const targets = await context.balancer.targets(pool);
      const now = context.clock.now();
      const waiting = keys.filter((key) => findTarget(targets, key)?.state !== 'healthy');
      if (waiting.length > 0) {
        since = undefined;
        return {
          reached: false,
          seen: waiting.map((key) => describeTarget(key, findTarget(targets, key))).join('; '),
        };
      }
      since ??= now;
      if (now - since >= proof) return { reached: true, value: undefined };
      const seen = `healthy, to be seen so for ${formatDuration(proof)}`;
      return { reached: false, seen, again: since + proof - now };
    },
  });
  if (!look.reached) {
    throw new PlatformError(
      `not healthy in ${settings.name} within ${formatDuration(policy.timeout)}: ${look.seen}. The targets are ` +
        'registered and get no requests until they pass the health check.',
    );
  }
  if (settings.slowStart > 0) {
    context.log.info(
      `slow start of ${settings.name}: ${formatDuration(settings.slowStart)} until full capacity`,
    );
    await context.clock.sleep(settings.slowStart, context.signal);
  }
}

/** Healthy is what the balancer thinks of a host; a request that reaches it is what users see. */
async function untilServing(
  context: PoolContext,
  records: readonly UndoRecord[],
  limit: number,
): Promise<void> {
  const results = await context.transport.run(
    records.map(({ host, targets }) => ({
      host,
      script: SERVING_SCRIPT,
      arguments: [portsOf(targets).join(' '), String(Math.ceil(limit / 1_000))],
      timeout: limit + SERVING_GRACE,
      onCancel: 'stop',
    })),
    context.signal,
  );
  const idle = results.flatMap((result) => {
    if (result.outcome !== 'done') return [`${result.host} could not be watched: ${describeFailure(result)}`];
    return readAnswer(result.host, result.stdout)['serving'] === true
      ? []
      : [`${result.host} got no request`];
  });
  if (idle.length === 0) return;
  throw new PlatformError(
    `healthy, and not seen serving within ${formatDuration(limit)}: ${idle.join('; ')}. The hosts are registered; ` +
      'look at the listener and its rules, or leave `first-request` out where there is little traffic.',
  );
}

/** Reason codes of DescribeTargetHealth (API reference, TargetHealth), with what to do about them. */
const CURES: Readonly<Record<string, string>> = {
  'Elb.RegistrationInProgress': 'the balancer is still taking it in',
  'Elb.InitialHealthChecking': 'its first health check has not been answered yet',
  'Elb.InternalError': 'the balancer has a problem of its own; wait, or ask AWS',
  'Target.ResponseCodeMismatch': 'its health check answered with another status; look at the service log',
  'Target.Timeout': 'its health check was not answered in time; check the port and the security group',
  'Target.FailedHealthChecks':
    'its health check could not be connected; check that the service listens on the port',
  'Target.NotRegistered': 'the registration was not taken; check the target group',
  'Target.NotInUse': 'no listener uses the target group, or its zone is not enabled on the balancer',
  'Target.InvalidState': 'the instance is stopped or terminated',
  'Target.IpUnusable': 'its address is used by a load balancer',
  'Target.DeregistrationInProgress': 'it is still draining; something deregisters it again',
  'Target.HealthCheckDisabled': 'health checks are turned off for the target group',
};

function describeTarget({ id, port }: TargetKey, target: ObservedTarget | undefined): string {
  if (target === undefined) return `${id}:${port} is not registered`;
  const because =
    target.reason === undefined
      ? ''
      : ` (${target.reason}: ${CURES[target.reason] ?? target.description ?? 'unknown'})`;
  return `${id}:${port} is ${target.state}${because}`;
}
