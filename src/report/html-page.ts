import { formatDuration } from '../fleet/duration.ts';
import { PHASES } from '../operations/context.ts';
import type { FailedRequest, GroupVerdict, Verdict } from '../rehearsal/verdict.ts';
import { chartData, isPromotion } from './html-data.ts';
import { sides, stages } from './html-sides.ts';
import { formatCount as count, escapeHtml } from './html-text.ts';

/** Everything between the body tags that needs no script. */
export function pageBody(verdict: Verdict): string {
  return `<main>
${header(verdict)}
${numbers(verdict)}
${problems(verdict)}
<section>
<h2>Traffic and hosts over time</h2>
${legend(verdict)}
<div id="chart" role="img" aria-label="Requests per second by version and pool for each region, and one lane per host with its phases"></div>
</section>
${stages(verdict)}
${sides(verdict)}
${groups(verdict)}
${regions(verdict)}
${failures(verdict)}
${proof(verdict)}
</main>`;
}

function header({ service, from, to, good, outcome, seed, faults, began }: Verdict): string {
  const headline =
    outcome.kind === 'stopped' ? `Stopped at ${outcome.where}` : good ? 'Promoted' : 'Promoted, but not good';
  const conditions = [
    new Date(began).toISOString().replace('T', ' ').slice(0, 16).concat(' UTC'),
    `seed ${seed}`,
    ...(faults.length === 0 ? [] : [`faults: ${faults.join(', ')}`]),
  ];
  return `<header class="${good ? 'good' : 'bad'}">
<p class="eyebrow">Zonewise rehearsal · ${escapeHtml(conditions.join(' · '))}</p>
<h1><span class="mark" aria-hidden="true">${good ? '✓' : '✕'}</span>${escapeHtml(headline)}</h1>
<p class="release">${escapeHtml(service)} <code>${escapeHtml(from)}</code> → <code>${escapeHtml(to)}</code></p>
</header>`;
}

function numbers({ course, traffic, stages, groups, began, ended }: Verdict): string {
  const hosts = groups.flatMap((group) => group.hosts);
  const wanted = course === 'zones' ? stages.filter(({ stage }) => isZone(stage, groups)) : stages;
  const done = wanted.filter(({ state }) => state === 'done').length;
  const gap = Math.max(0, ...traffic.regions.map(({ largestGap }) => largestGap));
  const cards: readonly (readonly [string, string, string?])[] = [
    [count(traffic.total), 'requests'],
    [count(traffic.failed), 'failed', traffic.failed === 0 ? 'good' : 'bad'],
    [formatDuration(gap), 'largest gap'],
    [`${done} / ${wanted.length}`, course === 'zones' ? 'zones done' : 'stages done'],
    [count(hosts.length), 'hosts'],
    [formatDuration(ended - began), 'duration'],
  ];
  const items = cards.map(
    ([value, label, tone = '']) =>
      `<div class="${tone}"><dd>${escapeHtml(value)}</dd><dt>${escapeHtml(label)}</dt></div>`,
  );
  return `<dl class="numbers">${items.join('')}</dl>`;
}

/** The plan is a stage as well. */
function isZone(stage: string, groups: readonly GroupVerdict[]): boolean {
  return groups.some(({ upgradedBy }) => upgradedBy === stage);
}

function problems({ problems: list }: Verdict): string {
  if (list.length === 0) return '';
  const items = list.map((problem) => `<li>${escapeHtml(problem)}</li>`).join('');
  return `<section class="problems"><h2>What speaks against it</h2><ul>${items}</ul></section>`;
}

function legend(verdict: Verdict): string {
  const { traffic, groups } = verdict;
  const seen = new Set(
    groups.flatMap(({ hosts }) => hosts.flatMap(({ phases }) => phases.map(({ phase }) => phase))),
  );
  const phases = PHASES.filter((phase) => phase !== 'serving' && seen.has(phase));
  const chips = [
    ...releases(verdict),
    ...(traffic.failed > 0 ? [chip('failed', 'failed request')] : []),
    ...phases.map((phase) => chip(`phase-${phase}`, phase)),
    ...(verdict.activities.some(isPromotion) ? [chip('bake', 'bake and promotion')] : []),
  ];
  return `<ul class="legend">${chips.join('')}</ul>`;
}

function releases(verdict: Verdict): readonly string[] {
  const { course, from, to } = verdict;
  if (course === 'zones')
    return [chip('version-from', `release ${from}`), chip('version-to', `release ${to}`)];
  const series = chartData(verdict)
    .regions.flatMap((region) => region.series)
    .filter(({ colour }) => colour !== 'failed');
  const byName = new Map(series.map(({ name, colour }) => [name, colour]));
  return [...byName].map(([name, colour]) => chip(colour, name));
}

