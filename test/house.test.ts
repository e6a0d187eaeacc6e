import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { importsOf } from './house/imports.ts';
import { RULES } from './house/rules.ts';

const root = resolve(import.meta.dirname, '..');
const planted: string[] = [];

afterEach(() => {
  for (const folder of planted.splice(0)) rmSync(folder, { recursive: true });
});

describe('the rooms of src keep to themselves', () => {
  const imports = importsOf(join(root, 'src'));

  test('the imports were read', () => {
    expect(imports.length).toBeGreaterThan(50);
    expect(imports.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['static', 'lazy', 'type']));
  });

  test.each(RULES)('$sentence', ({ broken }) => {
    expect(broken(imports)).toEqual([]);
  });
});

describe('a tree that breaks a rule is caught', () => {
  const cases: readonly [string, Readonly<Record<string, string>>, string][] = [
    [
      'only adapters, the range and the rehearsal import an SDK',
      { 'runner/x.ts': "import type { SSM } from '@aws-sdk/client-ssm';" },
      'runner/x.ts imports @aws-sdk/client-ssm',
    ],
    [
      'only adapters, the range and the rehearsal import an SDK',
      { 'hosts/port.ts': "export { SSM } from '@aws-sdk/client-ssm';" },
      'hosts/port.ts imports @aws-sdk/client-ssm',
    ],
    [
      'only adapters, the range and the rehearsal import an SDK',
      { 'runner/x.ts': "import { getOctokit } from '@actions/github';" },
      'runner/x.ts imports @actions/github',
    ],
    [
      'only adapters, the range and the rehearsal import an SDK',
      { 'notify/port.ts': "import type { SNSClient } from '@aws-sdk/client-sns';" },
      'notify/port.ts imports @aws-sdk/client-sns',
    ],
    [
      'only the runner and the adapters of GitHub import @actions/*',
      { 'operations/x.ts': "import * as core from '@actions/core';" },
      'operations/x.ts imports @actions/core',
    ],
    [
      'only the runner and the adapters of GitHub import @actions/*',
      { 'notify/x.ts': "import * as core from '@actions/core';" },
      'notify/x.ts imports @actions/core',
    ],
    [
      'only the runner and the adapters of GitHub import @actions/*',
      { 'github/port.ts': "import type { Octokit } from '@actions/github';" },
      'github/port.ts imports @actions/github',
    ],
    [
      'operations, fleet and checks know ports, no adapters',
      {
        'operations/x.ts': "import { elb } from '../balancers/elb.ts';",
        'balancers/elb.ts': "import '@aws-sdk/client-elastic-load-balancing-v2';",
      },
      'operations/x.ts imports balancers/elb.ts',
    ],
    [
      'operations, fleet and checks know ports, no adapters',
      {
        'operations/x.ts': "import { rest } from '../github/rest.ts';",
        'github/rest.ts': "const { getOctokit } = await import('@actions/github');",
      },
      'operations/x.ts imports github/rest.ts',
    ],
    [
      'operations, fleet and checks know ports, no adapters',
      {
        'operations/x.ts': "import { openLedger } from '../ledger/open.ts';",
        'ledger/open.ts': "await import('./s3.ts');",
        'ledger/s3.ts': "import '@aws-sdk/client-s3';",
      },
      'operations/x.ts imports ledger/open.ts',
    ],
    [
      'a port imports no adapter',
      { 'ledger/port.ts': "import type { parseLedger } from './parse.ts';" },
      'ledger/port.ts imports ledger/parse.ts',
    ],
    [
      'a port imports no adapter',
      { 'hosts/port.ts': "import type { Ssm } from './ssm.ts';" },
      'hosts/port.ts imports hosts/ssm.ts',
    ],
    [
      'an entry loads no SDK before its inputs are valid',
      {
        'entries/x.ts': "import { ssm } from '../hosts/ssm.ts';",
        'hosts/ssm.ts': "import '@aws-sdk/client-ssm';",
      },
      'entries/x.ts reaches @aws-sdk/client-ssm',
    ],
    [
      'an entry loads no SDK before its inputs are valid',
      {
        'entries/x.ts': "import { rest } from '../github/rest.ts';",
        'github/rest.ts': "import '@actions/github';",
      },
      'entries/x.ts reaches @actions/github',
    ],
    [
      'no entry leads to the range, the rehearsal or the command line',
      {
        'entries/x.ts': "const y = await import('../operations/y.ts');",
        'operations/y.ts': "import '../range/z.ts';",
      },
      'entries/x.ts reaches range/z.ts',
    ],
    [
      'lazy imports name what they load',
      { 'entries/x.ts': "const name = './y.ts'; await import(name);" },
      'entries/x.ts imports ?',
    ],
    [
      'there are no import cycles',
      {
        'fleet/a.ts': "import './b.ts';",
        'fleet/b.ts': "type C = import('./c.ts').C;",
        'fleet/c.ts': "export * from './a.ts';",
      },
      'fleet/a.ts → fleet/b.ts → … → fleet/a.ts',
    ],
  ];

  test.each(cases)('%s', (sentence, files, expected) => {
    const imports = importsOf(plant(files));
    const rule = RULES.find((each) => each.sentence === sentence);
    expect(rule?.broken(imports)).toContain(expected);
  });

  test('every rule has such a case', () => {
    expect(new Set(cases.map(([sentence]) => sentence))).toEqual(
      new Set(RULES.map(({ sentence }) => sentence)),
    );
  });

  test('adapters of the rooms with ports break nothing', () => {
    const imports = importsOf(
      plant({
        'github/rest.ts': "import '@actions/github';",
        'ledger/s3.ts': "import '@aws-sdk/client-s3';",
        'ledger/order.ts': "import type { Ledger } from './document.ts';",
        'notify/sns.ts': "import '@aws-sdk/client-sns'; import type { GitHub } from '../github/port.ts';",
        'operations/x.ts': "import { beginProblems } from '../ledger/order.ts';",
        'runner/x.ts': "import '@actions/core';",
      }),
    );
    expect(RULES.flatMap(({ broken }) => broken(imports))).toEqual([]);
  });

  test('an entry that loads its adapter lazily, and a type from it, break nothing', () => {
    const imports = importsOf(
      plant({
        'entries/x.ts': "import type { Ssm } from '../hosts/ssm.ts'; await import('../hosts/ssm.ts');",
        'hosts/ssm.ts': "import '@aws-sdk/client-ssm'; import { type Port } from './port.ts';",
        'hosts/port.ts': 'export interface Port {}',
      }),
    );
    expect(RULES.flatMap(({ broken }) => broken(imports))).toEqual([]);
  });
});

function plant(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'house-'));
  planted.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}
