import { expect, test } from '@jest/globals';
import { listener, listenerRule, targetGroup } from '../../src/runner/kinds-flip.ts';
import { runEntry } from './run-entry.ts';

const BLUE = targetGroup().example;
const GOOD = {
  listener: listener().example,
  from: BLUE,
  to: BLUE.replace('/web/', '/next/'),
  'identity-url': 'http://{address}:{port}/version',
  'expect-version': '2.0.0',
};

/** Inputs that must be refused before any AWS client is made: there are no credentials here. */
test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
  ['nothing at all', {}, ['`from` is missing', '`to` is missing', 'one of `listener` and `rule`']],
  [
    'what is wrong one by one, all at once,',
    {
      ...GOOD,
      steps: '50%, 10%, 100%',
      bake: '5',
      through: 'https://a:secret@shop.example.com',
      alarms: 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:x',
    },
    ['4 problems', 'rising whole percentages', '`bake`', '`through` is (not shown)', 'is an ARN'],
  ],
  [
    'what contradicts each other, all at once,',
    {
      ...GOOD,
      rule: listenerRule().example,
      to: BLUE,
      bake: '1m, 2m',
      'expect-version': '',
      revert: 'true',
      'dry-run': 'true',
    },
    [
      '5 problems',
      'Expected one of `listener` and `rule`',
      '`from` and `to` are the same target group',
      'has 2 durations and `steps` has 1 steps',
      '`verify-identity: false`',
      '`revert` and `dry-run` are both true',
    ],
  ],
  [
    'a pool of another region',
    { ...GOOD, to: GOOD.to.replace('us-east-1', 'eu-west-1') },
    ['of several regions'],
  ],
  [
    'a check that cannot fail',
    { ...GOOD, checks: '[{ name: home, path: /, status: 100-599 }]' },
    ['home cannot fail'],
  ],
  [
    'a program as a check',
    { ...GOOD, checks: '[{ name: db, type: command, run: ./bin/db }]' },
    ['has programs (db)', 'not through a listener'],
  ],
  ['a gate that is no check', { ...GOOD, gates: '[{ name: x, pathh: / }]' }, ['the input gates', 'path']],
])('%s is refused', (_, inputs, says) => {
  const { exitCode, errors } = runEntry('pool-flip', inputs);
  expect(exitCode).toBe(1);
  expect(errors).toHaveLength(1);
  for (const part of says) expect(errors[0]).toContain(part);
  expect(errors[0]).not.toContain('secret@');
});
