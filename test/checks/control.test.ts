import { describe, expect, test } from '@jest/globals';
import type { Check, Observation } from '../../src/checks/check.ts';
import { findPointless, passesFalsified } from '../../src/checks/control.ts';
import { commandCheck, httpCheck } from './sample.ts';

const NONCE = '6b1d0f0e-nobody-expects-this';
const matches = (text: string) => [{ kind: 'matches', text }] as const;

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

  test('lets no program pass', () => {
    const seen: Observation = { kind: 'command', exitCode: 0, output: 'ok', milliseconds: 5 };
    expect(passesFalsified(commandCheck(), seen, NONCE)).toBeUndefined();
  });

  test('sees an answer that holds what nobody can know', () => {
    const seen: Observation = { kind: 'http', status: 200, headers: {}, body: NONCE, milliseconds: 5 };
    expect(passesFalsified(httpCheck(), seen, NONCE)).toMatchObject({ text: [{ text: NONCE }] });
  });
});
