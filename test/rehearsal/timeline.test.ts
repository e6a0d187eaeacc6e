import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { TimelineEvent } from '../../src/operations/context.ts';
import { parseTimelineEvent, tailTimeline } from '../../src/rehearsal/timeline.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'timeline-'));
});
afterEach(() => rm(folder, { recursive: true }));

const line = (note: string): string =>
  `${JSON.stringify({ at: '2026-11-20T10:00:00.000Z', host: 'i-1', phase: 'draining', note })}\n`;

test('every line is told once, also when it comes in pieces', async () => {
  const file = join(folder, 'timeline');
  const notes: (string | undefined)[] = [];
  let told = Promise.withResolvers<void>();
  const tail = tailTimeline(file, (event: TimelineEvent) => {
    notes.push(event.note);
    told.resolve();
  });
  await appendFile(file, line('Zürich'));
  await told.promise;
  told = Promise.withResolvers();
  const bytes = Buffer.from(line('é'));
  const cut = bytes.indexOf(0xc3) + 1;
  await appendFile(file, bytes.subarray(0, cut));
  await appendFile(file, Buffer.concat([bytes.subarray(cut), Buffer.from(line('b'))]));
  await told.promise;
  await appendFile(file, line('last'));
  await tail.stop();
  expect(notes).toEqual(['Zürich', 'é', 'b', 'last']);
});

test('a file that never comes is no trouble', async () => {
  await expect(tailTimeline(join(folder, 'none'), () => {}).stop()).resolves.toBeUndefined();
});

test('a line that is not an event is reported at the end', async () => {
  const file = join(folder, 'timeline');
  await appendFile(file, '{"at":"yesterday"}\n');
  await expect(tailTimeline(file, () => {}).stop()).rejects.toThrow('{"at":"yesterday"}');
});

test.each(['', 'no json', '{}', '{"at":"2026-11-20T10:00:00Z","host":"i-1","phase":"dancing"}'])(
  'is not an event: %s',
  (text) => {
    expect(() => parseTimelineEvent(text)).toThrow('not an event');
  },
);
