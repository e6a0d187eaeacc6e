import { describe, expect, test } from '@jest/globals';
import type { Kind } from '../../src/runner/kinds.ts';
import {
  alarmNames,
  durations,
  entrance,
  listener,
  listenerRule,
  shares,
  targetGroup,
} from '../../src/runner/kinds-flip.ts';

const LISTENER = listener().example;
const RULE = listenerRule().example;
const GROUP = targetGroup().example;

const cases: readonly [string, Kind<unknown>, readonly (readonly [string, unknown])[], readonly string[]][] =
  [
    [
      'a listener',
      listener(),
      [[LISTENER, LISTENER]],
      [RULE, GROUP, `${LISTENER}/0123456789abcdef`, 'web', `${LISTENER}\n`],
    ],
    [
      'a listener of an NLB',
      listener(),
      [[LISTENER.replace('/app/', '/net/'), LISTENER.replace('/app/', '/net/')]],
      [],
    ],
    ['a rule', listenerRule(), [[RULE, RULE]], [LISTENER, GROUP]],
    [
      'a target group',
      targetGroup(),
      [[GROUP, GROUP]],
      [LISTENER, `${GROUP}\n${GROUP.replace('web', 'next')}`, ''],
    ],
    [
      'shares',
      shares(),
      [
        ['100%', [100]],
        ['10%, 50%, 100%', [10, 50, 100]],
        ['1%\n100%', [1, 100]],
      ],
      [
        '50%',
        '10%, 10%, 100%',
        '50%, 10%, 100%',
        '0%, 100%',
        '10, 100',
        '10%, 101%',
        '10%,, 100%',
        '-1%, 100%',
        '12.5%, 100%',
      ],
    ],
    [
      'durations',
      durations(),
      [
        ['5m', [300_000]],
        ['0s, 1m', [0, 60_000]],
      ],
      ['5', '5m,', 'soon'],
    ],
    [
      'an entrance',
      entrance(),
      [
        ['https://shop.example.com', 'https://shop.example.com'],
        ['http://10.0.0.1:8080/', 'http://10.0.0.1:8080'],
      ],
      [
        'shop.example.com',
        'https://a:b@shop.example.com',
        'https://shop.example.com/cart',
        'ftp://shop',
        'http://x?y=z',
      ],
    ],
    [
      'names of alarms',
      alarmNames(),
      [['web-5xx\n web, slow \n', ['web-5xx', 'web, slow']]],
      ['web\nweb', 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:web'],
    ],
  ];

describe.each(cases)('%s', (_, kind, good, bad) => {
  test.each(good.map(([text, value]) => ({ text, value })))('$text is taken', ({ text, value }) => {
    expect(kind.parse(text)).toEqual({ value });
  });

  test('what is not one is refused, and its own example taken', () => {
    for (const text of bad)
      expect([text, kind.parse(text)]).toEqual([text, expect.objectContaining({ wrong: true })]);
    expect(kind.parse(kind.example)).toHaveProperty('value');
  });
});

test('what may hold a secret is not shown', () => {
  expect(entrance().parse('https://a:b@shop.example.com')).toMatchObject({ secret: true });
});
