import { formatDuration } from '../fleet/duration.ts';
import type { UndoRecord } from '../operations/records.ts';
import { block, folded, table } from './summary.ts';

/** What left service and how to undo it. */
export function drainSummary(records: readonly UndoRecord[], dryRun: boolean): string {
  const title = dryRun ? '### Drain: dry run, nothing was touched' : '### Drained and proven quiet';
  const rows = records.flatMap(({ host, targets, reason, since }) =>
    targets.map(({ pool, port }) => [host, poolName(pool), String(port), since, reason]),
  );
  return [
    title,
    table(['host', 'pool', 'port', 'since', 'reason'], rows),
    folded('How to undo it: give this to restore-target as `undo`', block(JSON.stringify(records, null, 2))),
  ].join('\n\n');
}

/** What serves again. */
export function restoreSummary(records: readonly UndoRecord[], dryRun: boolean): string {
  const title = dryRun ? '### Restore: dry run, nothing was touched' : '### Back in service';
  const rows = records.flatMap(({ host, targets, since }) =>
    targets.map(({ pool, port }) => [
      host,
      poolName(pool),
      String(port),
      formatDuration(Math.max(0, Date.now() - Date.parse(since))),
    ]),
  );
  return [title, table(['host', 'pool', 'port', 'was out for'], rows)].join('\n\n');
}

/** The name in `…:targetgroup/<name>/<id>`. */
function poolName(arn: string): string {
  return arn.split('/').at(-2) ?? arn;
}
