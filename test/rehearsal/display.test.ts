import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { createBoard } from '../../src/rehearsal/board.ts';
import { createDisplay, drawBoard } from '../../src/rehearsal/display.ts';
import { BEGAN, failure, sample } from './evidence.ts';

const STAGES = [
  { stage: 'us-east-1a', hosts: ['i-a1', 'i-a2'] },
  { stage: 'eu-west-1a', hosts: ['i-d1'] },
];

const draining = { at: new Date(BEGAN).toISOString(), host: 'i-a1', phase: 'draining' } as const;

describe('the live display', () => {
  test('shows zones, hosts in their phases, and the counts of the last second', () => {
    const board = createBoard();
    board.observe({ kind: 'course', stages: STAGES, sharesBy: 'version' });
    board.observe({ kind: 'stage', stage: 'us-east-1a', state: 'running' });
    board.observe({ kind: 'host', event: draining });
    const samples = [1, 2, 3, 4].map((index) =>
      sample({ end: BEGAN + index * 100, version: index === 4 ? '1.1.0' : '1.0.0' }),
    );
    const failed = sample({ end: BEGAN + 500, outcome: failure('reset', 'hang up'), version: '1.0.0' });
    board.observe({ kind: 'samples', samples: [...samples, failed] });
    const text = stripVTControlCharacters(drawBoard(board.view(BEGAN + 1_400)));
    expect(text).toMatch(/▸ us-east-1a {2}running +i-a1 draining +i-a2/);
    expect(text).toMatch(/· eu-west-1a {2}waiting +i-d1/);
    expect(text).toContain('5 requests/s · 5 requests · 1 failed · 1.0.0 80% · 1.1.0 20%');
  });

  test('names only the hosts in hand of a large zone, and counts the others', () => {
    const board = createBoard();
    const hosts = Array.from({ length: 30 }, (_, index) => `i-${index}`);
    board.observe({ kind: 'course', stages: [{ stage: 'us-east-1a', hosts }], sharesBy: 'version' });
    board.observe({ kind: 'host', event: { ...draining, host: 'i-7' } });
    board.observe({ kind: 'host', event: { ...draining, host: 'i-1', phase: 'serving' } });
    const text = stripVTControlCharacters(drawBoard(board.view(BEGAN)));
    expect(text).toMatch(/i-7 draining {3}28 untouched {3}1 serving/);
  });

  test('tells pools apart where traffic is moved between them', () => {
    const board = createBoard();
    board.observe({ kind: 'course', stages: [], sharesBy: 'pool' });
    const pools = ['blue', 'green', 'green', 'green'].map((pool, index) =>
      sample({ end: BEGAN + index, version: '1.1.0', pool: `arn:targetgroup/${pool}/1` }),
    );
    board.observe({ kind: 'samples', samples: pools });
    expect(board.view(BEGAN + 1_400).shares).toEqual([
      { of: 'green 1.1.0', share: 0.75 },
      { of: 'blue 1.1.0', share: 0.25 },
    ]);
  });

  test('shows a standstill as no requests a second', () => {
    const board = createBoard();
    board.observe({ kind: 'samples', samples: [sample()] });
    expect(board.view(BEGAN + 10_000)).toMatchObject({ perSecond: 0, total: 1, shares: [] });
  });
});

test('without a terminal there is a line per change, and errors are readable', async () => {
  const stream = new PassThrough();
  const display = createDisplay(Object.assign(stream, { isTTY: false }) as unknown as NodeJS.WriteStream);
  display.observe({ kind: 'course', stages: STAGES, sharesBy: 'version' });
  display.observe({ kind: 'step', text: 'starting' });
  display.observe({ kind: 'stage', stage: 'us-east-1a', state: 'approval' });
  display.observe({ kind: 'host', event: { ...draining, note: 'from 1.0.0' } });
  display.observe({ kind: 'line', stage: 'us-east-1a', line: '::error::floor is 4%3A%0Astop' });
  display.observe({ kind: 'line', stage: 'us-east-1a', line: 'chatter' });
  display.stop();
  const lines = String(stream.read()).replaceAll(/^\d\d:\d\d:\d\d {2}/gm, '');
  expect(lines.split('\n')).toEqual([
    'starting',
    'us-east-1a  awaiting approval',
    'i-a1  draining: from 1.0.0',
    'us-east-1a  error: floor is 4%3A',
    'stop',
    '',
  ]);
});
