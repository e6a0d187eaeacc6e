import { describe, expect, test } from '@jest/globals';
import type { Check, Observation } from '../../src/checks/check.ts';
import { findPointless, passesFalsified } from '../../src/checks/control.ts';
import { commandCheck, dnsCheck, httpCheck, tcpCheck, tlsCheck } from './sample.ts';

const NONCE = '6b1d0f0e-nobody-expects-this';
const matches = (text: string) => [{ kind: 'matches', text }] as const;

function certificate(daysLeft: number): Observation {
  return { kind: 'tls', distrust: '', expires: '2027-01-01T00:00:00.000Z', daysLeft, milliseconds: 5 };
}

describe('findPointless', () => {
  test.each<[string, Check, readonly string[]]>([
    ['every status', httpCheck({ status: [{ from: 200, to: 599 }] }), ['status 200-599']],
    [
      'both errors by themselves',
      httpCheck({
        status: [
          { from: 404, to: 404 },
          { from: 500, to: 500 },
        ],
      }),
      ['status 404 or 500'],
    ],
    ['any body', httpCheck({ text: matches('.*') }), ['matches .*']],
    ['any beginning', httpCheck({ text: matches('^') }), ['matches ^']],
    ['anything that a server says first', tcpCheck({ text: matches('.*') }), ['matches .*']],
    ['any output', commandCheck({ text: matches('.*') }), ['matches .*']],
    [
      'any status with any body',
      httpCheck({ status: [{ from: 100, to: 599 }], text: matches('.*') }),
      ['status 100-599', 'matches .*'],
    ],
  ])('finds %s', (_, check, rules) => {
    expect(findPointless(check, NONCE)).toEqual(rules);
  });

  test.each<[string, Check]>([
    ['one status', httpCheck()],
    ['a page that must be gone', httpCheck({ status: [{ from: 404, to: 404 }] })],
    [
      'any status with a certain body',
      httpCheck({ status: [{ from: 100, to: 599 }], text: matches('Welcome') }),
    ],
    ['a body that is not empty', httpCheck({ text: matches('.+') })],
    ['a body that is empty', httpCheck({ text: matches('^$') })],
    ['a header that must be there', httpCheck({ header: { etag: { kind: 'matches', text: '.*' } } })],
    ['a value of the JSON', httpCheck({ json: [{ path: '$.a', equals: 1 }] })],
    ['a connection', tcpCheck()],
    ['a greeting', tcpCheck({ text: matches('^220') })],
    ['a certificate', tlsCheck()],
    ['a certificate that is not trusted but still valid', tlsCheck({ tls: 'ignore' })],
    ['a record', dnsCheck()],
    ['an exit code', commandCheck({ exitCode: 255 })],
  ])('lets %s be', (_, check) => {
    expect(findPointless(check, NONCE)).toEqual([]);
  });
});

describe('passesFalsified', () => {
  const answers: readonly Observation[] = [
    { kind: 'http', status: 200, headers: {}, body: 'Welcome', milliseconds: 5 },
    { kind: 'http', status: 200, headers: {}, body: '"Welcome"', milliseconds: 5 },
    { kind: 'silent', problem: 'refused', milliseconds: 5 },
  ];

  test.each(answers)('lets no real answer pass: %j', (answer) => {
    expect(passesFalsified(httpCheck(), answer, NONCE)).toBeUndefined();
  });

  test.each<[Check, Observation]>([
    [commandCheck(), { kind: 'command', exitCode: 0, output: 'ok', milliseconds: 5 }],
    [tcpCheck(), { kind: 'tcp', banner: '', milliseconds: 5 }],
    [tcpCheck({ text: matches('^220') }), { kind: 'tcp', banner: '220', milliseconds: 5 }],
    [tlsCheck(), certificate(40)],
    [tlsCheck({ tls: 'ignore' }), certificate(-3)],
    [dnsCheck(), { kind: 'dns', values: ['192.0.2.1'], milliseconds: 5 }],
    [dnsCheck(), { kind: 'dns', values: [], milliseconds: 5 }],
    [tcpCheck(), { kind: 'answers', answers: [], milliseconds: 5 }],
  ])('lets none pass: %j', (check, seen) => {
    expect(passesFalsified(check, seen, NONCE)).toBeUndefined();
  });

  test.each<[Check, Observation, object]>([
    [tcpCheck(), { kind: 'tcp', banner: NONCE, milliseconds: 5 }, { text: [{ text: NONCE }] }],
    [dnsCheck(), { kind: 'dns', values: [NONCE], milliseconds: 5 }, { values: [NONCE] }],
    [commandCheck(), { kind: 'command', exitCode: 256, output: '', milliseconds: 5 }, { exitCode: 256 }],
  ])('sees what passes all the same: %j', (check, seen, falsified) => {
    expect(passesFalsified(check, seen, NONCE)).toMatchObject(falsified);
  });

  test('sees an answer that holds what nobody can know', () => {
    const seen: Observation = { kind: 'http', status: 200, headers: {}, body: NONCE, milliseconds: 5 };
    expect(passesFalsified(httpCheck(), seen, NONCE)).toMatchObject({ text: [{ text: NONCE }] });
  });
});
