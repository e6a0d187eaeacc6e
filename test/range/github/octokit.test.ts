import { getOctokit } from '@actions/github';
import { afterEach, expect, test } from '@jest/globals';
import type { RangeGitHub } from '../../../src/range/github/github.ts';
import { EAST, start } from './support.ts';

let github: RangeGitHub;

afterEach(() => github.stop());

const repository = { owner: 'acme', repo: 'storefront' };

test("GitHub's own client follows a run from its gate to its end", async () => {
  ({ github } = await start());
  const { rest } = getOctokit(github.token, { baseUrl: github.environment['GITHUB_API_URL'] ?? '' });
  const person = getOctokit(github.personalToken('ada'), { baseUrl: github.url }).rest;
  const run = { ...repository, run_id: github.id };
  github.arrive(EAST);
  expect((await rest.actions.getWorkflowRun(run)).data.status).toBe('waiting');
  const { data: pending } = await person.actions.getPendingDeploymentsForRun(run);
  const ids = pending.flatMap(({ environment: { id } }) => id ?? []);
  await person.actions.reviewPendingDeploymentsForRun({
    ...run,
    environment_ids: ids,
    state: 'approved',
    comment: 'Go',
  });
  const { data: approvals } = await rest.actions.getReviewsForRun(run);
  expect(approvals).toMatchObject([{ state: 'approved', user: { login: 'ada' } }]);
  const { data: deployments } = await rest.repos.listDeployments({ ...repository, environment: EAST });
  const statuses = await rest.repos.listDeploymentStatuses({
    ...repository,
    deployment_id: deployments[0]?.id ?? 0,
  });
  expect(statuses.data.map(({ state }) => state)).toEqual(['in_progress', 'queued', 'waiting']);
});

test("GitHub's own client follows the links of a list to its end", async () => {
  ({ github } = await start());
  const { rest, paginate } = getOctokit(github.token, { baseUrl: github.url });
  for (const title of ['one', 'two', 'three', 'four', 'five']) {
    await rest.issues.create({ ...repository, title, labels: ['a'] });
  }
  const issues = await paginate(rest.issues.listForRepo, { ...repository, labels: 'a', per_page: 2 });
  expect(issues.map(({ title }) => title)).toEqual(['five', 'four', 'three', 'two', 'one']);
  for (let times = 0; times < 3; times += 1) github.otherRun({ status: 'waiting' });
  const runs = await paginate(rest.actions.listWorkflowRuns, {
    ...repository,
    workflow_id: 'rollout.yml',
    status: 'waiting',
    per_page: 1,
  });
  expect(runs).toHaveLength(3);
});
