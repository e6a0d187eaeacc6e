import { describe, expect, test } from '@jest/globals';
import type { SmokeCheck } from '../../src/fleet/fleet.ts';
import type { HttpAnswer } from '../../src/operations/probe.ts';
import {
  answerCheck,
  type CheckResult,
  describeCheck,
  judgeAnswer,
  type SmokeTarget,
  smokeTest,
  versionCheck,
} from '../../src/operations/smoke.ts';
import { CancelledError } from '../../src/runner/errors.ts';
import { probed, type Reported, type Stage, setStage } from './stage.ts';

const HOME: SmokeCheck = { name: 'home', path: '/', status: 200, contains: 'Welcome', within: 500 };
const CART: SmokeCheck = { name: 'cart', path: '/cart', status: 200, within: 800 };
const GOOD: Reported = { status: 200, milliseconds: 20, body: 'Welcome!' };
const url = 'http://10.0.0.1:8080/';

function answered(changes: Partial<Omit<Reported, 'problem'>> = {}): HttpAnswer {
  return { kind: 'answered', url, milliseconds: 20, body: 'Welcome!', status: 200, ...changes };
}

function target(host: string, base = `http://${host}:8080`): SmokeTarget {
  return { host, base, subject: host };
}

/** Hosts that answer each address with one thing after the other, and the last one from then on. */
function scripted(answers: Readonly<Record<string, readonly Reported[]>>): Stage {
  const turns = new Map<string, number>();
  return setStage(({ host, arguments: [, , ...urls] }) =>
    probed(
      host,
      urls.map((each) => {
        const turn = turns.get(each) ?? 0;
        turns.set(each, turn + 1);
        const all = answers[each] ?? [];
        return all[Math.min(turn, all.length - 1)] ?? { status: 0, problem: `nobody listens at ${each}` };
      }),
    ),
  );
}

describe('judgeAnswer', () => {
  test('passes what is as asked for, with what was seen', () => {
    expect(judgeAnswer(HOME, answered())).toEqual({ passed: true, seen: '200 in 20ms' });
    expect(judgeAnswer(CART, answered({ body: '' }))).toMatchObject({ passed: true });
  });

  test('counts the very limit as in time', () => {
    expect(judgeAnswer(HOME, answered({ milliseconds: 500 })).passed).toBe(true);
    expect(judgeAnswer(HOME, answered({ milliseconds: 501 }))).toEqual({
      passed: false,
      seen: '200 in 501ms',
    });
  });

  test.each<[string, HttpAnswer, string]>([
    ['another status', answered({ status: 500, body: ' oops\n' }), '500 "oops"'],
    ['a success that is not the one asked for', answered({ status: 204, body: '' }), '204 ""'],
    ['a body without the text', answered({ body: 'welcome' }), '200 "welcome"'],
    ['silence', { kind: 'silent', url, problem: 'timed out' }, 'no answer (timed out)'],
  ])('fails %s and quotes it', (_, answer, seen) => {
    expect(judgeAnswer(HOME, answer)).toEqual({ passed: false, seen });
  });

  test('quotes no more than 160 characters', () => {
    expect(judgeAnswer(HOME, answered({ body: 'x'.repeat(9_000) })).seen).toBe(`200 "${'x'.repeat(160)}"`);
  });
});

describe('a check', () => {
  test('of the fleet file says what it expects and gives the request a little longer', () => {
    expect(answerCheck(HOME)).toMatchObject({
      name: 'home',
      expected: '200 with "Welcome" in the body within 500ms',
      limit: 1_500,
    });
    expect(answerCheck(CART).expected).toBe('200 within 800ms');
    expect(answerCheck(CART).urlAt(target('i-1'))).toBe('http://i-1:8080/cart');
  });

  const identity = {
    url: 'http://{address}:{port}/version?at={address}',
    version: 'v',
    started: 's',
    digest: 'd',
  };

  test.each([
    ['http://10.0.0.1:8080', 'http://10.0.0.1:8080/version?at=10.0.0.1'],
    ['http://web.example:80', 'http://web.example:80/version?at=web.example'],
    ['https://web.example', 'http://web.example:443/version?at=web.example'],
  ])('of the version asks %s at %s', (base, expected) => {
    expect(versionCheck(identity, '1.1.0').urlAt(target('i-1', base))).toBe(expected);
  });

  test('of the version judges the version and nothing else', () => {
    const check = versionCheck(identity, '1.1.0');
    expect(check.judge(answered({ body: '{"v":"1.1.0"}' }))).toEqual({ passed: true, seen: '1.1.0' });
    const other = check.judge(answered({ body: '{"v":"1.0.0"}' }));
    expect(other.passed).toBe(false);
    expect(other.seen).toContain('is version 1.0.0, expected 1.1.0');
  });
});

