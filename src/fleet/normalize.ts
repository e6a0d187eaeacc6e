import { toCheck } from '../checks/normalize.ts';
import { type Amount, parseAmount } from './amount.ts';
import { parseDuration } from './duration.ts';
import type {
  DrainPolicy,
  Fleet,
  HostSettings,
  Policy,
  RangeAlarmSettings,
  RangeSettings,
  RestorePolicy,
  SmokePolicy,
  Zone,
} from './fleet.ts';
import { type FailureLadder, parseLadder } from './ladder.ts';
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
    smoke: document.smoke.map(toCheck),
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
      ...(hooks['before-install'] !== undefined && { beforeInstall: hooks['before-install'] }),
      ...(hooks.stop !== undefined && { stop: hooks.stop }),
      ...(hooks.start !== undefined && { start: hooks.start }),
      ...(hooks['after-install'] !== undefined && { afterInstall: hooks['after-install'] }),
      ...(hooks.verify !== undefined && { verify: hooks.verify }),
    },
    ...(hosts.unit !== undefined && { unit: hosts.unit }),
    hookTimeout: toMilliseconds(hosts['hook-timeout']),
    startTimeout: toMilliseconds(hosts['start-timeout']),
    ...(identity && {
      identity: {
        url: identity.url,
        version: identity.version,
        ...(identity.digest !== undefined && { digest: identity.digest }),
        ...(identity.started !== undefined && { started: identity.started }),
        ...(identity.host !== undefined && { host: identity.host }),
      },
    }),
  };
}

