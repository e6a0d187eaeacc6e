import type { ObservedTarget } from '../../balancers/port.ts';
import type { DrainPolicy, RestorePolicy } from '../../fleet/fleet.ts';
import { type FloorPolicy, judgeRemoval, type PoolView } from '../../fleet/floor.ts';
import { nearest } from '../../fleet/nearest.ts';
import { UserError } from '../../runner/errors.ts';
import type { PoolContext } from '../context.ts';
import { byPool, findTarget, observePools, registrationsOf } from '../pools.ts';
import type { ScalingRecord, UndoRecord, Withdrawal } from '../records.ts';
import { readReturning, withRamping } from './returning.ts';
import { planScaling } from './scaling.ts';

export interface DrainRequest {
  /** Pools the hosts are in; others on the same load balancers are found. */
  readonly pools: readonly string[];
  readonly hosts: readonly string[];
  /** Ports of hosts that are to leave only there; a host that is not named leaves everywhere. */
  readonly ports?: ReadonlyMap<string, readonly number[]>;
  /** Hosts that an earlier run took out, with what it recorded: they are continued. */
  readonly adopted: ReadonlyMap<string, UndoRecord>;
  /** What earlier runs have changed in the groups of hosts that serve, and not put back: it is put back with them. */
  readonly unsettled?: ReadonlyMap<string, ScalingRecord>;
  /** Take over hosts that are draining and have no record of why. */
  readonly adoptDraining?: boolean;
  /** The caller keeps the records as well, so that a host without a way to it may leave too. */
  readonly recordsElsewhere?: boolean;
  /** Hosts that serve a release which failed: they do not go back into service when the drain fails. */
  readonly unproven?: readonly string[];
  /** Service whose deployment this is part of, for the record. */
  readonly service?: string;
  /** Release that each host's `current` points to, for the record. */
  readonly releases: ReadonlyMap<string, string>;
  readonly zoneOf: ReadonlyMap<string, string>;
  readonly floor: FloorPolicy;
  readonly drain: DrainPolicy;
  /** How hosts are returned when they cannot be proven quiet. */
  readonly restore: RestorePolicy;
  readonly reason: string;
}

/** What a drain would do, and whether the floor guard would let it. */
export interface DrainPlan {
  readonly views: readonly PoolView[];
  readonly records: readonly UndoRecord[];
  /** Hosts that still get requests; those that are out already cost the floor nothing more. */
  readonly leaving: readonly string[];
  /** Records of the hosts that go back when the drain fails: those found in service, in all that their record names. */
  readonly returnable: readonly UndoRecord[];
  /** Registrations of other hosts whose return to service is not finished, where slow start makes that matter. */
  readonly returning: readonly Withdrawal[];
  readonly reasons: readonly string[];
}

/**
 * Decides what to withdraw, from what the balancer and the Auto Scaling groups show now, and
 * from the records of hosts that are returning to a pool with slow start.
 *
 * @throws UserError when a host is in no pool, the floor would not hold without the hosts, or a group forbids it
 */
export async function planDrain(context: PoolContext, request: DrainRequest): Promise<DrainPlan> {
  const views = await observeAround(context, request.pools, request.hosts);
  const found = request.hosts.map((host) => recordFor(context, request, views, host));
  const leaving = request.hosts.filter((host) =>
    registrationsOf(views, host).some(({ state }) => state !== 'draining'),
  );
  const present = withAbsent(views, found);
  const returning = leaving.length === 0 ? [] : await readReturning(context, present, request.hosts);
  const verdict = judgeRemoval(withRamping(present, returning), leaving, request.zoneOf, request.floor);
  if (verdict.kind === 'refused') throw new UserError(refusal(leaving, verdict.reasons));
  const records = await planScaling(context, found, request.drain);
  const returnable = records.filter(
    ({ host, targets }) =>
      !request.unproven?.includes(host) && targets.every((target) => isInService(views, target)),
  );
  return { views, records, leaving, returnable, returning, reasons: verdict.reasons };
}

/**
 * Reads the pools and every other pool on the same load balancers: a host that left one of them and stayed in another
 * would go on getting requests.
 *
 * @throws UserError for a pool whose targets are not instances
 */
