import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isRunning, LostLeaseError, SKEW } from '../../../src/ledger/lease.ts';
import { type Course, OURS, orderly, play, rough, type Way } from './model.ts';

const RUNS = { numRuns: 400 };

describe('whatever three runs do whose clocks are wrong by as much as is allowed', () => {
  test.each([
    ['that take over from each other', orderly],
    ['two of which are jobs of one run, while a person breaks leases', rough],
  ])(
    '%s: none changes anything after a later one has, and the fencing token never falls',
    async (_, courses) => {
      let changes = 0;
      let handovers = 0;
      await fc.assert(
        fc.asyncProperty(courses, async (course) => {
          const { broken, changed } = await play(course);
          expect(broken).toEqual([]);
          changes += changed.length;
          handovers += changed.filter(
            ({ run }, index) => index > 0 && changed[index - 1]?.run !== run,
          ).length;
        }),
        RUNS,
      );
      expect(changes).toBeGreaterThan(200);
      expect(handovers).toBeGreaterThan(20);
    },
  );

  test('their clocks alone keep them apart when nobody breaks a lease', async () => {
    expect((await judge(orderly, { ...OURS, check: byClock(SKEW) })).failed).toBe(false);
  });

  test.each<[string, fc.Arbitrary<Course>, Way]>([
    ['clocks are taken to be right', orderly, { skew: 0, check: byClock(0) }],
    ['the fencing token is not looked at', rough, { ...OURS, check: byClock(SKEW) }],
    ['nothing is looked at', orderly, { ...OURS, check: async () => undefined }],
  ])('it is noticed when %s', async (_, courses, way) => {
    expect((await judge(courses, way)).failed).toBe(true);
  });
});

function judge(courses: fc.Arbitrary<Course>, way: Way) {
  const holds = fc.asyncProperty(courses, async (course) => (await play(course, way)).broken.length === 0);
  return fc.check(holds, { numRuns: 1_000 });
}

/** Looks at nothing but the clock, as a run does that trusts its lease's end. */
function byClock(skew: number): Way['check'] {
  return async (_, taken, clock) => {
    if (!isRunning(taken, { now: clock.now(), skew })) throw new LostLeaseError('it ran out', taken.token);
  };
}
