import { createHash } from 'node:crypto';
import type { HealthThreshold, PoolSettings } from '../../balancers/port.ts';
import { formatAmount } from '../../fleet/amount.ts';
import { writeDuration } from '../../fleet/duration.ts';
import type { BakePolicy, Policy } from '../../fleet/fleet.ts';
import type { ZoneWork } from '../zone/zone-work.ts';
import type { Terms } from './plan.ts';

/**
 * Longer lists become their number and digest. The plan is handed on as an input, which the runner puts into an environment
 * variable; Linux takes no more than 128 KiB for one (`MAX_ARG_STRLEN`, execve(2)).
 */
const LONGEST_LIST = 100;
/** Names of checks and pools that are written out. */
const NAMES_SHOWN = 10;

/**
 * What an approval of a zone depends on, by names for people: everything that is written for it in the fleet file, and how its
 * pools are set. Nothing that changes by itself while an approval is waited for, such as health, how many targets a pool has
 * just now, or which hosts have the release already: the floor guard judges these at each batch. The bytes of the release are
 * pinned by its digest, which is the plan's.
 */
export function termsOf({
  fleet,
  zone,
  views,
  floor,
}: Pick<ZoneWork, 'fleet' | 'zone' | 'views' | 'floor'>): Terms {
  const { policy, hosts, smoke, service } = fleet;
  const pools = zone.pools.map(({ targetGroup }) => targetGroup);
  const settings = views.map((view) => view.settings).filter(({ pool }) => pools.includes(pool));
  return {
    service,
    region: zone.region,
    environment: zone.environment,
    hosts: listed(zone.hosts),
    pools: listed(
      zone.pools.map(({ targetGroup, entrance }) => [targetGroup, entrance ?? ''].join(' ').trim()),
    ),
    ...Object.fromEntries(settings.map((each) => [`pool ${each.pool}`, poolTerm(each)])),
    floor: `min-healthy ${formatAmount(floor.minHealthy)}, survive-zone ${floor.surviveZone}`,
    batches: policy.batch.map(formatAmount).join(', '),
    drain: parts({
      ...policy.drain,
      gauge: policy.drain.gauge === undefined ? 'none' : digestOf(policy.drain.gauge),
    }),
    restore: parts(policy.restore),
    'smoke test': `${named(smoke.map(({ name }) => name))}, ${parts(policy.smoke)}, ${digestOf(smoke)}`,
    'on failure': JSON.stringify(policy.onFailure),
    bake: bakeTerm(policy.bake),
    'time limits': timeLimits(policy),
    alarms: listed(zone.alarms),
    installation: `${hosts.directory}, ${digestOf(hosts)}`,
    ledger: fleet.ledger,
  };
}

function poolTerm(settings: PoolSettings): string {
  return parts({
    type: settings.balancerType,
    'targets of type': settings.targetType,
    'cross-zone': settings.crossZone,
    'deregistration delay': writeDuration(settings.deregistrationDelay),
    'connection termination': settings.connectionTermination,
    'slow start': writeDuration(settings.slowStart),
    'fail-open': threshold(settings.failOpen),
    'DNS failover': threshold(settings.dnsFailover),
    'health check': settings.healthChecked
      ? `${settings.healthCheckPath ?? 'no path'} at ${settings.healthCheckPort ?? 'the target port'}, healthy ` +
        `${settings.healthCheckStatuses}, every ${writeDuration(settings.healthCheckInterval)}`
      : 'none',
    entrances: settings.entrances.toSorted().join(' ') || 'none',
  });
}

function bakeTerm({ gate, ...bake }: BakePolicy): string {
  // The URL of a gate may hold a key, and the plan is there for everybody to read.
  return `${parts(bake)}, gate ${gate === undefined ? 'none' : digestOf(gate)}`;
}

function timeLimits({ deploymentTimeout, approvalMaxAge }: Policy): string {
  const whole = deploymentTimeout === undefined ? 'none' : writeDuration(deploymentTimeout);
  return `approval-max-age ${writeDuration(approvalMaxAge)}, deployment-timeout ${whole}`;
}

function parts(values: object): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? String(value) : value}`)
    .sort()
    .join(', ');
}

function threshold({ count, percent }: HealthThreshold): string {
  return (
    [count === undefined ? [] : [String(count)], percent === undefined ? [] : [`${percent}%`]]
      .flat()
      .join(' or ') || 'off'
  );
}

function listed(values: readonly string[]): string {
  if (values.length === 0) return 'none';
  return values.length <= LONGEST_LIST ? values.join(', ') : `${values.length}, ${digestOf(values)}`;
}

function named(names: readonly string[]): string {
  if (names.length === 0) return 'no checks';
  const shown = names.slice(0, NAMES_SHOWN).join(', ');
  return names.length > NAMES_SHOWN ? `${shown} and ${names.length - NAMES_SHOWN} more` : shown;
}

function digestOf(value: unknown): string {
  return `sha256 ${createHash('sha256').update(JSON.stringify(value)).digest('hex')}`;
}
