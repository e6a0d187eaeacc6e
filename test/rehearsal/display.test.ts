import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { createBoard } from '../../src/rehearsal/board.ts';
import { createDisplay, drawBoard } from '../../src/rehearsal/display.ts';
import { BEGAN, failure, sample } from './evidence.ts';

const ZONES = [
  { zone: 'us-east-1a', hosts: ['i-a1', 'i-a2'] },
  { zone: 'eu-west-1a', hosts: ['i-d1'] },
];

const draining = { at: new Date(BEGAN).toISOString(), host: 'i-a1', phase: 'draining' } as const;

describe('the live display', () => {
  test('shows zones, hosts in their phases, and the counts of the last second', () => {
    const board = createBoard();
    board.observe({ kind: 'fleet', zones: ZONES });
    board.observe({ kind: 'zone', zone: 'us-east-1a', state: 'deploying' });
    board.observe({ kind: 'host', event: draining });
    const samples = [1, 2, 3, 4].map((index) =>
      sample({ end: BEGAN + index * 100, version: index === 4 ? '1.1.0' : '1.0.0' }),
    );
    const failed = sample({ end: BEGAN + 500, outcome: failure('reset', 'hang up'), version: '1.0.0' });
    board.observe({ kind: 'samples', samples: [...samples, failed] });
    const text = stripVTControlCharacters(drawBoard(board.view(BEGAN + 1_400)));
    expect(text).toMatch(/▸ us-east-1a {2}deploying +i-a1 draining +i-a2/);
    expect(text).toMatch(/· eu-west-1a {2}waiting +i-d1/);
    expect(text).toContain('5 requests/s · 5 requests · 1 failed · 1.0.0 80% · 1.1.0 20%');
  });

  test('names only the hosts in hand of a large zone, and counts the others', () => {
    const board = createBoard();
    const hosts = Array.from({ length: 30 }, (_, index) => `i-${index}`);
    board.observe({ kind: 'fleet', zones: [{ zone: 'us-east-1a', hosts }] });
    board.observe({ kind: 'host', event: { ...draining, host: 'i-7' } });
    board.observe({ kind: 'host', event: { ...draining, host: 'i-1', phase: 'serving' } });
    const text = stripVTControlCharacters(drawBoard(board.view(BEGAN)));
    expect(text).toMatch(/i-7 draining {3}28 untouched {3}1 serving/);
  });

  test('shows a standstill as no requests a second', () => {
    const board = createBoard();
    board.observe({ kind: 'samples', samples: [sample()] });
    expect(board.view(BEGAN + 10_000)).toMatchObject({ perSecond: 0, total: 1, versions: [] });
  });
});

test('without a terminal there is a line per change, and errors are readable', async () => {
  const stream = new PassThrough();
  const display = createDisplay(Object.assign(stream, { isTTY: false }) as unknown as NodeJS.WriteStream);
  display.observe({ kind: 'fleet', zones: ZONES });
  display.observe({ kind: 'step', text: 'starting' });
  display.observe({ kind: 'zone', zone: 'us-east-1a', state: 'approval' });
  display.observe({ kind: 'host', event: { ...draining, note: 'from 1.0.0' } });
  display.observe({ kind: 'line', zone: 'us-east-1a', line: '::error::floor is 4%3A%0Astop' });
  display.observe({ kind: 'line', zone: 'us-east-1a', line: 'chatter' });
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
