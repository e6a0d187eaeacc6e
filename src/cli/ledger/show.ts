import type { Fleet } from '../../fleet/fleet.ts';
import type { Ledger, OutHost, ZoneEntry } from '../../ledger/document.ts';
import { openIntents } from '../../ledger/journal.ts';
import { doingOf } from '../../ledger/left-open.ts';
import { leaseSentences } from './why.ts';

const HEADS = ['zone', 'state', 'version', 'sha256', 'since', 'run', 'approved by'] as const;
const OUT_HEADS = ['out of service', 'zone', 'since', 'from', 'run', 'held'] as const;
/** Digits of a digest that are enough to tell releases apart. */
const SHORT = 12;

/**
 * The ledger as tables: zones in the order of the fleet file, those that only the ledger knows last, and hosts that are out of
 * service; then what was begun with hosts and has not ended, and the lease.
 */
export function showLedger(fleet: Pick<Fleet, 'zones'>, ledger: Ledger, now: number): string {
  const names = fleet.zones.map(({ zone }) => zone);
  const gone = Object.keys(ledger.zones).filter((name) => !names.includes(name));
  const zones = [...names, ...gone].map((name) => rowOf(name, ledger.zones[name]));
  const out = Object.entries(ledger.out ?? {}).map(outRow);
  const open = openIntents(ledger).map(
    (intent) => `Begun and not ended: ${doingOf(intent)} (${intent.run}, ${intent.at}).`,
  );
  const parts = [
    table([HEADS, ...zones]),
    ...(out.length === 0 ? [] : [table([OUT_HEADS, ...out])]),
    [...open, ...leaseSentences(ledger, now)].join('\n'),
  ];
  return `${parts.join('\n\n')}\n`;
}

function rowOf(zone: string, entry: ZoneEntry | undefined): readonly string[] {
  if (entry === undefined) return [zone, 'no deployment yet', '', '', '', '', ''];
  const { state, release, at, run, approvedBy = [] } = entry;
  return [zone, state, release.version, release.sha256.slice(0, SHORT), at, run, approvedBy.join(', ')];
}

function outRow([host, { zone, record, held = 'no' }]: readonly [string, OutHost]): readonly string[] {
  const { since, from = 'nothing', run } = record;
  return [host, zone, since, from, run, held];
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
