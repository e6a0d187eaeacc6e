import type { DrainPolicy } from '../../fleet/fleet.ts';
import type { ScalingGroup, ScalingMember } from '../../hosts/scaling.ts';
import { CancelledError, PlatformError, UserError } from '../../runner/errors.ts';
import type { PoolContext } from '../context.ts';
import type { ScalingRecord, UndoRecord } from '../records.ts';
import { type Look, waitUntil } from '../wait.ts';

/**
 * Processes that may replace or move a host that is out of service. HealthCheck as well as ReplaceUnhealthy: with the
 * latter alone the mark of ill health sticks, and the host dies when it is resumed (EC2 Auto Scaling user guide,
 * "Health checks").
 */
export const REPLACING_PROCESSES = [
  'AZRebalance',
  'AlarmNotification',
  'ScheduledActions',
  'ReplaceUnhealthy',
  'HealthCheck',
] as const;

/** A group moves a host into standby only when its targets have drained, whose delay is an hour at most. */
const MOVE_TIMEOUT = 3_660_000;
const MOVE_EVERY = 2_000;

/** States in which ExitStandby is accepted or has been asked for already. */
const OUTSIDE = ['EnteringStandby', 'Standby'];

/**
 * Adds to each record what has to be done about the host's Auto Scaling group, when it is in one. With `ignore` that is
 * nothing, and members are warned about.
 *
 * @throws UserError when a group would fall below its MinSize
 */
export async function planScaling(
  context: PoolContext,
  records: readonly UndoRecord[],
  policy: DrainPolicy,
): Promise<readonly UndoRecord[]> {
  const open = records.filter(({ scaling }) => scaling === undefined);
  if (policy.autoScaling === 'ignore') {
    await warnOfGroups(
      context,
      open.map(({ host }) => host),
    );
    return records;
  }
  const members = await context.scaling.members(open.map(({ host }) => host));
  const planned = new Map<string, ScalingRecord>();
  for (const [name, hosts] of byGroup(members)) {
    const group = await context.scaling.group(name);
    const scaling = policy.autoScaling === 'suspend' ? planSuspend(group) : planStandby(group, hosts, policy);
    for (const { host } of hosts) planned.set(host, scaling);
  }
  return records.map((record) => {
    const scaling = record.scaling ?? planned.get(record.host);
    return scaling === undefined ? record : { ...record, scaling };
  });
}

/** Who ignores the groups may not even be allowed to read them, so a look that fails does not stop the drain. */
async function warnOfGroups(context: PoolContext, hosts: readonly string[]): Promise<void> {
  try {
    for (const { host, group } of await context.scaling.members(hosts)) {
      context.log.warning(
        `${host} is in Auto Scaling group ${group}, which may replace it while it is out: auto-scaling is \`ignore\`. ` +
          'Use `standby` or `suspend` to keep it.',
      );
    }
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    context.log.warning(`Whether an Auto Scaling group may replace ${hosts.join(', ')} is not known: ${why}`);
  }
}

function planSuspend({ name, suspended }: ScalingGroup): ScalingRecord {
  const processes = REPLACING_PROCESSES.filter((each) => !suspended.includes(each));
  return { mode: 'suspend', group: name, processes };
}

function planStandby(
  { name, minSize, desired }: ScalingGroup,
  hosts: readonly ScalingMember[],
  policy: DrainPolicy,
): ScalingRecord {
  const leaving = hosts.filter(({ lifecycle }) => !OUTSIDE.includes(lifecycle)).length;
  if (desired - leaving >= minSize) return { mode: 'standby', group: name };
  if (policy.lowerMinSize) return { mode: 'standby', group: name, minSize };
  throw new UserError(
    `Auto Scaling group ${name} wants ${desired} hosts and at least ${minSize}; with ${leaving} in standby ` +
      `${desired - leaving} would remain. Nothing was touched. Allow \`lower-min-size\`, use \`suspend\`, or add a host.`,
  );
}

/** Keeps the groups from replacing the hosts: into standby, or with the replacing processes suspended. */
export async function leaveGroups(context: PoolContext, records: readonly UndoRecord[]): Promise<void> {
  for (const [name, scaling, hosts] of groupsOf(records)) {
    if (scaling.mode === 'suspend') {
      context.log.info(
        `${name}: suspending ${scaling.processes.join(', ') || 'nothing, all was suspended before'}`,
      );
      if (scaling.processes.length > 0) await context.scaling.suspend(name, scaling.processes);
      continue;
    }
    const inside = (await context.scaling.members(hosts)).filter(
      ({ lifecycle }) => !OUTSIDE.includes(lifecycle),
    );
    if (inside.length === 0) continue;
    const group = await context.scaling.group(name);
    if (group.desired - inside.length < group.minSize) {
      context.log.info(`${name}: lowering MinSize from ${group.minSize} for the time of the standby`);
      await context.scaling.setMinSize(name, group.desired - inside.length);
    }
    await context.scaling.enterStandby(
      name,
      inside.map(({ host }) => host),
    );
  }
}

