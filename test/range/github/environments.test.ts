import { afterEach, describe, expect, test } from '@jest/globals';
import type { RangeGitHub } from '../../../src/range/github/github.ts';
import type { RangeGitHubOptions } from '../../../src/range/github/options.ts';
import { UserError } from '../../../src/runner/errors.ts';
import { requireSchema } from './contract.ts';
import { ask, EAST, start, statesOf, WEST } from './support.ts';

let github: RangeGitHub;

async function serve(options: RangeGitHubOptions = {}): Promise<void> {
  ({ github } = await start(options));
}

afterEach(() => github.stop());

interface Rule {
  readonly reviewers: readonly { readonly reviewer: object }[];
}

const rulesOf = async (name: string) =>
  (await ask<{ protection_rules: readonly Rule[] }>(github, `/environments/${encodeURIComponent(name)}`)).body
    .protection_rules;

describe('an environment', () => {
  test('tells who may approve and whether it may be who started the run', async () => {
    await serve({
      environments: [{ name: EAST, reviewers: ['ada', { team: 'operators' }], preventSelfReview: true }],
    });
    const [rule, ...others] = await rulesOf(EAST);
    expect(others).toEqual([]);
    expect(rule).toMatchObject({
      type: 'required_reviewers',
      prevent_self_review: true,
      reviewers: [
        { type: 'User', reviewer: { login: 'ada' } },
        { type: 'Team', reviewer: { slug: 'operators' } },
      ],
    });
    // The description has a rule with nothing but a type as well, which would let any reviewers pass.
    requireSchema('simple-user', rule?.reviewers[0]?.reviewer);
    requireSchema('team', rule?.reviewers[1]?.reviewer);
  });

  test('tells its wait timer in minutes, its branch policy, and whether administrators may bypass it', async () => {
    const name = 'a/b c';
    await serve({
      environments: [{ name, waitTimer: 1_800_000, branchPolicy: true, adminsBypass: false }],
    });
    const { body } = await ask(github, `/environments/${encodeURIComponent(name)}`);
    expect(body).toMatchObject({
      name,
      can_admins_bypass: false,
      deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
      protection_rules: [{ type: 'wait_timer', wait_timer: 30 }, { type: 'branch_policy' }],
    });
  });

  test('without protection has no rules and does not tell of bypassing', async () => {
    await serve({ environments: [{ name: EAST }] });
    const { body } = await ask(github, `/environments/${EAST}`);
    expect(body).toMatchObject({ protection_rules: [], deployment_branch_policy: null });
    expect(body).not.toHaveProperty('can_admins_bypass');
  });

  test('is found in any case and under no other name', async () => {
    await serve();
    expect((await ask(github, `/environments/${EAST.toUpperCase()}`)).body).toMatchObject({ name: EAST });
    const missing = await ask(github, `/environments/${EAST}x`);
    expect(missing.status).toBe(404);
    expect(missing.body).toEqual({
      message: 'Not Found',
      documentation_url: 'https://docs.github.com/rest/deployments/environments#get-an-environment',
      status: '404',
    });
  });

  test('that a job names and that is not there is created with no protection', async () => {
    await serve();
    github.arrive('storefront-us-esat-1a');
    expect(await rulesOf('storefront-us-esat-1a')).toEqual([]);
    expect(await statesOf(github, 'storefront-us-esat-1a')).toEqual(['in_progress', 'queued']);
    expect((await ask(github, '/environments')).body).toMatchObject({ total_count: 3 });
  });

  test('can be changed, which later jobs meet, and removed, which fails those that wait', async () => {
    await serve();
    github.arrive(EAST);
    github.putEnvironment({ name: EAST.toUpperCase() });
    expect(await rulesOf(EAST)).toEqual([]);
    expect(await statesOf(github, EAST)).toEqual(['waiting']);
    github.removeEnvironment(EAST);
    expect((await ask(github, `/environments/${EAST}`)).status).toBe(404);
    expect(await statesOf(github, EAST)).toEqual(['failure', 'waiting']);
    expect(() => github.removeEnvironment(EAST)).toThrow(UserError);
  });

  test.each([
    [{ name: '' }, '1 to 255 characters'],
    [{ name: EAST, reviewers: Array.from({ length: 7 }, (_, index) => `r${index}`) }, 'at most 6 reviewers'],
    [{ name: EAST, waitTimer: 1 }, 'whole minutes'],
  ])('that GitHub would not take is refused: %j', async (environment, problem) => {
    await serve();
    expect(() => github.putEnvironment(environment)).toThrow(problem);
  });
});

test('all environments are listed', async () => {
  await serve();
  const { body } = await ask(github, '/environments');
  expect(body).toMatchObject({ total_count: 2, environments: [{ name: WEST }, { name: EAST }] });
});
