import { expect, test } from '@jest/globals';
import type { CheckResult } from '../../src/operations/smoke.ts';
import { smokeResults, smokeSummary } from '../../src/report/smoke.ts';
import { makeResult } from './smoke-result.ts';

const FAIL = { passed: false, seen: '500 "<b>|</b>"', milliseconds: 8 };
const PASS = { passed: true, seen: '200 in 12ms', milliseconds: 12 };

test('is a table of check and host with time and attempts, and a list of what was seen', () => {
  const text = smokeSummary([
    makeResult(),
    makeResult({ host: 'i-2', subject: 'i-2', attempts: [FAIL, PASS] }),
    makeResult({ check: 'cart' }),
  ]);
  expect(text).toContain('### Smoke test: 3 checks passed');
  expect(text).toContain('| host | home | cart |');
  expect(text).toContain('| i-1 | passed in 12ms | passed in 12ms |');
  expect(text).toContain('| i-2 | passed in 12ms, 2 attempts |  |');
  expect(text).toContain('| i-2 | home | 200 in 12ms | status 200 | fail 8ms, pass 12ms |');
});

test('says what failed and what flapped', () => {
  const bad: Partial<CheckResult> = {
    passed: false,
    seen: FAIL.seen,
    attempts: [PASS, FAIL],
    flapping: true,
  };
  const text = smokeSummary([makeResult(), makeResult({ host: 'i-2', subject: 'i-2', ...bad })]);
  expect(text).toContain('### Smoke test: 1 of 2 checks failed');
  expect(text).toContain('| FAILED in 8ms, 2 attempts, flapping |');
  expect(text).toContain('| 500 "&lt;b&gt;&#124;&lt;/b&gt;" |');
});

test('results keep the beginning of what a program printed, and everything else', () => {
  const long = makeResult({ output: 'x'.repeat(8_192) });
  expect(smokeResults([makeResult(), long])).toEqual([makeResult(), { ...long, output: 'x'.repeat(1_000) }]);
});
