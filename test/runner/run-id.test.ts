import { expect, test } from '@jest/globals';
import { runId } from '../../src/runner/run-id.ts';

test.each([
  ['19471234567', 19_471_234_567],
  ['', 0],
  ['local', 0],
  ['-1', 0],
])('GITHUB_RUN_ID %j is run %j', (text, number) => {
  expect(runId({ GITHUB_RUN_ID: text })).toBe(number);
});

test('outside of GitHub it is 0', () => {
  expect(runId({})).toBe(0);
});
