import type { ZoneReport } from '../operations/deploy-zone.ts';
import type { HostReport } from '../operations/host-report.ts';
import { block, folded, table } from './summary.ts';

const STATES: Readonly<Record<ZoneReport['state'], string>> = {
  deployed: 'deployed: every host proven and in service',
  unchanged: 'unchanged: every host was already proven and in service',
  planned: 'dry run: nothing was touched',
  stopped: 'stopped',
};

/** One zone: what every host runs now, and what that rests on. */
export function zoneSummary(service: string, report: ZoneReport): string {
  const title = `${service} ${report.version} in ${report.zone}: ${STATES[report.state]}`;
  const problem = report.problem === undefined ? [] : [block(report.problem.message)];
  const digest = folded('Release', block(`version ${report.version}\nsha256  ${report.sha256}`));
  return [hostsSummary(title, report.hosts), ...problem, digest].join('\n\n');
}

/** A title and a table with one row per host. */
export function hostsSummary(title: string, hosts: readonly HostReport[]): string {
  const rows = hosts.map(({ host, outcome, from, to, proof }) => [host, outcome, from, to, proof]);
  return [`### ${title}`, table(['host', 'outcome', 'from', 'to', 'what it rests on'], rows)].join('\n\n');
}
