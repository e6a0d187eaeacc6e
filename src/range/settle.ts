import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  type TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { PlatformError } from '../runner/errors.ts';
import type { RangeHost } from './hosts/host.ts';

/** Milliseconds. */
const LOOK = 50;
const REQUEST_TIMEOUT = 2_000;

/** Waits for all, and when one fails stops the others' waiting. */
export async function allOrNone<T>(
  items: readonly T[],
  signal: AbortSignal,
  wait: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  try {
    await Promise.all(items.map((item) => wait(item, either)));
  } finally {
    failed.abort();
  }
}

export interface Patience {
  /** Milliseconds. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/**
 * Waits until a host's service answers its health check: well, or for a sick host at all.
 *
 * @throws PlatformError with the end of the service's log when the limit is reached
 */
export async function untilAnswering(
  host: RangeHost,
  service: string,
  path: string,
  { limit, signal }: Patience,
): Promise<void> {
  const url = `http://${host.address}:${host.port}${path}`;
  const end = Date.now() + limit;
  let seen = await ask(url, signal);
  while (!(host.faults.includes('sick') ? seen.answered : seen.healthy)) {
    if (Date.now() > end || host.unit.state() === 'failed') {
      const log = await readFile(join(host.root, 'var/log', `${service}.log`), 'utf8').catch(() => '');
      throw new PlatformError(
        `${service} on ${host.id} is ${host.unit.state()} and did not become healthy in ${limit / 1_000} s: ` +
          `${url} ${seen.text}. Its log ends with:\n${log.slice(-2_000)}`,
      );
    }
    await sleep(LOOK, undefined, { signal });
    seen = await ask(url, signal);
  }
}

interface Seen {
  readonly answered: boolean;
  readonly healthy: boolean;
  readonly text: string;
}

async function ask(url: string, signal: AbortSignal): Promise<Seen> {
  try {
    const response = await fetch(url, {
      // A connection kept open would look like traffic to whoever waits for the host to be quiet.
      headers: { connection: 'close' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT)]),
    });
    await response.arrayBuffer();
    return { answered: true, healthy: response.ok, text: `answered ${response.status}` };
  } catch (error) {
    signal.throwIfAborted();
    return { answered: false, healthy: false, text: `did not answer (${error})` };
  }
}

export interface PoolPlan {
  readonly targetGroup: string;
  readonly region: string;
  /** The hosts that must become healthy. */
  readonly hosts: readonly RangeHost[];
}

/** A pool of the fleet with the zones that it serves. */
export interface FleetPool extends PoolPlan {
  readonly zones: readonly string[];
}

/**
 * Waits until the balancer calls the hosts of a pool healthy, asking as any client would.
 *
 * @throws PlatformError with the state of the others when the limit is reached
 */
export async function untilHealthy(
  pool: PoolPlan,
  endpoint: string,
  credentials: { readonly accessKeyId: string; readonly secretAccessKey: string },
  { limit, signal }: Patience,
): Promise<void> {
  const client = new ElasticLoadBalancingV2Client({ region: pool.region, endpoint, credentials });
  const command = new DescribeTargetHealthCommand({ TargetGroupArn: pool.targetGroup });
  const end = Date.now() + limit;
  try {
    while (true) {
      const { TargetHealthDescriptions: targets = [] } = await client.send(command, { abortSignal: signal });
      const missing = pool.hosts
        .map((host) => stateOf(host, targets))
        .filter(({ state }) => state !== 'healthy');
      if (missing.length === 0) return;
      if (Date.now() > end) {
        const states = missing.map(({ id, state }) => `${id} is ${state}`).join(', ');
        throw new PlatformError(
          `After ${limit / 1_000} s the balancer of the range still waits for targets of ${pool.targetGroup}: ${states}.`,
        );
      }
      await sleep(LOOK, undefined, { signal });
    }
  } finally {
    client.destroy();
  }
}

function stateOf(
  { id, port }: RangeHost,
  targets: readonly TargetHealthDescription[],
): { readonly id: string; readonly state: string } {
  const target = targets.find(({ Target }) => Target?.Id === id && Target.Port === port);
  return { id, state: target?.TargetHealth?.State ?? 'not registered' };
}
