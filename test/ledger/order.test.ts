import { describe, expect, test } from '@jest/globals';
import type { Ledger, ZoneState } from '../../src/ledger/document.ts';
import {
  beginProblems,
  knownRelease,
  promoteProblems,
  zoneBegan,
  zoneEnded,
} from '../../src/ledger/order.ts';
import { UserError } from '../../src/runner/errors.ts';
import { AT, EMPTY, release, type Step, take } from './course.ts';

const RUN = 'https://github.test/runs/1';

function ledgerAfter(...steps: readonly (Partial<Step> & Pick<Step, 'kind'>)[]): Ledger {
  return steps.reduce(
    (ledger, step) => take(ledger, { zone: 'a', release: release(1), runId: 1, rollBack: false, ...step }),
    EMPTY,
  );
}

const PROMOTED = [{ kind: 'begin' }, { kind: 'deployed' }, { kind: 'promoted' }] as const;

function begin(ledger: Ledger, changes: Partial<Parameters<typeof beginProblems>[1]> = {}) {
  const turn = { zone: 'b', earlier: ['a'], release: release(1), runId: 1, rollBack: false };
  return beginProblems(ledger, { ...turn, ...changes });
}

describe('a zone may begin', () => {
  test('when it is the first one and nothing is known', () => {
    expect(begin(EMPTY, { zone: 'a', earlier: [] })).toEqual([]);
  });

  test('when every earlier one is promoted with just this release', () => {
    expect(begin(ledgerAfter(...PROMOTED))).toEqual([]);
  });

  test.each([
    ['nothing', [], 'has no deployment yet'],
    ['a deployment that goes on', [{ kind: 'begin' }], 'is deploying with 1.1.0'],
    ['no promotion yet', [{ kind: 'begin' }, { kind: 'deployed' }], 'is deployed with 1.1.0'],
    ['a deployment that failed', [{ kind: 'begin' }, { kind: 'stopped' }], 'is stopped with 1.1.0'],
    [
      'a roll-back',
      [{ kind: 'begin' }, { kind: 'deployed' }, { kind: 'rolled-back' }],
      'is rolled-back with 1.1.0',
    ],
  ] as const)('not when the zone before it has %s', (_, steps, seen) => {
    expect(begin(ledgerAfter(...steps))).toEqual([
      `zone a, which comes before b, ${seen}${seen.includes('with') ? ' (sha256 111111111111…)' : ''}; it must be promoted with 1.1.0 (sha256 111111111111…): promote it first`,
    ]);
  });

  test.each([
    ['another version', { ...release(1), version: '9' }],
    ['the same version of another digest', { ...release(1), sha256: '9'.repeat(64) }],
  ])('not when the zone before it is promoted with %s', (_, other) => {
    const problems = begin(ledgerAfter(...PROMOTED.map((step) => ({ ...step, release: other }))));
    expect(problems.join()).toContain('it must be promoted with 1.1.0');
  });

  test('with every reason at once', () => {
    const ledger = ledgerAfter(...PROMOTED.map((step) => ({ ...step, release: release(3), runId: 5 })));
    const problems = begin(ledger, { zone: 'c', earlier: ['a', 'b'], runId: 4 });
    expect(problems).toHaveLength(4);
    expect(problems[0]).toContain(
      'run 4 is older than run 5 (https://github.test/runs/5), which has 1.3.0 (sha256 333333333333…) in zone a',
    );
    expect(problems[1]).toContain('zone a, which comes before c, is promoted with 1.3.0');
    expect(problems[2]).toContain('zone b, which comes before c, has no deployment yet');
    expect(problems[3]).toContain(
      'zone a has 1.3.0 (sha256 333333333333…) of ordinal 3, which is newer than 1.1.0 (sha256 111111111111…) of ordinal 1: deploy a newer release, or set roll-back: true',
    );
  });
});

