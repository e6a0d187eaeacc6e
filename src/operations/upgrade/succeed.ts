import { type UndoRecord, writeRecords } from '../records.ts';
import type { Successor, UpgradeContext } from './attempt.ts';

/**
 * Hands the places of replaced hosts to their successors: each gets the record of being out of service with the same
 * pools and ports, and keeps it on itself. Processes that were suspended for a host that is gone go on, since its successor
 * is in standby.
 *
 * @returns the records with successors in the place of the hosts that were replaced
 */
export async function succeedRecords(
  context: UpgradeContext,
  records: readonly UndoRecord[],
  successors: readonly Successor[],
): Promise<readonly UndoRecord[]> {
  const heirs = new Map(successors.map((successor) => [successor.replaced, successor]));
  const next = records.map((record) => {
    const heir = heirs.get(record.host);
    return heir === undefined ? record : successorRecord(record, heir);
  });
  const changed = next.filter((record) => !records.includes(record));
  if (changed.length === 0) return records;
  await writeRecords(context, changed, false);
  for (const { host, scaling } of records) {
    if (!heirs.has(host) || scaling?.mode !== 'suspend' || scaling.processes.length === 0) continue;
    const shared = next.some(
      (other) => other.scaling?.mode === 'suspend' && other.scaling.group === scaling.group,
    );
    // Whoever returns last resumes them; a host that is gone will not return.
    if (!shared) await context.scaling?.resume(scaling.group, scaling.processes);
  }
  return next;
}

function successorRecord(record: UndoRecord, { host, scaling }: Successor): UndoRecord {
  const { from: _, ...rest } = record;
  const targets = record.targets.map((target) => ({ ...target, id: host.host }));
  const before = record.scaling;
  const lowered = before?.mode === 'standby' && before.minSize !== undefined && scaling.mode === 'standby';
  // MinSize was lowered for the host that is gone; it goes back up when its successor serves.
  const kept = lowered ? { ...scaling, minSize: before.minSize } : scaling;
  return { ...rest, host: host.host, targets, scaling: kept };
}
