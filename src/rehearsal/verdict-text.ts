import { styleText } from 'node:util';
import { formatDuration } from '../fleet/duration.ts';
import { columns } from './columns.ts';
import type { GroupVerdict, Share, StageRecord, Verdict } from './verdict.ts';

/** The verdict as a person reads it in ten seconds. */
export function describeVerdict(verdict: Verdict): string {
  const { service, from, to, began, ended, seed, faults } = verdict;
  const head = styleText(['bold', verdict.good ? 'green' : 'red'], headline(verdict));
  const conditions = [`${service} ${from} → ${to}`, formatDuration(ended - began), `seed ${seed}`, ...faults];
  return [
    '',
    `${head}  ${conditions.join(' · ')}`,
    '',
    ...columns([
      ['stage', 'state', 'took', 'hosts'],
      ...verdict.stages.map((stage) => stageRow(stage, verdict)),
    ]),
    ...moved(verdict),
    '',
    ...columns([['region', 'requests', 'failed', 'largest gap', 'p50', 'p99'], ...regionRows(verdict)]),
    '',
    ...named(verdict),
    `  ${control(verdict)}`,
    ...firstFailures(verdict),
    ...problems(verdict),
    '',
  ].join('\n');
}

function headline({ outcome, good }: Verdict): string {
  if (outcome.kind === 'stopped') return `STOPPED at ${outcome.where}`;
  return good ? 'PROMOTED, no failed request' : 'PROMOTED, but not good';
}

function stageRow({ stage, state, duration }: StageRecord, { groups }: Verdict): readonly string[] {
  const took = duration === undefined ? '–' : formatDuration(duration);
  const group = groups.find(({ upgradedBy }) => upgradedBy === stage);
  return [stage, state, took, group === undefined ? '–' : hostsByVersion(group)];
}

/** Who got the traffic, where a course moves it. */
function moved({ course, groups, entrances }: Verdict): readonly string[] {
  if (course === 'zones') return [];
  const count = ({ requests, failed, atEnd }: Share): readonly string[] =>
    [requests, failed, atEnd].map((each) => each.toLocaleString('en-US'));
  return [
    '',
    ...columns([
      ['who got it', 'hosts', 'requests', 'failed', 'in the end'],
      ...groups.map((group) => [`pool ${group.group}`, hostsByVersion(group), ...count(group)]),
      ...entrances.map((entrance) => [`balancer ${entrance.balancer}`, '', ...count(entrance)]),
    ]),
  ];
}

function hostsByVersion({ hosts }: Pick<GroupVerdict, 'hosts'>): string {
  const groups = Map.groupBy(hosts, ({ version }) => version ?? 'silent');
  return [...groups].map(([version, some]) => `${some.length} on ${version}`).join(', ');
}

function regionRows({ traffic }: Verdict): readonly (readonly string[])[] {
  return traffic.regions.map(({ region, total, failed, largestGap, latency }) => [
    region,
    total.toLocaleString('en-US'),
    failed.toLocaleString('en-US'),
    formatDuration(largestGap),
    latency === undefined ? '–' : formatDuration(latency.p50),
    latency === undefined ? '–' : formatDuration(latency.p99),
  ]);
}

function named({ name }: Verdict): readonly string[] {
  if (name === undefined) return [];
  const { record, asked, absent } = name;
  return [`  ${record}: asked for ${asked.toLocaleString('en-US')} times, absent in ${absent} answers`];
}

function control({ control }: Verdict): string {
  const failed = control.filter(({ outcome }) => outcome.kind === 'failed').length;
  return `control probe: failed at a dead port, as it must, ${failed} of 2 times`;
}

/** More than this does not fit a glance; the JSON and the report have the rest. */
const FAILURES_SHOWN = 5;

function firstFailures({ failures, traffic }: Verdict): readonly string[] {
  if (failures.length === 0) return [];
  const rows = failures
    .slice(0, FAILURES_SHOWN)
    .map((failure) => [
      new Date(failure.at).toISOString().slice(11, 23),
      failure.region,
      `${failure.reason}: ${failure.detail}`,
      failure.during,
    ]);
  const rest = traffic.failed - rows.length;
  return ['', ...columns(rows), ...(rest > 0 ? [`  and ${rest.toLocaleString('en-US')} more`] : [])];
}

function problems({ problems: list }: Verdict): readonly string[] {
  return list.length === 0
    ? []
    : ['', ...list.map((problem) => `  ${styleText('red', '✖')} ${problem.replaceAll('\n', '\n    ')}`)];
}
