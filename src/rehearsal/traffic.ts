import { poolName } from '../fleet/flip-steps.ts';
import type { Connection, Sample } from './probe-sample.ts';

/** What the probes measured, all together. */
export interface Traffic {
  readonly total: number;
  readonly failed: number;
  /** Milliseconds since the epoch: first request sent and last one ended; equal to 0 when nothing was sent. */
  readonly from: number;
  readonly to: number;
  /** Longest time, in milliseconds, by which a request was sent after it was due: the probe's own fault. */
  readonly latest: number;
  readonly regions: readonly RegionTraffic[];
  readonly seconds: readonly TrafficSecond[];
}

export interface RegionTraffic {
  readonly region: string;
  readonly total: number;
  readonly failed: number;
  readonly connections: Readonly<Record<Connection, number>>;
  /** Longest time without a success while requests were due, in milliseconds. */
  readonly largestGap: number;
  /** Longest time in which the probe itself sent nothing, in milliseconds. */
  readonly largestSilence: number;
  /** Milliseconds from sending a request to the end of its answer; none when nothing succeeded. */
  readonly latency?: { readonly p50: number; readonly p99: number };
}

/** Requests that ended within one second of the load, with one version, from one pool and one zone. */
export interface TrafficSecond {
  /** Whole seconds since the load began. */
  readonly second: number;
  readonly region: string;
  /** Zone of the host that answered; none when nobody did. */
  readonly zone?: string;
  /** None when the answer named no version. */
  readonly version?: string;
  /** Name of the target group; none when the balancer did not say. */
  readonly pool?: string;
  readonly served: number;
  readonly failed: number;
}

/**
 * Adds up samples.
 *
 * @param regions every region that was asked; one without samples shows up with zeros
 * @param zoneOf zone of each host
 */
export function summariseTraffic(
  samples: readonly Sample[],
  regions: readonly string[],
  zoneOf: ReadonlyMap<string, string>,
): Traffic {
  const from = samples.reduce((least, { start }) => Math.min(least, start), Number.POSITIVE_INFINITY);
  const to = samples.reduce((most, { end }) => Math.max(most, end), 0);
  const begin = samples.length === 0 ? 0 : from;
  const byRegion = Map.groupBy(samples, ({ region }) => region);
  return {
    total: samples.length,
    failed: samples.filter(isFailed).length,
    from: begin,
    to,
    latest: samples.reduce((most, { late }) => Math.max(most, late), 0),
    regions: regions.map((region) => summariseRegion(region, byRegion.get(region) ?? [], begin, to)),
    seconds: bySecond(samples, begin, zoneOf),
  };
}

export function isFailed(sample: Sample): boolean {
  return sample.outcome.kind === 'failed';
}

function summariseRegion(
  region: string,
  samples: readonly Sample[],
  from: number,
  to: number,
): RegionTraffic {
  const served = samples.filter((sample) => !isFailed(sample));
  const latencies = Float64Array.from(served, ({ start, end }) => end - start).sort();
  const p50 = percentile(latencies, 50);
  const p99 = percentile(latencies, 99);
  const count = (kind: Connection): number => samples.filter(({ connection }) => connection === kind).length;
  return {
    region,
    total: samples.length,
    failed: samples.length - served.length,
    connections: { 'keep-alive': count('keep-alive'), new: count('new') },
    largestGap: largestGap(
      served.map(({ end }) => end),
      from,
      to,
    ),
    largestSilence: largestGap(
      samples.map(({ start }) => start),
      from,
      // Nothing is sent while the last answers are awaited.
      samples.reduce((most, { start }) => Math.max(most, start), from),
    ),
    ...(p50 === undefined || p99 === undefined ? {} : { latency: { p50, p99 } }),
  };
}

/** Longest stretch between `from` and `to` that holds none of the instants. */
export function largestGap(instants: readonly number[], from: number, to: number): number {
  let gap = 0;
  let last = from;
  for (const instant of Float64Array.from(instants).sort()) {
    gap = Math.max(gap, instant - last);
    last = instant;
  }
  return Math.max(gap, to - last);
}

/** Nearest-rank percentile of ascending values. */
export function percentile(ascending: Float64Array, percent: number): number | undefined {
  return ascending[Math.max(0, Math.ceil((ascending.length * percent) / 100) - 1)];
}

function bySecond(
  samples: readonly Sample[],
  from: number,
  zoneOf: ReadonlyMap<string, string>,
): readonly TrafficSecond[] {
  const cells = new Map<string, { -readonly [K in keyof TrafficSecond]: TrafficSecond[K] }>();
  for (const sample of samples) {
    const second = Math.floor((sample.end - from) / 1_000);
    const zone = sample.host === undefined ? undefined : zoneOf.get(sample.host);
    const pool = sample.pool === undefined ? undefined : poolName(sample.pool);
    const key = [second, sample.region, zone, sample.version, pool].join('\n');
    const cell = cells.get(key) ?? {
      second,
      region: sample.region,
      ...(zone === undefined ? {} : { zone }),
      ...(sample.version === undefined ? {} : { version: sample.version }),
      ...(pool === undefined ? {} : { pool }),
      served: 0,
      failed: 0,
    };
    if (isFailed(sample)) cell.failed += 1;
    else cell.served += 1;
    cells.set(key, cell);
  }
  return [...cells.values()].sort((one, other) => one.second - other.second);
}
