import type { CheckResult } from '../operations/smoke.ts';
import { table } from './summary.ts';

/** Every check on every host, with the attempts it took. */
export function smokeSummary(results: readonly CheckResult[]): string {
  const failed = results.filter(({ passed }) => !passed).length;
  const title =
    failed === 0
      ? `### Smoke test: ${results.length} checks passed`
      : `### Smoke test: ${failed} of ${results.length} checks failed`;
  const rows = results.map(({ host, check, passed, seen, expected, attempts }) => [
    host,
    check,
    passed ? 'passed' : 'FAILED',
    seen,
    expected,
    String(attempts),
  ]);
  return [title, table(['host', 'check', 'result', 'seen', 'expected', 'attempts'], rows)].join('\n\n');
}
