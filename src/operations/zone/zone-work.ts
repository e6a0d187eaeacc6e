import type { Fleet, Zone } from '../../fleet/fleet.ts';
import type { FloorPolicy, PoolView } from '../../fleet/floor.ts';
import { UserError } from '../../runner/errors.ts';
import type { DrainRequest } from '../drain/drain-plan.ts';
import type { Journal } from '../journal/journal.ts';
import { portsOf } from '../pools.ts';
import type { ScalingRecord, UndoRecord, Withdrawal } from '../records.ts';
import type { Successor } from '../upgrade/attempt.ts';
import type { HostReport } from '../upgrade/host-report.ts';
import type { ApplyResult, Release, ServiceSettings, StepResult, UpgradeHost } from '../upgrade/upgrade.ts';

/** A zone of three or more in its region must be able to lose a sister zone as well (a rule of ours, not of AWS). */
const ZONES_TO_SURVIVE = 3;

/** Everything about a zone that its batches share. */
export interface ZoneWork {
  readonly fleet: Fleet;
  readonly zone: Zone;
  readonly settings: ServiceSettings;
  readonly release: Release;
  readonly views: readonly PoolView[];
  readonly addresses: ReadonlyMap<string, string>;
  readonly zoneOf: ReadonlyMap<string, string>;
  readonly floor: FloorPolicy;
  readonly releases: ReadonlyMap<string, string>;
  /** What earlier runs have changed in the groups of hosts that serve, and not put back. */
  readonly unsettled: ReadonlyMap<string, ScalingRecord>;
  readonly journal: Journal;
}

export interface Batch {
  readonly hosts: readonly string[];
  /** Hosts that an earlier run took out, with what it recorded. */
  readonly adopted: ReadonlyMap<string, UndoRecord>;
  /** Hosts of the zone that serve another release and go on doing so until a later batch. */
  readonly waiting: readonly string[];
}

/** How a batch ended; after a failure every host is back in service or held, as its report says. */
export type BatchOutcome =
  /** `work` knows the hosts that took the place of others. */
  | { readonly kind: 'done'; readonly hosts: readonly HostReport[]; readonly work: ZoneWork }
  | { readonly kind: 'failed'; readonly hosts: readonly HostReport[]; readonly problem: Error };

/** Where users reach the pools of the zone. */
export function entrancesOf({ zone, views }: Pick<ZoneWork, 'zone' | 'views'>): readonly string[] {
  return zone.pools.flatMap(({ targetGroup, entrance }) =>
    entrance === undefined
      ? (views.find(({ settings }) => settings.pool === targetGroup)?.settings.entrances ?? [])
      : [entrance],
  );
}

/** What must remain while hosts of this zone are out. */
export function floorFor({ policy, zones }: Fleet, { region }: Zone): FloorPolicy {
  const sisters = zones.filter((each) => each.region === region).length;
  return { minHealthy: policy.minHealthy, surviveZone: policy.surviveZone ?? sisters >= ZONES_TO_SURVIVE };
}

/** Why the smoke test through the balancer has nowhere to go; none when it has. */
export function entranceProblem(work: Pick<ZoneWork, 'fleet' | 'zone' | 'views'>): string | undefined {
  if (!work.fleet.smoke.some(({ type }) => type === 'http') || entrancesOf(work).length > 0) return undefined;
  return (
    `no plain HTTP listener forwards to the pools of ${work.zone.zone}, so the smoke test through the balancer has no ` +
    'address. Name the public URL as `entrance` beside the target group in the fleet file.'
  );
}

/** A drain of hosts of this zone, under the fleet's policy. */
export function drainRequest(
  work: ZoneWork,
  hosts: readonly string[],
  adopted: ReadonlyMap<string, UndoRecord>,
  reason: string,
): DrainRequest {
  const { zone, fleet, releases, unsettled, zoneOf, floor } = work;
  const { drain, restore } = fleet.policy;
  const pools = zone.pools.map(({ targetGroup }) => targetGroup);
  const { service } = fleet;
  return { pools, hosts, adopted, service, releases, unsettled, zoneOf, floor, drain, restore, reason };
}

/** A host as the upgrade needs it: where its service answers and what the balancers ask it. */
export function upgradeHost(
  work: Pick<ZoneWork, 'addresses' | 'views'>,
  host: string,
  targets: readonly Withdrawal[],
): UpgradeHost {
  const address = work.addresses.get(host) ?? '127.0.0.1';
  const health = targets.flatMap(({ pool, port }) => {
    const settings = work.views.find((view) => view.settings.pool === pool)?.settings;
    if (settings?.healthCheckPath === undefined) return [];
    const asked = settings.healthCheckPort ?? port;
    return [{ port: asked, path: settings.healthCheckPath, statuses: settings.healthCheckStatuses }];
  });
  return { host, address, ports: portsOf(targets), health };
}

/** The same work with successors in the place of the hosts that were replaced. */
export function withSuccessors(work: ZoneWork, successors: readonly Successor[]): ZoneWork {
  if (successors.length === 0) return work;
  const { zone } = work;
  const idOf = (id: string) => successors.find(({ replaced }) => replaced === id)?.host.host ?? id;
  return {
    ...work,
    zone: { ...zone, hosts: zone.hosts.map(idOf) },
    addresses: new Map([
      ...work.addresses,
      ...successors.map(({ host }) => [host.host, host.address] as const),
    ]),
    zoneOf: new Map([...work.zoneOf, ...successors.map(({ host }) => [host.host, zone.zone] as const)]),
  };
}

/**
 * The values of a step that every host has done.
 *
 * @throws UserError with every host that has not, and why
 */
export function allDone<T>(
  results: readonly (StepResult<T> | Extract<ApplyResult, { readonly kind: 'failed' }>)[],
  step: string,
): ReadonlyMap<string, T> {
  const failed = results.flatMap((result) =>
    result.kind === 'failed' ? [`${result.host}: ${step}: ${result.problem}`] : [],
  );
  if (failed.length > 0) throw new UserError(failed.join('\n'));
  return new Map(results.flatMap((result) => (result.kind === 'done' ? [[result.host, result.value]] : [])));
}
