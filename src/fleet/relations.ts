import { parseDuration, writeDuration } from './duration.ts';
import { regionOf } from './regions.ts';
import type { Rule } from './rule.ts';

/** A value that is well-formed by itself and wrong beside another one. */
export interface Misfit extends Rule {
  readonly path: readonly (string | number)[];
}

interface Found {
  readonly path: readonly (string | number)[];
  readonly value: string;
}

/**
 * What one value of a fleet file must be to another: names that may occur once, pools in their zone's region.
 * Works on any document, whatever else is wrong with it, so that all problems are found at once.
 */
export function findMisfits(document: unknown): readonly Misfit[] {
  const zones = items(member(document, 'zones')).map((zone, index) => ({
    zone,
    path: ['zones', index] as const,
  }));
  const names = zones.flatMap(({ zone, path }) => texts(zone, 'zone', path));
  const environments = zones.flatMap(({ zone, path }) => texts(zone, 'environment', path));
  const hosts = zones.flatMap(({ zone, path }) => listed(zone, path));
  const range = member(document, 'range');
  const pools = zones.flatMap(({ zone, path }) => targetGroups(zone, path));
  return [
    ...repeats(names, 'a zone'),
    ...repeats(environments, 'an environment, whatever its case,'),
    ...repeats([...hosts, ...secondHosts(range)], 'a host'),
    ...zones.flatMap(({ zone, path }) => repeats(targetGroups(zone, path), 'a pool of a zone')),
    ...findRepeatedChecks(member(document, 'smoke'), ['smoke']),
    ...zones.flatMap(({ zone, path }) => strayPools(zone, path)),
    ...strayZones(range, names),
    ...strayGroups(range, names, pools),
    ...lonelyBalancer(range),
    ...strayRecord(range),
    ...longLag(range),
    ...strayAlarms(range, pools),
  ];
}

/**
 * Names that several checks of a list have.
 *
 * @param path of the list in its document
 */
export function findRepeatedChecks(checks: unknown, path: readonly string[]): readonly Misfit[] {
  const names = items(checks).flatMap((check, index) => texts(check, 'name', [...path, index]));
  return repeats(names, 'a name of a check');
}

function strayPools(zone: unknown, path: readonly (string | number)[]): readonly Misfit[] {
  const name = member(zone, 'zone');
  const region = typeof name === 'string' ? regionOf(name) : undefined;
  if (region === undefined) return [];
  return targetGroups(zone, path)
    .filter(({ value }) => isElsewhere(value, region))
    .map((pool) => ({
      path: pool.path,
      expected: `a target group of ${region}, the region of zone ${name}`,
      cure: 'name the target group the hosts of this zone are in',
    }));
}

const SECOND_POOL = ['range', 'second-pool'] as const;
const SECOND_BALANCER = ['range', 'second-balancer'] as const;

function secondHosts(range: unknown): readonly Found[] {
  const hosts = member(member(range, 'second-pool'), 'hosts');
  const path = [...SECOND_POOL, 'hosts'];
  return keys(hosts).flatMap((zone) => listedAt(member(hosts, zone), [...path, zone]));
}

/** The second pool is behind the first zone's balancer, so its zones are zones of that one's region. */
function strayZones(range: unknown, zones: readonly Found[]): readonly Misfit[] {
  const region = regionOf(zones[0]?.value ?? '');
  const near = zones.map(({ value }) => value).filter((zone) => regionOf(zone) === region);
  return keys(member(member(range, 'second-pool'), 'hosts'))
    .filter((zone) => region !== undefined && !near.includes(zone))
    .map((zone) => ({
      path: [...SECOND_POOL, 'hosts', zone],
      expected: `a zone of the fleet in ${region}, the region of its first one: ${near.join(', ')}`,
      cure: 'put the hosts into one of these',
    }));
}

/** Groups of the second pool and balancer: in the first zone's region, and each its own. */
function strayGroups(range: unknown, zones: readonly Found[], pools: readonly Found[]): readonly Misfit[] {
  const region = regionOf(zones[0]?.value ?? '');
  const groups = secondGroups(range);
  const first = pools.filter(({ value }, index) => pools.findIndex((pool) => pool.value === value) === index);
  return [
    ...groups
      .filter(({ value }) => region !== undefined && isElsewhere(value, region))
      .map(({ path }) => ({
        path,
        expected: `a target group of ${region}, the region of the first zone`,
        cure: 'name a target group of that region',
      })),
    ...repeats([...first, ...groups], 'a target group of the range'),
  ];
}

function secondGroups(range: unknown): readonly Found[] {
  return [SECOND_POOL, SECOND_BALANCER].flatMap((path) =>
    texts(member(range, path[1]), 'target-group', path),
  );
}

