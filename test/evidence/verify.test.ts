import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { EvidenceBundle, Json, Recorded } from '../../src/evidence/document.ts';
import { type Verdict, verifyBundle } from '../../src/evidence/verify.ts';
import { type RecordedZone, recordZone, resealed } from './stage.ts';

let zone: RecordedZone;
beforeAll(async () => {
  zone = await recordZone();
});

const find = (verdict: Verdict) => verdict.findings.join('\n');

describe('a bundle of a real deployment', () => {
  test('is accepted, with every decision judged', () => {
    const verdict = verifyBundle(JSON.parse(zone.text), zone.kept?.head);
    expect(verdict.findings).toEqual([]);
    if (verdict.kind !== 'accepted') throw new Error(find(verdict));
    const { parts, open } = verdict;
    expect(open).toEqual([]);
    // Two hosts, each: record, deregister, installer, register, clear.
    expect(parts.mutations.judged).toBe(10);
    expect(parts.guards.judged).toBe(2);
    expect(parts.proofs.judged).toBe(2);
    expect(verdict.bundle.hosts.map(({ before, after }) => [before?.version, after?.version])).toEqual([
      ['1.0.0', '1.1.0'],
      ['1.0.0', '1.1.0'],
    ]);
  });

  test('with another head than the one that was shown is refused', () => {
    expect(find(verifyBundle(JSON.parse(zone.text), 'a'.repeat(64)))).toContain('expected aaaa');
  });
});

