import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { runEntry } from './run-entry.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const FLEET = resolve(ROOT, 'test/e2e/fleet.yml');
const RIGHT = { fleet: FLEET, zone: 'us-east-1a', version: '1.1.0' };
const PLAN = {
  schema: 1,
  service: 'storefront',
  version: '1.1.0',
  sha256: 'a'.repeat(64),
  ordinal: 7,
  rollBack: false,
  planned: '2026-11-21T00:00:00Z',
  zones: [
    {
      zone: 'us-east-1a',
      environment: 'storefront-us-east-1a',
      todo: 'deploy',
      terms: { hosts: 'i-1' },
      from: ['nothing'],
    },
  ],
};

test('the root action is the same as the one that reusable workflows use', () => {
  const read = (file: string) => parse(readFileSync(resolve(ROOT, file), 'utf8'));
  const { runs, ...root } = read('action.yml');
  const { runs: other, ...copy } = read('actions/deploy-zone/action.yml');
  expect(copy).toEqual(root);
  expect({ ...other, main: resolve(ROOT, 'actions/deploy-zone', other.main) }).toEqual({
    ...runs,
    main: resolve(ROOT, runs.main),
  });
});

describe('a plan', () => {
  const refused: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
    ['that is no JSON', { plan: '{' }, ['`plan` is "{"', 'it is not JSON']],
    [
      'of another schema',
      { plan: JSON.stringify({ ...PLAN, schema: 2 }) },
      ['`plan` is not an output', 'schema is 2'],
    ],
    [
      'with what nobody knows',
      { plan: JSON.stringify({ ...PLAN, moon: 'full' }) },
      ['`plan` is not an output of plan-zones', 'moon'],
    ],
    [
      'that contradicts the other inputs, all at once',
      {
        plan: JSON.stringify(PLAN),
        version: '1.2.0',
        sha256: 'b'.repeat(64),
        ordinal: '8',
        'roll-back': 'true',
      },
      [
        '4 problems',
        '`version` is 1.2.0, and `plan` was made for 1.1.0',
        '`sha256` is b',
        '`ordinal` is 8, and `plan` was made for 7',
        '`roll-back` is true, and `plan` was made for false',
      ],
    ],
  ];

  test.each(refused)('%s is refused before anything is loaded', (_, inputs, says) => {
    const { exitCode, errors } = runEntry('deploy-zone', { ...RIGHT, ...inputs });
    expect({ exitCode, annotations: errors.length }).toEqual({ exitCode: 1, annotations: 1 });
    for (const text of [...says, 'nothing was touched']) expect(errors[0]).toContain(text);
  });
});

test('secrets are masked before anything else, also when the inputs are wrong', () => {
  const inputs = { token: 'ghs_hunter2', webhook: 'https://hooks.test/hunter3', zone: '', version: '' };
  const { stdout, exitCode } = runEntry('deploy-zone', inputs, { GITHUB_ACTIONS: 'true' });
  expect(exitCode).toBe(1);
  expect(stdout.split('\n').slice(0, 2)).toEqual([
    '::add-mask::ghs_hunter2',
    '::add-mask::https://hooks.test/hunter3',
  ]);
});

test('a webhook that is no URL is refused and not shown', () => {
  const { exitCode, errors } = runEntry(
    'deploy-zone',
    { ...RIGHT, 'allow-unprotected': 'true', webhook: 'hunter2' },
    { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' },
  );
  expect({ exitCode, annotations: errors.length }).toEqual({ exitCode: 1, annotations: 1 });
  expect(errors[0]).toMatch(/webhook/);
  expect(errors[0]).not.toContain('hunter2');
});
