import { expect, test } from '@jest/globals';
import type { CheckResult } from '../../src/operations/smoke.ts';
import { smokeSummary } from '../../src/report/smoke.ts';

function makeResult(changes: Partial<CheckResult> = {}): CheckResult {
  return {
    host: 'i-1',
    subject: 'i-1',
    check: 'home',
    url: 'http://10.0.0.1:8080/',
    expected: '200 within 2s',
    passed: true,
    seen: '200 in 12ms',
    attempts: 1,
    ...changes,
  };
}

test('every check has its row, with what was seen, expected and how often it was tried', () => {
  const text = smokeSummary([makeResult(), makeResult({ host: 'i-2', attempts: 3 })]);
  expect(text).toContain('### Smoke test: 2 checks passed');
  expect(text).toContain('| i-1 | home | passed | 200 in 12ms | 200 within 2s | 1 |');
  expect(text).toContain('| i-2 | home | passed | 200 in 12ms | 200 within 2s | 3 |');
});

test('one failed check is what the title says', () => {
  const text = smokeSummary([makeResult(), makeResult({ passed: false, seen: '500 "<b>|</b>"' })]);
  expect(text).toContain('### Smoke test: 1 of 2 checks failed');
  expect(text).toContain('| FAILED | 500 "&lt;b&gt;&#124;&lt;/b&gt;" |');
});