/** Hosts that their group has not begun to move out, in words; empty when all are on their way. */
export async function stillInGroups(
  context: PoolContext,
  records: readonly UndoRecord[],
): Promise<readonly string[]> {
  const standby = records.filter(({ scaling }) => scaling?.mode === 'standby').map(({ host }) => host);
  if (standby.length === 0) return [];
  const members = await context.scaling.members(standby);
  return members
    .filter(({ lifecycle }) => !OUTSIDE.includes(lifecycle))
    .map(({ host, lifecycle }) => `${host} is ${lifecycle} in its Auto Scaling group`);
}

/**
 * Takes hosts out of standby; they are in service again when their pools say so. A host that is still on its way into
 * standby has to arrive there first.
 */
export async function returnToGroups(context: PoolContext, records: readonly UndoRecord[]): Promise<void> {
  const hosts = records.filter(({ scaling }) => scaling?.mode === 'standby').map(({ host }) => host);
  if (hosts.length === 0) return;
  const look = await waitUntil(context, {
    what: 'the Auto Scaling group to finish moving hosts into standby',
    every: MOVE_EVERY,
    timeout: MOVE_TIMEOUT,
    look: async (): Promise<Look<undefined>> => {
      await leaveStandby(context, records);
      const moving = (await membersIn(context, hosts, OUTSIDE)).length;
      return moving === 0
        ? { reached: true, value: undefined }
        : { reached: false, seen: `${moving} hosts still on their way` };
    },
  });
  if (!look.reached)
    throw new PlatformError(`the Auto Scaling group does not let go of its hosts: ${look.seen}.`);
}

/** Takes those hosts out of standby that have arrived there, and waits for none. */
export async function leaveStandby(context: PoolContext, records: readonly UndoRecord[]): Promise<void> {
  for (const [name, scaling, hosts] of groupsOf(records)) {
    if (scaling.mode !== 'standby') continue;
    const arrived = await membersIn(context, hosts, ['Standby']);
    if (arrived.length === 0) continue;
    await context.scaling.exitStandby(
      name,
      arrived.map(({ host }) => host),
    );
  }
}

/** Puts back what was changed in the groups, once the hosts serve again. */
export async function settleGroups(context: PoolContext, records: readonly UndoRecord[]): Promise<void> {
  for (const [name, scaling, hosts] of groupsOf(records)) {
    if (scaling.mode === 'standby') {
      if (scaling.minSize !== undefined) await context.scaling.setMinSize(name, scaling.minSize);
      continue;
    }
    for (const host of hosts) await context.scaling.setHealthy(host);
    if (scaling.processes.length > 0) await context.scaling.resume(name, scaling.processes);
  }
}

async function membersIn(
  context: PoolContext,
  hosts: readonly string[],
  lifecycles: readonly string[],
): Promise<readonly ScalingMember[]> {
  return (await context.scaling.members(hosts)).filter(({ lifecycle }) => lifecycles.includes(lifecycle));
}

function byGroup(members: readonly ScalingMember[]): ReadonlyMap<string, readonly ScalingMember[]> {
  return Map.groupBy(members, ({ group }) => group);
}

/** Each group once, with all that was recorded about it. */
function groupsOf(
  records: readonly UndoRecord[],
): readonly (readonly [name: string, scaling: ScalingRecord, hosts: readonly string[]])[] {
  const changed = records.flatMap(({ host, scaling }) => (scaling === undefined ? [] : [{ host, scaling }]));
  const groups = Map.groupBy(changed, ({ scaling: { mode, group } }) => `${mode} ${group}`);
  return [...groups.values()].flatMap((found) => {
    const [first, ...others] = found.map(({ scaling }) => scaling);
    if (first === undefined) return [];
    return [[first.group, together(first, others), found.map(({ host }) => host)] as const];
  });
}

/** A later record may have found a group that an earlier one had changed already. */
export function together(one: ScalingRecord, others: readonly ScalingRecord[]): ScalingRecord {
  if (one.mode === 'suspend') {
    const all = [one, ...others].flatMap((each) => (each.mode === 'suspend' ? each.processes : []));
    return { ...one, processes: [...new Set(all)] };
  }
  const sizes = [one, ...others].flatMap((each) => (each.mode === 'standby' ? (each.minSize ?? []) : []));
  return sizes.length === 0 ? one : { ...one, minSize: Math.max(...sizes) };
}
