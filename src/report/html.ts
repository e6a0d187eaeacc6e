import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Verdict } from '../rehearsal/verdict.ts';
import { chartData } from './html-data.ts';
import { pageBody } from './html-page.ts';
import { escapeHtml } from './html-text.ts';

/**
 * The report of a rehearsal as one self-contained page: charts, tables and the verdict itself, no network.
 *
 * @returns the HTML text
 */
export async function renderHtmlReport(verdict: Verdict): Promise<string> {
  const [library, chart, style] = await Promise.all([
    readFile(createRequire(import.meta.url).resolve('echarts/dist/echarts.min.js'), 'utf8'),
    readFile(new URL('./html-chart.js', import.meta.url), 'utf8'),
    readFile(new URL('./html-style.css', import.meta.url), 'utf8'),
  ]);
  const title = `Rehearsal of ${verdict.service} ${verdict.from} → ${verdict.to}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
${pageBody(verdict)}
<script type="application/json" id="chart-data">${embedJson(chartData(verdict))}</script>
<script type="application/json" id="verdict">${embedJson(verdict)}</script>
<script>${embedScript(library)}</script>
<script>${embedScript(chart)}</script>
</body>
</html>
`;
}

/** JSON that cannot end the script element it stands in. */
export function embedJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

function embedScript(source: string): string {
  return source.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
}