describe('a newer release', () => {
  const first = { zone: 'a', earlier: [] };

  test.each<ZoneState>(['deploying', 'deployed', 'stopped', 'promoted', 'held'])(
    'that is %s keeps older ones from beginning, except to roll back',
    (state) => {
      const began = { kind: 'begin', release: release(2) } as const;
      const steps = [began, { ...began, kind: 'deployed' }, { ...began, kind: state } as Step] as const;
      const count = state === 'deploying' ? 1 : state === 'deployed' ? 2 : 3;
      const ledger =
        state === 'stopped'
          ? ledgerAfter(began, { ...began, kind: 'stopped' })
          : ledgerAfter(...steps.slice(0, count));
      expect(ledger.zones['a']?.state).toBe(state);
      expect(begin(ledger, first).join()).toContain('is newer than');
      expect(begin(ledger, { ...first, rollBack: true })).toEqual([]);
      expect(begin(ledger, { ...first, release: release(2) })).toEqual([]);
      expect(begin(ledger, { ...first, release: release(3) })).toEqual([]);
    },
  );

  test('that was rolled back counts no more, but what the zone went back to does', () => {
    const second = { release: release(2) };
    const ledger = ledgerAfter(
      ...PROMOTED.map((step) => ({ ...step, ...second })),
      { kind: 'begin', release: release(3) },
      { kind: 'deployed', release: release(3) },
      { kind: 'rolled-back', release: release(3) },
    );
    expect(ledger.zones['a']).toMatchObject({ release: release(3), before: release(2) });
    expect(begin(ledger, { ...first, ...second })).toEqual([]);
    expect(begin(ledger, first).join()).toContain('of ordinal 2, which is newer');
  });

  test('is told by the ordinal of its first deployment', () => {
    const ledger = ledgerAfter({ kind: 'begin', release: release(2) });
    expect(knownRelease(ledger, { ...release(2), ordinal: 9 })).toEqual(release(2));
    expect(knownRelease(ledger, { ...release(2), sha256: '9'.repeat(64), ordinal: 9 }).ordinal).toBe(9);
    expect(begin(ledger, { ...first, release: { ...release(2), ordinal: 1 } })).toEqual([]);
    const again = zoneBegan(ledger, {
      zone: 'a',
      release: { ...release(2), ordinal: 9 },
      run: RUN,
      runId: 2,
      at: AT,
    });
    expect(again.zones['a']?.release).toEqual(release(2));
    expect(again.releases).toEqual(ledger.releases);
  });

  test('is known by its zone when many others came after it', () => {
    const many = Array.from({ length: 60 }, (_, index) => release(index + 2));
    const start = zoneBegan(EMPTY, { zone: 'z', release: release(1), run: RUN, runId: 0, at: AT });
    const ledger = many.reduce(
      (now, each) => zoneBegan(now, { zone: 'a', release: each, run: RUN, runId: 0, at: AT }),
      start,
    );
    expect(ledger.releases).toHaveLength(50);
    expect(ledger.releases.at(-1)).toMatchObject(release(61));
    expect(knownRelease(ledger, { ...release(1), ordinal: 99 }).ordinal).toBe(1);
  });
});

describe('a newer run', () => {
  const ledger = ledgerAfter({ kind: 'begin', runId: 7 });

  test('is never overtaken by an older one, not even to roll back', () => {
    const turn = { zone: 'a', earlier: [], runId: 6 };
    expect(begin(ledger, { ...turn, rollBack: true })).toHaveLength(1);
    expect(promoteProblems(ledger, { ...turn, release: release(1) }).join()).toContain('never overtakes');
    expect(begin(ledger, { ...turn, runId: 7 })).toEqual([]);
    expect(begin(ledger, { ...turn, runId: 8 })).toEqual([]);
  });

  test('is not compared with what happens outside of GitHub', () => {
    expect(begin(ledger, { zone: 'a', earlier: [], runId: 0 })).toEqual([]);
    expect(begin(ledgerAfter({ kind: 'begin', runId: 0 }), { zone: 'a', earlier: [] })).toEqual([]);
  });

  test('is not overwritten, whoever forgets to ask', () => {
    const where = { zone: 'a', run: RUN, runId: 6, at: AT };
    for (const attempt of [
      () => zoneBegan(ledger, { ...where, release: release(9) }),
      () => zoneEnded(ledger, { ...where, state: 'promoted' }),
    ]) {
      expect(attempt).toThrow(UserError);
      expect(attempt).toThrow('run 6 is older and may not write about it. The ledger was not changed.');
    }
    expect(zoneEnded(ledger, { ...where, runId: 7, state: 'deployed' }).zones['a']?.state).toBe('deployed');
  });
});

