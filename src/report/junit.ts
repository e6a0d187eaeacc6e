import XMLBuilder from 'fast-xml-builder';
import { type CheckResult, describeSubject } from '../operations/smoke/smoke.ts';

/** Everything that XML 1.0 allows in a document; the rest cannot be written in any way. */
const NOT_XML = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

/** The results as JUnit XML: one suite per host and release there, one case per check, with its attempts. */
export function writeJUnit(results: readonly CheckResult[]): string {
  const builder = new XMLBuilder({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    suppressBooleanAttributes: false,
    format: true,
  });
  const suites = [...Map.groupBy(results, describeSubject)];
  const document = builder.build({
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    testsuites: {
      '@name': 'smoke test',
      ...totals(results),
      testsuite: suites.map(([subject, cases]) => ({
        '@name': clean(subject),
        ...totals(cases),
        testcase: cases.map(testCase),
      })),
    },
  });
  return String(document);
}

function testCase(result: CheckResult): object {
  const { check, request, passed, seen, expected, attempts, output } = result;
  const lines = attempts.map(
    (each, index) =>
      `attempt ${index + 1}: ${each.passed ? 'passed' : 'failed'} in ${each.milliseconds} ms: ${each.seen}`,
  );
  const why = `${request} saw ${seen}, expected ${expected}`;
  return {
    '@name': clean(check),
    '@classname': clean(describeSubject(result)),
    '@time': secondsOf([result]),
    ...(passed ? {} : { failure: { '@message': clean(why), '#text': clean(why) } }),
    'system-out': clean([...lines, ...(output === undefined ? [] : ['output:', output])].join('\n')),
  };
}

function totals(results: readonly CheckResult[]) {
  return {
    '@tests': String(results.length),
    '@failures': String(results.filter(({ passed }) => !passed).length),
    '@errors': '0',
    '@time': secondsOf(results),
  };
}

/** All attempts together. */
function secondsOf(results: readonly CheckResult[]): string {
  const spent = results.flatMap(({ attempts }) => attempts.map(({ milliseconds }) => milliseconds));
  return (spent.reduce((sum, each) => sum + each, 0) / 1_000).toFixed(3);
}

function clean(text: string): string {
  return text.replace(NOT_XML, '\u{fffd}');
}