/** Alarms: each its own name, over groups that there are, of a balancer that sees the status of answers. */
function strayAlarms(range: unknown, pools: readonly Found[]): readonly Misfit[] {
  const path = ['range', 'alarms'] as const;
  const alarms = items(member(range, 'alarms'));
  const known = new Set([...pools, ...secondGroups(range)].map(({ value }) => value));
  const isNetwork = member(member(range, 'balancer'), 'type') === 'network';
  return [
    ...repeats(
      alarms.flatMap((alarm, index) => texts(alarm, 'name', [...path, index])),
      'an alarm, whatever its case,',
    ),
    ...alarms
      .flatMap((alarm, index) => texts(alarm, 'target-group', [...path, index]))
      .filter(({ value }) => !known.has(value))
      .map((group) => ({
        path: group.path,
        expected: 'a target group of a pool, of second-pool or of second-balancer',
        cure: 'name one of these, or leave it out',
      })),
    ...(isNetwork && alarms.length > 0
      ? [
          {
            path,
            expected: 'none, since a network balancer does not see the status of answers',
            cure: 'remove them, or write type: application',
          },
        ]
      : []),
  ];
}

function lonelyBalancer(range: unknown): readonly Misfit[] {
  const isAlone =
    member(range, 'second-balancer') !== undefined && member(range, 'second-pool') === undefined;
  if (!isAlone) return [];
  const expected = 'second-pool beside it, whose hosts are behind it';
  return [{ path: SECOND_BALANCER, expected, cure: 'add second-pool, or remove it' }];
}

function strayRecord(range: unknown): readonly Misfit[] {
  const dns = member(range, 'dns');
  const [zone, record] = [member(dns, 'zone'), member(dns, 'record')];
  if (typeof zone !== 'string' || typeof record !== 'string' || record.endsWith(`.${zone}`)) return [];
  const expected = `a name in the zone ${zone}, which cannot be a CNAME itself`;
  return [{ path: ['range', 'dns', 'record'], expected, cure: `write for example www.${zone}` }];
}

/** Every name server has a change by the time that it is INSYNC. */
function longLag(range: unknown): readonly Misfit[] {
  const dns = member(range, 'dns');
  const [lag, propagation] = [member(dns, 'lag') ?? '500ms', member(dns, 'propagation') ?? '2s'].map(
    (text) => (typeof text === 'string' ? parseDuration(text) : undefined),
  );
  if (dns === undefined || lag === undefined || propagation === undefined || lag <= propagation) return [];
  const expected = `a lag that fits into the propagation of ${writeDuration(propagation)}`;
  return [{ path: ['range', 'dns', 'lag'], expected, cure: 'write a shorter one, or a longer propagation' }];
}

function repeats(found: readonly Found[], what: string): readonly Misfit[] {
  const first = new Map<string, Found>();
  const misfits: Misfit[] = [];
  for (const one of found) {
    const key = one.value.toLowerCase();
    const before = first.get(key);
    if (before === undefined) first.set(key, one);
    else
      misfits.push({
        path: one.path,
        expected: `${what} to be named once, and ${writePath(before.path)} has it already`,
        cure: 'remove one of the two or correct its name',
      });
  }
  return misfits;
}

function isElsewhere(targetGroup: string, region: string): boolean {
  return targetGroup.startsWith('arn:') && targetGroup.split(':')[3] !== region;
}

function listed(zone: unknown, path: readonly (string | number)[]): readonly Found[] {
  return listedAt(member(zone, 'hosts'), [...path, 'hosts']);
}

function listedAt(list: unknown, path: readonly (string | number)[]): readonly Found[] {
  return items(list).flatMap((value, index) =>
    typeof value === 'string' ? [{ path: [...path, index], value }] : [],
  );
}

function keys(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
}

function targetGroups(zone: unknown, path: readonly (string | number)[]): readonly Found[] {
  return items(member(zone, 'pools')).flatMap((pool, index) =>
    texts(pool, 'target-group', [...path, 'pools', index]),
  );
}

function texts(holder: unknown, key: string, path: readonly (string | number)[]): readonly Found[] {
  const value = member(holder, key);
  return typeof value === 'string' ? [{ path: [...path, key], value }] : [];
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function member(holder: unknown, key: string): unknown {
  return typeof holder === 'object' && holder !== null && !Array.isArray(holder)
    ? Object.getOwnPropertyDescriptor(holder, key)?.value
    : undefined;
}

/** Writes where a value is, such as `zones[1].hosts[0]`. */
export function writePath(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`,
    )
    .join('');
}