describe('smokeTest', () => {
  const checks = [answerCheck(HOME), answerCheck(CART)];
  const numbers = { attempts: 3, interval: 2_000 };

  test('makes every check at every target, once when all goes well', async () => {
    const stage = scripted({
      'http://i-1:8080/': [GOOD],
      'http://i-1:8080/cart': [GOOD],
      'http://i-2:8080/': [GOOD],
      'http://i-2:8080/cart': [GOOD],
    });
    const results = await smokeTest(stage.context, {
      targets: [target('i-1'), target('i-2')],
      checks,
      ...numbers,
    });
    expect(results.map(({ host, check, passed, attempts }) => [host, check, passed, attempts])).toEqual([
      ['i-1', 'home', true, 1],
      ['i-1', 'cart', true, 1],
      ['i-2', 'home', true, 1],
      ['i-2', 'cart', true, 1],
    ]);
    expect(stage.runs).toHaveLength(1);
    expect(stage.elapsed()).toBe(0);
    expect(stage.lines).toEqual([]);
  });

  test('tries again only what failed, counts every try, and says so', async () => {
    const stage = scripted({
      'http://i-1:8080/': [{ status: 503, body: 'starting' }, { status: 0, problem: 'refused' }, GOOD],
      'http://i-1:8080/cart': [GOOD],
    });
    const results = await smokeTest(stage.context, { targets: [target('i-1')], checks, ...numbers });
    expect(results.map(({ check, passed, attempts, seen }) => [check, passed, attempts, seen])).toEqual([
      ['cart', true, 1, '200 in 20ms'],
      ['home', true, 3, '200 in 20ms'],
    ]);
    expect(stage.runs.map((commands) => commands.map((each) => each.arguments[2]))).toEqual([
      ['http://i-1:8080/', 'http://i-1:8080/cart'],
      ['http://i-1:8080/'],
      ['http://i-1:8080/'],
    ]);
    expect(stage.elapsed()).toBe(4_000);
    expect(stage.lines).toEqual([
      expect.stringMatching(/^smoke test home at i-1 saw 503 "starting", expected .*; trying again$/),
      expect.stringMatching(/saw no answer \(refused\) after 2 attempts, expected .*; trying again$/),
    ]);
  });

  test('fails what fails in every attempt, with what was seen last', async () => {
    const stage = scripted({ 'http://i-1:8080/': [{ status: 500, body: 'oops' }] });
    const request = { targets: [target('i-1')], checks: [answerCheck(HOME)], ...numbers };
    const results = await smokeTest(stage.context, request);
    expect(results).toEqual([
      {
        host: 'i-1',
        subject: 'i-1',
        check: 'home',
        url: 'http://i-1:8080/',
        passed: false,
        seen: '500 "oops"',
        expected: '200 with "Welcome" in the body within 500ms',
        attempts: 3,
      },
    ]);
    expect(stage.runs).toHaveLength(3);
    // No pause after the last attempt.
    expect(stage.elapsed()).toBe(4_000);
  });

  test('tries once when it may try once', async () => {
    const stage = scripted({});
    const request = { targets: [target('i-1')], checks, attempts: 1, interval: 2_000 };
    const results = await smokeTest(stage.context, request);
    expect(results.map(({ passed, attempts }) => [passed, attempts])).toEqual([
      [false, 1],
      [false, 1],
    ]);
    expect(stage.elapsed()).toBe(0);
  });

  test('ends when it is cancelled between attempts', async () => {
    const stage = setStage(({ host }) => {
      stage.cancel();
      return probed(host, [{ status: 500 }]);
    });
    const request = { targets: [target('i-1')], checks, ...numbers };
    await expect(smokeTest(stage.context, request)).rejects.toThrow(CancelledError);
    expect(stage.runs).toHaveLength(1);
  });

  test('has no results without checks or targets', async () => {
    const stage = setStage();
    expect(await smokeTest(stage.context, { targets: [], checks, ...numbers })).toEqual([]);
    expect(await smokeTest(stage.context, { targets: [target('i-1')], checks: [], ...numbers })).toEqual([]);
    expect(stage.runs).toEqual([]);
  });
});

describe('describeCheck', () => {
  const result: CheckResult = {
    host: 'i-1',
    subject: 'the balancer at http://web',
    check: 'home',
    url: 'http://web/',
    passed: true,
    seen: '200 in 20ms',
    expected: '200 within 500ms',
    attempts: 1,
  };

  test.each<[Partial<CheckResult>, string]>([
    [{}, 'smoke test home at the balancer at http://web passed: 200 in 20ms'],
    [{ attempts: 2 }, 'smoke test home at the balancer at http://web passed after 2 attempts: 200 in 20ms'],
    [
      { passed: false, seen: '500 "x"', attempts: 3 },
      'smoke test home at the balancer at http://web saw 500 "x" after 3 attempts, expected 200 within 500ms (http://web/)',
    ],
  ])('is one line: %j', (changes, line) => {
    expect(describeCheck({ ...result, ...changes })).toBe(line);
  });
});
