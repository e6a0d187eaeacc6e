import type { News } from '../notify/port.ts';
import type { Admission } from '../operations/admission/admit.ts';
import type { AdmittedZone } from '../operations/admission/deploy-admitted.ts';
import type { ZoneReport } from '../operations/zone/deploy-zone.ts';
import { hostsSummary } from './hosts.ts';
import { block, folded, table } from './summary.ts';

const STATES: Readonly<Record<ZoneReport['state'], string>> = {
  deployed: 'deployed: every host proven and in service',
  unchanged: 'unchanged: every host was already proven and in service',
  planned: 'dry run: nothing was touched',
  stopped: 'stopped',
};

/** One zone: what every host runs now, what that rests on, and who let it begin. */
export function zoneSummary(service: string, { report, admission }: AdmittedZone): string {
  const title = `${service} ${report.version} in ${report.zone}: ${STATES[report.state]}`;
  const problem = report.problem === undefined ? [] : [block(report.problem.message)];
  const ordinal = admission.kind === 'admitted' ? `\nordinal ${admission.release.ordinal}` : '';
  const plan = admission.digest === undefined ? '' : `\nplan    sha256 ${admission.digest}`;
  const release = `version ${report.version}\nsha256  ${report.sha256}${ordinal}${plan}`;
  return [
    hostsSummary(title, report.hosts),
    ...problem,
    admissionSummary(admission),
    folded('Release', block(release)),
  ].join('\n\n');
}

/** Who approved, or why nobody had to; in a dry run also what would be refused. */
function admissionSummary(admission: Admission): string {
  const { approval, warnings } = admission;
  const rows = approval?.by.map(({ login, comment }) => [
    login,
    approval.environment,
    approval.letThrough,
    comment,
  ]);
  const people =
    rows === undefined ? [] : [table(['approved by', 'environment', 'let through', 'comment'], rows)];
  const refused =
    admission.kind === 'refused' ? ['Would be refused:', block(admission.problems.join('\n'))] : [];
  const loud = warnings.length === 0 ? [] : [block(warnings.join('\n'))];
  return [...people, ...loud, ...refused].join('\n\n');
}

/** Logins of those who approved. */
export function approvers({ approval }: Admission): readonly string[] {
  return [...new Set(approval?.by.map(({ login }) => login))];
}

/**
 * News of a deployment that stopped after it had begun.
 *
 * @param run URL of the workflow run
 */
export function stoppedNews(service: string, zone: AdmittedZone, run: string): News {
  const { report } = zone;
  return {
    service,
    zone: report.zone,
    version: report.version,
    state: 'stopped',
    title: `${service} ${report.version} stopped in ${report.zone}: ${report.problem?.message.split('\n')[0] ?? ''}`,
    body: `${zoneSummary(service, zone)}\n\n${WHAT_NEXT}`,
    run,
  };
}

const WHAT_NEXT =
  'Later zones stay closed. Mend what is named above and run the failed job again: it continues from what it observes.';
