import { describe, expect, test } from '@jest/globals';
import type { Review } from '../../../src/github/port.ts';
import {
  type ApprovalVerdict,
  type Decisions,
  judgeApproval,
  judgeGate,
} from '../../../src/operations/admission/approval.ts';
import type { GateReport } from '../../../src/operations/plan/read-protection.ts';

const NAME = 'storefront-us-east-1a';
const NOW = Date.parse('2026-11-21T12:00:00Z');
const HOUR = 3_600_000;

function review(changes: Partial<Review> = {}): Review {
  return { state: 'approved', by: 'alice', comment: 'go', environments: [NAME], ...changes };
}

/** Approved an hour ago. */
function judge(changes: Partial<Decisions> = {}, maxAge = 24 * HOUR, now = NOW): ApprovalVerdict {
  const decisions = { reviews: [review()], letThrough: '2026-11-21T11:00:00Z', ...changes };
  return judgeApproval(NAME, decisions, maxAge, now);
}

describe('a zone whose environment was approved in this run', () => {
  test('is approved, by whom, when and with what comment', () => {
    const reviews = [review(), review({ by: 'bob', comment: '' })];
    expect(judge({ reviews })).toEqual({
      kind: 'approved',
      approval: {
        environment: NAME,
        letThrough: '2026-11-21T11:00:00Z',
        by: [
          { login: 'alice', comment: 'go' },
          { login: 'bob', comment: '' },
        ],
      },
    });
  });

  test('is approved under a name in other letters', () => {
    const reviews = [review({ environments: ['other', NAME.toUpperCase()] })];
    expect(judge({ reviews }).kind).toBe('approved');
  });

  test('is approved up to the last millisecond of the age, and not one later', () => {
    expect(judge({}, HOUR).kind).toBe('approved');
    expect(judge({}, HOUR, NOW + 1)).toEqual({
      kind: 'refused',
      problems: [expect.stringMatching(/60m ago; an approval holds for 60m \(policy\.approval-max-age\)/)],
    });
  });
});

describe('what is not approved is refused', () => {
  const refused: readonly (readonly [string, Partial<Decisions>, RegExp])[] = [
    ['nobody decided', { reviews: [] }, /nobody approved environment storefront-us-east-1a in this run/],
    ['another zone was approved', { reviews: [review({ environments: ['other'] })] }, /nobody approved/],
    ['somebody is still asked', { reviews: [review({ state: 'pending' })] }, /nobody approved/],
    ['somebody rejected it', { reviews: [review({ state: 'rejected' })] }, /alice rejected environment/],
    [
      'an administrator let it pass',
      { reviews: [] },
      /administrator who lets a job pass .* leaves no approval/,
    ],
    ['the time cannot be read', { letThrough: 'yesterday' }, /does not show when .*`deployments: read`/],
  ];

  test.each(refused)('%s', (_, changes, says) => {
    expect(judge(changes)).toEqual({ kind: 'refused', problems: [expect.stringMatching(says)] });
  });

  test('it is not known when', () => {
    expect(judgeApproval(NAME, { reviews: [review()] }, HOUR, NOW)).toEqual({
      kind: 'refused',
      problems: [expect.stringMatching(/does not show when .*`deployments: read`/)],
    });
  });
});

describe('a gate', () => {
  const gate: GateReport = {
    zone: 'us-east-1a',
    environment: NAME,
    problems: [],
    warnings: [],
    found: { name: NAME, reviewers: ['alice'], preventSelfReview: true, branchPolicy: true, waitTimer: 0 },
  };

  test('with reviewers needs an approval', () => {
    expect(judgeGate(gate)).toBeUndefined();
  });

  test('with problems is refused, whoever approved', () => {
    expect(judgeGate({ ...gate, problems: ['it is open'] })).toEqual({
      kind: 'refused',
      problems: ['it is open'],
    });
  });

  test('without reviewers, where that is allowed, is passed with its warnings', () => {
    const { found: _, ...unknown } = gate;
    expect(judgeGate({ ...unknown, warnings: ['nobody is asked'] })).toEqual({
      kind: 'unprotected',
      warnings: ['nobody is asked'],
    });
  });
});