/** Every place in a document that holds a text or a number. */
function leaves(
  value: unknown,
  path: readonly (string | number)[] = [],
): readonly (readonly (string | number)[])[] {
  if (typeof value === 'string' || typeof value === 'number') return [path];
  if (Array.isArray(value)) return value.flatMap((each, index) => leaves(each, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => leaves(each, [...path, key]));
}

/** A copy with one place changed. */
function tampered(value: unknown, [key, ...rest]: readonly (string | number)[], other: unknown): unknown {
  if (key === undefined) return other;
  if (Array.isArray(value)) {
    return value.map((each, index) => (index === key ? tampered(each, rest, other) : each));
  }
  return Object.fromEntries(
    Object.entries(Object(value)).map(([name, each]) => [
      name,
      name === key ? tampered(each, rest, other) : each,
    ]),
  );
}

function at(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce((each: unknown, key) => Object(each)[key], value);
}

function changed(value: unknown): unknown {
  return typeof value === 'number' ? value + 1 : flipped(String(value));
}

/** One character other: a digest stays one. */
function flipped(text: string): string {
  const last = text.at(-1) ?? '';
  return text.slice(0, -1) + (last === '1' ? '2' : '1');
}

describe('tampering', () => {
  test('with any one number or text is detected', () => {
    const document: unknown = JSON.parse(zone.text);
    const paths = leaves(document);
    expect(paths.length).toBeGreaterThan(500);
    const unnoticed = paths.filter(
      (path) => verifyBundle(tampered(document, path, changed(at(document, path)))).findings.length === 0,
    );
    expect(unnoticed).toEqual([]);
  }, 120_000);

  test('with any other value is detected', () => {
    const document: unknown = JSON.parse(zone.text);
    const paths = leaves(document);
    fc.assert(
      fc.property(
        fc.constantFrom(...paths),
        fc.oneof(fc.string(), fc.double(), fc.jsonValue()),
        (path, value) => {
          // JSON has one zero.
          fc.pre(JSON.stringify(value) !== JSON.stringify(at(document, path)));
          expect(
            verifyBundle(tampered(document, path, JSON.parse(JSON.stringify(value)))).findings,
          ).not.toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);

  test('by leaving out, adding or swapping entries is detected', () => {
    const bundle: EvidenceBundle = JSON.parse(zone.text);
    const { entries } = bundle;
    const [first, second, ...rest] = entries;
    if (first === undefined || second === undefined) throw new Error('too few entries');
    for (const other of [
      entries.slice(1),
      entries.slice(0, -1),
      [second, first, ...rest],
      [...entries, first],
      [],
    ]) {
      expect(verifyBundle({ ...bundle, entries: other }).kind).toBe('refused');
    }
  });

  test.each([
    ['nothing', null, 'its schema is none'],
    ['a newer schema', { schema: 2 }, 'its schema is 2, expected 1'],
    ['something else', { schema: 1, moon: 'full' }, 'service: '],
  ])('%s is no bundle', (_, document, says) => {
    const verdict = verifyBundle(document);
    expect(verdict.kind).toBe('unreadable');
    expect(find(verdict)).toContain(says);
  });

  test('a key that nobody knows is refused', () => {
    expect(verifyBundle({ ...JSON.parse(zone.text), moon: 'full' }).kind).toBe('unreadable');
  });
});

describe('a run that was cut short', () => {
  /** The zone's bundle up to its last registration, which nobody looked at any more. */
  function cutShort(
    state: EvidenceBundle['outcome']['state'],
    more: readonly Recorded[] = [],
  ): EvidenceBundle {
    const register = zone.bundle.entries.findLastIndex(({ call }) => call === 'register');
    return resealed(zone.bundle, (entries) => [...entries.slice(0, register + 1), ...more], {
      hosts: [],
      outcome: { state, problem: 'Cancelled by SIGINT.' },
    });
  }
  const UNSEEN = /register of web was recorded, and no look at web after it/;

  test('by a person: what nobody has seen any more is said, and is no finding', () => {
    const verdict = verifyBundle(cutShort('cancelled'));
    if (verdict.kind === 'unreadable') throw new Error(find(verdict));
    expect(verdict.findings).toEqual([]);
    expect(verdict.open).toEqual([expect.stringMatching(UNSEEN)]);
    expect(verdict.parts).toMatchObject({
      mutations: { judged: 9 },
      guards: { judged: 2 },
      proofs: { judged: 0 },
    });
  });

  test.each(['deployed', 'unchanged', 'promoted', 'rolled-back', 'held', 'stopped'] as const)(
    'and is said to have ended %s is refused',
    (state) => {
      expect(find(verifyBundle(cutShort(state)))).toMatch(UNSEEN);
    },
  );

  test.each(['held', 'stopped'] as const)(
    'and has ended %s: a look that nobody answered is said, and is no finding',
    (state) => {
      const { at = '' } = zone.bundle.entries.at(-1) ?? {};
      const asked = {
        port: 'balancer',
        call: 'targets',
        subject: 'web',
        given: null,
        at,
        until: at,
        count: 1,
      } as const;
      const verdict = verifyBundle(
        cutShort(state, [{ ...asked, kind: 'observation', error: 'ThrottlingException' }]),
      );
      if (verdict.kind === 'unreadable') throw new Error(find(verdict));
      expect([verdict.findings, verdict.open]).toEqual([[], [expect.stringMatching(UNSEEN)]]);
    },
  );

  test('is judged like any other but for that', () => {
    const floor = { minHealthy: { kind: 'percent', value: 100 } as const, surviveZone: false };
    const cancelled = cutShort('cancelled');
    const guards = { ...cancelled.guards, floor };
    expect(find(verifyBundle(resealed(cancelled, (entries) => entries, { guards })))).toContain(
      'the floor forbids it',
    );
    const hosts = [{ host: 'i-a1', after: { version: '9.9.9', sha256: 'a' } }];
    expect(find(verifyBundle(resealed(cancelled, (entries) => entries, { hosts })))).toContain(
      'are not those that its recorded answers say',
    );
  });

  test.each(['deployed', 'stopped'] as const)('cannot be made of one that has ended %s', (state) => {
    const other = cutShort(state);
    const claimed = { ...other, outcome: { ...other.outcome, state: 'cancelled' } };
    expect(find(verifyBundle(claimed))).toMatch(/^the head is [0-9a-f]{64}, and what it stands over gives/);
    expect(find(verifyBundle(cutShort('cancelled'), other.head))).toContain(`expected ${other.head}`);
  });
});

describe('a bad decision in an intact chain', () => {
  /** Accepted unless `change` plants something. */
  function judged(
    change: (entries: readonly Recorded[]) => readonly Recorded[],
    other: Partial<EvidenceBundle> = {},
  ): Verdict {
    return verifyBundle(resealed(zone.bundle, change, other));
  }
  const each = (change: (entry: Recorded) => Recorded) => (entries: readonly Recorded[]) =>
    entries.map(change);

  test('nothing planted is accepted', () => {
    expect(judged((entries) => entries).findings).toEqual([]);
  });

  test('a deregistration below the floor', () => {
    const floor = { minHealthy: { kind: 'percent', value: 100 } as const, surviveZone: false };
    const verdict = judged((entries) => entries, { guards: { ...zone.bundle.guards, floor } });
    expect(verdict.findings).toHaveLength(2);
    expect(verdict.findings[0]).toMatch(
      /^entry \d+: deregistered i-a1:8080 from web, and the floor forbids it.*floor is 4/,
    );
  });

  test('a deregistration while other targets were seen unhealthy', () => {
    const verdict = judged(
      each((entry) =>
        entry.call !== 'targets'
          ? entry
          : {
              ...entry,
              answer: [
                { state: 'healthy', targets: ['i-a1:8080', 'i-a2:8080'] },
                { state: 'unhealthy', targets: ['i-b1:8080', 'i-b2:8080'] },
              ],
            },
      ),
    );
    expect(find(verdict)).toContain('the floor forbids it');
  });

  test('two deregistrations after one look', () => {
    const twice = (entries: readonly Recorded[]) =>
      entries.flatMap((entry) =>
        entry.call === 'deregister' ? [entry, { ...entry, given: ['i-a2:8080', 'i-b1:8080'] }] : [entry],
      );
    expect(find(judged(twice))).toContain('the floor forbids it');
  });

  test('a deregistration on a look that is old, or on none', () => {
    const index = zone.bundle.entries.findIndex(({ call }) => call === 'deregister');
    const late = judged((entries) =>
      entries.map((entry, place) =>
        place < index && entry.kind === 'observation'
          ? { ...entry, at: '2026-11-20T00:00:00.000Z', until: '2026-11-20T00:00:00.000Z' }
          : entry,
      ),
    );
    expect(find(late)).toMatch(/the last targets were recorded \d+ ms before/);
    const blind = judged((entries) =>
      entries.filter(({ call }, place) => place > index || call !== 'targets'),
    );
    expect(find(blind)).toContain('no targets of the pool were recorded before');
  });

  test('a mutation with no look after it', () => {
    const last = zone.bundle.entries.findLastIndex(({ call }) => call === 'register');
    const verdict = judged((entries) =>
      entries.filter(({ call }, place) => place <= last || call !== 'targets'),
    );
    expect(find(verdict)).toMatch(/entry \d+: register of web was recorded, and no look at web after it/);
    const clear = zone.bundle.entries.findLastIndex(({ call }) => call === 'clear');
    const host = zone.bundle.entries[clear]?.subject ?? '';
    const unseen = judged((entries) =>
      entries.filter(({ subject }, place) => place <= clear || subject !== host),
    );
    expect(find(unseen)).toContain(`clear of ${host} was recorded, and no look at ${host} after it`);
  });

  test('a registration that was never seen healthy, and a withdrawal that was never seen', () => {
    const never = (state: string, call: string) =>
      judged((entries) => {
        const from = entries.findIndex((entry) => entry.call === call);
        return entries.map((entry, place) =>
          place > from && entry.call === 'targets'
            ? { ...entry, answer: [{ state, targets: ['i-a1:8080', 'i-a2:8080', 'i-b1:8080', 'i-b2:8080'] }] }
            : entry,
        );
      });
    expect(find(never('initial', 'register'))).toMatch(
      /register of i-a1:8080 in web.*last seen initial.*expected healthy/,
    );
    expect(find(never('healthy', 'deregister'))).toMatch(
      /deregister of i-a1:8080.*last seen healthy.*expected draining/,
    );
  });

  test('a host that did not prove the release', () => {
    const older = judged(
      each((entry) =>
        entry.call === 'probe' && entry.subject === 'i-a2'
          ? { ...entry, answer: JSON.parse(JSON.stringify(entry.answer).replaceAll('1.1.0', '1.0.0')) }
          : entry,
      ),
    );
    expect(find(older)).toMatch(
      /entry \d+: i-a2: the process that answers .* is version 1\.0\.0, expected 1\.1\.0/,
    );
    const unasked = judged((entries) =>
      entries.filter(({ call, subject }) => call !== 'probe' || subject !== 'i-a1'),
    );
    expect(find(unasked)).toContain('i-a1: its process was not asked');
    const silent = judged((entries) =>
      entries.filter(({ call, subject }) => call !== 'status' || subject !== 'i-a1'),
    );
    expect(find(silent)).toContain('i-a1 did not say');
  });

  test('releases that no host has said', () => {
    const hosts = zone.bundle.hosts.map((host) => ({ ...host, before: { version: '0.9.0', sha256: 'a' } }));
    expect(find(judged((entries) => entries, { hosts }))).toContain(
      'are not those that its recorded answers say',
    );
  });

  test('a host of the zone of which nothing is said', () => {
    const hosts = zone.bundle.hosts.filter(({ host }) => host !== 'i-a2');
    expect(find(judged((entries) => entries, { hosts }))).toContain(
      'i-a2 is a host of us-east-1a, and nothing',
    );
    expect(find(judged((entries) => entries, { hosts: [] }))).toContain('no host of us-east-1a is named');
  });

  test('a deregistration while others are in slow start', () => {
    const target = { pool: 'web', id: 'i-b1', port: 8080 };
    const floor = { minHealthy: { kind: 'count', value: 3 } as const, surviveZone: false };
    /** One host says, just before each deregistration, that it has not returned to these yet. */
    const slow = (targets: readonly Json[]) =>
      judged(
        (entries) =>
          entries.flatMap((entry): readonly Recorded[] => {
            const { call, at } = entry;
            if (call === 'settings')
              return [{ ...entry, answer: { ...Object(entry.answer), slowStart: 60_000 } }];
            if (call !== 'deregister') return [entry];
            const answer = { outcome: 'done', said: { version: '', sha256: '', record: { targets } } };
            const status = {
              kind: 'observation',
              port: 'transport',
              call: 'status',
              subject: 'i-b1',
            } as const;
            return [{ ...status, at, until: at, count: 1, given: { directory: '' }, answer }, entry];
          }),
        { guards: { ...zone.bundle.guards, floor } },
      );
    expect(slow([]).findings).toEqual([]);
    expect(slow([{ ...target, pool: 'api' }]).findings).toEqual([]);
    expect(find(slow([target]))).toContain('1 of them in slow start');
  });

  test('times that cannot be', () => {
    const late = each((entry) =>
      entry.call === 'clear' ? { ...entry, until: '2099-01-01T00:00:00.000Z' } : entry,
    );
    expect(find(judged(late))).toContain('expected no later than');
  });

  test('a gate that was shut at the end of a promotion', () => {
    const moment = { at: '2026-11-21T01:00:00.000Z', state: 'open' as const, seen: 'OK' };
    const gate = {
      gate: 'alarm errors',
      open: 3,
      closed: 0,
      unreadable: 0,
      last: moment,
      transitions: [moment],
    };
    const bake = {
      began: '2026-11-21T00:50:00.000Z',
      ended: '2026-11-21T01:00:00.000Z',
      stable: 600_000,
      every: 10_000,
      readings: 3,
      gates: [gate],
    };
    const promoted = { action: 'promote', outcome: { state: 'promoted' } } as const;
    expect(judged((entries) => entries, { ...promoted, bake }).findings).toEqual([]);
    const shut = { ...gate, last: { ...moment, state: 'closed' as const, seen: 'ALARM' } };
    const verdict = judged((entries) => entries, { ...promoted, bake: { ...bake, gates: [shut] } });
    expect(verdict.findings).toEqual([
      'the zone was promoted, and alarm errors was last closed at 2026-11-21T01:00:00.000Z (ALARM), expected open',
    ]);
    const short = judged((entries) => entries, { ...promoted, bake: { ...bake, stable: 600_001 } });
    expect(find(short)).toContain('after a bake of 600000 ms');
  });
});
