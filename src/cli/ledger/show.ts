import type { Fleet } from '../../fleet/fleet.ts';
import type { Ledger, ZoneEntry } from '../../ledger/document.ts';
import { leaseSentences } from './why.ts';

const HEADS = ['zone', 'state', 'version', 'sha256', 'since', 'run', 'approved by'] as const;
/** Digits of a digest that are enough to tell releases apart. */
const SHORT = 12;

/** The ledger as a table, zones in the order of the fleet file; zones that only the ledger knows come last. */
export function showLedger(fleet: Pick<Fleet, 'zones'>, ledger: Ledger, now: number): string {
  const names = fleet.zones.map(({ zone }) => zone);
  const gone = Object.keys(ledger.zones).filter((name) => !names.includes(name));
  const rows = [...names, ...gone].map((name) => rowOf(name, ledger.zones[name]));
  return `${table([HEADS, ...rows])}\n\n${leaseSentences(ledger, now).join('\n')}\n`;
}

function rowOf(zone: string, entry: ZoneEntry | undefined): readonly string[] {
  if (entry === undefined) return [zone, 'no deployment yet', '', '', '', '', ''];
  const { state, release, at, run, approvedBy = [] } = entry;
  return [zone, state, release.version, release.sha256.slice(0, SHORT), at, run, approvedBy.join(', ')];
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = HEADS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
