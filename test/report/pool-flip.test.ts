import { expect, test } from '@jest/globals';
import { flipSummary, weightsOutput } from '../../src/report/pool-flip.ts';

const arn = (name: string) =>
  `arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/${name}/0123456789abcdef`;
const before = [{ pool: arn('blue'), weight: 1 }];
const after = [
  { pool: arn('blue'), weight: 0 },
  { pool: arn('green'), weight: 750 },
];

test('a flip is told step by step, with its ends and when the old side is idle', () => {
  const summary = flipSummary({
    kind: 'flipped',
    before,
    after,
    steps: [
      {
        percent: 100,
        weights: after,
        at: '2026-11-21T10:00:00.000Z',
        baked: 300_000,
        seen: '40 of 40 answers from 2.0.0 | <b>',
      },
    ],
    oldIdleAt: '2026-11-21T10:00:15.000Z',
  });
  expect(summary).toContain('### Pool flip: flipped and proven');
  expect(summary).toContain('| before | blue 1 |');
  expect(summary).toContain('| after | blue 0, green 750 |');
  expect(summary).toContain(
    '| 100 % | blue 0, green 750 | 2026-11-21T10:00:00.000Z | 5m | 40 of 40 answers from 2.0.0 &#124; &lt;b&gt; |',
  );
  expect(summary).toContain('no new request from 2026-11-21T10:00:15.000Z on');
});

test('what was not done is not told', () => {
  const summary = flipSummary({ kind: 'dry-run', before, after: before, steps: [] });
  expect(summary).toContain('dry run, nothing was changed');
  expect(summary).not.toContain('share');
  expect(summary).not.toContain('no new request');
});

test('weights are given by ARN', () => {
  expect(weightsOutput(after)).toEqual({ [arn('blue')]: 0, [arn('green')]: 750 });
});
