import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, jest } from '@jest/globals';
import { pack } from '../../examples/storefront/pack.ts';
import { loadFleet, renderFleet, withPolicy } from '../../src/fleet/load.ts';
import { forkRange } from '../../src/range/fork.ts';
import { startGitHub } from '../../src/range/github/github.ts';
import { faultsNamed } from '../../src/rehearsal/faults.ts';
import { type RehearsalWorld, rehearse } from '../../src/rehearsal/rehearse.ts';
import type { StageState, Verdict } from '../../src/rehearsal/verdict.ts';
import { atOnce } from '../at-once.ts';

jest.setTimeout(180_000);

const DIST = resolve(import.meta.dirname, '../../dist');
/** Each sends 60 requests a second: more of them at a time would be about the machine. */
const AT_A_TIME = 3;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearse-zones-'));
  await pack(join(folder, 'releases'));
  const fleet = await readFile(join(import.meta.dirname, 'fleet.yml'), 'utf8');
  await writeFile(join(folder, 'fleet.yml'), withAlarms(fleet));
});

afterAll(() => rm(folder, { recursive: true }));

function withAlarms(fleet: string): string {
  return `${fleet.replaceAll(/^( +)pools:/gm, '$1alarms: [storefront-5xx]\n$1pools:').trimEnd()}
  alarms: [{ name: storefront-5xx }]
  probe: { path: /, version-header: x-storefront-version, rate: 60 }
  policy:
    bake: { wait: 0s, stable: 3s, first-zone: 3s, every: 500ms }
`;
}

function rehearsal(fault: string, approve: RehearsalWorld['approve'] = async () => true): Promise<Verdict> {
  return rehearse(
    {
      ...{ fleetFile: join(folder, 'fleet.yml'), seed: 1, leastRequests: 200, aftermath: 1_500 },
      faults: faultsNamed(fault === '' ? [] : [fault]),
      bundle: (action) => join(DIST, action, 'index.js'),
      patience: { interrupt: 7_500, terminate: 2_500 },
    },
    {
      ...{ loadFleet, withPolicy, renderFleet, forkRange, startGitHub, approve, environment: {} },
      progress: () => undefined,
      signal: new AbortController().signal,
    },
  );
}

function states({ stages }: Verdict): readonly StageState[] {
  return stages.map(({ state }) => state);
}

/** Every host runs the release of before and serves, no request failed, and this is why it stopped. */
function expectAllOld(verdict: Verdict, why: RegExp): void {
  expect(verdict.problems).toEqual([expect.stringMatching(why)]);
  expect(verdict.traffic.failed).toBe(0);
  const hosts = verdict.groups.flatMap((group) => group.hosts);
  expect(hosts.map(({ version, release }) => [version, release])).toEqual(Array(4).fill(['1.0.0', '1.0.0']));
}

/** The range judges its alarms anew each second, so one may be `OK` again when the bake looks; it then sees that it was not. */
const CAME_AND_WENT = 'is OK since .* in between it was not';

atOnce(
  {
    // That it does the same when an alarm has no data or vanishes is shown in test/operations/promote.
    'an alarm that rings in the bake: the zone is taken back under load, later zones stay closed':
      async () => {
        const verdict = await rehearsal('alarm');
        expect(states(verdict)).toEqual(['done', 'rolled-back', 'untouched']);
        expectAllOld(
          verdict,
          new RegExp(
            `Stopped at us-east-1a: .*storefront-5xx (is in ALARM|${CAME_AND_WENT}).*Rolled back to 1\\.0\\.0`,
            's',
          ),
        );
        // Every host of the zone was given the release, and then the one of before.
        const [first] = verdict.groups;
        for (const { phases } of first?.hosts ?? []) {
          expect(phases.filter(({ phase }) => phase === 'installing')).toHaveLength(2);
        }
      },
    'an approval that is refused: nothing is touched': async () => {
      const asked: string[] = [];
      const verdict = await rehearsal('', async ({ environment = '' }) => {
        asked.push(environment);
        return false;
      });
      expect(asked).toEqual(['storefront-us-east-1a']);
      expect(states(verdict)).toEqual(['done', 'refused', 'untouched']);
      expectAllOld(verdict, /approval of environment storefront-us-east-1a was refused/);
    },
    'an environment that asks nobody: refused before any zone': async () => {
      const verdict = await rehearsal('unprotected');
      expect(states(verdict)).toEqual(['failed', 'untouched', 'untouched']);
      expectAllOld(verdict, /Stopped at plan: .*storefront-us-east-1b .*no required reviewers/s);
    },
    'a floor that is lowered after the plan: the approval does not let it through': async () => {
      const verdict = await rehearsal('plan-changed');
      expect(states(verdict)).toEqual(['done', 'failed', 'untouched']);
      expectAllOld(verdict, /Stopped at us-east-1a: .*floor: approved was min-healthy 50%.*min-healthy 1/s);
    },
  },
  AT_A_TIME,
);
