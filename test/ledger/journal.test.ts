import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Ledger, MOST_INTENTS } from '../../src/ledger/document.ts';
import {
  type Beginning,
  hostsServe,
  intentBegan,
  intentEnded,
  journalClosed,
  knownRecords,
  openIntents,
} from '../../src/ledger/journal.ts';
import { leftSentences } from '../../src/ledger/left-open.ts';
import { recordSchema } from '../../src/ledger/parse.ts';
import { isRecord } from '../../src/operations/records.ts';
import { AT, EMPTY } from './course.ts';
import { CHANGES, type Changes, faultsOf, moves, recordOf } from './journal-course.ts';

const WRITER = { run: 'run 7', token: 7, at: AT };
const INSTALL: Beginning = { ...WRITER, act: 'install', zone: 'a', version: '1.1.0' };

function began(hosts: readonly string[], changes: Partial<Beginning> = {}, from: Ledger = EMPTY): Ledger {
  return intentBegan(
    from,
    { ...INSTALL, ...changes },
    hosts.map((host) => recordOf(host)),
  );
}

function closings({ journal = [] }: Ledger): readonly (string | undefined)[] {
  return journal.map(({ end }) => end?.kind);
}

describe('whatever is begun, ended, killed and taken over', () => {
  const sound = (changes: Changes) => fc.property(moves, (course) => faultsOf(course, changes).length === 0);

  test('no host is lost, none is kept that serves, and little is open', () => {
    fc.assert(sound(CHANGES), { numRuns: 1_000 });
  });

  test.each<[string, Partial<Changes>]>([
    [
      'takes the hosts that another left for its own',
      {
        began: (ledger, beginning, records) => {
          const abandoned = openIntents(ledger).flatMap(({ hosts }) => hosts);
          return intentBegan(hostsServe(ledger, abandoned), beginning, records);
        },
      },
    ],
    ['forgets who is out when a batch ends', { ended: (ledger, ending) => intentEnded(ledger, ending, []) }],
    [
      'keeps every intent',
      {
        began: (ledger, beginning, records) => {
          const next = intentBegan(ledger, beginning, records);
          const last = (next.journal ?? []).slice(-1);
          return { ...next, journal: [...(journalClosed(ledger, WRITER).journal ?? []), ...last] };
        },
      },
    ],
    [
      'takes its own for that of another',
      {
        began: (ledger, beginning, records) => {
          const same = (ledger.journal ?? []).map((each) => ({ ...each, run: beginning.run, token: 0 }));
          return intentBegan({ ...ledger, journal: same }, beginning, records);
        },
      },
    ],
  ])('is caught when it %s', (_, planted) => {
    expect(fc.check(sound({ ...CHANGES, ...planted }), { numRuns: 1_000, seed: 7 }).failed).toBe(true);
  });
});

test('the next act says that the one before it is done, one for another version that it failed', () => {
  const first = began(['i-1'], { act: 'withdraw' });
  const second = began(['i-1'], {}, first);
  expect(closings(second)).toEqual(['done', undefined]);
  expect(closings(began(['i-1'], { version: '1.0.0' }, second))).toEqual(['done', 'failed', undefined]);
});

test('what another run left open is abandoned by the next beginning, and its hosts stay out', () => {
  const next = began(['i-2'], { run: 'run 8', token: 8 }, began(['i-1']));
  expect(closings(next)).toEqual(['abandoned', undefined]);
  expect(Object.keys(next.out ?? {})).toEqual(['i-1', 'i-2']);
});

test('a run with the token of another, after a ledger was restored, does not take its hosts for its own', () => {
  const next = began(['i-2'], { run: 'run 8' }, began(['i-1']));
  expect(closings(next)).toEqual(['abandoned', undefined]);
  expect(Object.keys(next.out ?? {})).toEqual(['i-1', 'i-2']);
});

test('a host that was replaced gives way to its successor', () => {
  const next = began(['i-9', 'i-2'], { act: 'return' }, began(['i-1', 'i-2']));
  expect(Object.keys(next.out ?? {})).toEqual(['i-9', 'i-2']);
});

test('a host is held with one line of why, until it is returned', () => {
  const held = intentEnded(began(['i-1']), { ...WRITER, zone: 'a', kind: 'failed' }, [
    { record: recordOf('i-1'), held: `${'x'.repeat(400)}\nsecond line` },
  ]);
  expect(held.out?.['i-1']?.held).toBe(`${'x'.repeat(300)} …`);
  const why = held.out?.['i-1']?.held;
  const again = began(['i-1'], { run: 'run 8', token: 8 }, held);
  expect(again.out?.['i-1']?.held).toBe(why);
  const given = { record: recordOf('i-1') };
  const cancelled = intentEnded(again, { run: 'run 8', token: 8, at: AT, zone: 'a', kind: 'failed' }, [
    given,
  ]);
  expect(cancelled.out?.['i-1']?.held).toBe(why);
  const returning = began(['i-1'], { act: 'return', run: 'run 8', token: 8 }, again);
  expect(returning.out?.['i-1']).toEqual({ zone: 'a', record: recordOf('i-1') });
});

