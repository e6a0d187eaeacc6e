import type { FlipResult } from '../operations/cname-flip/request.ts';
import { smokeSummary } from './smoke.ts';
import { block, table } from './summary.ts';

const TITLES: Readonly<Record<FlipResult['kind'], string>> = {
  flipped: 'flipped and proven',
  there: 'was there already, nothing was changed',
  failed: 'FAILED',
};

/** How a flip went: a table of servers and answers, the checks through the name, and until when the old side is needed. */
export function flipSummary(record: string, result: FlipResult): string {
  const { kind, says, servers, results, safeToStopAt, inSyncAt } = result;
  const rows = servers.map(({ server, address, state, says: answer }) => [server, address, state, answer]);
  return [
    `### ${record}: ${TITLES[kind]}`,
    block(says),
    ...(inSyncAt === undefined ? [] : [`In sync at ${iso(inSyncAt)}.`]),
    ...(safeToStopAt === undefined
      ? []
      : [`**Safe to stop the old side at ${iso(safeToStopAt)}**: no answer may be kept longer.`]),
    ...(rows.length === 0 ? [] : [table(['name server', 'address', 'state', 'answers'], rows)]),
    ...(results.length === 0 ? [] : [smokeSummary(results)]),
  ].join('\n\n');
}

/** What a dry run found. */
export function plannedSummary(record: string, plan: string): string {
  return [`### ${record}: dry run, nothing was changed`, block(plan)].join('\n\n');
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
