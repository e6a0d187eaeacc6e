import type { BakePolicy, DrainPolicy, Fleet, Policy, RestorePolicy } from '../src/fleet/fleet.ts';
import type { SoakOptions } from './soak-options.ts';

export const REGION = 'us-east-1';
export const ZONE = 'us-east-1a';
export const POOL =
  'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/storefront/6d0ecf831eec9f09';
export const HOSTS = [1, 2, 3, 4, 5, 6].map((number) => `i-0a00000000000000${number}`);
export const PROBE = { path: '/', versionHeader: 'x-storefront-version', rate: 150 };

/** Milliseconds for which a range's balancer goes on using a host; an NLB is the slower one. */
const PROPAGATION = { application: 250, network: 1_000 } as const;
/** For the negative control: longer than a busy machine takes from a withdrawal to the restart. */
const SURELY_LATE = 4_000;
/** The drain waits that much longer, as the defaults of 15 s and 180 s do in the real world. */
const MARGIN = 100;
const TIMEOUT = 20_000;

export const RESTORE: RestorePolicy = { checks: 2, timeout: TIMEOUT };

/** The soak upgrades hosts and promotes no zone, so nothing bakes. */
const BAKE: BakePolicy = {
  wait: 0,
  stable: 0,
  firstZoneStable: 0,
  retry: 0,
  every: 1_000,
  zoneTimeout: 600_000,
  minDatapoints: 0,
  onFailure: 'hold',
};

/**
 * How each host leaves. Behind an ALB it is quiet when it has no connections left. Behind an NLB clients keep theirs and
 * go on asking a host that was deregistered, so neither its connections nor its requests need ever reach zero: the soak
 * waits until the balancer sends it no new connections and shows it gone.
 *
 * What that leaves to a user of an NLB: the stop of the service must linger, as the storefront's does. For a second it
 * says `Connection: close` to whoever asks, on old connections and new ones, and only then closes those that stayed
 * idle. A service that closes its idle connections at once loses about one request in 11,000 here: those that meet a
 * connection while it is being closed. What stays is a client that was idle for longer than the second and asks in that
 * very moment; no service can help that one, and it may repeat its request (RFC 9112, section 9.3.1).
 */
export function drainPolicy({ kind, skipQuiet }: SoakOptions): DrainPolicy {
  const limits = {
    quiet: 200,
    timeout: TIMEOUT,
    onTimeout: 'return',
    autoScaling: 'ignore',
    lowerMinSize: false,
  } as const;
  if (skipQuiet) return { ...limits, policy: 'fixed', propagation: 0 };
  const policy = kind === 'application' ? 'observed' : 'delay';
  return { ...limits, policy, propagation: PROPAGATION[kind] + MARGIN };
}

/** Six hosts of the storefront in one zone, in fast motion. */
export function soakFleet(options: SoakOptions): Fleet {
  const { kind, throttling, skipQuiet } = options;
  const policy: Policy = {
    batch: [{ kind: 'count', value: 1 }],
    minHealthy: { kind: 'percent', value: 50 },
    drain: drainPolicy(options),
    restore: RESTORE,
    smoke: { from: 'host', attempts: 3, interval: 1_000, consecutive: 1, warmUp: 0, seenWithin: 30_000 },
    onFailure: [{ kind: 'hold' }],
    bake: BAKE,
    approvalMaxAge: 86_400_000,
  };
  return {
    service: 'storefront',
    release: { artifact: 's3://releases/storefront/{version}.tar.gz' },
    ledger: 's3://releases/storefront/ledger.json',
    hosts: {
      transport: 'ssm',
      directory: '/srv/storefront',
      keepReleases: 5,
      hooks: { stop: './bin/stop', start: './bin/start' },
      hookTimeout: TIMEOUT,
      startTimeout: TIMEOUT,
    },
    policy,
    notify: { issue: false },
    smoke: [],
    zones: [
      {
        zone: ZONE,
        region: REGION,
        environment: 'storefront-us-east-1a',
        hosts: HOSTS,
        pools: [{ targetGroup: POOL }],
        alarms: [],
      },
    ],
    range: {
      from: '1.0.0',
      to: '1.1.0',
      releases: 'releases',
      balancer: {
        type: kind,
        propagation: skipQuiet ? SURELY_LATE : PROPAGATION[kind],
        deregistrationDelay: 1_000,
        healthCheckInterval: 150,
        healthCheckPath: '/healthz',
        crossZone: true,
        slowStart: 0,
      },
      alarms: [],
      throttling,
      probe: PROBE,
      policy: {},
    },
  };
}
