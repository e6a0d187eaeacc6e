import { nearest } from '../fleet/nearest.ts';
import { UserError } from '../runner/errors.ts';
import type { PoolContext } from './context.ts';
import { observeAround } from './drain-plan.ts';

/** A host as it is named in an input: everywhere it is registered, or at one port only. */
export interface HostName {
  readonly host: string;
  readonly port?: number;
}

export interface Selection {
  readonly pools: readonly string[];
  readonly named: readonly HostName[];
  /** Every host of this availability zone, together with those that are named. */
  readonly zone?: string;
  /** Ask for the zones of all hosts, because the floor depends on them. */
  readonly surviveZone: boolean;
}

/** Which hosts are meant, and in which zones the hosts of their pools are. */
export interface SelectedHosts {
  readonly hosts: readonly string[];
  /** Hosts that leave at certain ports only. */
  readonly ports: ReadonlyMap<string, readonly number[]>;
  readonly zoneOf: ReadonlyMap<string, string>;
}

/**
 * Finds the hosts that an input means. Zones are known for members of Auto Scaling groups; the balancer does not tell
 * the zone of an instance.
 *
 * @throws UserError when the zone has no host in the pools
 */
export async function selectHosts(context: PoolContext, selection: Selection): Promise<SelectedHosts> {
  const { pools, named, zone } = selection;
  const views = await observeAround(
    context,
    pools,
    named.map(({ host }) => host),
  );
  const needed =
    zone !== undefined || selection.surviveZone || views.some(({ settings }) => !settings.crossZone);
  const ids = [...new Set(views.flatMap(({ targets }) => targets.map(({ id }) => id)))];
  const members = needed ? await context.scaling.members(ids) : [];
  const zoneOf = new Map(members.map((member) => [member.host, member.zone]));
  const inZone = zone === undefined ? [] : ids.filter((id) => zoneOf.get(id) === zone);
  if (zone !== undefined && inZone.length === 0) throw new UserError(emptyZone(zone, ids, zoneOf));
  const ports = Map.groupBy(
    named.filter(({ port }) => port !== undefined),
    ({ host }) => host,
  );
  return {
    hosts: [...new Set([...named.map(({ host }) => host), ...inZone])],
    ports: new Map(
      [...ports].map(([host, names]) => [
        host,
        names.flatMap(({ port }) => (port === undefined ? [] : [port])),
      ]),
    ),
    zoneOf,
  };
}

function emptyZone(zone: string, ids: readonly string[], zoneOf: ReadonlyMap<string, string>): string {
  const zones = [...new Set(zoneOf.values())].sort();
  const unknown = ids.filter((id) => !zoneOf.has(id)).length;
  const meant = nearest(zone, zones);
  return [
    `No host of zone ${zone} is in the target groups; nothing was touched.`,
    `Zones seen: ${zones.join(', ') || 'none'}.${meant === undefined ? '' : ` Did you mean ${meant}?`}`,
    ...(unknown === 0
      ? []
      : [
          `${unknown} hosts are in no Auto Scaling group, so their zone is not known: name them as \`hosts\`.`,
        ]),
  ].join('\n');
}
