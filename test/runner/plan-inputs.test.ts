import { expect, test } from '@jest/globals';
import type { Plan } from '../../src/operations/plan/plan.ts';
import { wantedRelease } from '../../src/runner/plan-inputs.ts';

const PLAN: Plan = {
  schema: 1,
  service: 'storefront',
  version: '1.4.2',
  sha256: 'a'.repeat(64),
  ordinal: 7,
  rollBack: true,
  planned: '2026-11-21T00:00:00Z',
  zones: [{ zone: 'us-east-1a', environment: 'open', todo: 'deploy', terms: {}, from: [] }],
};

test('without a plan the release is what the inputs say, and nothing is made up', async () => {
  const inputs = { version: '1.4.2', sha256: undefined, plan: undefined };
  expect(await wantedRelease(inputs)).toEqual({ version: '1.4.2', rollBack: false });
  const all = { ...inputs, sha256: 'b'.repeat(64), ordinal: 3, 'roll-back': true };
  expect(await wantedRelease(all)).toEqual({
    version: '1.4.2',
    sha256: 'b'.repeat(64),
    ordinal: 3,
    rollBack: true,
  });
});

test('digest, ordinal and roll-back are those of the plan', async () => {
  const inputs = { version: '1.4.2', sha256: undefined, ordinal: undefined, 'roll-back': false, plan: PLAN };
  const { sha256, ordinal } = PLAN;
  expect(await wantedRelease(inputs)).toEqual({
    version: '1.4.2',
    sha256,
    ordinal,
    rollBack: true,
    plan: PLAN,
  });
});

test('what contradicts the plan is refused, even where it is only the ordinal', async () => {
  const inputs = { version: '1.4.2', sha256: PLAN.sha256, ordinal: 8, plan: PLAN };
  await expect(wantedRelease(inputs)).rejects.toThrow('`ordinal` is 8, and `plan` was made for 7');
});