test('an end without trouble leaves nothing behind but the journal', () => {
  const ended = intentEnded(began(['i-1', 'i-2']), { ...WRITER, zone: 'a', kind: 'done' }, []);
  expect(ended).not.toHaveProperty('out');
  expect(closings(ended)).toEqual(['done']);
});

test(`the journal keeps ${MOST_INTENTS}, the newest last`, () => {
  const versions = Array.from({ length: 20 }, (_, index) => `1.${index}.0`);
  const ledger = versions.reduce((found, version) => began(['i-1'], { version }, found), EMPTY);
  expect(ledger.journal?.map(({ version }) => version)).toEqual(versions.slice(-MOST_INTENTS));
});

test('records are known by zone', () => {
  const ledger = began(['i-2'], { zone: 'b', token: 8 }, began(['i-1']));
  expect([...knownRecords(ledger, 'b')]).toEqual([['i-2', recordOf('i-2')]]);
});

describe('what a run finds', () => {
  test('is nothing when everything was closed', () => {
    expect(leftSentences(journalClosed(EMPTY, WRITER), 'a')).toEqual([]);
    const ended = intentEnded(began(['i-1']), { ...WRITER, zone: 'a', kind: 'done' }, []);
    expect(leftSentences(ended, 'a')).toEqual([]);
  });

  test('is what was under way, and what is done about it', () => {
    expect(leftSentences(began(['i-1', 'i-2']), 'a')).toEqual([
      `run 7 was stopped while it was installing 1.1.0 on i-1, i-2 (since ${AT}); continuing from what the hosts show`,
    ]);
    expect(leftSentences(began(['i-1'], { act: 'return' }), 'b')).toEqual([
      `run 7 was stopped while it was returning i-1 to service with 1.1.0 (since ${AT}); a stays as it is until it is deployed again or return-hosts looks at it`,
    ]);
  });

  test('is who is out besides, and why he is held', () => {
    const held = intentEnded(began(['i-1']), { ...WRITER, zone: 'a', kind: 'failed' }, [
      { record: recordOf('i-1'), held: 'it crashed' },
    ]);
    expect(leftSentences(held, 'a')).toEqual([
      `taken out of service and not seen to serve since: i-1 (since ${AT} by run 1, held: it crashed); continuing from what the hosts show`,
    ]);
    expect(leftSentences(held, 'b')).toEqual([]);
  });
});

describe('an undo record', () => {
  const scaling = fc.constantFrom<object>(
    { mode: 'standby', group: 'g' },
    { mode: 'standby', group: 'g', minSize: 2 },
    { mode: 'suspend', group: 'g', processes: ['Launch'] },
  );
  const whole = scaling.map((each) => ({ ...recordOf('i-1'), scaling: each }));
  const anything = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(-1, 0.5, 1e300, '', 'standby', 'suspend', [], {}, null),
  );
  /** A record of which one thing, however deep, is another or missing. */
  const spoilt = fc
    .tuple(whole, fc.nat(), fc.option(anything, { nil: undefined }))
    .map(([one, at, value]) => {
      const copy = structuredClone(one);
      const places = placesIn(copy);
      const [owner, key] = places[at % places.length] ?? [copy, 'host'];
      if (value === undefined) Reflect.deleteProperty(owner, key);
      else Reflect.set(owner, key, value);
      return JSON.parse(JSON.stringify(copy)) as unknown;
    });

  test('is taken from a ledger and from a host alike, and refused alike', () => {
    const seen = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(fc.oneof(whole, spoilt, fc.jsonValue()), (value) => {
        const taken = isRecord(value);
        seen[taken ? 'taken' : 'refused'] += 1;
        expect(recordSchema.safeParse(value).success).toBe(taken);
      }),
      { numRuns: 3_000, seed: 7 },
    );
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(300);
  });

  test('keeps what a newer version has written into it', () => {
    const newer = { ...recordOf('i-1'), more: { of: 'it' } };
    expect(recordSchema.parse(newer)).toEqual(newer);
    expect(isRecord(newer)).toBe(true);
  });
});

function placesIn(value: object): readonly (readonly [object, string])[] {
  return Object.entries(value).flatMap(([key, each]) => [
    [value, key] as const,
    ...(typeof each === 'object' && each !== null ? placesIn(each) : []),
  ]);
}
