import { describe, expect, test } from '@jest/globals';
import type { Check, Observation } from '../../../src/checks/check.ts';
import { askFromHosts } from '../../../src/operations/ask/ask-hosts.ts';
import {
  type CheckResult,
  describeCheck,
  type Patience,
  smokeTest,
} from '../../../src/operations/smoke/smoke.ts';
import {
  checkTrial,
  oldVersionTrial,
  refusePointless,
  type SmokeTarget,
  type Trial,
  versionTrial,
} from '../../../src/operations/smoke/smoke-trial.ts';
import { CancelledError, UserError } from '../../../src/runner/errors.ts';
import { commandCheck, dnsCheck, httpCheck, tcpCheck } from '../../checks/sample.ts';
import { probed, type Reported, type Stage, setStage } from '../stage.ts';

const HOME = httpCheck({ text: [{ kind: 'contains', text: 'Welcome' }], within: 500 });
const CART = httpCheck({ name: 'cart', path: '/cart', within: 800 });
const TRIALS = [HOME, CART].map((check) => checkTrial(check, ''));
const PATIENCE: Patience = { attempts: 3, interval: 2_000, consecutive: 1, warmUp: 0 };
const GOOD: Reported = { status: 200, milliseconds: 20, body: 'Welcome!' };
const BAD: Reported = { status: 503, milliseconds: 30, body: 'starting' };

function target(host: string, base = `http://${host}:8080`): SmokeTarget {
  return { host, base, subject: host };
}

/** Hosts that answer each address with one thing after the other, and the last one from then on. */
function scripted(answers: Readonly<Record<string, readonly Reported[]>>): Stage {
  const turns = new Map<string, number>();
  return setStage(({ host, arguments: values }) =>
    probed(
      host,
      values.slice(8).map((url) => {
        const turn = turns.get(url) ?? 0;
        turns.set(url, turn + 1);
        const all = answers[url] ?? [];
        return all[Math.min(turn, all.length - 1)] ?? { status: 0, problem: `nobody listens at ${url}` };
      }),
    ),
  );
}

interface Trying {
  readonly targets?: readonly SmokeTarget[];
  readonly trials?: readonly Trial[];
  readonly patience?: Partial<Patience>;
  readonly negativeControl?: boolean;
}

function trySmoke({ context }: Stage, changes: Trying = {}): Promise<readonly CheckResult[]> {
  return smokeTest(
    { ...context, ask: askFromHosts(context) },
    {
      targets: [target('i-1')],
      trials: TRIALS,
      negativeControl: true,
      ...changes,
      patience: { ...PATIENCE, ...changes.patience },
    },
  );
}

describe('a version', () => {
  const identity = { url: 'http://{address}:{port}/version?at={address}', version: 'v' };
  const trial = versionTrial(identity, { version: '1.1.0', sha256: '' });
  const said = (body: string): Observation => {
    return { kind: 'http', status: 200, headers: {}, body, milliseconds: 20 };
  };

  test.each([
    ['http://10.0.0.1:8080', 'http://10.0.0.1:8080/version?at=10.0.0.1'],
    ['http://web.example:80', 'http://web.example:80/version?at=web.example'],
    ['https://web.example', 'http://web.example:443/version?at=web.example'],
  ])('of %s is asked at %s', (base, url) => {
    expect(trial.askAt(target('i-1', base))).toEqual({ kind: 'http', url });
  });

  test('is judged, and whatever the service says it is refuses another one', () => {
    const good = said('{"v":"1.1.0"}');
    expect(trial.judge(good, target('i-1'))).toEqual({ passed: true, seen: '1.1.0' });
    expect(() => trial.control(good, target('i-1'))).not.toThrow();
    const other = trial.judge(said('{"v":"1.0.0"}'), target('i-1'));
    expect(other.passed).toBe(false);
    expect(other.seen).toContain('is version 1.0.0, expected 1.1.0');
  });

  test('of which a host never saw the new one fails and names the host', async () => {
    const stage = scripted({
      'http://i-1:8080/version?at=i-1': [{ status: 200, body: '{"v":"1.1.0"}' }],
      'http://i-2:8080/version?at=i-2': [{ status: 200, body: '{"v":"1.0.0"}' }],
    });
    const results = await trySmoke(stage, { targets: [target('i-1'), target('i-2')], trials: [trial] });
    const lines = results.filter(({ passed }) => !passed).map(describeCheck);
    expect(lines).toEqual([
      expect.stringMatching(/^smoke test version at i-2 saw .*1\.0\.0, expected 1\.1\.0/),
    ]);
  });
});

