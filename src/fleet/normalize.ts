import { type Amount, parseAmount } from './amount.ts';
import { parseDuration } from './duration.ts';
import type { Fleet, HostSettings, Policy, RangeSettings, SmokeCheck, Zone } from './fleet.ts';
import { regionOf } from './regions.ts';
import type { FleetDocument } from './schema.ts';

type PolicyDocument = FleetDocument['policy'];
type RangeDocument = NonNullable<FleetDocument['range']>;

/** Turns a valid fleet file into what the code works with: camelCase, milliseconds, amounts. */
export function toFleet(document: FleetDocument): Fleet {
  const policy = toPolicy(document.policy);
  return {
    service: document.service,
    release: document.release,
    hosts: toHosts(document.hosts),
    policy,
    smoke: document.smoke.map(toSmokeCheck),
    zones: document.zones.map(toZone),
    ...(document.range && { range: toRange(document.range, policy) }),
  };
}

function toHosts(hosts: FleetDocument['hosts']): HostSettings {
  const { hooks, identity } = hosts;
  return {
    transport: hosts.transport,
    directory: hosts.directory,
    keepReleases: hosts['keep-releases'],
    hooks: {
      ...(hooks.stop !== undefined && { stop: hooks.stop }),
      ...(hooks.start !== undefined && { start: hooks.start }),
    },
    hookTimeout: toMilliseconds(hosts['hook-timeout']),
    startTimeout: toMilliseconds(hosts['start-timeout']),
    ...(identity && {
      identity: {
        url: identity.url,
        version: identity.version,
        ...(identity.digest !== undefined && { digest: identity.digest }),
        ...(identity.started !== undefined && { started: identity.started }),
      },
    }),
  };
}

function toPolicy(policy: PolicyDocument): Policy {
  return {
    batch: toBatch(policy.batch),
    minHealthy: toAmount(policy['min-healthy']),
    ...(policy['survive-zone'] !== undefined && { surviveZone: policy['survive-zone'] }),
    drain: {
      propagation: toMilliseconds(policy.drain.propagation),
      quiet: toMilliseconds(policy.drain.quiet),
      timeout: toMilliseconds(policy.drain.timeout),
    },
    restore: { checks: policy.restore.checks, timeout: toMilliseconds(policy.restore.timeout) },
    onFailure: policy['on-failure'],
  };
}

function toSmokeCheck(check: FleetDocument['smoke'][number]): SmokeCheck {
  return {
    name: check.name,
    path: check.path,
    status: check.status,
    ...(check.contains !== undefined && { contains: check.contains }),
    within: toMilliseconds(check.within),
  };
}

function toZone(zone: FleetDocument['zones'][number]): Zone {
  const region = regionOf(zone.zone);
  if (region === undefined) throw new TypeError(`zone ${zone.zone} is of no known region`);
  return {
    zone: zone.zone,
    region,
    environment: zone.environment,
    hosts: zone.hosts,
    pools: zone.pools.map(({ 'target-group': targetGroup, entrance }) => ({
      targetGroup,
      ...(entrance === undefined ? {} : { entrance }),
    })),
  };
}

function toRange(range: RangeDocument, policy: Policy): RangeSettings {
  const { balancer } = range;
  return {
    from: range.from,
    to: range.to,
    releases: range.releases,
    balancer: {
      propagation: toMilliseconds(balancer.propagation),
      deregistrationDelay: toMilliseconds(balancer['deregistration-delay']),
      healthCheckInterval: toMilliseconds(balancer['health-check-interval']),
      healthCheckPath: balancer['health-check-path'],
      crossZone: balancer['cross-zone'],
    },
    probe: {
      path: range.probe.path,
      versionHeader: range.probe['version-header'],
      rate: range.probe.rate,
    },
    policy: toPolicyChanges(range.policy, policy),
  };
}

/** A part of `drain` or `restore` that is left out is the fleet's own. */
function toPolicyChanges(changes: RangeDocument['policy'], policy: Policy): Partial<Policy> {
  const { drain, restore } = changes;
  return {
    ...(changes.batch !== undefined && { batch: toBatch(changes.batch) }),
    ...(changes['min-healthy'] !== undefined && { minHealthy: toAmount(changes['min-healthy']) }),
    ...(changes['survive-zone'] !== undefined && { surviveZone: changes['survive-zone'] }),
    ...(drain && {
      drain: {
        propagation: toMilliseconds(drain.propagation, policy.drain.propagation),
        quiet: toMilliseconds(drain.quiet, policy.drain.quiet),
        timeout: toMilliseconds(drain.timeout, policy.drain.timeout),
      },
    }),
    ...(restore && {
      restore: {
        checks: restore.checks ?? policy.restore.checks,
        timeout: toMilliseconds(restore.timeout, policy.restore.timeout),
      },
    }),
    ...(changes['on-failure'] !== undefined && { onFailure: changes['on-failure'] }),
  };
}

function toBatch(batch: PolicyDocument['batch']): readonly Amount[] {
  return Array.isArray(batch) ? batch.map(toAmount) : [toAmount(batch)];
}

function toAmount(text: string | number): Amount {
  const amount = parseAmount(String(text));
  if (amount === undefined) throw new TypeError(`${text} is not an amount`);
  return amount;
}

function toMilliseconds(text: string | undefined, otherwise?: number): number {
  const milliseconds = text === undefined ? otherwise : parseDuration(text);
  if (milliseconds === undefined) throw new TypeError(`${text} is not a duration`);
  return milliseconds;
}
