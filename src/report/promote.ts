import { formatDuration } from '../fleet/duration.ts';
import type { News } from '../notify/port.ts';
import type { BakeEvidence, GateEvidence } from '../operations/bake/bake-evidence.ts';
import type { PromotionReport } from '../operations/promote/request.ts';
import { hostsSummary } from './hosts.ts';
import { block, folded, table } from './summary.ts';

const TITLES: Readonly<Record<PromotionReport['state'], string>> = {
  promoted: 'promoted',
  held: 'not promoted, held',
  'rolled-back': 'not promoted, rolled back',
  planned: 'dry run, nothing was changed',
};
/** Changes of one gate that the evidence keeps: a step's outputs together hold 1 MB, and a gate may flap for hours. */
const TRANSITIONS_KEPT = 20;
/** Characters of a reading that a table shows: a gate's URL may answer with 2 kB. */
const SEEN_SHOWN = 300;

/** What became of a zone's bake, gate by gate. */
export function promotionSummary(service: string, report: PromotionReport): string {
  const { zone, version, sha256, state, done, evidence, hosts, problem } = report;
  return [
    `### ${service} ${version} in ${zone}: ${TITLES[state]}`,
    ...(problem === undefined ? [block(done)] : [block(problem.message)]),
    ...(evidence === undefined ? [] : bakeParts(evidence)),
    ...(hosts.length === 0 ? [] : [hostsSummary(`Roll-back of ${zone}`, hosts)]),
    folded('Release', block(`version ${version}\nsha256  ${sha256}`)),
  ].join('\n\n');
}

/** The output `evidence`: what the bake saw, and what was done. */
export function evidenceOutput({ zone, version, sha256, state, done, evidence }: PromotionReport): object {
  const gates = evidence?.gates.map((gate) => {
    return { ...gate, transitions: gate.transitions.slice(-TRANSITIONS_KEPT) };
  });
  return {
    ...{ zone, version, sha256, state, done },
    ...(evidence === undefined ? {} : { bake: { ...evidence, gates } }),
  };
}

/**
 * For people who were not watching; none when nothing happened.
 *
 * @param run URL of the workflow run
 */
export function promotionNews(service: string, report: PromotionReport, run: string): News | undefined {
  const { zone, version, state, evidence, problem } = report;
  const isNews = problem !== undefined || (state === 'promoted' && evidence !== undefined);
  if (state === 'planned' || !isNews) return undefined;
  const title = `${service} ${version} in ${zone}: ${TITLES[state]}`;
  return { service, zone, version, state, title, body: promotionSummary(service, report), run };
}

function bakeParts({
  began,
  ended,
  stable,
  closedFor = 0,
  readings,
  gates,
}: BakeEvidence): readonly string[] {
  const rows = gates.map((gate) => [
    gate.gate,
    gate.last.state,
    `${gate.open} open, ${gate.closed} closed, ${gate.unreadable} unreadable`,
    gate.last.seen.slice(0, SEEN_SHOWN),
  ]);
  const closed = closedFor === 0 ? '' : `, gates closed for ${formatDuration(closedFor)} of it`;
  return [
    `Baked from ${began} to ${ended}, to be stable for ${formatDuration(stable)}; ${readings} readings${closed}.`,
    ...(rows.length === 0 ? [] : [table(['gate', 'last', 'readings', 'last seen'], rows)]),
    ...(gates.some(hasCourse)
      ? [folded('Every change', block(gates.filter(hasCourse).map(courseOf).join('\n')))]
      : []),
  ];
}

function hasCourse({ transitions }: GateEvidence): boolean {
  return transitions.length > 1;
}

function courseOf({ gate, transitions }: GateEvidence): string {
  const shown = transitions
    .slice(-TRANSITIONS_KEPT)
    .map(({ at, state, seen }) => `  ${at} ${state}: ${seen}`);
  return [gate, ...shown].join('\n');
}
