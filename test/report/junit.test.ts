import { expect, test } from '@jest/globals';
import { writeJUnit } from '../../src/report/junit.ts';
import { makeResult } from './smoke-result.ts';

const FAIL = { passed: false, seen: '500 "<b>&\u0000</b>"', milliseconds: 1_500 };

test('is one suite per host with a case per check, totals and attempts', () => {
  const text = writeJUnit([makeResult(), makeResult({ check: 'cart' }), makeResult({ subject: 'i-2' })]);
  expect(text).toContain('<?xml version="1.0" encoding="UTF-8"?>');
  expect(text).toContain('<testsuites name="smoke test" tests="3" failures="0" errors="0" time="0.036">');
  expect(text).toContain('<testsuite name="i-1" tests="2" failures="0" errors="0" time="0.024">');
  expect(text).toContain('<testcase name="cart" classname="i-1" time="0.012">');
  expect(text).toContain('<system-out>attempt 1: passed in 12 ms: 200 in 12ms</system-out>');
  expect(text).not.toContain('<failure');
});

test('tells what was requested, seen and expected of a failure, whatever characters are in it', () => {
  const text = writeJUnit([makeResult({ passed: false, seen: FAIL.seen, attempts: [FAIL, FAIL] })]);
  expect(text).toContain('failures="1" errors="0" time="3.000"');
  const why =
    'GET http://10.0.0.1:8080/ saw 500 &quot;&lt;b&gt;&amp;\ufffd&lt;/b&gt;&quot;, expected status 200';
  expect(text).toContain(`<failure message="${why}">${why}</failure>`);
  expect(text).toContain('attempt 2: failed in 1500 ms');
});

test('has what a program printed', () => {
  expect(writeJUnit([makeResult({ output: 'connected\n<1>' })])).toContain(
    '200 in 12ms\noutput:\nconnected\n&lt;1&gt;<',
  );
});

test('of nothing is a document without suites', () => {
  expect(writeJUnit([])).toContain('<testsuites name="smoke test" tests="0"');
});
