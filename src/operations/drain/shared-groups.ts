import type { PoolContext } from '../context.ts';
import { type ScalingRecord, type UndoRecord, writeRecords } from '../records.ts';
import { type RestoreRequest, restore } from './restore.ts';
import { together } from './scaling.ts';

/** What is put back with hosts that return, and what stays changed for the sake of hosts that do not. */
export interface SharedGroups {
  /** Records of the hosts that return. */
  readonly returning: readonly UndoRecord[];
  /** Records of hosts that stay out, of those that have to say more than before. */
  readonly staying: readonly UndoRecord[];
  /** What stays changed, in words. */
  readonly kept: readonly string[];
}

/**
 * A group's settings are put back with the last of its hosts: with its processes resumed or its MinSize raised, the group would
 * replace a host that is still out. Until then the records of those that stay say all that is to be put back, so that nothing
 * of it is lost with the records of those that return.
 *
 * @param records of hosts that return together
 * @param others of every other host that is out of service
 */
export function shareGroups(records: readonly UndoRecord[], others: readonly UndoRecord[]): SharedGroups {
  const staying = others.flatMap((other): readonly UndoRecord[] => {
    const same = sharing(other, records);
    if (other.scaling === undefined || same.length === 0) return [];
    const scaling = together(other.scaling, [...same, ...sharing(other, others)]);
    return isSame(scaling, other.scaling) ? [] : [{ ...other, scaling }];
  });
  const returning = records.map((record): UndoRecord => {
    if (record.scaling === undefined) return record;
    if (sharing(record, others).length > 0) return { ...record, scaling: bare(record.scaling) };
    return { ...record, scaling: together(record.scaling, sharing(record, records)) };
  });
  const kept = records.flatMap((record) => {
    const waiting = others.filter((other) => sharing(record, [other]).length > 0).map(({ host }) => host);
    return waiting.length === 0 ? [] : [describe(record, waiting)].filter((each) => each !== '');
  });
  return { returning, staying, kept: [...new Set(kept)] };
}

/** Hosts that stay out keep on their disks what is to be put back with them, where they can be reached. */
export async function keepShared(context: PoolContext, { staying }: SharedGroups): Promise<void> {
  if (staying.length > 0) await writeRecords(context, staying, true);
}

/**
 * Restores some of the hosts that are out of service, beside others that stay out.
 *
 * @param others their records
 * @returns the records of the others as they are then
 * @throws what `restore` throws
 */
export async function restoreBeside(
  context: PoolContext,
  { records, policy }: RestoreRequest,
  others: readonly UndoRecord[],
): Promise<readonly UndoRecord[]> {
  const groups = shareGroups(records, others);
  for (const each of groups.kept) context.log.warning(each);
  await keepShared(context, groups);
  await restore(context, { records: groups.returning, policy });
  return others.map((other) => groups.staying.find(({ host }) => host === other.host) ?? other);
}

/** What these records say of the group that this one is about. */
function sharing({ scaling }: UndoRecord, records: readonly UndoRecord[]): readonly ScalingRecord[] {
  return records.flatMap((each) =>
    each.scaling?.group === scaling?.group && each.scaling?.mode === scaling?.mode
      ? (each.scaling ?? [])
      : [],
  );
}

/** The host's own part of it: leaving standby, and being marked healthy. */
function bare({ mode, group }: ScalingRecord): ScalingRecord {
  return mode === 'standby' ? { mode, group } : { mode, group, processes: [] };
}

function isSame(one: ScalingRecord, other: ScalingRecord): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function describe({ scaling }: UndoRecord, waiting: readonly string[]): string {
  if (scaling === undefined) return '';
  const until = `until ${waiting.join(', ')} returns`;
  if (scaling.mode === 'suspend') return `processes of ${scaling.group} stay suspended ${until}`;
  return scaling.minSize === undefined ? '' : `MinSize of ${scaling.group} stays lowered ${until}`;
}
