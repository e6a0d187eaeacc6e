import { describe, expect, test } from '@jest/globals';
import type { Observation, ShortAnswer } from '../../../src/checks/check.ts';
import type { Ask } from '../../../src/checks/question.ts';
import { refuseAnyVersion, seeThrough } from '../../../src/operations/smoke/sightings.ts';
import { UserError } from '../../../src/runner/errors.ts';
import { setStage } from '../stage.ts';
import { look, REQUEST, says } from './balancer-answers.ts';

describe('hosts behind a balancer', () => {
  test('pass when each was seen on the expected release, three times and more', async () => {
    const { results, asked } = await look([
      [says('i-a', '1.1.0'), says('i-b', '1.1.0'), says('i-c', '1.0.0')],
    ]);
    expect(results).toMatchObject([
      {
        host: 'i-a',
        subject: 'i-a through http://shop.example',
        check: 'version',
        passed: true,
        flapping: false,
      },
      { host: 'i-b', subject: 'i-b through http://shop.example', check: 'version', passed: true },
    ]);
    expect(results[0]?.request).toBe('GET http://shop.example/version?full=1, 30 answers');
    expect(results[0]?.seen).toBe('10 × 1.1.0 in 30 answers over 0ms');
    expect(results[0]?.attempts).toEqual([
      { passed: true, seen: '10 × 1.1.0 in 30 answers', milliseconds: 7 },
    ]);
    expect(new Set(asked.map(({ host }) => host))).toEqual(new Set(['i-0']));
  });

  test('fail by name on the old release', async () => {
    const { results } = await look([[says('i-a', '1.1.0'), says('i-b', '1.0.0')]]);
    expect(results.map(({ host, passed }) => [host, passed])).toEqual([
      ['i-a', true],
      ['i-b', false],
    ]);
    expect(results[1]?.seen).toMatch(
      /^i-b as (\d+) × 1\.0\.0 in \d+ answers over 30s, never as 1\.1\.0; answers came from i-a \(\1 × 1\.1\.0\), i-b \(\1 × 1\.0\.0\)$/,
    );
  });

  test('fail by name when they never answer', async () => {
    const { results, lines } = await look([[says('i-a', '1.1.0'), says('i-c', '1.0.0')]]);
    expect(results[1]?.seen).toMatch(
      /^no answer by i-b: could not see it in \d+ answers over 30s; answers came from i-a \(\d+ × 1\.1\.0\), i-c \(\d+ × 1\.0\.0\)$/,
    );
    expect(lines).toEqual([
      expect.stringMatching(
        /^60 answers at http:\/\/shop\.example did not show i-b as 1\.1\.0; looking for up to 30s$/,
      ),
    ]);
  });

  test('may answer as the old release before they are first seen on the new one', async () => {
    const { results } = await look([
      [says('i-a', '1.1.0'), says('i-b', '1.0.0')],
      [says('i-a', '1.1.0'), says('i-b', '1.0.0'), says('i-b', '1.1.0')],
      [says('i-a', '1.1.0'), says('i-b', '1.1.0')],
    ]);
    expect(results.map(({ passed }) => passed)).toEqual([true, true]);
    expect(results[1]?.attempts.map(({ passed }) => passed)).toEqual([false, false, true]);
    expect(results[1]?.flapping).toBe(false);
  });

  test('fail when they fall back, by their name', async () => {
    const { results } = await look([
      // Seen twice only, which makes a second round necessary.
      [says('i-b', '1.1.0'), ...Array.from({ length: 19 }, () => says('i-a', '1.1.0'))],
      [says('i-a', '1.1.0'), says('i-b', '1.1.0'), says('i-b', '1.0.0')],
    ]);
    expect(results[0]?.passed).toBe(true);
    expect(results[1]).toMatchObject({ passed: false, flapping: true });
    expect(results[1]?.seen).toContain('another release after it had answered as 1.1.0');
  });

  test('fail when two releases run on one of them', async () => {
    const { results } = await look([[says('i-a', '1.1.0'), says('i-a', '1.0.0'), says('i-b', '1.1.0')]]);
    expect(results.map(({ passed }) => passed)).toEqual([false, true]);
  });

  test('are told apart at each entrance', async () => {
    const entrances = ['http://one.example', 'http://two.example'];
    const ask: Ask = async (questions) =>
      questions.map(({ question }): Observation => {
        const url = question.kind === 'repeated' ? question.url : '';
        const version = url.startsWith('http://one.example/') ? '1.1.0' : '1.0.0';
        return { kind: 'answers', answers: Array(30).fill(says('i-a', version)), milliseconds: 1 };
      });
    const hosts = [{ host: 'i-a' }];
    const results = await seeThrough({ ...setStage().context, ask }, { ...REQUEST, entrances, hosts });
    expect(results.map(({ subject, passed }) => [subject, passed])).toEqual([
      ['i-a through http://one.example', true],
      ['i-a through http://two.example', false],
    ]);
  });

  test.each(['10.0.0.7', '10.0.0.7:8080', 'IP-10-0-0-7.eu-west-1.compute.internal', 'i-b.ec2.internal'])(
    'are known by %s',
    async (claim) => {
      const hosts = [{ host: 'i-b', address: '10.0.0.7', port: 8080 }];
      const { results } = await look([[says(claim, '1.1.0')]], { hosts });
      expect(results).toMatchObject([{ host: 'i-b', passed: true }]);
    },
  );

  test.each(['10.0.0.70', '10.0.0.7:8081', 'ip-10-0-0-70.ec2.internal', 'i-b2', 'web-i-b', ''])(
    'are not known by %j',
    async (claim) => {
      const hosts = [{ host: 'i-b', address: '10.0.0.7', port: 8080 }];
      const { results } = await look([[says(claim, '1.1.0')]], { hosts });
      expect(results).toMatchObject([{ host: 'i-b', passed: false }]);
    },
  );

  test('are not known by an address that two of them have', async () => {
    const hosts = [
      { host: 'i-a', address: '10.0.0.7', port: 8080 },
      { host: 'i-b', address: '10.0.0.7', port: 8081 },
    ];
    const { results } = await look([[says('10.0.0.7', '1.1.0')]], { hosts });
    expect(results.map(({ passed }) => passed)).toEqual([false, false]);
    const both = [says('10.0.0.7:8080', '1.1.0'), says('10.0.0.7:8081', '1.0.0')];
    expect((await look([both], { hosts })).results.map(({ passed }) => passed)).toEqual([true, false]);
  });

  test('are known by headers, which are asked for', async () => {
    const identity = { url: 'http://x/v', version: 'header:X-Version', host: 'header:X-Host' };
    const headers = { 'x-version': '1.1.0', 'x-host': 'i-a' };
    const { results, asked } = await look([[{ status: 200, headers, body: '<html>' }]], {
      identity,
      hosts: [{ host: 'i-a' }],
    });
    expect(results).toMatchObject([{ passed: true }]);
    expect(asked[0]?.question).toMatchObject({ wanted: ['x-version', 'x-host'] });
  });

  test('fail with the digest of another build', async () => {
    const answer = (digest: string) => ({
      ...says('i-a', '1.1.0'),
      body: JSON.stringify({ host: 'i-a', version: '1.1.0', digest }),
    });
    const changes = {
      identity: { ...REQUEST.identity, digest: 'digest' },
      hosts: [{ host: 'i-a' }],
      expected: { version: '1.1.0', sha256: 'ab' },
    };
    expect((await look([[answer('ab')]], changes)).results).toMatchObject([{ passed: true }]);
    expect((await look([[answer('cd')]], changes)).results).toMatchObject([
      { passed: false, seen: expect.stringMatching(/^i-a as \d+ × 1\.1\.0 of cd sha256 in/) },
    ]);
  });

  test('fail with a process that started before the switch', async () => {
    const answer = (started: string): ShortAnswer => {
      return { status: 200, headers: {}, body: JSON.stringify({ host: 'i-a', version: '1.1.0', started }) };
    };
    const changes = {
      identity: { ...REQUEST.identity, started: 'started' },
      hosts: [{ host: 'i-a' }],
      expected: { version: '1.1.0', sha256: '', switchedAt: Date.parse('2026-11-02T10:00:00Z') / 1_000 },
    };
    expect((await look([[answer('2026-11-02T10:00:00.1Z')]], changes)).results).toMatchObject([
      { passed: true },
    ]);
    for (const started of ['2026-11-02T09:59:59.9Z', 'soon']) {
      expect((await look([[answer(started)]], changes)).results).toMatchObject([
        { passed: false, seen: expect.stringContaining(` × 1.1.0 started ${started} in `) },
      ]);
    }
  });
});