function chip(name: string, label: string): string {
  return `<li><i style="background: var(--${name})"></i>${escapeHtml(label)}</li>`;
}

function groups(verdict: Verdict): string {
  const what = verdict.course === 'zones' ? 'Zone' : 'Pool';
  const rows = verdict.groups.flatMap((group) =>
    group.hosts.map(
      (host, index) => `<tr>${index === 0 ? groupCells(group, verdict) : ''}
<td><code>${escapeHtml(host.host)}</code></td>
<td>${escapeHtml(host.version ?? host.silent ?? 'unknown')}</td>
<td class="number">${count(host.servedAtEnd)}</td>
<td>${escapeHtml(host.phases.map(({ phase, from, to }) => `${phase} ${formatDuration(to - from)}`).join(' · ') || 'untouched')}</td></tr>`,
    ),
  );
  return `<section><h2>${what}s and hosts</h2>
<div class="scroll"><table><thead><tr><th>${what}</th><th>State</th><th class="number">Took</th><th>Host</th><th>Runs</th>
<th class="number">Served at the end</th><th>Phases</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`;
}

function groupCells({ group, upgradedBy, hosts }: GroupVerdict, { stages: all }: Verdict): string {
  const span = `rowspan="${hosts.length}"`;
  const stage = all.find((each) => each.stage === upgradedBy);
  const took = stage?.duration === undefined ? '–' : formatDuration(stage.duration);
  const state = stage?.state ?? 'untouched';
  const environment =
    stage?.environment === undefined ? '' : `<small>${escapeHtml(stage.environment)}</small>`;
  return `<th scope="rowgroup" ${span}>${escapeHtml(group)}${environment}</th>
<td ${span}><span class="state ${state}">${state}</span></td><td class="number" ${span}>${took}</td>`;
}

function regions({ traffic }: Verdict): string {
  const rows = traffic.regions.map(
    ({
      region,
      total,
      failed,
      connections,
      largestGap,
      latency,
    }) => `<tr><th scope="row">${escapeHtml(region)}</th>
<td class="number">${count(total)}</td><td class="number">${count(connections['keep-alive'])} / ${count(connections.new)}</td>
<td class="number ${failed === 0 ? '' : 'bad'}">${count(failed)}</td><td class="number">${formatDuration(largestGap)}</td>
<td class="number">${latency === undefined ? '–' : formatDuration(latency.p50)}</td>
<td class="number">${latency === undefined ? '–' : formatDuration(latency.p99)}</td></tr>`,
  );
  return `<section><h2>Regions</h2>
<div class="scroll"><table><thead><tr><th>Region</th><th class="number">Requests</th><th class="number">Kept / new connections</th>
<th class="number">Failed</th><th class="number">Largest gap</th><th class="number">p50</th><th class="number">p99</th></tr></thead>
<tbody>${rows.join('')}</tbody></table></div></section>`;
}

function failures({ failures: list, failuresNotListed, traffic, began }: Verdict): string {
  if (list.length === 0) return '';
  const start = traffic.total === 0 ? began : traffic.from;
  const more =
    failuresNotListed === 0 ? '' : `<p>${count(failuresNotListed)} more are counted but not listed.</p>`;
  return `<section><h2>Failed requests</h2>
<div class="scroll"><table><thead><tr><th class="number">At</th><th>Region</th><th>Connection</th><th>What failed</th><th>Host</th>
<th>What was being done</th></tr></thead><tbody>${list.map((failure) => failureRow(failure, start)).join('')}</tbody></table></div>${more}</section>`;
}

function failureRow(
  { at, region, connection, reason, detail, host, during }: FailedRequest,
  start: number,
): string {
  return `<tr><td class="number">${((at - start) / 1_000).toFixed(2)}s</td><td>${escapeHtml(region)}</td><td>${connection}</td>
<td><b>${reason}</b> ${escapeHtml(detail)}</td><td><code>${escapeHtml(host ?? '–')}</code></td><td>${escapeHtml(during)}</td></tr>`;
}

function proof({ control, traffic }: Verdict): string {
  const items = control.map(({ url, outcome }) => {
    const said =
      outcome.kind === 'failed' ? `failed as it must (${outcome.detail})` : 'succeeded, which it must not';
    return `<li>The control request to <code>${escapeHtml(url)}</code>, where nobody listens, ${escapeHtml(said)}.</li>`;
  });
  return `<section class="proof"><h2>Can the probe see a failure?</h2><ul>${items.join('')}
<li>Requests were sent at fixed instants; the latest was sent ${formatDuration(traffic.latest)} after it was due.</li></ul></section>`;
}
