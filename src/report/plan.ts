import { formatDuration } from '../fleet/duration.ts';
import type { OtherRun } from '../github/port.ts';
import type { ZoneOutlook } from '../operations/plan/look-ahead.ts';
import { planDigest } from '../operations/plan/plan.ts';
import type { PlanReport } from '../operations/plan/plan-zones.ts';
import type { SimulatedBatch } from '../operations/plan/simulate.ts';
import { block, folded, table } from './summary.ts';

/** The runner cuts an annotation after 4,096 characters (actions/runner, ExecutionContext); the title comes before this. */
const ANNOTATION = 3_800;
/** Lines of one zone that a summary shows: it may have 1 MiB in all, and be about many zones. */
const LINES_SHOWN = 300;

/** What a person who is to approve has to know: what will happen zone by zone, and what speaks against it. */
export function planSummary(report: PlanReport): string {
  const { service, version, plan, release, zones, otherRuns, expected, problems, warnings } = report;
  const verdict = plan === undefined ? 'nothing may be deployed' : 'to be approved zone by zone';
  const head = [
    'zone',
    'environment',
    'reviewers',
    'hosts',
    'from → to',
    'batches',
    'floor at the tightest step',
    'expected duration',
  ];
  const digest = plan === undefined ? [] : [`plan    sha256 ${planDigest(plan)}`];
  const bytes = `sha256  ${release?.sha256 ?? 'not found'}`;
  const ordinal = release === undefined ? [] : [`ordinal ${release.ordinal}`];
  return [
    `### ${service} ${version}: ${verdict}`,
    ...(problems.length === 0
      ? []
      : [`${problems.length} to mend first:`, block(problems.map(bullet).join('\n'))]),
    table(
      head,
      zones.map((each) => zoneRow(each, version)),
    ),
    `Expected for all zones: ${formatDuration(expected)}, without the time that approvals take.`,
    block([`version ${version}`, bytes, ...ordinal, ...digest].join('\n')),
    ...(otherRuns.length === 0 ? [] : ['Other runs of this workflow:', runsTable(otherRuns)]),
    ...(warnings.length === 0 ? [] : ['Warnings:', block(warnings.map(bullet).join('\n'))]),
    ...zones.map((each) =>
      folded(`${each.zone.zone}: hosts, steps and alarms`, block(details(each).join('\n'))),
    ),
  ].join('\n\n');
}

/** The problems for the one annotation, as many as fit in; the summary has them all. */
export function problemsText({ service, version, problems }: PlanReport): string {
  const title = `${service} ${version} may not be deployed; nothing was touched.`;
  const lines: string[] = [];
  let length = 0;
  for (const problem of problems) {
    const line = bullet(problem);
    if (lines.length > 0 && length + line.length > ANNOTATION) break;
    lines.push(line.slice(0, ANNOTATION));
    length += line.length + 1;
  }
  const rest = problems.length - lines.length;
  return [title, ...lines, ...(rest === 0 ? [] : [`- and ${rest} more in the job summary`])].join('\n');
}

function zoneRow(
  { zone, todo, gate, from, simulation, estimate }: ZoneOutlook,
  version: string,
): readonly string[] {
  const { batches, stop } = simulation;
  const place = [zone.zone, zone.environment];
  const proven = todo === 'proven';
  const reviewers = gate?.found === undefined ? 'not known' : gate.found.reviewers.join(', ') || 'nobody';
  const versions = from.map((each) => each.split(' ')[0] ?? each).join(', ') || 'unknown';
  const whole = estimate.deployment + estimate.bake;
  const bake = ` (bake ${formatDuration(estimate.bake)})`;
  return [
    ...place,
    proven ? 'not asked: before start-at' : reviewers,
    String(zone.hosts.length),
    `${versions} → ${version}`,
    `${batches.length}${stop === undefined ? '' : `, would stop at step ${batches.length + 1}`}`,
    tightest(batches)?.reasons.join('; ') ?? 'no host leaves',
    proven ? 'proven now' : formatDuration(whole) + bake,
  ];
}

/** The step after which the fewest targets go on serving. */
function tightest(batches: readonly SimulatedBatch[]): SimulatedBatch | undefined {
  return batches.toSorted((one, other) => one.left - other.left)[0];
}

function runsTable(runs: readonly OtherRun[]): string {
  const rows = runs.map(({ number, title, status, created, url }) => [
    `${number}`,
    title,
    status,
    created,
    url,
  ]);
  return table(['run', 'title', 'status', 'since', 'url'], rows);
}

function details({ inventory, simulation, zone, entry }: ZoneOutlook): readonly string[] {
  const { batches, stop } = simulation;
  const steps = batches.map(
    ({ hosts, reasons }, index) => `step ${index + 1}: ${hosts.join(', ')}: ${reasons.join('; ')}`,
  );
  const stops =
    stop === undefined ? [] : [`step ${batches.length + 1} would not begin: ${stop.reasons.join('; ')}`];
  const written =
    entry === undefined
      ? 'nothing yet'
      : `${entry.state} ${entry.release.version} since ${entry.at} (${entry.run})`;
  return [
    `ledger: ${written}`,
    `alarms: ${zone.alarms.join(', ') || 'none'}`,
    ...cut(inventory, 'hosts'),
    ...cut([...steps, ...stops], 'steps'),
  ];
}

function cut(lines: readonly string[], what: string): readonly string[] {
  if (lines.length <= LINES_SHOWN) return lines;
  return [...lines.slice(0, LINES_SHOWN), `and ${lines.length - LINES_SHOWN} more ${what}`];
}

function bullet(text: string): string {
  return `- ${text.replaceAll('\n', '\n  ')}`;
}
