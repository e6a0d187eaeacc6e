import { expect, test } from '@jest/globals';
import type { BakeEvidence, GateMoment } from '../../src/operations/bake/bake-evidence.ts';
import type { PromotionReport } from '../../src/operations/promote/request.ts';
import { evidenceOutput, promotionNews, promotionSummary } from '../../src/report/promote.ts';
import { UserError } from '../../src/runner/errors.ts';

const moment = (state: GateMoment['state'], second: number): GateMoment => {
  return {
    at: new Date(Date.UTC(2026, 10, 21, 10, 0, second)).toISOString(),
    state,
    seen: `it is ${state} | <b>`,
  };
};
const EVIDENCE: BakeEvidence = {
  began: '2026-11-21T10:00:00.000Z',
  ended: '2026-11-21T10:30:00.000Z',
  stable: 1_800_000,
  every: 10_000,
  readings: 181,
  closedFor: 20_000,
  gates: [
    {
      gate: 'steady',
      open: 181,
      closed: 0,
      unreadable: 0,
      last: moment('open', 0),
      transitions: [moment('open', 0)],
    },
    {
      gate: 'flapping',
      ...{ open: 100, closed: 80, unreadable: 1 },
      last: moment('closed', 59),
      transitions: Array.from({ length: 50 }, (_, index) =>
        moment(index % 2 === 0 ? 'open' : 'closed', index),
      ),
    },
  ],
};
const PROMOTED: PromotionReport = {
  zone: 'us-east-1a',
  version: '1.1.0',
  sha256: 'ab'.repeat(32),
  state: 'promoted',
  done: 'every gate was open',
  hosts: [],
  evidence: EVIDENCE,
};
const BACK: PromotionReport = {
  ...PROMOTED,
  state: 'rolled-back',
  done: 'Rolled back to 1.0.0.',
  problem: new UserError('us-east-1a is not promoted'),
  hosts: [{ host: 'i-a1', outcome: 'upgraded', from: '1.1.0', to: '1.0.0', proof: '1.0.0, started now' }],
};

test('a promotion is told gate by gate, with the evidence', () => {
  const summary = promotionSummary('storefront', PROMOTED);
  expect(summary).toContain('### storefront 1.1.0 in us-east-1a: promoted');
  expect(summary).toContain('to be stable for 30m; 181 readings, gates closed for 20s of it');
  expect(summary).toContain(
    '| flapping | closed | 100 open, 80 closed, 1 unreadable | it is closed &#124; &lt;b&gt; |',
  );
  expect(summary).not.toContain('Roll-back');
});

test('a roll-back is told with its hosts and the whole problem', () => {
  const summary = promotionSummary('storefront', BACK);
  expect(summary).toContain('not promoted, rolled back');
  expect(summary).toContain('us-east-1a is not promoted');
  expect(summary).toContain('### Roll-back of us-east-1a');
  expect(summary).toContain('| i-a1 | upgraded | 1.1.0 | 1.0.0 |');
});

test('the evidence stays small when a gate flaps for hours', () => {
  const evidence = JSON.parse(JSON.stringify(evidenceOutput(PROMOTED)));
  expect(evidence).toMatchObject({ zone: 'us-east-1a', state: 'promoted', bake: { stable: 1_800_000 } });
  expect(evidence.bake.gates[0].transitions).toHaveLength(1);
  expect(evidence.bake.gates[1].transitions).toHaveLength(20);
  expect(evidence.bake.gates[1].transitions.at(-1)).toEqual(moment('closed', 49));
});

test('news is what happened, and nothing else', () => {
  const run = 'https://github.test/acme/storefront/actions/runs/7';
  expect(promotionNews('storefront', BACK, run)).toMatchObject({
    service: 'storefront',
    zone: 'us-east-1a',
    version: '1.1.0',
    state: 'rolled-back',
    title: 'storefront 1.1.0 in us-east-1a: not promoted, rolled back',
    run,
  });
  expect(promotionNews('storefront', PROMOTED, run)?.state).toBe('promoted');
  const { evidence: _, ...before } = PROMOTED;
  expect(promotionNews('storefront', before, run)).toBeUndefined();
  expect(promotionNews('storefront', { ...PROMOTED, state: 'planned' }, run)).toBeUndefined();
});
