import { formatDuration } from '../fleet/duration.ts';
import { type CheckResult, describeCheck, describeSubject } from '../operations/smoke/smoke.ts';
import { folded, table } from './summary.ts';

/** Characters of a program's output that a result keeps. JUnit has all. */
const OUTPUT_KEPT = 1_000;
/** The outputs of a job together hold 1 MB, and GitHub counts two bytes for a character; the rest is for others. */
const RESULTS_LIMIT = 400_000;
/** Bytes of the summary, which GitHub refuses above 1 MiB: failures, the table of hosts, and what was seen. */
const SUMMARY_PARTS = { failed: 400_000, overview: 200_000, passed: 200_000 };
/** Characters of one cell, and hosts or checks up to which a table needs no fold. */
const CELL = 400;
const UNFOLDED = 50;
/** The runner cuts an annotation at 4,096 characters (ExecutionContext.cs of actions/runner). */
const MESSAGE_LIMIT = 3_900;
const MESSAGE_LINES = 20;
const MESSAGE_LINE = 700;

/**
 * The results as the output of a step: failures whole and first of all; when everything would be too much, passed ones
 * without what their attempts saw, and as many of them as there is room for.
 *
 * @param limit characters of JSON
 * @returns what is kept, in the order given, and how many are not
 */
export function smokeResults(
  results: readonly CheckResult[],
  limit = RESULTS_LIMIT,
): { readonly kept: readonly CheckResult[]; readonly left: number } {
  const all = results.map(({ output, ...result }) =>
    output === undefined ? result : { ...result, output: output.slice(0, OUTPUT_KEPT) },
  );
  if (JSON.stringify(all).length <= limit) return { kept: all, left: 0 };
  const kept = new Map<number, CheckResult>();
  let room = limit - 2;
  const byWorth = [...all.entries()].sort(([, one], [, other]) => Number(one.passed) - Number(other.passed));
  for (const [index, result] of byWorth) {
    const short = result.passed ? { ...result, attempts: result.attempts.map(withoutText) } : result;
    const size = JSON.stringify(short).length + 1;
    if (size > room) continue;
    room -= size;
    kept.set(index, short);
  }
  return { kept: all.flatMap((_, index) => kept.get(index) ?? []), left: all.length - kept.size };
}

function withoutText(attempt: CheckResult['attempts'][number]): CheckResult['attempts'][number] {
  return { ...attempt, seen: '' };
}

/**
 * The failed checks as one message that the runner does not cut: the first ones, and how many more there are.
 *
 * @param elsewhere where all of them are
 */
export function smokeFailure(
  results: readonly CheckResult[],
  elsewhere: string,
): { readonly message: string; readonly unlisted: readonly CheckResult[] } {
  const bad = results.filter(({ passed }) => !passed);
  const title = `${bad.length} of ${results.length} checks failed.`;
  let room = MESSAGE_LIMIT - title.length - elsewhere.length;
  const lines: string[] = [];
  for (const result of bad.slice(0, MESSAGE_LINES)) {
    const line = `- ${cut(describeCheck(result), MESSAGE_LINE)}`;
    room -= line.length + 1;
    if (room < 0) break;
    lines.push(line);
  }
  const unlisted = bad.slice(lines.length);
  const more = unlisted.length === 0 ? [] : [`and ${unlisted.length} more: ${elsewhere}`];
  return { message: [title, ...lines, ...more].join('\n'), unlisted };
}

/** Failures first, then every check on every host, then what was seen; what is long is folded away, and all is bounded. */
export function smokeSummary(results: readonly CheckResult[]): string {
  const failed = results.filter(({ passed }) => !passed);
  const passed = results.filter((each) => each.passed);
  const title =
    failed.length === 0
      ? `### Smoke test: ${results.length} checks passed`
      : `### Smoke test: ${failed.length} of ${results.length} checks failed`;
  const seen = bounded(DETAILS, passed.map(details), SUMMARY_PARTS.passed);
  return [
    title,
    ...(failed.length === 0 ? [] : [bounded(DETAILS, failed.map(details), SUMMARY_PARTS.failed)]),
    ...overview(results),
    ...(passed.length === 0 ? [] : [folded(`What was seen of ${passed.length} passed checks`, seen)]),
  ].join('\n\n');
}

const DETAILS = ['host', 'check', 'seen', 'expected', 'attempts'];

function details({ check, seen, expected, attempts, ...result }: CheckResult): readonly string[] {
  const course = attempts.map((each) => `${each.passed ? 'pass' : 'fail'} ${each.milliseconds}ms`);
  return [describeSubject(result), check, seen, expected, course.join(', ')].map((text) => cut(text, CELL));
}

/** Check × host, hosts with failures first; of many hosts, the count for each check as well. */
function overview(results: readonly CheckResult[]): readonly string[] {
  const checks = [...new Set(results.map(({ check }) => check))];
  const subjects = [...Map.groupBy(results, describeSubject)].sort(
    ([, one], [, other]) => Number(hasFailed(other)) - Number(hasFailed(one)),
  );
  const rows = subjects.map(([subject, all]) => [
    subject,
    ...checks.map((name) =>
      all
        .filter(({ check }) => check === name)
        .map(brief)
        .join('; '),
    ),
  ]);
  const whole = bounded(['host', ...checks], rows, SUMMARY_PARTS.overview);
  if (rows.length <= UNFOLDED) return [whole];
  return [counts(results, checks), folded(`Each of ${rows.length} hosts`, whole)];
}

function counts(results: readonly CheckResult[], checks: readonly string[]): string {
  const rows = checks.map((name) => {
    const all = results.filter(({ check }) => check === name);
    const bad = all.filter(({ passed }) => !passed).length;
    const slowest = Math.max(0, ...all.map(({ attempts }) => attempts.at(-1)?.milliseconds ?? 0));
    return [name, String(all.length - bad), String(bad), formatDuration(slowest)];
  });
  return bounded(['check', 'passed', 'failed', 'slowest'], rows, SUMMARY_PARTS.overview / 2);
}

function hasFailed(results: readonly CheckResult[]): boolean {
  return results.some(({ passed }) => !passed);
}

/** As many rows as fit into so many bytes, and how many do not. */
function bounded(head: readonly string[], rows: readonly (readonly string[])[], bytes: number): string {
  const [names = '', rule = '', ...lines] = table(head, rows).split('\n');
  let room = bytes;
  const kept: string[] = [];
  for (const line of lines) {
    room -= Buffer.byteLength(line) + 1;
    if (room < 0) break;
    kept.push(line);
  }
  const left = lines.length - kept.length;
  const more =
    left === 0 ? [] : ['', `… and ${left} more: all of them are in the file of results and in JUnit.`];
  return [names, rule, ...kept, ...more].join('\n');
}

function brief({ passed, attempts, flapping }: CheckResult): string {
  const time = formatDuration(attempts.at(-1)?.milliseconds ?? 0);
  const tries = attempts.length === 1 ? '' : `, ${attempts.length} attempts`;
  return `${passed ? 'passed' : 'FAILED'} in ${time}${tries}${flapping ? ', flapping' : ''}`;
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}