describe('errors', () => {
  test.each<[string, ShortAnswer, string]>([
    ['a 503', { status: 503, headers: {}, body: '' }, '1 of 30 answers were errors: 1 × 503'],
    [
      'no connection',
      { status: 0, problem: 'refused' },
      '1 of 30 answers were errors: 1 × no answer (refused)',
    ],
  ])('%s among many answers fails: users saw it', async (_, error, seen) => {
    const good = Array.from({ length: 29 }, (_, index) => says(index % 2 === 0 ? 'i-a' : 'i-b', '1.1.0'));
    const { results } = await look([[...good, error]]);
    expect(results.map(({ passed }) => passed)).toEqual([false, false]);
    expect(results[0]?.seen).toContain(seen);
  });

  test('of a host that asks for itself may be those of a balancer that lets no host reach itself', async () => {
    const rounds = [[says('i-a', '1.1.0'), { status: 0, problem: 'timed out' } as const]];
    const hint = 'a host cannot reach itself';
    expect((await look(rounds, { from: 'i-a' })).results[0]?.seen).toContain(hint);
    expect((await look(rounds)).results[0]?.seen).not.toContain(hint);
  });

  test('name the host that gives them', async () => {
    const ill = { status: 500, headers: {}, body: JSON.stringify({ host: 'i-b' }) };
    const { results } = await look([[says('i-a', '1.1.0'), ill]]);
    expect(results[0]?.seen).toMatch(/errors: \d+ × 500 of i-b$/);
  });

  test('of asking are not errors of the service, and do not pass', async () => {
    const ask: Ask = async (asked) =>
      asked.map(() => ({ kind: 'silent', problem: 'its agent is gone', milliseconds: 3 }));
    const results = await seeThrough({ ...setStage().context, ask }, REQUEST);
    expect(results.map(({ passed }) => passed)).toEqual([false, false]);
    expect(results[0]?.seen).toMatch(
      /^no answer by i-a: could not see it in 0 answers over 30s; answers came from nobody; asking failed \d+ times, the last time: its agent is gone$/,
    );
  });
});

