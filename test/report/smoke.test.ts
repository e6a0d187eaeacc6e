import { describe, expect, test } from '@jest/globals';
import type { CheckResult } from '../../src/operations/smoke/smoke.ts';
import { smokeFailure, smokeResults, smokeSummary } from '../../src/report/smoke.ts';
import { makeResult } from './smoke-result.ts';

const FAIL = { passed: false, seen: '500 "<b>|</b>"', milliseconds: 8 };
const PASS = { passed: true, seen: '200 in 12ms', milliseconds: 12 };

/** 1,000 hosts × 5 checks, of which some fail. */
function many(failing: (index: number) => boolean, text = 'out of order'): readonly CheckResult[] {
  return Array.from({ length: 5_000 }, (_, index) => {
    const host = `i-${Math.floor(index / 5)}`;
    const common = { host, subject: host, check: `check ${index % 5}`, expected: `contains "${text}"` };
    const seen = `500 "${text}"`;
    return failing(index)
      ? makeResult({ ...common, passed: false, seen, attempts: Array(3).fill({ ...FAIL, seen }) })
      : makeResult(common);
  });
}

describe('the summary', () => {
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
    expect(text).toContain('<summary>What was seen of 3 passed checks</summary>');
    expect(text).toContain('| i-2 | home | 200 in 12ms | status 200 | fail 8ms, pass 12ms |');
  });

  test('says what failed and what flapped, before everything else', () => {
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
    const [failed, passed] = ['| i-2 | home | 500', '| i-1 | passed'].map((part) => text.indexOf(part));
    expect(failed).toBeGreaterThan(0);
    expect(passed).toBeGreaterThan(failed ?? 0);
  });

  test('tells apart the hosts of two releases', () => {
    const text = smokeSummary([
      makeResult({ side: 'new' }),
      makeResult({ host: 'i-2', subject: 'i-2', side: 'old' }),
    ]);
    expect(text).toContain('| i-1 (new) | passed in 12ms |');
    expect(text).toContain('| i-2 (old) | passed in 12ms |');
  });

  test('of 1,000 hosts and 5 checks fits, counts the checks, and names every failure', () => {
    const text = smokeSummary(many((index) => index % 100 === 7));
    expect(Buffer.byteLength(text)).toBeLessThan(1_000_000);
    expect(text).toContain('### Smoke test: 50 of 5000 checks failed');
    for (let index = 7; index < 5_000; index += 100) {
      expect(text).toContain(`| i-${Math.floor(index / 5)} | check 2 | 500 "out of order" |`);
    }
    expect(text).toContain(
      '| check | passed | failed | slowest |\n| --- | --- | --- | --- |\n| check 0 | 1000 | 0 |',
    );
    expect(text).toContain('| check 2 | 950 | 50 | 12ms |');
    expect(text).toContain('<summary>Each of 1000 hosts</summary>');
    expect(text).toMatch(/… and \d+ more: all of them are in the file of results and in JUnit/);
  });

  test('fits even when everything fails with long texts', () => {
    const text = smokeSummary(many(() => true, 'ü|<'.repeat(2_000)));
    expect(Buffer.byteLength(text)).toBeLessThan(1_000_000);
    expect(text).toContain('5000 of 5000 checks failed');
    expect(text).toMatch(/… and \d+ more/);
  });
});

describe('the output', () => {
  test('keeps the beginning of what a program printed, and everything else', () => {
    const long = makeResult({ output: 'x'.repeat(8_192) });
    expect(smokeResults([makeResult(), long])).toEqual({
      kept: [makeResult(), { ...long, output: 'x'.repeat(1_000) }],
      left: 0,
    });
  });

  test('of 5,000 results has every failure whole and passed ones while there is room, in their order', () => {
    const results = many((index) => index % 100 === 7);
    const { kept, left } = smokeResults(results);
    expect(JSON.stringify(kept).length).toBeLessThanOrEqual(400_000);
    expect(kept.length + left).toBe(5_000);
    expect(left).toBeGreaterThan(0);
    expect(kept.length).toBeGreaterThan(1_000);
    expect(kept.filter(({ passed }) => !passed)).toEqual(results.filter(({ passed }) => !passed));
    const passed = kept.filter((each) => each.passed);
    expect(passed[0]).toEqual({ ...results[0], attempts: [{ ...PASS, seen: '' }] });
    const places = kept.map(({ host, check }) =>
      results.findIndex((each) => each.host === host && each.check === check),
    );
    expect(places).toEqual(places.toSorted((one, other) => one - other));
  });

  test('is bounded when everything fails too', () => {
    const { kept, left } = smokeResults(many(() => true));
    expect(JSON.stringify(kept).length).toBeLessThanOrEqual(400_000);
    expect(left).toBeGreaterThan(0);
    expect(kept[0]?.attempts[0]?.seen).toBe('500 "out of order"');
  });
});

describe('the failure', () => {
  test('lists what failed', () => {
    const bad = makeResult({ passed: false, seen: FAIL.seen });
    expect(smokeFailure([makeResult(), bad], 'elsewhere')).toEqual({
      message:
        '1 of 2 checks failed.\n- smoke test home at i-1 saw 500 "<b>|</b>", expected status 200 (GET http://10.0.0.1:8080/)',
      unlisted: [],
    });
  });

  test('lists the first 20 of many, and says how many there are and where', () => {
    const { message, unlisted } = smokeFailure(
      many((index) => index < 93),
      'all of them are in the log',
    );
    const lines = message.split('\n');
    expect(lines[0]).toBe('93 of 5000 checks failed.');
    expect(lines).toHaveLength(22);
    expect(lines.at(-1)).toBe('and 73 more: all of them are in the log');
    expect(unlisted).toHaveLength(73);
  });

  test('is never longer than the runner shows', () => {
    const { message, unlisted } = smokeFailure(
      many(() => true, 'x'.repeat(3_000)),
      'all of them are in the log',
    );
    expect(message.length).toBeLessThan(4_096);
    expect(message.split('\n').at(-1)).toBe(`and ${unlisted.length} more: all of them are in the log`);
    expect(message.split('\n').length + unlisted.length).toBe(5_002);
  });
});