describe('an old version', () => {
  const identity = { url: 'http://{address}:{port}/version', version: 'header:x-version' };
  const old = { ...target('i-1'), side: 'old' } as const;
  const says = (version: string): Observation => {
    return { kind: 'http', status: 200, headers: { 'x-version': version }, body: '', milliseconds: 20 };
  };

  test('is expected of the old side alone', () => {
    const trial = oldVersionTrial(identity, '1.0.0', '1.1.0');
    expect(trial.among([target('i-1'), old, { ...old, side: 'new' }])).toEqual([old]);
    expect(trial.judge(says('1.0.0'), old)).toEqual({ passed: true, seen: '1.0.0' });
    expect(() => trial.control(says('1.0.0'), old)).not.toThrow();
  });

  test.each([
    ['1.1.0', '1.1.0', 'mixed state was not tested: i-1 already runs 1.1.0'],
    ['0.9.0', '1.1.0', 'mixed state was not tested: the process that answers'],
    ['1.1.0', undefined, 'mixed state was not tested: the process that answers'],
  ])('is missed when the host runs %s and %s is expected', (runs, expected, seen) => {
    const verdict = oldVersionTrial(identity, '1.0.0', expected).judge(says(runs), old);
    expect(verdict).toEqual({ passed: false, seen: expect.stringContaining(seen) });
  });
});

describe('where a check is made', () => {
  const [one, two] = [target('i-1', 'http://10.0.0.1:8080'), target('i-2', 'http://10.0.0.2:8080')];
  const other = { ...one, base: 'http://10.0.0.1:9090', subject: 'i-1:9090' };
  const through = { host: 'i-1', subject: 'http://web', base: 'http://web', entrance: true } as const;
  const [old, fresh] = [{ ...one, side: 'old' } as const, { ...two, side: 'new' } as const];
  const runner = { from: 'runner' } as const;

  test.each<[string, Check, readonly SmokeTarget[], readonly SmokeTarget[]]>([
    ['a page: at every target', HOME, [one, two, other, through], [one, two, other, through]],
    ['a connection: at every target', tcpCheck(), [one, through], [one, through]],
    ['a program: once on each host', commandCheck(), [one, two, other, through], [one, two]],
    [
      'a name: once from each host',
      dnsCheck(),
      [one, two, other, through],
      [one, two].map(({ host, base }) => ({ host, subject: host, base })),
    ],
    [
      'a name from the runner: once',
      dnsCheck({ against: ['old', 'new'] }),
      [old, fresh, through].map((each) => ({ ...each, ...runner })),
      [{ host: 'runner', ...runner, subject: 'the runner', base: one.base }],
    ],
    ['what must hold of the new release', HOME, [old, fresh, through], [fresh, through]],
    ['what must hold of the old one', httpCheck({ against: ['old'] }), [old, fresh, through], [old]],
    ['what must hold of both', httpCheck({ against: ['old', 'new'] }), [old, fresh], [old, fresh]],
    ['a name of the old side', dnsCheck({ against: ['old'] }), [old, fresh], [{ ...old, subject: 'i-1' }]],
  ])('%s', (_, check, targets, expected) => {
    expect(checkTrial(check, '/srv/web').among(targets)).toEqual(expected);
  });

  test('a version is asked of the new hosts themselves, not of the balancer', () => {
    const trial = versionTrial({ url: 'http://{address}/', version: 'v' }, { version: '1.1.0', sha256: '' });
    expect(trial.among([one, old, fresh, through])).toEqual([one, fresh]);
  });

  test('results say the side and are grouped by what was asked', async () => {
    const stage = scripted({ 'http://10.0.0.1:8080/': [GOOD], 'http://10.0.0.2:8080/': [BAD] });
    const trials = [httpCheck({ against: ['old', 'new'] }), httpCheck({ name: 'again', against: ['old'] })];
    const results = await trySmoke(stage, {
      targets: [fresh, old],
      trials: trials.map((check) => checkTrial(check, '')),
      patience: { attempts: 1 },
    });
    expect(results.map(({ subject, side, check }) => [subject, side, check])).toEqual([
      ['i-2', 'new', 'home'],
      ['i-1', 'old', 'home'],
      ['i-1', 'old', 'again'],
    ]);
    expect(results.map(describeCheck)[0]).toMatch(/^smoke test home at i-2 \(new\) saw 503/);
  });
});

