import { describe, expect, test } from '@jest/globals';
import type { Phase, TimelineEvent } from '../../src/operations/context.ts';
import { type Activity, circumstanceAt, hostPhases } from '../../src/rehearsal/activities.ts';

const at = (second: number): number => Date.parse('2026-11-20T10:00:00Z') + second * 1_000;

function event(second: number, host: string, phase: Phase, note?: string): TimelineEvent {
  return { at: new Date(at(second)).toISOString(), host, phase, ...(note === undefined ? {} : { note }) };
}

const EVENTS = [
  event(12, 'i-1', 'draining'),
  event(14, 'i-1', 'installing', 'from 1.0.0'),
  event(16, 'i-1', 'serving'),
  event(15, 'i-2', 'draining'),
  event(18, 'i-2', 'serving'),
];

const ACTIVITIES: readonly Activity[] = [
  { stage: 'us-east-1a', kind: 'approval', from: at(5), to: at(10) },
  { stage: 'us-east-1a', kind: 'action', action: 'deploy-zone', from: at(10), to: at(20) },
  { stage: 'pool flip', kind: 'action', action: 'pool-flip', from: at(26), to: at(28) },
];

test('a phase lasts until the host enters the next one, the last until the end', () => {
  const phases = hostPhases(EVENTS, ACTIVITIES, at(30)).filter(({ host }) => host === 'i-1');
  expect(phases).toEqual([
    { host: 'i-1', phase: 'draining', from: at(12), to: at(14) },
    { host: 'i-1', phase: 'installing', from: at(14), to: at(16), note: 'from 1.0.0' },
    { host: 'i-1', phase: 'serving', from: at(16), to: at(30) },
  ]);
});

test('upgrade-host leaves a host alone when it ends', () => {
  const upgrade = [
    { stage: 'second pool', kind: 'action', action: 'upgrade-host', from: at(10), to: at(17) },
  ] as const;
  const events = [event(12, 'i-1', 'installing'), event(14, 'i-1', 'proving')];
  expect(hostPhases(events, upgrade, at(30)).at(-1)).toMatchObject({ phase: 'proving', to: at(17) });
  expect(hostPhases(events, ACTIVITIES, at(30)).at(-1)).toMatchObject({ phase: 'proving', to: at(30) });
});

describe('a failure is laid at the door of', () => {
  const circumstance = (from: number, to = from) =>
    circumstanceAt(at(from), at(to), hostPhases(EVENTS, ACTIVITIES, at(30)), ACTIVITIES);

  test('the host in hand and its phase', () => {
    expect(circumstance(13)).toEqual({
      during: 'us-east-1a: i-1 draining',
      hosts: [{ host: 'i-1', phase: 'draining' }],
    });
  });

  test('all hosts and phases that it overlapped', () => {
    expect(circumstance(13, 15.5).during).toBe('us-east-1a: i-1 draining, i-1 installing, i-2 draining');
  });

  test.each([
    [1, 'before us-east-1a'],
    [7, 'while the approval of us-east-1a was awaited'],
    [11, 'us-east-1a: between two hosts'],
    [25, 'after us-east-1a'],
    [27, 'pool flip: pool-flip'],
  ])('second %s: %s', (second, during) => {
    expect(circumstance(second)).toEqual({ during, hosts: [] });
  });
});
