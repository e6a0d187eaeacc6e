import { formatDuration } from '../fleet/duration.ts';
import { type HostReport, isGood } from '../operations/upgrade/host-report.ts';
import { block, folded, table } from './summary.ts';

/** Characters of hook output that a result keeps; a step's outputs together hold 1 MB. The log has the last 50 lines. */
const OUTPUT_TAIL = 1_000;

/** One entry of the output `results`. Durations are milliseconds. */
export interface HostResult {
  readonly host: string;
  readonly outcome: HostReport['outcome'];
  readonly from: string;
  readonly to: string;
  /** Digest of the release that was proven to run; none when nothing was proven. */
  readonly sha256?: string;
  readonly successor?: string;
  readonly proof: string;
  readonly milliseconds?: NonNullable<HostReport['trace']>['milliseconds'];
  /** End of what the hooks printed. */
  readonly output?: string;
}

/** The reports as the output of a step. */
export function hostResults(reports: readonly HostReport[]): readonly HostResult[] {
  return reports.map(({ trace, ...report }) => {
    if (trace === undefined) return report;
    return { ...report, milliseconds: trace.milliseconds, output: trace.output.slice(-OUTPUT_TAIL) };
  });
}

/** A title, a table with one row per host, and what the hooks of those that failed printed, folded away. */
export function hostsSummary(title: string, reports: readonly HostReport[]): string {
  const rows = reports.map(({ host, outcome, successor, from, to, proof, trace }) => [
    host,
    successor === undefined ? outcome : `${outcome}, successor ${successor}`,
    from,
    to,
    trace === undefined ? '' : formatDuration(trace.milliseconds.total),
    proof,
  ]);
  const printed = reports.flatMap((report) => {
    const { host, trace } = report;
    if (isGood(report) || trace === undefined || trace.output === '') return [];
    return [folded(`What the hooks of ${host} printed`, block(trace.output))];
  });
  return [
    `### ${title}`,
    table(['host', 'outcome', 'from', 'to', 'installer', 'what it rests on'], rows),
    ...printed,
  ].join('\n\n');
}
