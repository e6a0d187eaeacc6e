import { formatDuration } from '../fleet/duration.ts';
import type { CheckResult } from '../operations/smoke.ts';
import { table } from './summary.ts';

/** Characters of a program's output that a result keeps; a step's outputs together hold 1 MB. JUnit has all. */
const OUTPUT_KEPT = 1_000;

/** The results as the output of a step. */
export function smokeResults(results: readonly CheckResult[]): readonly CheckResult[] {
  return results.map(({ output, ...result }) =>
    output === undefined ? result : { ...result, output: output.slice(0, OUTPUT_KEPT) },
  );
}

/** Every check on every host: a table of check × host, and what was seen where. */
export function smokeSummary(results: readonly CheckResult[]): string {
  const failed = results.filter(({ passed }) => !passed).length;
  const title =
    failed === 0
      ? `### Smoke test: ${results.length} checks passed`
      : `### Smoke test: ${failed} of ${results.length} checks failed`;
  const checks = [...new Set(results.map(({ check }) => check))];
  const overview = [...Map.groupBy(results, ({ subject }) => subject)].map(([subject, all]) => [
    subject,
    ...checks.map((name) =>
      all
        .filter(({ check }) => check === name)
        .map(brief)
        .join(''),
    ),
  ]);
  const rows = results.map(({ subject, check, seen, expected, attempts }) => [
    subject,
    check,
    seen,
    expected,
    attempts.map(({ passed, milliseconds }) => `${passed ? 'pass' : 'fail'} ${milliseconds}ms`).join(', '),
  ]);
  return [
    title,
    table(['host', ...checks], overview),
    table(['host', 'check', 'seen', 'expected', 'attempts'], rows),
  ].join('\n\n');
}

function brief({ passed, attempts, flapping }: CheckResult): string {
  const time = formatDuration(attempts.at(-1)?.milliseconds ?? 0);
  const tries = attempts.length === 1 ? '' : `, ${attempts.length} attempts`;
  return `${passed ? 'passed' : 'FAILED'} in ${time}${tries}${flapping ? ', flapping' : ''}`;
}
