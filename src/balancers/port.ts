/** A host's registration in a pool. One host may be registered under several ports. */
export interface TargetKey {
  readonly id: string;
  readonly port: number;
}

/**
 * What the balancer says about a target. `unknown` is any value this version does not know: it never counts
 * as healthy.
 */
export type TargetState =
  | 'initial'
  | 'healthy'
  | 'unhealthy'
  | 'unhealthy.draining'
  | 'unused'
  | 'draining'
  | 'unavailable'
  | 'unknown';

export interface ObservedTarget extends TargetKey {
  readonly state: TargetState;
  /** Reason code such as `Target.NotRegistered`. */
  readonly reason?: string;
  readonly description?: string;
  /** The balancer was told to send this target nothing (zonal shift), whatever its state. */
  readonly shifted: boolean;
  /** It is in slow start, so it gets a part of its requests only; known from its host, never told by the balancer. */
  readonly ramping?: true;
}

/** A lower limit as the platform takes it: a count, a percentage, or both. */
export interface HealthThreshold {
  readonly count?: number;
  readonly percent?: number;
}

/** What has to be known about a pool before anything is taken out of it. Durations are milliseconds. */
export interface PoolSettings {
  readonly pool: string;
  readonly name: string;
  readonly targetType: string;
  /** Kind of the load balancers in front: `application`, `network`, or another one. */
  readonly balancerType: string;
  readonly defaultPort: number;
  readonly crossZone: boolean;
  readonly deregistrationDelay: number;
  /** Whether the balancer cuts connections that are still open when that delay ends; network load balancers only. */
  readonly connectionTermination: boolean;
  readonly slowStart: number;
  /** Below this the balancer sends requests to every target, sick ones too. */
  readonly failOpen: HealthThreshold;
  /** Below this a zone's addresses leave DNS. */
  readonly dnsFailover: HealthThreshold;
  readonly healthChecked: boolean;
  readonly healthCheckInterval: number;
  /** What the balancer's own health check asks for; none when it does not speak HTTP. */
  readonly healthCheckPath?: string;
  /** Port it asks; none when it is each target's own. */
  readonly healthCheckPort?: number;
  /** Statuses that count as healthy, as the platform writes them: `200`, `200-299`, `200,302`. */
  readonly healthCheckStatuses: string;
  /** Where clients reach the pool, such as `http://name:80`; none when no listener forwards to it. */
  readonly entrances: readonly string[];
}

/** A balancer's pools. Every method throws `PlatformError` when the platform refuses or does not answer. */
export interface Balancer {
  settings(pool: string): Promise<PoolSettings>;
  /** Every pool on the load balancers of this pool, itself included. */
  siblings(pool: string): Promise<readonly string[]>;
  /** All registered targets; one that was deregistered and has finished draining is missing. */
  targets(pool: string): Promise<readonly ObservedTarget[]>;
  deregister(pool: string, targets: readonly TargetKey[]): Promise<void>;
  register(pool: string, targets: readonly TargetKey[]): Promise<void>;
}
