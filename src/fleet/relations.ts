import { type Found, items, listed, type Misfit, member, repeats, texts } from './members.ts';
import { isElsewhere, regionOf } from './regions.ts';
import { bakeMisfits } from './relations-bake.ts';
import { rangeMisfits, secondHosts } from './relations-range.ts';

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
  const hosts = zones.flatMap(({ zone, path }) => listed(member(zone, 'hosts'), [...path, 'hosts']));
  const range = member(document, 'range');
  const pools = zones.flatMap(({ zone, path }) => targetGroups(zone, path));
  return [
    ...repeats(names, 'a zone'),
    ...repeats(environments, 'an environment, whatever its case,'),
    ...repeats([...hosts, ...secondHosts(range)], 'a host'),
    ...zones.flatMap(({ zone, path }) => repeats(targetGroups(zone, path), 'a pool of a zone')),
    ...findRepeatedChecks(member(document, 'smoke'), ['smoke']),
    ...zones.flatMap(({ zone, path }) => strayPools(zone, path)),
    ...zones.flatMap(({ zone, path }) => repeatedAlarms(zone, path)),
    ...bakeMisfits(document),
    ...rangeMisfits(range, names, pools),
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

/** CloudWatch tells names apart by their case. */
function repeatedAlarms(zone: unknown, path: readonly (string | number)[]): readonly Misfit[] {
  const alarms = listed(member(zone, 'alarms'), [...path, 'alarms']);
  return repeats(alarms, 'an alarm of a zone', (name) => name);
}

function targetGroups(zone: unknown, path: readonly (string | number)[]): readonly Found[] {
  return items(member(zone, 'pools')).flatMap((pool, index) =>
    texts(pool, 'target-group', [...path, 'pools', index]),
  );
}
