import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { deployAdmitted } from '../../../src/operations/admission/deploy-admitted.ts';
import { brokenBy, type Deploy, type Move, playMoves } from './order-model.ts';
import { withoutOrder, withoutPeople, withoutProof } from './planted.ts';

const zone = fc.nat({ max: 2 });
const host = fc.nat({ max: 5 });
const run = fc.integer({ min: 10, max: 13 });
/** One release is usual: otherwise hardly any deployment would come to its second zone. */
const version = fc.constantFrom('1.1.0', '1.1.0', '1.1.0', '1.1.0', '1.2.0', '1.1.1-broken');
const spoiling = fc.record({
  host,
  how: fc.constantFrom(
    'other version' as const,
    'other bytes' as const,
    'old process' as const,
    'sick' as const,
  ),
});
const deployment = fc.record({
  kind: fc.constant('deploy' as const),
  zone,
  run,
  version,
  rollBack: fc.boolean(),
  /** What goes wrong with a host in the middle of it, at which call. */
  meanwhile: fc.option(fc.record({ at: fc.nat({ max: 60 }), ...{ spoiling } }), { nil: undefined, freq: 6 }),
});
const approval = fc.record({
  kind: fc.constant('approve' as const),
  zone,
  run,
  as: fc.constantFrom(
    'fresh' as const,
    'fresh' as const,
    'fresh' as const,
    'old' as const,
    'rejected' as const,
  ),
});
const promotion = fc.record({ kind: fc.constant('promote' as const), zone, run });
const single: fc.Arbitrary<Move> = fc.oneof(
  { weight: 3, arbitrary: deployment },
  { weight: 3, arbitrary: promotion },
  { weight: 2, arbitrary: approval },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('spoil' as const), spoiling }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('mend' as const), host, version }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('race' as const), one: deployment, other: deployment }),
  },
);
/** What a workflow does for one zone, whose steps other moves may come between. */
const turn: fc.Arbitrary<readonly Move[]> = fc
  .record({ zone, run, between: fc.array(single, { maxLength: 1 }) })
  .map(({ between, ...at }) => [
    { kind: 'approve', as: 'fresh', ...at },
    { kind: 'deploy', version: '1.1.0', rollBack: false, meanwhile: undefined, ...at },
    ...between,
    { kind: 'promote', ...at },
  ]);
/** The same for all zones in order, by one run. */
const rollout: fc.Arbitrary<readonly Move[]> = fc
  .record({ run, between: fc.array(fc.array(single, { maxLength: 1 }), { minLength: 3, maxLength: 3 }) })
  .map(({ run: by, between }) =>
    between.flatMap((moves, index): readonly Move[] => [
      { kind: 'approve', as: 'fresh', zone: index, run: by },
      ...moves,
      { kind: 'deploy', version: '1.1.0', rollBack: false, meanwhile: undefined, zone: index, run: by },
      { kind: 'promote', zone: index, run: by },
    ]),
  );
const moves = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: single.map((move) => [move]) },
      { weight: 2, arbitrary: turn },
      { weight: 1, arbitrary: rollout },
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => parts.flat());

const SEED = 20_261_121;

async function check(
  deploy: Deploy,
  reached: (zone: string, state: string) => void = () => {},
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(moves, async (made) => {
      const broken = brokenBy(await playMoves(made, deploy, reached));
      if (broken.length > 0) throw new Error(broken.join('\n'));
    }),
    { numRuns: 300, seed: SEED },
  );
}

test('whatever runs, people and hosts do: no zone begins or is promoted before every earlier one is and proves it', async () => {
  const counts = new Map<string, number>();
  await check(deployAdmitted, (name, state) => {
    counts.set(`${name} ${state}`, (counts.get(`${name} ${state}`) ?? 0) + 1);
  });
  // Otherwise nothing would have been tested.
  for (const state of ['deploying', 'deployed', 'stopped', 'promoted']) {
    expect(counts.get(`us-east-1a ${state}`)).toBeGreaterThan(10);
  }
  expect(counts.get('us-east-1c deploying')).toBeGreaterThan(10);
  expect(counts.get('us-east-1c promoted')).toBeGreaterThan(10);
});

test.each([
  ['the proof of earlier hosts', withoutProof, /began while i-.* of an earlier zone did not prove/],
  ['the order of the ledger', withoutOrder, /began while us-east-1[ab] was/],
  ['the approval', withoutPeople, /began without an approval/],
])('an admission that leaves out %s is caught', async (_, planted, says) => {
  await expect(check(planted)).rejects.toMatchObject({
    cause: expect.objectContaining({ message: expect.stringMatching(says) }),
  });
});