describe('a zone may be promoted', () => {
  const turn = { zone: 'a', earlier: [], release: release(1), runId: 1 };

  test('when it is deployed with just this release, or promoted already', () => {
    expect(promoteProblems(ledgerAfter({ kind: 'begin' }, { kind: 'deployed' }), turn)).toEqual([]);
    expect(promoteProblems(ledgerAfter(...PROMOTED), turn)).toEqual([]);
  });

  test('not otherwise', () => {
    const refused = (ledger: Ledger, changes: Partial<typeof turn> = {}) =>
      promoteProblems(ledger, { ...turn, ...changes }).join();
    expect(refused(EMPTY)).toContain('zone a has no deployment yet; it must be deployed with 1.1.0');
    expect(refused(ledgerAfter({ kind: 'begin' }))).toContain('zone a is deploying with');
    expect(refused(ledgerAfter({ kind: 'begin' }, { kind: 'stopped' }))).toContain('zone a is stopped');
    expect(refused(ledgerAfter(...PROMOTED), { release: release(2) })).toContain('deploy it first');
    const held = ledgerAfter({ kind: 'begin' }, { kind: 'deployed' }, { kind: 'held' });
    expect(refused(held)).toContain('zone a is held');
  });
});

describe('the release a zone goes back to', () => {
  const again = { release: release(2), runId: 2 };
  const promoted = PROMOTED.map((step) => ({ ...step }));

  test('is the one promoted there last, over any number of attempts', () => {
    const attempts = [
      { kind: 'begin', ...again },
      { kind: 'stopped', ...again },
      { kind: 'begin', ...again, release: release(3) },
      { kind: 'begin', ...again, release: release(3), runId: 3 },
    ] as const;
    expect(ledgerAfter(...promoted, ...attempts).zones['a']).toMatchObject({
      release: release(3),
      before: release(1),
    });
  });

  test('is not the release itself when it is deployed once more', () => {
    const twice = PROMOTED.map((step) => ({ ...step, ...again }));
    expect(ledgerAfter(...promoted, ...twice, { kind: 'begin', ...again }).zones['a']?.before).toEqual(
      release(1),
    );
  });

  test('is none in a zone that had no promotion', () => {
    expect(
      ledgerAfter({ kind: 'begin' }, { kind: 'stopped' }, { kind: 'begin' }).zones['a'],
    ).not.toHaveProperty('before');
  });
});

describe('an entry', () => {
  test('keeps when the deployment began and who approved, and says why it ended', () => {
    const began = zoneBegan(EMPTY, {
      zone: 'a',
      release: release(1),
      run: RUN,
      runId: 1,
      at: AT,
      approvedBy: ['octocat'],
    });
    const where = { zone: 'a', run: `${RUN}/attempts/2`, runId: 1, at: '2026-11-20T11:00:00.000Z' };
    const stopped = zoneEnded(began, { ...where, state: 'stopped', note: 'host i-1 did not start' });
    expect(stopped.zones['a']).toEqual({
      state: 'stopped',
      release: release(1),
      ...{ run: where.run, runId: 1, began: AT, at: where.at },
      approvedBy: ['octocat'],
      note: 'host i-1 did not start',
    });
    expect(zoneEnded(stopped, { ...where, state: 'deployed' }).zones['a']).not.toHaveProperty('note');
    expect(stopped.releases).toEqual([{ ...release(1), since: AT }]);
  });

  test('of a zone that never began cannot end', () => {
    for (const zone of ['a', 'constructor', '__proto__']) {
      const where = { zone, run: RUN, runId: 1, at: AT, state: 'deployed' } as const;
      expect(() => zoneEnded(EMPTY, where)).toThrow(`knows nothing of zone ${zone}`);
    }
  });
});

describe('a version', () => {
  test('always has the same bytes, even to roll back', () => {
    const ledger = ledgerAfter(...PROMOTED, { ...PROMOTED[0], release: release(2) });
    const other = { ...release(1), sha256: 'f'.repeat(64), ordinal: 9 };
    expect(begin(ledger, { zone: 'a', earlier: [], release: other, rollBack: true })).toEqual([
      '1.1.0 (sha256 ffffffffffff…) has other bytes than 1.1.0 (sha256 111111111111…), which was deployed before; one ' +
        'version must always be the same bytes: give the new build a new version',
    ]);
    expect(begin(ledger, { zone: 'a', earlier: [], release: { ...other, version: '1.9.0' } })).toEqual([]);
  });
});
