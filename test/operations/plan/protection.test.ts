import { describe, expect, test } from '@jest/globals';
import type { Environment } from '../../../src/github/port.ts';
import {
  type ProtectionPolicy,
  protectionProblems,
  type Visibility,
} from '../../../src/operations/plan/protection.ts';
import { environmentOf, STRICT } from './stage.ts';

function judge(
  changes: Partial<Environment> | 'missing',
  policy: Partial<ProtectionPolicy> = {},
  visibility: Visibility | undefined = 'public',
) {
  const found = changes === 'missing' ? undefined : environmentOf('prod-a', changes);
  return protectionProblems({ zone: 'us-east-1a', environment: 'prod-a', found }, visibility, {
    ...STRICT,
    ...policy,
  });
}

const NOBODY = { reviewers: [] };

describe('an environment', () => {
  test('with a reviewer is enough when nothing more is asked for', () => {
    const bare = { preventSelfReview: false, branchPolicy: false, adminsBypass: true };
    expect(judge(bare)).toEqual({ problems: [], warnings: [] });
  });

  test('with everything passes every option', () => {
    const all = { requirePreventSelfReview: true, requireBranchPolicy: true, forbidAdminBypass: true };
    expect(judge({}, all)).toEqual({ problems: [], warnings: [] });
  });

  test.each([false, true])(
    'that does not exist is refused, allow-unprotected being %s',
    (allowUnprotected) => {
      const { problems, warnings } = judge('missing', { allowUnprotected });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain('environment prod-a of us-east-1a does not exist');
      expect(problems[0]).toContain('GitHub would create it WITHOUT any protection');
      expect(warnings).toEqual([]);
    },
  );

  test('without reviewers is refused, and let pass loudly only where that is allowed', () => {
    expect(judge(NOBODY).problems).toEqual([expect.stringContaining('has no required reviewers')]);
    const { problems, warnings } = judge(NOBODY, { allowUnprotected: true });
    expect(problems).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('NOBODY HAS TO APPROVE us-east-1a')]);
  });

  test.each<[Visibility | undefined, string]>([
    [
      'private',
      'This repository is private, and such repositories have required reviewers with GitHub Enterprise only',
    ],
    ['internal', 'This repository is internal'],
    [undefined, 'Private repositories have required reviewers with GitHub Enterprise only'],
  ])('without reviewers in a repository that is %s: says what that takes', (visibility, words) => {
    const found = environmentOf('prod-a', NOBODY);
    const { problems } = protectionProblems({ zone: 'z', environment: 'prod-a', found }, visibility, STRICT);
    expect(problems[0]).toContain(words);
    expect(judge(NOBODY).problems[0]).not.toContain('Enterprise');
  });

  test.each<[string, Partial<ProtectionPolicy>, Partial<Environment>, string]>([
    [
      'self-review',
      { requirePreventSelfReview: true },
      { preventSelfReview: false },
      'require-prevent-self-review is true',
    ],
    ['any branch', { requireBranchPolicy: true }, { branchPolicy: false }, 'require-branch-policy is true'],
    ['a bypass', { forbidAdminBypass: true }, { adminsBypass: true }, 'forbid-admin-bypass is true'],
  ])('that allows %s is refused where the option says so', (_, policy, changes, words) => {
    expect(judge(changes, policy).problems).toEqual([expect.stringContaining(words)]);
    expect(judge(changes).problems).toEqual([]);
    expect(judge({}, policy).problems).toEqual([]);
  });

  test('of which GitHub does not tell whether administrators pass it by counts as passed by', () => {
    const { adminsBypass: _, ...silent } = environmentOf('prod-a');
    const gate = { zone: 'us-east-1a', environment: 'prod-a', found: silent };
    const { problems } = protectionProblems(gate, 'public', { ...STRICT, forbidAdminBypass: true });
    expect(problems).toEqual([expect.stringContaining('as far as GitHub tells')]);
  });

  test('is told everything at once', () => {
    const bare = { reviewers: [], preventSelfReview: false, branchPolicy: false, adminsBypass: true };
    const all = { requirePreventSelfReview: true, requireBranchPolicy: true, forbidAdminBypass: true };
    expect(judge(bare, all).problems).toHaveLength(4);
  });
});