export async function observeAround(
  context: PoolContext,
  pools: readonly string[],
  hosts: readonly string[],
): Promise<readonly PoolView[]> {
  const own = await observePools(context, pools);
  const concerned = new Set([...hosts, ...own.flatMap(({ targets }) => targets.map(({ id }) => id))]);
  const around = await Promise.all([...new Set(pools)].map((pool) => context.balancer.siblings(pool)));
  const others = [...new Set(around.flat())].filter((pool) => !pools.includes(pool));
  const shared = await Promise.all(
    others.map(async (pool) => {
      const targets = await context.balancer.targets(pool);
      return targets.some(({ id }) => concerned.has(id)) ? [pool] : [];
    }),
  );
  const views = [...own, ...(await observePools(context, shared.flat()))];
  const given = views.filter(({ settings }) => pools.includes(settings.pool));
  const foreign = given.filter(({ settings }) => settings.targetType !== 'instance');
  if (foreign.length === 0) return views;
  const lines = foreign.map(
    ({ settings }) => `- ${settings.name} has targets of type ${settings.targetType}`,
  );
  throw new UserError(
    ['Only targets of type instance can be drained; nothing was touched.', ...lines].join('\n'),
  );
}

/**
 * The pools as they will be judged: a target that has finished draining is no longer listed; it still belongs to the
 * pool, or a percentage would be taken of too few.
 */
export function withAbsent(views: readonly PoolView[], records: readonly UndoRecord[]): readonly PoolView[] {
  const withdrawn = byPool(records);
  return views.map(({ settings, targets }) => {
    const absent = (withdrawn.get(settings.pool) ?? []).filter(
      (key) => findTarget(targets, key) === undefined,
    );
    const unused = absent.map((key): ObservedTarget => ({ ...key, state: 'unused', shifted: false }));
    return { settings, targets: [...targets, ...unused] };
  });
}

/** Why the guard keeps hosts in service. */
export function refusal(hosts: readonly string[], reasons: readonly string[]): string {
  return [
    `The floor would not hold without ${hosts.join(', ')}; nothing was drained.`,
    ...reasons.map((reason) => `- ${reason}`),
    'Bring the missing hosts back to health or add capacity, then run the same step again.',
  ].join('\n');
}

function recordFor(
  context: PoolContext,
  request: DrainRequest,
  views: readonly PoolView[],
  host: string,
): UndoRecord {
  const adopted = request.adopted.get(host);
  const all = registrationsOf(views, host);
  const ports = request.ports?.get(host);
  const serving = all.filter(
    ({ state, port }) => state !== 'draining' && (ports === undefined || ports.includes(port)),
  );
  if (adopted !== undefined) return { ...adopted, targets: together(adopted.targets, serving) };
  const targets = request.adoptDraining === true ? all : serving;
  if (targets.length === 0) throw new UserError(nothingToDrain(views, host, ports));
  const { service } = request;
  const from = request.releases.get(host);
  const scaling = request.unsettled?.get(host);
  return {
    host,
    targets: together([], targets),
    reason: request.reason,
    run: context.run,
    since: new Date(context.clock.now()).toISOString(),
    ...(service === undefined ? {} : { service }),
    ...(from === undefined ? {} : { from }),
    ...(scaling === undefined ? {} : { scaling }),
  };
}

/** What an earlier run withdrew and what is registered now, each once. */
function together(
  withdrawn: readonly Withdrawal[],
  registered: readonly Withdrawal[],
): readonly Withdrawal[] {
  const all = [...withdrawn, ...registered].map(({ pool, id, port }) => ({ pool, id, port }));
  return [...new Map(all.map((each) => [`${each.pool} ${each.port}`, each])).values()];
}

/** The API takes a withdrawal of an unknown target for a success, so a typo has to be caught here. */
function nothingToDrain(
  views: readonly PoolView[],
  host: string,
  ports: readonly number[] | undefined,
): string {
  const pools = views.map(({ settings }) => settings.name).join(', ');
  const registered = registrationsOf(views, host);
  if (registered.some(({ state }) => state === 'draining')) {
    return (
      `${host} is being drained by somebody else, and no record on it says why; nothing was touched. ` +
      'Wait for it, or take it over with `adopt: true`.'
    );
  }
  if (registered.length > 0 && ports !== undefined) {
    const known = registered.map(({ port }) => port).join(', ');
    return `${host} is registered in ${pools} at port ${known}, not at ${ports.join(', ')}; nothing was touched.`;
  }
  const meant = nearest(host, [...new Set(views.flatMap(({ targets }) => targets.map(({ id }) => id)))]);
  return (
    `${host} is not registered in ${pools}, so there is nothing to drain; nothing was touched. ` +
    (meant === undefined ? 'Check the host id and the target groups.' : `Did you mean ${meant}?`)
  );
}

function isInService(views: readonly PoolView[], target: Withdrawal): boolean {
  const view = views.find(({ settings }) => settings.pool === target.pool);
  return (findTarget(view?.targets ?? [], target)?.state ?? 'draining') !== 'draining';
}
