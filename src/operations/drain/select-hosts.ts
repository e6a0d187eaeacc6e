import type { PoolView } from '../../fleet/floor.ts';
import { nearest } from '../../fleet/nearest.ts';
import type { Instances } from '../../hosts/instances.ts';
import { CancelledError, PlatformError, UserError } from '../../runner/errors.ts';
import type { PoolContext } from '../context.ts';
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

export interface SelectContext extends PoolContext {
  readonly instances: Instances;
}

/**
 * Finds the hosts that an input means. Zones are looked for only when something depends on them; the balancer does not
 * tell the zone of an instance.
 *
 * @throws UserError when the zone has no host in the pools
 * @throws UserError or PlatformError when zones are asked for and cannot be read
 */
export async function selectHosts(context: SelectContext, selection: Selection): Promise<SelectedHosts> {
  const { pools, named, zone } = selection;
  const views = await observeAround(
    context,
    pools,
    named.map(({ host }) => host),
  );
  const needed =
    zone !== undefined || selection.surviveZone || views.some(({ settings }) => !settings.crossZone);
  const ids = [...new Set(views.flatMap(({ targets }) => targets.map(({ id }) => id)))];
  const zoneOf = needed ? await findZones(context, selection, ids) : new Map<string, string>();
  const running = zone === undefined ? [] : withoutStopped(context, views, ids);
  const inZone = zone === undefined ? [] : hostsOfZone(context, zone, running, zoneOf);
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

/** A stopped instance serves nobody, and the balancer would refuse to take it back. */
function withoutStopped(
  { log }: SelectContext,
  views: readonly PoolView[],
  ids: readonly string[],
): readonly string[] {
  const targets = views.flatMap((view) => view.targets);
  const stopped = ids.filter((id) =>
    targets.filter((target) => target.id === id).every(({ reason }) => reason === 'Target.InvalidState'),
  );
  if (stopped.length > 0) log.warning(`${stopped.join(', ')} do not run, so they are left as they are.`);
  return ids.filter((id) => !stopped.includes(id));
}

/** From the Auto Scaling groups, and of hosts in none from the platform that runs them. */
async function findZones(
  context: SelectContext,
  selection: Selection,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const members = await context.scaling.members(ids);
  const grouped = new Map(members.map((member) => [member.host, member.zone]));
  const others = ids.filter((id) => !grouped.has(id));
  return others.length === 0
    ? grouped
    : new Map([...grouped, ...(await zonesOfInstances(context, selection, others))]);
}

/**
 * When nobody asked for zones and only the balancer keeps them apart, hosts of unknown zone are no error: the floor
 * guard does not count them, and refuses if one of them is to leave.
 */
async function zonesOfInstances(
  { instances, log }: SelectContext,
  { zone, surviveZone }: Selection,
  hosts: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  try {
    return await instances.zones(hosts);
  } catch (error) {
    if (error instanceof CancelledError || !(error instanceof Error)) throw error;
    if (zone === undefined && !surviveZone) {
      log.warning(`The zones of ${hosts.join(', ')} are not known: ${error.message}`);
      return new Map();
    }
    const text = [
      error.message,
      `Nothing was touched. ${hosts.length} hosts are in no Auto Scaling group, so only EC2 knows their zones. If it may not be asked:`,
      ...(zone === undefined ? [] : ['- name the hosts as `hosts`, and leave out `zone`']),
      ...(surviveZone ? ['- leave out `survive-zone`, whose floor counts zones'] : []),
    ].join('\n');
    if (error instanceof UserError) throw new UserError(text, { cause: error });
    throw new PlatformError(text, { cause: error });
  }
}

/** @throws UserError when there are none */
function hostsOfZone(
  { log }: SelectContext,
  zone: string,
  ids: readonly string[],
  zoneOf: ReadonlyMap<string, string>,
): readonly string[] {
  const unknown = ids.filter((id) => !zoneOf.has(id));
  const found = ids.filter((id) => zoneOf.get(id) === zone);
  if (found.length === 0) throw new UserError(emptyZone(zone, unknown, zoneOf));
  if (unknown.length > 0) {
    log.warning(`The zone of ${unknown.join(', ')} is not known. ${NAME_THEM}`);
  }
  return found;
}

const NAME_THEM =
  'Neither Auto Scaling nor EC2 knows them in this region: if they are to leave, name them as `hosts`.';

function emptyZone(zone: string, unknown: readonly string[], zoneOf: ReadonlyMap<string, string>): string {
  const zones = [...new Set(zoneOf.values())].sort();
  const meant = nearest(zone, zones);
  return [
    `No host of zone ${zone} is in the target groups; nothing was touched.`,
    `Zones seen: ${zones.join(', ') || 'none'}.${meant === undefined ? '' : ` Did you mean ${meant}?`}`,
    ...(unknown.length === 0 ? [] : [`The zone of ${unknown.length} hosts is not known. ${NAME_THEM}`]),
  ].join('\n');
}
