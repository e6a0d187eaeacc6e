import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeJUnit } from '../../src/report/junit.ts';
import { makeResult } from './smoke-result.ts';

/** Reads a document as a consumer of JUnit does, and prints what it understood. */
const READ = `
import json, sys
from junitparser import JUnitXml
document = JUnitXml.fromfile(sys.argv[1])
print(json.dumps({
    "tests": document.tests, "failures": document.failures, "time": document.time,
    "suites": [{
        "name": suite.name, "tests": suite.tests, "failures": suite.failures, "time": suite.time,
        "cases": [{
            "name": case.name, "classname": case.classname, "time": case.time, "passed": case.is_passed,
            "failures": [[type(each).__name__, each.message, each.text] for each in case.result],
            "out": case.system_out,
        } for case in suite],
    } for suite in document],
}))
`;

interface Understood {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'junit-'));
});

afterAll(() => rm(folder, { recursive: true }));

function python(...words: readonly string[]): Promise<Understood> {
  const { promise, resolve } = Promise.withResolvers<Understood>();
  execFile('python3', words, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }));
  return promise;
}

async function consume(document: string): Promise<Understood> {
  const file = join(folder, 'results.xml');
  await writeFile(file, document);
  return python('-c', READ, file);
}

/** A consumer that is not installed is said loudly, and is a failure where everything must be. */
async function isMissing(): Promise<boolean> {
  const { code, stderr } = await python('-c', 'import junitparser');
  if (code === 0) return false;
  const message = `NOT RUN: junitparser is not installed here (pip install junitparser): ${stderr}`;
  if (process.env['CI'] === 'true') throw new Error(message);
  process.stderr.write(`\n${message}\n`);
  return true;
}

const PASS = { passed: true, seen: '200 in 12ms', milliseconds: 12 };
const FAIL = { passed: false, seen: '500 "<b>&]]>\u0000ü</b>"', milliseconds: 1_500 };
const RESULTS = [
  makeResult({ subject: 'i-1:8080', side: 'new', attempts: [FAIL, PASS] }),
  makeResult({
    subject: 'i-2',
    side: 'old',
    check: 'a "check" <&>',
    passed: false,
    seen: FAIL.seen,
    attempts: [FAIL, FAIL],
    output: 'no route\nto <db>',
  }),
  makeResult({ subject: 'i-2', side: 'old', check: 'cart' }),
];

test('names, failures, times and output are what a consumer understands', async () => {
  if (await isMissing()) return;
  const { stdout, stderr } = await consume(writeJUnit(RESULTS));
  expect(stderr).toBe('');
  const shown = '500 "<b>&]]>\ufffdü</b>"';
  const why = `GET http://10.0.0.1:8080/ saw ${shown}, expected status 200`;
  expect(JSON.parse(stdout)).toEqual({
    tests: 3,
    failures: 1,
    time: 4.524,
    suites: [
      {
        name: 'i-1:8080 (new)',
        tests: 1,
        failures: 0,
        time: 1.512,
        cases: [
          {
            name: 'home',
            classname: 'i-1:8080 (new)',
            time: 1.512,
            passed: true,
            failures: [],
            out: `attempt 1: failed in 1500 ms: ${shown}\nattempt 2: passed in 12 ms: 200 in 12ms`,
          },
        ],
      },
      {
        name: 'i-2 (old)',
        tests: 2,
        failures: 1,
        time: 3.012,
        cases: [
          {
            name: 'a "check" <&>',
            classname: 'i-2 (old)',
            time: 3,
            passed: false,
            failures: [['Failure', why, why]],
            out:
              `attempt 1: failed in 1500 ms: ${shown}\nattempt 2: failed in 1500 ms: ${shown}\n` +
              'output:\nno route\nto <db>',
          },
          {
            name: 'cart',
            classname: 'i-2 (old)',
            time: 0.012,
            passed: true,
            failures: [],
            out: 'attempt 1: passed in 12 ms: 200 in 12ms',
          },
        ],
      },
    ],
  });
});

test('a document that is broken is refused by it', async () => {
  if (await isMissing()) return;
  const document = writeJUnit(RESULTS);
  const broken = [document.slice(0, -30), document.replace('\ufffd', '\u0001'), 'no XML'];
  for (const text of broken) expect((await consume(text)).code).not.toBe(0);
  expect((await consume('<other/>')).code).not.toBe(0);
});
