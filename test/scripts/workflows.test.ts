import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';

const SCRIPT = resolve(import.meta.dirname, '../../scripts/workflows.ts');
const planted: string[] = [];

afterAll(() => {
  for (const folder of planted.splice(0)) rmSync(folder, { recursive: true });
});

test('the workflows and actions of this repository are as they should be', () => {
  expect(check()).toEqual({ status: 0, findings: [] });
});

test('a repository without any is not taken for one that is in order', () => {
  expect(check(plant({}))).toMatchObject({ status: 1 });
});

describe("GitHub's own check finds", () => {
  const steps = (lines: string) => `
on: push
permissions: {}
jobs:
  one:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions: {}
    steps:
${lines.replaceAll(/^/gm, '      ')}`;
  const greet = `
name: Greet
description: Says hello
inputs:
  whom:
    description: Who is greeted
    required: true
runs:
  using: node24
  main: index.js`;
  const called = steps('- uses: $/actions/greet\n  with: { whom: you }').replace('push', 'workflow_call');
  const calls = (group: string, rest = '') => `
on: push
permissions: {}
concurrency: { group: a, ${group} }
jobs:
  one:
    permissions: {}
    uses: $/.github/workflows/called.yml${rest}`;

  const cases: readonly [what: string, file: string, text: string, expected: string][] = [
    ['a file that is no YAML', 'text.yml', 'on: [push', ':1: Flow sequence'],
    ['a key it does not know', 'key.yml', steps('- run: ls\n  shel: sh'), ":11: Unexpected value 'shel'"],
    ['an event it does not know', 'event.yml', 'on: pushed\njobs: {}', "Unexpected value 'pushed'"],
    [
      'a job that is not needed',
      'context.yml',
      steps('- run: ls\n  if: needs.two.result'),
      'might be invalid: two',
    ],
    ['a function that is not there', 'function.yml', steps('- run: ls\n  if: fail()'), "'fail'"],
    ['an action that is not there', 'missing.yml', steps('- uses: $/actions/x'), '`$/actions/x`'],
    [
      'an input that an action of this repository has not',
      'input.yml',
      steps('- uses: $/actions/greet\n  with: { whom: you, who: me }'),
      "Invalid action input 'who'",
    ],
    [
      'a required input that an action of this repository is not given',
      'required.yml',
      steps('- uses: $/actions/greet'),
      'Missing required input `whom`',
    ],
    [
      'an input that a reusable workflow of this repository has not',
      'call.yml',
      calls('queue: max', '\n    with: { who: me }'),
      'who is not defined',
    ],
    ['waiting and cancelling at once', 'queue.yml', calls('queue: max, cancel-in-progress: true'), 'queue'],
    ['a key that action.yml does not have', 'min', `${greet}\n  min: a.js`, "Unexpected value 'min'"],
    ['an action.yml without a description', 'mute', greet.replace(/desc.*hello/, ''), 'description'],
  ];
  const right = { greet, 'called.yml': called, 'right.yml': calls('queue: max, cancel-in-progress: false') };
  const { status, findings } = check(
    plant({ ...right, ...Object.fromEntries(cases.map(([, file, text]) => [file, text])) }),
  );

  test.each(cases)('%s', (_, file, __, expected) => {
    const own = findings.filter((finding) => finding.startsWith(`${pathOf(file)}:`));
    expect(own.join('\n')).toContain(expected);
    expect(status).toBe(1);
  });

  test('nothing in files that are right, 2026 syntax included', () => {
    expect(check(plant(right))).toEqual({ status: 0, findings: [] });
  });
});

function check(root?: string): { readonly status: number | null; readonly findings: readonly string[] } {
  const { status, stderr } = spawnSync(process.execPath, root === undefined ? [SCRIPT] : [SCRIPT, root], {
    encoding: 'utf8',
  });
  return { status, findings: stderr.split('\n').filter((line) => line !== '') };
}

/** A repository with workflows and, under names without an ending, actions. */
function plant(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'workflows-'));
  planted.push(root);
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, pathOf(name));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return root;
}

function pathOf(name: string): string {
  return name.includes('.') ? `.github/workflows/${name}` : `actions/${name}/action.yml`;
}
