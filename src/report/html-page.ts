import { formatDuration } from '../fleet/duration.ts';
import { PHASES } from '../operations/context.ts';
import type { FailedRequest, Verdict, ZoneVerdict } from '../rehearsal/verdict.ts';

/** Makes text safe inside HTML elements and quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Everything between the body tags that needs no script. */
export function pageBody(verdict: Verdict): string {
  return `<main>
${header(verdict)}
${numbers(verdict)}
${problems(verdict)}
<section>
<h2>Traffic and hosts over time</h2>
${legend(verdict)}
<div id="chart" role="img" aria-label="Requests per second by version for each region, and one lane per host with its phases"></div>
</section>
${zones(verdict)}
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

function numbers({ traffic, zones, began, ended }: Verdict): string {
  const hosts = zones.flatMap((zone) => zone.hosts);
  const promoted = zones.filter(({ state }) => state === 'promoted').length;
  const gap = Math.max(0, ...traffic.regions.map(({ largestGap }) => largestGap));
  const cards: readonly (readonly [string, string, string?])[] = [
    [count(traffic.total), 'requests'],
    [count(traffic.failed), 'failed', traffic.failed === 0 ? 'good' : 'bad'],
    [formatDuration(gap), 'largest gap'],
    [`${promoted} / ${zones.length}`, 'zones promoted'],
    [count(hosts.length), 'hosts'],
    [formatDuration(ended - began), 'duration'],
  ];
  const items = cards.map(
    ([value, label, tone = '']) =>
      `<div class="${tone}"><dd>${escapeHtml(value)}</dd><dt>${escapeHtml(label)}</dt></div>`,
  );
  return `<dl class="numbers">${items.join('')}</dl>`;
}

function problems({ problems: list }: Verdict): string {
  if (list.length === 0) return '';
  const items = list.map((problem) => `<li>${escapeHtml(problem)}</li>`).join('');
  return `<section class="problems"><h2>What speaks against it</h2><ul>${items}</ul></section>`;
}

function legend({ from, to, traffic, zones }: Verdict): string {
  const seen = new Set(
    zones.flatMap(({ hosts }) => hosts.flatMap(({ phases }) => phases.map(({ phase }) => phase))),
  );
  const phases = PHASES.filter((phase) => phase !== 'serving' && seen.has(phase));
  const chips = [
    chip('version-from', `release ${from}`),
    chip('version-to', `release ${to}`),
    ...(traffic.failed > 0 ? [chip('failed', 'failed request')] : []),
    ...phases.map((phase) => chip(`phase-${phase}`, phase)),
  ];
  return `<ul class="legend">${chips.join('')}</ul>`;
}

function chip(name: string, label: string): string {
  return `<li><i style="background: var(--${name})"></i>${escapeHtml(label)}</li>`;
}

function zones(verdict: Verdict): string {
  const rows = verdict.zones.flatMap((zone) =>
    zone.hosts.map(
      (host, index) => `<tr>${index === 0 ? zoneCells(zone) : ''}
<td><code>${escapeHtml(host.host)}</code></td>
<td>${escapeHtml(host.version ?? host.silent ?? 'unknown')}</td>
<td class="number">${count(host.servedAtEnd)}</td>
<td>${escapeHtml(host.phases.map(({ phase, from, to }) => `${phase} ${formatDuration(to - from)}`).join(' · ') || 'untouched')}</td></tr>`,
    ),
  );
  return `<section><h2>Zones and hosts</h2>
<div class="scroll"><table><thead><tr><th>Zone</th><th>State</th><th class="number">Took</th><th>Host</th><th>Runs</th>
<th class="number">Served at the end</th><th>Phases</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`;
}

function zoneCells({ zone, environment, state, duration, hosts }: ZoneVerdict): string {
  const span = `rowspan="${hosts.length}"`;
  const took = duration === undefined ? '–' : formatDuration(duration);
  return `<th scope="rowgroup" ${span}>${escapeHtml(zone)}<small>${escapeHtml(environment)}</small></th>
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

function count(value: number): string {
  return value.toLocaleString('en-US');
}
