import { describe, expect, test } from '@jest/globals';
import { breaches, RULES } from '../../../scripts/workflows/rules.ts';

const HASH = '0123456789abcdef0123456789abcdef01234567';
const RIGHT = `
on: push
permissions: {}
jobs:
  build:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions: &read
      contents: read # to check the sources out
    steps:
      - uses: actions/checkout@${HASH} # v6.0.2
        with:
          persist-credentials: false
      - uses: $/actions/smoke-test
      - run: ls "$WHERE"
        env:
          WHERE: \${{ github.workspace }}
  deploy:
    needs: [build]
    permissions: *read
    uses: $/.github/workflows/zone.yml
concurrency:
  group: deploy
  cancel-in-progress: false
`;

test('a workflow that is right breaks no rule', () => {
  expect(findings(RIGHT)).toEqual([]);
});

describe('a workflow is refused that has', () => {
  const uses = `actions/checkout@${HASH} # v6.0.2`;
  const reason = 'contents: read # to check the sources out';
  const cases: readonly [what: string, from: string, to: string, line: number, sentence: string][] = [
    ['an action by its tag', uses, 'actions/checkout@v6 # v6.0.2', 11, '`uses:`'],
    ['an action by a short commit', uses, 'actions/checkout@0123456 # v6.0.2', 11, '`uses:`'],
    ['an action by a commit without its version', uses, `actions/checkout@${HASH}`, 11, '`uses:`'],
    ['an action by a commit with other words', uses, `actions/checkout@${HASH} # the best`, 11, '`uses:`'],
    ['an action of the caller', '$/actions/smoke-test', './actions/smoke-test', 14, '`uses:`'],
    ['an image', '$/actions/smoke-test', 'docker://alpine', 14, '`uses:`'],
    [
      'a loose reusable workflow',
      '$/.github/workflows/zone.yml',
      'a/b/.github/workflows/c.yml@v1',
      21,
      '`uses:`',
    ],
    ['an expression in a script', 'ls "$WHERE"', `ls "$\{{ github.workspace }}"`, 15, '`run:`'],
    [
      'an expression in a script of lines',
      'ls "$WHERE"',
      `|\n          ls\n          $\{{ a }}`,
      15,
      '`run:`',
    ],
    ['a job without permissions', 'permissions: *read', 'if: true', 18, 'every job names its `permissions`'],
    ['a job without a time limit', 'timeout-minutes: 5', 'continue-on-error: true', 5, '`timeout-minutes`'],
    ['a permission without a reason', reason, 'contents: read', 9, 'every permission'],
    ['a permission with an empty reason', reason, 'contents: read #', 9, 'every permission'],
    [
      'permissions in one line',
      '&read\n',
      '{ contents: read, actions: read } # both\n#',
      8,
      'every permission',
    ],
    ['all permissions', 'permissions: {}', 'permissions: write-all # everything', 3, 'every permission'],
    [
      'a checkout that keeps the token',
      'false\n      - uses: $',
      'true\n      - uses: $',
      11,
      '`actions/checkout`',
    ],
    [
      'a checkout with nothing said',
      'with:\n          persist-credentials: false',
      'id: a',
      11,
      '`actions/checkout`',
    ],
    [
      'a deployment that is cancelled',
      'cancel-in-progress: false',
      'cancel-in-progress: true',
      24,
      'deploys',
    ],
    [
      'a deployment that may be cancelled',
      'cancel-in-progress: false',
      `cancel-in-progress: $\{{ github.ref != 'a' }}`,
      24,
      'deploys',
    ],
  ];

  test.each(cases)('%s', (_, from, to, line, sentence) => {
    const broken = RIGHT.replace(from, to);
    expect(broken).not.toBe(RIGHT);
    expect(findings(broken)).toContainEqual([line, expect.stringContaining(sentence)]);
  });

  test('every rule has such a case', () => {
    const covered = RULES.filter((rule) =>
      cases.some(([, , , , sentence]) => rule.sentence.includes(sentence)),
    );
    expect(covered).toEqual(RULES);
  });
});

test.each([
  ['on: workflow_call', 0],
  ['on: { workflow_call: { inputs: {} } }', 0],
  ['on: workflow_call\npermissions: {}', 1],
  ['on: { workflow_call: , workflow_dispatch: }', 1],
  ['on: [workflow_call, push]', 1],
])('a job without permissions under %s', (head, count) => {
  const jobs = 'jobs: { one: { runs-on: ubuntu-24.04, timeout-minutes: 5 } }';
  expect(findings(`${head}\n${jobs}`)).toHaveLength(count);
});

test('a job bound to an environment deploys; a workflow without one may be cancelled', () => {
  const cancelled = `
on: push
concurrency: { group: a, cancel-in-progress: true }
jobs:
  build:
    timeout-minutes: 5
    permissions: {}
`;
  expect(findings(cancelled)).toEqual([]);
  expect(findings(cancelled.replace('  build:', '  build:\n    environment: eu-west-1a'))).toHaveLength(1);
});

test('steps of a composite action are looked at as well', () => {
  const action = `runs:\n  using: composite\n  steps:\n    - run: echo $\{{ inputs.a }}\n    - uses: ./x\n`;
  expect(findings(action).map(([line]) => line)).toEqual([5, 4]);
});

test('an input or an output named permissions is none', () => {
  expect(findings('on: push\njobs: {}\nenv:\n  permissions: read-all\n')).toEqual([]);
});

test('a file that is no YAML is left to the check that says so', () => {
  expect(findings('on: [push')).toEqual([]);
  expect(findings('')).toEqual([]);
});

function findings(text: string): readonly (readonly [number, string])[] {
  return breaches({ file: 'w.yml', text }).map(({ line, message }) => [line, message]);
}
