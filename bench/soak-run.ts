import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pack } from '../examples/storefront/pack.ts';
import { createElbv2Balancer } from '../src/balancers/elbv2.ts';
import { createAutoScaling } from '../src/hosts/auto-scaling.ts';
import { createSsmTransport } from '../src/hosts/ssm.ts';
import type { PoolContext, TimelineEvent } from '../src/operations/context.ts';
import { drain } from '../src/operations/drain/drain.ts';
import { restore } from '../src/operations/drain/restore.ts';
import { forkRange } from '../src/range/fork.ts';
import type { Range } from '../src/range/range.ts';
import { forkProbe, type Probe } from '../src/rehearsal/probe.ts';
import { REQUEST_TIMEOUT, type Sample } from '../src/rehearsal/probe-sample.ts';
import { isFailed, summariseTraffic } from '../src/rehearsal/traffic.ts';
import { systemClock } from '../src/runner/clock.ts';
import { PlatformError } from '../src/runner/errors.ts';
import { drainPolicy, HOSTS, POOL, PROBE, REGION, RESTORE, soakFleet, ZONE } from './soak-fleet.ts';
import { startNeighbour } from './soak-neighbour.ts';
import type { SoakOptions } from './soak-options.ts';

/** What came of it. */
export interface SoakFigures extends SoakOptions {
  readonly drained: number;
  readonly restored: number;
  readonly restarted: number;
  /** Drains that said they wait for the deregistration delay, because the host could not be asked. */
  readonly fallbacks: number;
  readonly requests: number;
  readonly failed: number;
  /** Longest time without a successful request while some were due, in milliseconds. */
  readonly largestGap: number;
  /** Calls of the other client that were refused as too fast. */
  readonly refusedToNeighbour: number;
  /** From the first drain to the end of the last restore. */
  readonly seconds: number;
  /** Calls of each API operation. */
  readonly calls: Readonly<Record<string, number>>;
  /** The drain or restore that failed: the soak ended with it. */
  readonly problem?: string;
  readonly failures: readonly SoakFailure[];
}

/** A failed request with what was being done when it was sent. */
export interface SoakFailure {
  /** Seconds since the first drain. */
  readonly at: number;
  readonly connection: Sample['connection'];
  readonly reason: string;
  /** Host that answered, as far as the balancer said so. */
  readonly host?: string;
  /** The last step before it: host, phase, and milliseconds since. */
  readonly during: string;
}

/** A restart cuts off every request that the host still gets: a drain that was not quiet shows. */
const RESTART_SCRIPT = 'systemctl restart storefront\n';
const RESTART_LIMIT = 20_000;
const FALLBACK = 'waiting for its whole deregistration delay instead';
const MOST_FAILURES_LISTED = 50;
const WARM_UP = { successes: 50, limit: 30_000 };
/** Milliseconds of load after the last restore. */
const AFTERMATH = 1_000;

/**
 * Starts a range and a load, then drains and restores one host after another, `drains` times. Everything it started has
 * stopped when it returns or throws. Sets the AWS variables of this process.
 *
 * @param progress is told every tenth drain what was seen so far
 * @throws PlatformError, UserError when range or load cannot be started
 */
export async function soak(
  options: SoakOptions,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<SoakFigures> {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'zonewise-soak-'));
  started.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  await pack(join(folder, 'releases'));
  const range = await forkRange({
    fleet: soakFleet(options),
    fleetFolder: folder,
    folder: join(folder, 'range'),
    seed: options.seed,
    faults: options.transport === 'alive' ? [] : HOSTS.map((host) => ({ kind: 'dead-agent', host })),
  });
  started.defer(() => range.stop());
  Object.assign(process.env, range.environment);
  const probe = await forkProbe(() => {});
  started.defer(() => probe.close());
  return await underLoad(options, { range, probe, progress, signal: AbortSignal.any([signal, probe.lost]) });
}

interface Stage {
  readonly range: Range;
  readonly probe: Probe;
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
}

async function underLoad(options: SoakOptions, stage: Stage): Promise<SoakFigures> {
  const { range, probe, signal } = stage;
  const control = await probe.control();
  if (control.outcome.kind === 'served') throw new PlatformError('The probe took a dead port for a service.');
  const { seed } = options;
  probe.start({ entrances: range.entrances, ...PROBE, seed, timeout: REQUEST_TIMEOUT });
  await warmUp(probe, signal);
  const neighbour = startNeighbour(REGION, POOL, options.neighbour);
  const course = await repeat(options, stage).finally(() => neighbour.stop());
  await sleep(AFTERMATH);
  const samples = await probe.stop();
  const { events, began, ...counts } = course;
  return {
    ...options,
    ...counts,
    refusedToNeighbour: neighbour.refused(),
    ...trafficFigures(samples, events, began),
    calls: await range.calls(),
  };
}