describe('smokeTest', () => {
  test('makes every check at every target, once when all goes well', async () => {
    const stage = scripted({
      'http://i-1:8080/': [GOOD],
      'http://i-1:8080/cart': [GOOD],
      'http://i-2:8080/': [GOOD],
      'http://i-2:8080/cart': [GOOD],
    });
    const results = await trySmoke(stage, { targets: [target('i-1'), target('i-2')] });
    expect(
      results.map(({ host, check, passed, attempts }) => [host, check, passed, attempts.length]),
    ).toEqual([
      ['i-1', 'home', true, 1],
      ['i-1', 'cart', true, 1],
      ['i-2', 'home', true, 1],
      ['i-2', 'cart', true, 1],
    ]);
    expect(stage.runs).toHaveLength(1);
    expect(stage.elapsed()).toBe(0);
    expect(stage.lines).toEqual([]);
  });

  test('tries again only what failed, keeps every attempt, and says so', async () => {
    const stage = scripted({
      'http://i-1:8080/': [BAD, { status: 0, milliseconds: 7, problem: 'refused' }, GOOD],
      'http://i-1:8080/cart': [GOOD],
    });
    const [home, cart] = await trySmoke(stage);
    expect(home).toEqual({
      host: 'i-1',
      subject: 'i-1',
      check: 'home',
      request: 'GET http://i-1:8080/',
      expected: 'status 200, contains "Welcome", within 500ms',
      passed: true,
      seen: '200 in 20ms',
      attempts: [
        { passed: false, seen: '503 "starting"', milliseconds: 30 },
        { passed: false, seen: 'no answer (refused)', milliseconds: 7 },
        { passed: true, seen: '200 in 20ms', milliseconds: 20 },
      ],
      flapping: false,
    });
    expect(cart?.attempts).toHaveLength(1);
    expect(stage.runs.map((commands) => commands.map((each) => each.arguments[8]))).toEqual([
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

  test('fails what fails in every attempt, with what was seen last and no pause after it', async () => {
    const stage = scripted({ 'http://i-1:8080/': [{ status: 500, body: 'oops' }] });
    const [result] = await trySmoke(stage, { trials: TRIALS.slice(0, 1) });
    expect(result).toMatchObject({ passed: false, seen: '500 "oops"', flapping: false });
    expect(result?.attempts).toHaveLength(3);
    expect(stage.elapsed()).toBe(4_000);
  });

  test('waits for the warm-up before the first attempt', async () => {
    const stage = scripted({ 'http://i-1:8080/': [GOOD], 'http://i-1:8080/cart': [GOOD] });
    await trySmoke(stage, { patience: { warmUp: 60_000 } });
    expect(stage.elapsed()).toBe(60_000);
    expect(stage.lines).toEqual(['warming up for 60s before the first attempt counts']);
  });

  test.each([
    ['passes in a row', [GOOD, GOOD], true, false, 2],
    ['a start that takes its time', [BAD, GOOD, GOOD], true, false, 3],
    ['a pass, a failure, and passes in a row', [GOOD, BAD, GOOD, GOOD], true, true, 4],
    ['pass, fail, pass, fail, pass', [GOOD, BAD, GOOD, BAD, GOOD], false, true, 5],
    ['a pass that comes too late', [BAD, BAD, BAD, BAD, GOOD], false, false, 5],
  ] as const)('with two in a row asked for: %s', async (_, answers, passed, flapping, attempts) => {
    const stage = scripted({ 'http://i-1:8080/': answers });
    const patience = { attempts: 5, consecutive: 2 };
    const [result] = await trySmoke(stage, { trials: TRIALS.slice(0, 1), patience });
    expect(result).toMatchObject({ passed, flapping });
    expect(result?.attempts).toHaveLength(attempts);
    expect(result?.expected).toMatch(/, 2 times in a row$/);
  });

  test('holds a check that cannot fail for an error, and only when it is to be controlled', async () => {
    const [first] = TRIALS;
    if (first === undefined) throw new Error('there is no trial');
    const broken: Trial = {
      ...first,
      control: () => {
        throw new UserError('smoke test home cannot fail');
      },
    };
    const stage = scripted({ 'http://i-1:8080/': [{ status: 0, problem: 'refused' }, GOOD] });
    await expect(trySmoke(stage, { trials: [broken] })).rejects.toThrow('smoke test home cannot fail');
    // Silence shows nothing, so the control was made with the second answer.
    expect(stage.runs).toHaveLength(2);
    const again = scripted({ 'http://i-1:8080/': [GOOD] });
    const [result] = await trySmoke(again, { trials: [broken], negativeControl: false });
    expect(result?.passed).toBe(true);
  });

  test('controls each check once, whatever the number of hosts and attempts', async () => {
    const controlled: string[] = [];
    const trials = TRIALS.map((trial) => ({ ...trial, control: () => void controlled.push(trial.name) }));
    const stage = scripted({ 'http://i-1:8080/': [BAD], 'http://i-2:8080/cart': [GOOD] });
    await trySmoke(stage, { targets: [target('i-1'), target('i-2')], trials });
    expect(controlled).toEqual(['home', 'cart']);
  });

  test('ends when it is cancelled between attempts', async () => {
    const stage = setStage(({ host }) => {
      stage.cancel();
      return probed(host, [{ status: 500 }]);
    });
    await expect(trySmoke(stage)).rejects.toThrow(CancelledError);
    expect(stage.runs).toHaveLength(1);
  });

  test('has no results without checks or targets', async () => {
    const stage = setStage();
    const patience = { warmUp: 1_000 };
    expect(await trySmoke(stage, { targets: [], patience })).toEqual([]);
    expect(await trySmoke(stage, { trials: [], patience })).toEqual([]);
    expect(stage.runs).toEqual([]);
    expect(stage.elapsed()).toBe(0);
  });

  test('asks programs and pages in one round, each result with its own check', async () => {
    const stage = setStage(({ host, arguments: values }) => {
      if (values.length > 2) return probed(host, [GOOD]);
      const answer = { exitCode: 3, milliseconds: 40, output: Buffer.from('no route').toString('base64') };
      return { host, outcome: 'done', stdout: JSON.stringify(answer), stderr: '' };
    });
    const trials = [commandCheck(), HOME].map((check) => checkTrial(check, '/srv/web'));
    const results = await trySmoke(stage, { trials, patience: { attempts: 1 } });
    expect(results).toMatchObject([
      { check: 'database', passed: false, seen: 'exit code 3 "no route"', output: 'no route' },
      { check: 'home', passed: true },
    ]);
  });

  test('a program on a host that is lost has not passed', async () => {
    const stage = setStage(({ host }) => ({ host, outcome: 'lost', reason: 'its agent is gone' }));
    const trials = [checkTrial(commandCheck(), '/srv/web')];
    const [result] = await trySmoke(stage, { trials, patience: { attempts: 1 } });
    expect(result).toMatchObject({ passed: false, seen: 'no answer (its agent is gone)' });
  });
});

describe('refusePointless', () => {
  test('names every check and expectation that cannot fail, and the cure', () => {
    const anything = httpCheck({ name: 'any status', status: [{ from: 200, to: 599 }] });
    const pattern = httpCheck({ name: 'any body', text: [{ kind: 'matches', text: '.*' }] });
    expect(() => refusePointless([HOME, anything, pattern])).toThrow(
      /^smoke test any status cannot fail: status 200-599 holds for any answer.*\nsmoke test any body cannot fail: matches \.\* holds/,
    );
    expect(() => refusePointless([HOME, CART, commandCheck()])).not.toThrow();
  });
});

describe('describeCheck', () => {
  const result: CheckResult = {
    host: 'i-1',
    subject: 'the balancer at http://web',
    check: 'home',
    request: 'GET http://web/',
    passed: true,
    seen: '200 in 20ms',
    expected: 'status 200',
    attempts: [{ passed: true, seen: '200 in 20ms', milliseconds: 20 }],
    flapping: false,
  };
  const [pass] = result.attempts;
  const fail = { passed: false, seen: '500 "x"', milliseconds: 20 };

  test.each<[Partial<CheckResult>, string]>([
    [{}, 'smoke test home at the balancer at http://web passed: 200 in 20ms'],
    [
      { passed: false, seen: '500 "x"', attempts: [fail, fail] },
      'smoke test home at the balancer at http://web saw 500 "x" after 2 attempts, expected status 200 (GET http://web/)',
    ],
    [
      { attempts: pass === undefined ? [] : [pass, fail, pass], flapping: true },
      'smoke test home at the balancer at http://web passed after 3 attempts (flapping: pass, fail, pass): 200 in 20ms',
    ],
  ])('is one line: %j', (changes, line) => {
    expect(describeCheck({ ...result, ...changes })).toBe(line);
  });
});
