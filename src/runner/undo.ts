import { isRecord, type UndoRecord } from '../operations/records.ts';
import { json, type Kind, type Parsed } from './kinds.ts';

/** The output `undo` of drain-target. */
export function undoRecords(): Kind<readonly UndoRecord[]> {
  return json('the output `undo` of drain-target', 'the output as it is', check);
}

function check(document: unknown): Parsed<readonly UndoRecord[]> {
  if (!Array.isArray(document) || document.length === 0) {
    return { wrong: true, because: 'it is not a list of undo records' };
  }
  const wrong = document.findIndex((each) => !isRecord(each));
  if (wrong >= 0) return { wrong: true, because: `entry ${wrong + 1} is not an undo record` };
  return { value: document.filter(isRecord) };
}
