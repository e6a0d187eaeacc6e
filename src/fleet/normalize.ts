import { toCheck } from '../checks/normalize.ts';
import type { Fleet, HostSettings, Policy, RangeAlarmSettings, RangeSettings, Zone } from './fleet.ts';
import { toMilliseconds, toPolicy, toPolicyChanges } from './normalize-policy.ts';
import { regionOf } from './regions.ts';
import type { FleetDocument } from './schema.ts';

type RangeDocument = NonNullable<FleetDocument['range']>;

/** Turns a valid fleet file into what the code works with: camelCase, milliseconds, amounts. */
export function toFleet(document: FleetDocument): Fleet {
  const policy = toPolicy(document.policy);
  return {
    service: document.service,
    release: document.release,
    ledger: document.ledger,
    hosts: toHosts(document.hosts),
    policy,
    notify: {
      issue: document.notify.issue,
      ...(document.notify.sns !== undefined && { sns: document.notify.sns }),
    },
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
    alarms: zone.alarms,
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
