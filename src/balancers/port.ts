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

/** A pool and how often it is chosen among those of its forward: its weight over the sum of their weights. */
export interface WeightedPool {
  readonly pool: string;
  /** Whole, 0 to 999 (API reference, TargetGroupTuple). */
  readonly weight: number;
}

/** Sends requests to pools. */
export interface ForwardAction {
  readonly kind: 'forward';
  readonly pools: readonly WeightedPool[];
  /** Milliseconds for which a client stays with the pool it was given; none when it is chosen anew each time. */
  readonly sticky?: number;
  /** Everything but pools and weights, as text: the same for two actions that do the same, however they are described. */
  readonly rest: string;
  /** Everything that the platform says of it but the pools, to be written back as it is. */
  readonly native: Native;
}

/** Anything else that is done with a request: a redirect, a fixed answer, an authentication. */
export interface OtherAction {
  readonly kind: 'other';
  readonly type: string;
  /** All of it as text: the same for two actions that do the same, however they are described. */
  readonly rest: string;
  /** Everything that the platform says of it, to be written back as it is. */
  readonly native: Native;
}

/** One thing that a route does with a request. */
export type RouteAction = ForwardAction | OtherAction;

/** An action in the platform's own words; operations keep it and look at nothing of it. */
export type Native = Readonly<Record<string, unknown>>;

/** What does not change about a route while its weights do. */
export interface RoutePlace {
  readonly route: string;
  /** The load balancer it is on. */
  readonly balancer: string;
  /** `application`, `network`, or another one. */
  readonly balancerType: string;
  /** Where clients reach it, such as `http://name:80`; none when that takes a name which only the user knows. */
  readonly entrance?: string;
}

/** What has to be known of a pool before a route may name it. */
export interface PoolPlace {
  readonly pool: string;
  readonly name: string;
  readonly targetType: string;
  readonly protocol: string;
  readonly network: string;
  /** Load balancers that use it; a pool that is on none has no health. */
  readonly balancers: readonly string[];
}

/**
 * What a write came to. The platform has no compare-and-swap, so it is never repeated without looking first; `unknown`
 * is an answer that did not come, after which it may or may not have happened, and may still happen.
 */
export type WriteOutcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'busy' | 'unknown'; readonly problem: string };

/**
 * The routes of a balancer: listeners by their default actions, and rules. Every method throws `UserError` for what is not
 * there and `PlatformError` when the platform refuses or does not answer.
 */
export interface Router {
  place(route: string): Promise<RoutePlace>;
  /** All actions as they are now, in the order in which they are taken. */
  actions(route: string): Promise<readonly RouteAction[]>;
  /** Replaces all actions, and nothing else of the route. */
  write(route: string, actions: readonly RouteAction[]): Promise<WriteOutcome>;
  pool(pool: string): Promise<PoolPlace>;
}
