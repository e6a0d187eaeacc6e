import { stringify } from 'yaml';
import type { z } from 'zod';
import { fromCheck } from '../checks/normalize.ts';
import { type Amount, formatAmount } from './amount.ts';
import { writeDuration } from './duration.ts';
import type {
  BakePolicy,
  Fleet,
  HostSettings,
  Policy,
  RangeDnsSettings,
  RangeSettings,
  Zone,
} from './fleet.ts';
import { formatLadder } from './ladder.ts';
import type { fleetSchema } from './schema.ts';

type FleetInput = z.input<typeof fleetSchema>;
type RangeInput = NonNullable<FleetInput['range']>;
type PolicyInput = NonNullable<RangeInput['policy']>;

/** Writes a fleet as a fleet file that reads back as an equal fleet. */
export function renderFleet(fleet: Fleet): string {
  const document: FleetInput = {
    service: fleet.service,
    release: { artifact: fleet.release.artifact },
    ledger: fleet.ledger,
    hosts: renderHosts(fleet.hosts),
    policy: renderPolicy(fleet.policy),
    notify: { ...fleet.notify },
    smoke: fleet.smoke.map(fromCheck),
    zones: fleet.zones.map(renderZone),
    range: fleet.range && renderRange(fleet.range),
  };
  return stringify(document, { aliasDuplicateObjects: false, lineWidth: 0 });
}

function renderHosts(hosts: HostSettings): FleetInput['hosts'] {
  return {
    transport: hosts.transport,
    directory: hosts.directory,
    'keep-releases': hosts.keepReleases,
    hooks: {
      'before-install': hosts.hooks.beforeInstall,
      stop: hosts.hooks.stop,
      start: hosts.hooks.start,
      'after-install': hosts.hooks.afterInstall,
      verify: hosts.hooks.verify,
    },
    unit: hosts.unit,
    'hook-timeout': writeDuration(hosts.hookTimeout),
    'start-timeout': writeDuration(hosts.startTimeout),
    identity: hosts.identity && { ...hosts.identity },
  };
}

function renderPolicy(policy: Partial<Policy>): PolicyInput {
  const { batch, minHealthy, drain, restore, smoke, bake, approvalMaxAge, deploymentTimeout } = policy;
  return {
    batch: batch?.map(renderAmount),
    'min-healthy': minHealthy && renderAmount(minHealthy),
    'survive-zone': policy.surviveZone,
    drain: drain && {
      policy: drain.policy,
      propagation: drain.propagation === undefined ? undefined : writeDuration(drain.propagation),
      quiet: writeDuration(drain.quiet),
      gauge: drain.gauge && { ...drain.gauge },
      timeout: writeDuration(drain.timeout),
      'on-timeout': drain.onTimeout,
      'auto-scaling': drain.autoScaling,
      'lower-min-size': drain.lowerMinSize,
    },
    restore: restore && {
      checks: restore.checks,
      timeout: writeDuration(restore.timeout),
      'first-request': restore.firstRequest === undefined ? undefined : writeDuration(restore.firstRequest),
    },
    smoke: smoke && {
      from: smoke.from,
      attempts: smoke.attempts,
      interval: writeDuration(smoke.interval),
      consecutive: smoke.consecutive,
      'warm-up': writeDuration(smoke.warmUp),
      'seen-within': writeDuration(smoke.seenWithin),
    },
    'on-failure': policy.onFailure && [...formatLadder(policy.onFailure)],
    bake: bake && renderBake(bake),
    'approval-max-age': approvalMaxAge === undefined ? undefined : writeDuration(approvalMaxAge),
    'deployment-timeout': deploymentTimeout === undefined ? undefined : writeDuration(deploymentTimeout),
  };
}

function renderBake(bake: BakePolicy): PolicyInput['bake'] {
  return {
    wait: writeDuration(bake.wait),
    stable: writeDuration(bake.stable),
    'first-zone': writeDuration(bake.firstZoneStable),
    retry: writeDuration(bake.retry),
    every: writeDuration(bake.every),
    'zone-timeout': writeDuration(bake.zoneTimeout),
    gate: bake.gate,
    'min-datapoints': bake.minDatapoints,
    'on-failure': bake.onFailure,
  };
}

function renderZone(zone: Zone): FleetInput['zones'][number] {
  return {
    zone: zone.zone,
    environment: zone.environment,
    hosts: [...zone.hosts],
    pools: zone.pools.map(({ targetGroup, entrance }) => ({
      'target-group': targetGroup,
      ...(entrance === undefined ? {} : { entrance }),
    })),
    alarms: [...zone.alarms],
  };
}

function renderRange(range: RangeSettings): RangeInput {
  const { balancer, autoScaling: scaling, secondPool, secondBalancer, dns } = range;
  return {
    from: range.from,
    to: range.to,
    releases: range.releases,
    balancer: {
      type: balancer.type,
      propagation: writeDuration(balancer.propagation),
      'deregistration-delay': writeDuration(balancer.deregistrationDelay),
      'health-check-interval': writeDuration(balancer.healthCheckInterval),
      'health-check-path': balancer.healthCheckPath,
      'cross-zone': balancer.crossZone,
      'slow-start': writeDuration(balancer.slowStart),
    },
    'auto-scaling': scaling && {
      'min-size': scaling.minSize,
      'unhealthy-after': writeDuration(scaling.unhealthyAfter),
    },
    'second-pool': secondPool && {
      'target-group': secondPool.targetGroup,
      hosts: Object.fromEntries(Object.entries(secondPool.hosts).map(([zone, ids]) => [zone, [...ids]])),
    },
    'second-balancer': secondBalancer && { 'target-group': secondBalancer.targetGroup },
    dns: dns && renderDns(dns),
    alarms: range.alarms.map(({ name, targetGroup, threshold, window }) => ({
      name,
      'target-group': targetGroup,
      threshold: `${threshold}%`,
      window: writeDuration(window),
    })),
    throttling: range.throttling,
    probe: {
      path: range.probe.path,
      'version-header': range.probe.versionHeader,
      rate: range.probe.rate,
    },
    policy: renderPolicy(range.policy),
  };
}

function renderDns(dns: RangeDnsSettings): NonNullable<RangeInput['dns']> {
  return {
    zone: dns.zone,
    'zone-id': dns.zoneId,
    record: dns.record,
    ttl: writeDuration(dns.ttl),
    'name-servers': dns.nameServers,
    lag: writeDuration(dns.lag),
    propagation: writeDuration(dns.propagation),
  };
}

function renderAmount(amount: Amount): number | string {
  return amount.kind === 'count' ? amount.value : formatAmount(amount);
}
