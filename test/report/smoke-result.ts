import type { CheckResult } from '../../src/operations/smoke/smoke.ts';

/** A check that passed at once. */
export function makeResult(changes: Partial<CheckResult> = {}): CheckResult {
  return {
    host: 'i-1',
    subject: 'i-1',
    check: 'home',
    request: 'GET http://10.0.0.1:8080/',
    expected: 'status 200',
    passed: true,
    seen: '200 in 12ms',
    attempts: [{ passed: true, seen: '200 in 12ms', milliseconds: 12 }],
    flapping: false,
    ...changes,
  };
}