describe('answers that do not name their host', () => {
  const { host: _, ...identity } = REQUEST.identity;

  test('pass when the expected release was among them, and it is said how little that is', async () => {
    const { results } = await look([[says(undefined, '1.1.0'), says(undefined, '1.0.0')]], { identity });
    expect(results).toMatchObject([
      { host: 'i-0', subject: 'the balancer at http://shop.example', passed: true },
    ]);
    expect(results[0]?.seen).toBe('seen 15 × 1.1.0, 15 × 1.0.0; no answer names its host');
  });

  test('fail when it was not', async () => {
    const { results } = await look([[says(undefined, '1.0.0')]], { identity });
    expect(results).toMatchObject([{ passed: false, expected: '1.1.0' }]);
  });
});

describe('without hosts', () => {
  test('every answer must be of the expected release', async () => {
    const { results } = await look([[says('i-a', '1.1.0'), says('i-b', '1.1.0')]], { hosts: [] });
    expect(results).toMatchObject([
      { passed: true, expected: '1.1.0 in every answer', seen: expect.stringMatching(/from i-a .*, i-b /) },
    ]);
  });

  test('one answer of another release fails', async () => {
    const answers = [...Array.from({ length: 29 }, () => says('i-a', '1.1.0')), says('i-b', '1.0.0')];
    const { results } = await look([answers], { hosts: [] });
    expect(results).toMatchObject([{ passed: false }]);
    expect(results[0]?.seen).toContain('i-b (');
  });

  test.each<[string, ShortAnswer, string]>([
    ['404', { status: 404, headers: {}, body: '' }, 'status 404'],
    ['no JSON', { status: 200, headers: {}, body: '<html>' }, 'no version'],
    [
      'too long a body',
      { status: 200, headers: {}, body: `{"version":"1.1.0","x":"${'x'.repeat(377)}` },
      'first 400 bytes',
    ],
  ])('%s is not of it', async (_, answer, seen) => {
    const { results } = await look([[answer]], { hosts: [] });
    expect(results).toMatchObject([{ passed: false, seen: expect.stringContaining(seen) }]);
  });
});

test('patience that is over before everybody can have had a turn says so', async () => {
  const hosts = Array.from({ length: 40 }, (_, index) => ({ host: `i-${index}` }));
  const { results } = await look([[says('i-1', '1.1.0')]], { hosts, patience: 0 });
  expect(results[1]?.passed).toBe(true);
  expect(results[0]?.seen).toContain('only 701 answers would show everybody');
});

test('asks more at once of a large pool', async () => {
  const hosts = Array.from({ length: 40 }, (_, index) => ({ host: `i-${index}` }));
  const { asked } = await look([[says('i-1', '1.1.0')]], { hosts, patience: 0 });
  expect(asked).toHaveLength(4);
});

test('the control catches an answer that passes for a version which nobody has', () => {
  const seen: Observation = { kind: 'answers', answers: [says('i-a', 'nobodys')], milliseconds: 1 };
  expect(() => refuseAnyVersion(REQUEST, [seen], 'nobodys')).toThrow(UserError);
  expect(() => refuseAnyVersion(REQUEST, [seen])).not.toThrow();
});