function toPolicy(policy: PolicyDocument): Policy {
  return {
    batch: toBatch(policy.batch),
    minHealthy: toAmount(policy['min-healthy']),
    ...(policy['survive-zone'] !== undefined && { surviveZone: policy['survive-zone'] }),
    drain: toDrain(policy.drain),
    restore: toRestore(policy.restore),
    smoke: toSmoke(policy.smoke),
    onFailure: toLadder(policy['on-failure']),
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
  const { balancer, 'auto-scaling': scaling } = range;
  return {
    from: range.from,
    to: range.to,
    releases: range.releases,
    balancer: {
      type: balancer.type,
      propagation: toMilliseconds(balancer.propagation),
      deregistrationDelay: toMilliseconds(balancer['deregistration-delay']),
      healthCheckInterval: toMilliseconds(balancer['health-check-interval']),
      healthCheckPath: balancer['health-check-path'],
      crossZone: balancer['cross-zone'] ?? balancer.type === 'application',
      slowStart: toMilliseconds(balancer['slow-start']),
    },
    ...(scaling && {
      autoScaling: {
        minSize: scaling['min-size'],
        unhealthyAfter: toMilliseconds(scaling['unhealthy-after']),
      },
    }),
    ...toFlips(range),
    alarms: range.alarms.map(toAlarm),
    throttling: range.throttling,
    probe: {
      path: range.probe.path,
      versionHeader: range.probe['version-header'],
      rate: range.probe.rate,
    },
    policy: toPolicyChanges(range.policy, policy),
  };
}

function toFlips(range: RangeDocument): Pick<RangeSettings, 'secondPool' | 'secondBalancer' | 'dns'> {
  const { 'second-pool': pool, 'second-balancer': balancer, dns } = range;
  return {
    ...(pool && { secondPool: { targetGroup: pool['target-group'], hosts: pool.hosts } }),
    ...(balancer && { secondBalancer: { targetGroup: balancer['target-group'] } }),
    ...(dns && {
      dns: {
        zone: dns.zone,
        zoneId: dns['zone-id'],
        record: dns.record,
        ttl: toMilliseconds(dns.ttl),
        nameServers: dns['name-servers'],
        lag: toMilliseconds(dns.lag),
        propagation: toMilliseconds(dns.propagation),
      },
    }),
  };
}

function toAlarm(alarm: RangeDocument['alarms'][number]): RangeAlarmSettings {
  const { name, 'target-group': targetGroup, threshold, window } = alarm;
  return {
    name,
    ...(targetGroup !== undefined && { targetGroup }),
    threshold: Number.parseInt(threshold, 10),
    window: toMilliseconds(window),
  };
}

/** A part of `drain`, `restore` or `smoke` that is left out is the fleet's own. */
function toPolicyChanges(changes: RangeDocument['policy'], policy: Policy): Partial<Policy> {
  const { drain, restore, smoke } = changes;
  return {
    ...(changes.batch !== undefined && { batch: toBatch(changes.batch) }),
    ...(changes['min-healthy'] !== undefined && { minHealthy: toAmount(changes['min-healthy']) }),
    ...(changes['survive-zone'] !== undefined && { surviveZone: changes['survive-zone'] }),
    ...(drain && { drain: { ...policy.drain, ...toDrainChanges(drain) } }),
    ...(restore && { restore: { ...policy.restore, ...toRestoreChanges(restore) } }),
    ...(smoke && { smoke: { ...policy.smoke, ...toSmokeChanges(smoke) } }),
    ...(changes['on-failure'] !== undefined && { onFailure: toLadder(changes['on-failure']) }),
  };
}

function toDrain(drain: PolicyDocument['drain']): DrainPolicy {
  const { policy, propagation, gauge } = drain;
  return {
    policy,
    ...(propagation !== undefined && { propagation: toMilliseconds(propagation) }),
    quiet: toMilliseconds(drain.quiet),
    ...(gauge && { gauge }),
    timeout: toMilliseconds(drain.timeout),
    onTimeout: drain['on-timeout'],
    autoScaling: drain['auto-scaling'],
    lowerMinSize: drain['lower-min-size'],
  };
}

function toDrainChanges(drain: NonNullable<RangeDocument['policy']['drain']>): Partial<DrainPolicy> {
  const { policy, propagation, quiet, gauge, timeout } = drain;
  return {
    ...(policy !== undefined && { policy }),
    ...(propagation !== undefined && { propagation: toMilliseconds(propagation) }),
    ...(quiet !== undefined && { quiet: toMilliseconds(quiet) }),
    ...(gauge && { gauge }),
    ...(timeout !== undefined && { timeout: toMilliseconds(timeout) }),
    ...(drain['on-timeout'] !== undefined && { onTimeout: drain['on-timeout'] }),
    ...(drain['auto-scaling'] !== undefined && { autoScaling: drain['auto-scaling'] }),
    ...(drain['lower-min-size'] !== undefined && { lowerMinSize: drain['lower-min-size'] }),
  };
}

function toRestore(restore: PolicyDocument['restore']): RestorePolicy {
  const { checks, timeout, 'first-request': firstRequest } = restore;
  return {
    checks,
    timeout: toMilliseconds(timeout),
    ...(firstRequest !== undefined && { firstRequest: toMilliseconds(firstRequest) }),
  };
}

function toRestoreChanges(restore: NonNullable<RangeDocument['policy']['restore']>): Partial<RestorePolicy> {
  const { checks, timeout, 'first-request': firstRequest } = restore;
  return {
    ...(checks !== undefined && { checks }),
    ...(timeout !== undefined && { timeout: toMilliseconds(timeout) }),
    ...(firstRequest !== undefined && { firstRequest: toMilliseconds(firstRequest) }),
  };
}

function toSmoke(smoke: PolicyDocument['smoke']): SmokePolicy {
  const { from, attempts, consecutive } = smoke;
  return {
    from,
    attempts,
    interval: toMilliseconds(smoke.interval),
    consecutive,
    warmUp: toMilliseconds(smoke['warm-up']),
    seenWithin: toMilliseconds(smoke['seen-within']),
  };
}

function toSmokeChanges(smoke: NonNullable<RangeDocument['policy']['smoke']>): Partial<SmokePolicy> {
  const { from, attempts, interval, consecutive, 'warm-up': warmUp, 'seen-within': seenWithin } = smoke;
  return {
    ...(from !== undefined && { from }),
    ...(attempts !== undefined && { attempts }),
    ...(interval !== undefined && { interval: toMilliseconds(interval) }),
    ...(consecutive !== undefined && { consecutive }),
    ...(warmUp !== undefined && { warmUp: toMilliseconds(warmUp) }),
    ...(seenWithin !== undefined && { seenWithin: toMilliseconds(seenWithin) }),
  };
}

function toBatch(batch: PolicyDocument['batch']): readonly Amount[] {
  return Array.isArray(batch) ? batch.map(toAmount) : [toAmount(batch)];
}

function toLadder(written: PolicyDocument['on-failure']): FailureLadder {
  const ladder = parseLadder([written].flat());
  if (ladder === undefined) throw new TypeError(`${written} is no failure ladder`);
  return ladder;
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
