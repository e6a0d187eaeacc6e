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
  return [
    ...repeats(names, 'a zone'),
    ...repeats(environments, 'an environment, whatever its case,'),
    ...repeats(hosts, 'a host'),
    ...zones.flatMap(({ zone, path }) => repeats(targetGroups(zone, path), 'a pool of a zone')),
    ...findRepeatedChecks(member(document, 'smoke'), ['smoke']),
    ...zones.flatMap(({ zone, path }) => strayPools(zone, path)),
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
    .filter(({ value }) => value.startsWith('arn:') && value.split(':')[3] !== region)
    .map((pool) => ({
      path: pool.path,
      expected: `a target group of ${region}, the region of zone ${name}`,
      cure: 'name the target group the hosts of this zone are in',
    }));
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

function listed(zone: unknown, path: readonly (string | number)[]): readonly Found[] {
  return items(member(zone, 'hosts')).flatMap((value, index) =>
    typeof value === 'string' ? [{ path: [...path, 'hosts', index], value }] : [],
  );
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
