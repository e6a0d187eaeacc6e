import type { ArtifactSource } from '../artifacts/port.ts';
import type { Balancer } from '../balancers/port.ts';
import type { Transport } from '../hosts/port.ts';
import type { Scaling } from '../hosts/scaling.ts';
import type { Alarms } from '../signals/port.ts';

/** What every operation is given of its surroundings: the edges it may not reach by itself. */
export interface Edges {
  readonly clock: Clock;
  readonly log: Log;
  readonly timeline: (event: TimelineEvent) => void;
  readonly signal: AbortSignal;
  /** Who is acting, for records: the URL of the workflow run. */
  readonly run: string;
}

/** For work on hosts. */
export interface HostContext extends Edges {
  readonly transport: Transport;
}

/** For work on hosts and the pools they are in. */
export interface PoolContext extends HostContext {
  readonly balancer: Balancer;
  readonly scaling: Scaling;
}

/** For installing releases on hosts. */
export interface ReleaseContext extends HostContext {
  readonly artifacts: ArtifactSource;
}

/** For a whole zone. */
export interface Context extends PoolContext, ReleaseContext {}

/** For a zone's bake as well: its region's alarms. */
export interface RegionContext extends Context {
  readonly alarms: Alarms;
}

/** The same surroundings in each region, by its name such as `eu-west-1`. */
export type Regions = (region: string) => RegionContext;

export interface Clock {
  now(): number;
  /** Resolves after `milliseconds`; rejects with `CancelledError` when the signal aborts first. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** From 0 to 1, anew each time: waits spread by it do not look in step. */
  jitter(): number;
}

export interface Log {
  info(text: string): void;
  warning(text: string): void;
  group<T>(title: string, work: () => Promise<T>): Promise<T>;
}

/** What a host is going through, in the order of a deployment. */
export const PHASES = [
  'draining',
  'quiet',
  'installing',
  'proving',
  'returning',
  'serving',
  'rolling-back',
  'replacing',
  'held',
] as const;
export type Phase = (typeof PHASES)[number];

/** One line of the timeline file: a host enters a phase. */
export interface TimelineEvent {
  /** ISO 8601. */
  readonly at: string;
  readonly host: string;
  readonly phase: Phase;
  readonly note?: string;
}
