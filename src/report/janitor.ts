import type { Lease } from '../ledger/document.ts';
import type { News } from '../notify/port.ts';
import type { HostOutcome, JanitorReport, ZoneOutcome } from '../operations/janitor/outcome.ts';
import { block, folded, table } from './summary.ts';

const TITLES: Readonly<Record<JanitorReport['state'], string>> = {
  clean: 'nothing was left out of service',
  busy: 'a run is at work; nothing was touched',
  returned: 'what dead runs left is back in order',
  left: 'hosts are out of service still',
  planned: 'dry run: nothing was touched',
};

/** Characters of an observation that a table and an output keep; a step's outputs together hold 1 MB. */
const FOUND_SHOWN = 300;
/** Hosts of which the output tells; the summary has all of them. */
const MOST_RESULTS = 500;

/** Every host that was or is out of service: since when and by whom, what was seen of it, and what was done. */
export function janitorSummary(report: JanitorReport): string {
  const { service, state, holder, zones, problem } = report;
  const rows = zones.flatMap(({ hosts }) => hosts).map(rowOf);
  const details = zones.flatMap(({ hosts }) => hosts).map(detailOf);
  return [
    `### ${service}: ${TITLES[state]}`,
    ...(problem === undefined ? [] : [block(problem.message)]),
    ...(holder === undefined ? [] : [block(holderText(holder))]),
    ...(rows.length === 0
      ? []
      : [table(['zone', 'host', 'out since', 'by run', 'why', 'found', 'done'], rows)]),
    ...zones.flatMap(closedText),
    ...(details.length === 0 ? [] : [folded('What was seen, and what to do', block(details.join('\n')))]),
  ].join('\n\n');
}

/** One entry of the output `results`. */
export interface JanitorResult {
  readonly zone: string;
  readonly host: string;
  readonly done: HostOutcome['done'];
  /** ISO 8601. */
  readonly since?: string;
  readonly run?: string;
  readonly found: string;
}

/** The hosts as the output of a step. */
export function janitorResults({ zones }: JanitorReport): readonly JanitorResult[] {
  const all = zones.flatMap(({ hosts }) => hosts);
  return all.slice(0, MOST_RESULTS).map(({ zone, host, done, record, found }) => ({
    ...{ zone, host, done },
    ...(record === undefined ? {} : { since: record.since, run: record.run }),
    found: shown(found),
  }));
}

/**
 * News of each zone in which a dead run left hosts that could not be returned, and nobody was told of yet: the next run of a
 * schedule finds them again.
 *
 * @param run URL of the workflow run
 */
export function janitorNews(report: JanitorReport, run: string): readonly News[] {
  const { service } = report;
  return report.zones.flatMap(({ zone, version = 'unknown', hosts, problem }): readonly News[] => {
    const out = hosts.filter(({ failed, told }) => failed && told === undefined).map(({ host }) => host);
    if (out.length === 0) return [];
    const title = `${service} in ${zone}: ${out.join(', ')} left out of service by a run that died`;
    const own = { ...report, zones: report.zones.filter((each) => each.zone === zone) };
    const { problem: _, ...rest } = own;
    const body = janitorSummary(problem === undefined ? rest : { ...rest, problem });
    return [{ service, zone, version, state: 'stopped', title, body, run }];
  });
}

function rowOf({ zone, host, record, found, done }: HostOutcome): readonly string[] {
  const { since = 'unknown', run = 'unknown', reason = 'unknown' } = record ?? {};
  return [zone, host, since, run, reason, shown(found), done];
}

function detailOf({ zone, host, found, done, todo }: HostOutcome): string {
  const more = todo === undefined ? '' : `\n  ${todo}`;
  return `${host} of ${zone}, ${done}: ${found.replaceAll('\n', '\n  ')}${more}`;
}

function closedText({ zone, closed, wouldClose }: ZoneOutcome): readonly string[] {
  if (closed !== undefined)
    return [
      block(`${zone} is \`stopped\` in the ledger now: ${closed} left it deploying. Run that run again.`),
    ];
  if (wouldClose === undefined) return [];
  return [block(`${zone} would become \`stopped\` in the ledger: ${wouldClose} left it deploying.`)];
}

function holderText({ run, zone, since, expires }: Lease): string {
  return (
    `${run} works on ${zone} since ${since}, or has died not long ago: its lease is until ${expires}.\n` +
    'Nothing is done before that and the time by which clocks may differ.'
  );
}

function shown(text: string): string {
  const [line = ''] = text.split('\n');
  return line.length > FOUND_SHOWN ? `${line.slice(0, FOUND_SHOWN)} …` : line;
}
