import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { judge } from '../../src/rehearsal/judge.ts';
import type { Evidence } from '../../src/rehearsal/verdict.ts';
import { describeVerdict } from '../../src/rehearsal/verdict-text.ts';
import { BEGAN, failure } from './evidence.ts';
import { AT, flipEvidence, isServing, requestAt, stoppedIn, TTL } from './flip-evidence.ts';

const good = flipEvidence();

test('nothing speaks against a flip that went well', () => {
  const verdict = judge(good);
  expect(verdict.problems).toEqual([]);
  expect(verdict.good).toBe(true);
  expect(verdict.groups).toMatchObject([
    { group: 'blue', toServe: false, atEnd: 0, newSide: false },
    { group: 'green', toServe: true, newSide: true },
  ]);
  expect(verdict.entrances.map(({ balancer, toServe }) => [balancer, toServe])).toEqual([
    ['blue', false],
    ['edge', true],
  ]);
  expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
});

test('everything is settled when no answer of DNS is older than the change', () => {
  expect(judge(good).settled).toBe(BEGAN + AT.renamed + TTL);
  expect(judge(stoppedIn('pool flip')).settled).toBe(BEGAN + AT.flipped);
});

test('a term begins and ends with its stages', () => {
  expect([isServing('blue', []), isServing('green', [])]).toEqual([true, false]);
  expect([isServing('blue', ['pool flip']), isServing('green', ['pool flip'])]).toEqual([false, true]);
});

/** Changes that must each turn a good verdict into a bad one, with the words that say why. */
const CONTROLS: readonly (readonly [string, Partial<Evidence>, string])[] = [
  [
    'the old pool that still serves in the end',
    { samples: [...good.samples, requestAt(AT.end - 1_000, { green: false, second: true })] },
    'i-b1 (blue) still served 1 requests after everything was settled.',
  ],
  [
    'the old balancer that still gets requests',
    { samples: [...good.samples, requestAt(AT.end - 1_000, { green: true })] },
    'The balancer blue still got 1 requests after everything was settled.',
  ],
  [
    'a balancer that nobody came to',
    { samples: good.samples.map((each) => ({ ...each, entrance: '127.0.0.2:80' })) },
    'The balancer edge got no request after everything was settled.',
  ],
  [
    'a host of the new pool that nobody saw serving',
    { samples: good.samples.filter(({ host }) => host !== 'i-g2') },
    'i-g2 (green) served no request',
  ],
  [
    'a host of the old pool that was touched',
    onHost('i-b2', '1.1.0'),
    'i-b2 (blue) runs 1.1.0 instead of 1.0.0.',
  ],
  [
    'a host of the new pool on the old release',
    onHost('i-g1', '1.0.0'),
    'i-g1 (green) runs 1.0.0 instead of 1.1.0.',
  ],
  [
    'a name that was absent',
    { name: { record: 'shop.example.test', asked: 40, absent: 2 } },
    'shop.example.test was absent in 2 of 40 answers',
  ],
  [
    'a name that nobody asked for',
    { name: { record: 'shop.example.test', asked: 0, absent: 0 } },
    'Nobody asked for shop.example.test',
  ],
];

test.each(CONTROLS)('%s is a problem', (_, changes, words) => {
  const verdict = judge(flipEvidence(changes));
  expect(verdict.good).toBe(false);
  expect(verdict.problems.join('\n')).toContain(words);
});

describe('after a stop', () => {
  const back = (since: number) => requestAt(since, { green: false, turn: since / 50 });
  const untilTen = good.samples.filter(({ start }) => start < BEGAN + 7_000);
  const afterwards = Array.from({ length: 160 }, (_, index) => back(7_000 + index * 50));

  test('all traffic on the old side is as it should be, and users are told apart that saw the new one', () => {
    const samples = [...untilTen, ...afterwards];
    const seen = samples.filter(({ host }) => host?.startsWith('i-g')).length;
    const { problems } = judge(stoppedIn('pool flip', { samples }));
    expect(problems).toEqual([
      'Stopped at pool flip: it did not prove itself.',
      `Users saw green: ${seen} requests from 6s to 6.8s after the load began, of which 0 failed.`,
    ]);
  });

  test('failures of the new side are counted', () => {
    const broken = untilTen.map((each) =>
      each.host?.startsWith('i-g') ? { ...each, outcome: failure('status', 'status 500') } : each,
    );
    const failed = broken.filter(({ outcome }) => outcome.kind === 'failed').length;
    const { problems } = judge(stoppedIn('pool flip', { samples: [...broken, ...afterwards] }));
    expect(failed).toBeGreaterThan(0);
    expect(problems.join('\n')).toContain(`of which ${failed} failed.`);
  });

  test('traffic that did not come back is a problem', () => {
    const { problems } = judge(stoppedIn('pool flip'));
    expect(problems).toContain('i-b1 (blue) served no request after everything was settled.');
    expect(problems.join('\n')).toContain('i-g1 (green) still served');
  });

  test('a stop in the DNS flip leaves the pools where the first flip put them', () => {
    const samples = good.samples.map((each) => ({ ...each, entrance: '127.0.0.2:80' }));
    const { problems } = judge(stoppedIn('DNS flip', { samples }));
    expect(problems).toEqual(['Stopped at DNS flip: it did not prove itself.']);
  });
});

test('in words, a verdict says who got the traffic and what was said of the name', () => {
  const text = stripVTControlCharacters(describeVerdict(judge(good)));
  expect(text).toMatch(/pool blue +2 on 1\.0\.0 +\d+ +0 +0\n/);
  expect(text).toMatch(/balancer edge +\d+ +0 +\d+\n/);
  expect(text).toContain('shop.example.test: asked for 40 times, absent in 0 answers');
});

function onHost(host: string, version: string): Partial<Evidence> {
  return { hosts: good.hosts.map((each) => (each.host === host ? { ...each, version } : each)) };
}
