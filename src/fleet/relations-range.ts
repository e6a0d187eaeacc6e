import { parseDuration, writeDuration } from './duration.ts';
import { type Found, items, keys, listed, type Misfit, member, repeats, texts } from './members.ts';
import { isElsewhere, regionOf } from './regions.ts';

const SECOND_POOL = ['range', 'second-pool'] as const;
const SECOND_BALANCER = ['range', 'second-balancer'] as const;

/** What values of `range` must be to each other and to the fleet's zones and pools. */
export function rangeMisfits(
  range: unknown,
  zones: readonly Found[],
  pools: readonly Found[],
): readonly Misfit[] {
  return [
    ...strayZones(range, zones),
    ...strayGroups(range, zones, pools),
    ...lonelyBalancer(range),
    ...strayRecord(range),
    ...longLag(range),
    ...strayAlarms(range, pools),
  ];
}

/** Hosts of the second pool. */
export function secondHosts(range: unknown): readonly Found[] {
  const hosts = member(member(range, 'second-pool'), 'hosts');
  const path = [...SECOND_POOL, 'hosts'];
  return keys(hosts).flatMap((zone) => listed(member(hosts, zone), [...path, zone]));
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
