import { expect, test } from '@jest/globals';
import { verifyBundle } from '../../../src/evidence/verify.ts';
import { recordZone } from '../../evidence/stage.ts';
import type { Fault } from '../world.ts';
import { createZones } from '../zone.ts';

/** A last look that fails leaves a claim without its proof, and a record that could not be removed is still there. */
const EXPECTED = /was not asked for its release|did not say|no look at|has a record of being out of service/;
/** Calls whose failure may leave such a claim: those of the last look, and the removal of the records. */
const MOST_REFUSED = 12;

/** The findings of a zone in which one call goes wrong; none when the deployment never began. */
async function findingsOf(
  fault: Fault,
  at: number,
): Promise<{ readonly state: string; readonly findings: readonly string[] }> {
  const world = createZones();
  let calls = 0;
  world.before = () => {
    calls += 1;
    return calls === at ? fault : undefined;
  };
  try {
    const { bundle } = await recordZone({ world });
    return { state: bundle.outcome.state, findings: verifyBundle(bundle).findings };
  } catch {
    expect(world.changes()).toEqual([]);
    return { state: 'not begun', findings: [] };
  }
}

test.each(['refused', 'cut'] as const)(
  'whichever call is %s, what the deployment did about it is accepted',
  async (fault) => {
    const world = createZones();
    await recordZone({ world });
    const states = new Set<string>();
    let refused = 0;
    for (let at = 1; at <= world.calls.length; at += 1) {
      const { state, findings } = await findingsOf(fault, at);
      states.add(state);
      const other = findings.filter((each) => !EXPECTED.test(each));
      expect({ at, other }).toEqual({ at, other: [] });
      refused += findings.length > 0 ? 1 : 0;
    }
    expect(refused).toBeLessThan(MOST_REFUSED);
    expect([...states]).toEqual(expect.arrayContaining(['deployed', 'stopped']));
  },
  60_000,
);