async function warmUp(probe: Probe, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + WARM_UP.limit;
  while (probe.samples.filter((sample) => !isFailed(sample)).length < WARM_UP.successes) {
    signal.throwIfAborted();
    if (Date.now() > deadline) throw new PlatformError('The service does not answer; nothing was drained.');
    await sleep(50);
  }
}

type Counts = Pick<SoakFigures, 'drained' | 'restored' | 'restarted' | 'fallbacks' | 'seconds' | 'problem'>;

interface Course extends Counts {
  readonly began: number;
  readonly events: readonly TimelineEvent[];
}

async function repeat(options: SoakOptions, { probe, progress, signal }: Stage): Promise<Course> {
  const events: TimelineEvent[] = [];
  const counts = { drained: 0, restored: 0, restarted: 0, fallbacks: 0 };
  const context = contextOf(signal, events, (text) => {
    if (text.includes(FALLBACK)) counts.fallbacks += 1;
  });
  const began = Date.now();
  const seconds = (): number => (Date.now() - began) / 1_000;
  for (let number = 1; number <= options.drains; number++) {
    const host = HOSTS[(number - 1) % HOSTS.length] ?? '';
    try {
      await cycle(context, options, host, counts);
    } catch (error) {
      const problem = `drain ${number}, ${host}: ${error instanceof Error ? error.message : String(error)}`;
      return { ...counts, began, events, seconds: seconds(), problem };
    }
    if (number % 10 === 0) {
      const failed = probe.samples.filter(isFailed).length;
      progress(
        `${number} of ${options.drains}: ${seconds().toFixed(0)} s, ${probe.samples.length} requests, ${failed} failed`,
      );
    }
  }
  return { ...counts, began, events, seconds: seconds() };
}

/** One host out of service, its service restarted, and the host back. */
async function cycle(
  context: PoolContext,
  options: SoakOptions,
  host: string,
  counts: { drained: number; restored: number; restarted: number },
): Promise<void> {
  const records = await drain(context, {
    pools: [POOL],
    hosts: [host],
    adopted: new Map(),
    recordsElsewhere: true,
    releases: new Map(),
    zoneOf: new Map(HOSTS.map((each) => [each, ZONE])),
    floor: { minHealthy: { kind: 'percent', value: 50 }, surviveZone: false },
    drain: drainPolicy(options),
    restore: RESTORE,
    reason: 'soak',
  });
  counts.drained += 1;
  if (options.transport === 'alive') {
    const command = { host, script: RESTART_SCRIPT, arguments: [], timeout: RESTART_LIMIT };
    context.timeline({ at: new Date().toISOString(), host, phase: 'installing', note: 'restart' });
    const [result] = await context.transport.run([command], context.signal);
    if (result?.outcome !== 'done') throw new PlatformError(`not restarted: ${JSON.stringify(result)}`);
    counts.restarted += 1;
  }
  await restore(context, { records, policy: RESTORE });
  counts.restored += 1;
}

function contextOf(
  signal: AbortSignal,
  events: TimelineEvent[],
  onWarning: (text: string) => void,
): PoolContext {
  const region = { region: REGION };
  return {
    clock: systemClock,
    log: { info: () => {}, warning: onWarning, group: (_, work) => work() },
    timeline: (event) => events.push(event),
    signal,
    run: 'soak',
    balancer: createElbv2Balancer(region),
    transport: createSsmTransport(region),
    scaling: createAutoScaling(region),
  };
}

function trafficFigures(
  samples: readonly Sample[],
  events: readonly TimelineEvent[],
  began: number,
): Pick<SoakFigures, 'requests' | 'failed' | 'largestGap' | 'failures'> {
  const traffic = summariseTraffic(samples, [REGION], new Map());
  const failures = samples
    .filter(isFailed)
    .slice(0, MOST_FAILURES_LISTED)
    .map(({ start, connection, outcome, host }): SoakFailure => {
      const last = events.findLast(({ at }) => Date.parse(at) <= start);
      return {
        at: (start - began) / 1_000,
        connection,
        reason: outcome.kind === 'failed' ? `${outcome.reason}: ${outcome.detail}` : '',
        ...(host === undefined ? {} : { host }),
        during:
          last === undefined
            ? 'nothing'
            : `${last.host} ${last.note ?? last.phase} for ${Math.round(start - Date.parse(last.at))} ms`,
      };
    });
  return {
    requests: traffic.total,
    failed: traffic.failed,
    largestGap: Math.round(traffic.regions[0]?.largestGap ?? 0),
    failures,
  };
}
