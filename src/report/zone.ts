import type { ZoneReport } from '../operations/zone/deploy-zone.ts';
import { hostsSummary } from './hosts.ts';
import { block, folded } from './summary.ts';

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
