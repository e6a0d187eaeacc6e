import { formatDuration } from '../fleet/duration.ts';
import type { Share, Verdict } from '../rehearsal/verdict.ts';
import { escapeHtml, formatCount } from './html-text.ts';

/** The stages of a course that moves traffic; those of the other one are its zones, which have a table of their own. */
export function stages({ course, stages: all }: Verdict): string {
  if (course === 'zones') return '';
  const rows = all.map(({ stage, state, duration }) => {
    const took = duration === undefined ? '–' : formatDuration(duration);
    return `<tr><th scope="row">${escapeHtml(stage)}</th><td><span class="state ${state}">${state}</span></td>
<td class="number">${took}</td></tr>`;
  });
  return `<section><h2>Stages</h2>
<div class="scroll"><table><thead><tr><th>Stage</th><th>State</th><th class="number">Took</th></tr></thead>
<tbody>${rows.join('')}</tbody></table></div></section>`;
}

/** Who got the traffic, where a course moves it, and what the name servers said meanwhile. */
export function sides({ course, groups, entrances, name, traffic }: Verdict): string {
  if (course === 'zones') return '';
  const rows = [
    ...groups.map((group) => sideRow(`pool ${group.group}`, group, traffic.from)),
    ...entrances.map((entrance) => sideRow(`balancer ${entrance.balancer}`, entrance, traffic.from)),
  ];
  const asked =
    name === undefined
      ? ''
      : `<p>The name servers were asked for <code>${escapeHtml(name.record)}</code> ${formatCount(name.asked)} times; it was
absent in ${formatCount(name.absent)} answers.</p>`;
  return `<section><h2>Who got the traffic</h2>
<div class="scroll"><table><thead><tr><th>Side</th><th class="number">Requests</th><th class="number">Failed</th>
<th class="number">First</th><th class="number">Last</th><th class="number">In the end</th></tr></thead>
<tbody>${rows.join('')}</tbody></table></div>${asked}</section>`;
}

function sideRow(name: string, { requests, failed, first, last, atEnd }: Share, begin: number): string {
  const at = (instant: number | undefined): string =>
    instant === undefined ? '–' : `${((instant - begin) / 1_000).toFixed(1)}s`;
  return `<tr><th scope="row">${escapeHtml(name)}</th><td class="number">${formatCount(requests)}</td>
<td class="number ${failed === 0 ? '' : 'bad'}">${formatCount(failed)}</td><td class="number">${at(first)}</td>
<td class="number">${at(last)}</td><td class="number">${formatCount(atEnd)}</td></tr>`;
}
