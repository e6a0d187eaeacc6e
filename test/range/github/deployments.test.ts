import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RangeGitHub } from '../../../src/range/github/github.ts';
import { ask, EAST, newestDeployment, start, statesOf, statesOfDeployment, WEST } from './support.ts';

let github: RangeGitHub;
let clock: { now: number };

beforeEach(async () => {
  ({ github, clock } = await start());
});

afterEach(() => github.stop());

const SECOND = 1_000;

describe('the deployment of a job', () => {
  test('waits for its review, is queued and in progress after it, and ends with the job', async () => {
    github.arrive(EAST);
    expect(await statesOf(github, EAST)).toEqual(['waiting']);
    clock.now += 90 * SECOND;
    github.review(EAST, 'approved');
    expect(await statesOf(github, EAST)).toEqual(['in_progress', 'queued', 'waiting']);
    clock.now += 60 * SECOND;
    github.ended(EAST, 'success');
    const { id } = await newestDeployment(github);
    const { body } = await ask(github, `/deployments/${id}/statuses`);
    expect(body).toMatchObject([
      { state: 'success', created_at: '2026-11-02T10:02:30Z', environment: EAST },
      { state: 'in_progress', created_at: '2026-11-02T10:01:30Z' },
      { state: 'queued', created_at: '2026-11-02T10:01:30Z' },
      { state: 'waiting', created_at: '2026-11-02T10:00:00Z' },
    ]);
  });

  test('names the run and the job, which GitHub tells of', async () => {
    github.arrive(EAST);
    github.review(EAST, 'approved');
    const { id } = await newestDeployment(github);
    const { body } = await ask<readonly { log_url: string }[]>(github, `/deployments/${id}/statuses`);
    const log = body[0]?.log_url ?? '';
    const [, run, job] = /\/acme\/storefront\/actions\/runs\/(\d+)\/job\/(\d+)$/.exec(log) ?? [];
    expect(Number(run)).toBe(github.id);
    expect((await ask(github, `/actions/jobs/${job}`)).body).toMatchObject({
      run_id: github.id,
      run_attempt: 1,
      status: 'in_progress',
      conclusion: null,
    });
    github.ended(EAST, 'failure');
    expect((await ask(github, `/actions/jobs/${job}`)).body).toMatchObject({
      status: 'completed',
      conclusion: 'failure',
    });
    expect((await ask(github, '/actions/jobs/1')).status).toBe(404);
  });

  test('is inactive after a later success in the same environment, not after a failure or elsewhere', async () => {
    github.putEnvironment({ name: EAST });
    github.putEnvironment({ name: WEST });
    github.arrive(EAST);
    github.ended(EAST, 'success');
    const { id } = await newestDeployment(github);
    const states = () => statesOfDeployment(github, id);
    github.arrive(WEST);
    github.ended(WEST, 'success');
    expect(await states()).toEqual(['success', 'in_progress', 'queued']);
    const later = github.newRun();
    later.arrive(EAST);
    later.ended(EAST, 'failure');
    expect(await states()).toEqual(['success', 'in_progress', 'queued']);
    const last = github.newRun();
    last.arrive(EAST);
    last.ended(EAST, 'success');
    expect(await states()).toEqual(['inactive', 'success', 'in_progress', 'queued']);
  });

  test('waits as long as the timer says, also after an approval', async () => {
    github.putEnvironment({ name: EAST, reviewers: ['ada'], waitTimer: 60 * SECOND });
    github.putEnvironment({ name: WEST, waitTimer: 120 * SECOND });
    github.arrive(EAST);
    github.arrive(WEST);
    github.review(EAST, 'approved');
    expect(await statesOf(github, EAST)).toEqual(['waiting']);
    clock.now += 60 * SECOND;
    expect(await statesOf(github, EAST)).toEqual(['in_progress', 'queued', 'waiting']);
    expect(await statesOf(github, WEST)).toEqual(['waiting']);
    clock.now += 3_600 * SECOND;
    expect(await statesOf(github, WEST)).toEqual(['in_progress', 'queued', 'waiting']);
    const { id } = await newestDeployment(github, `?environment=${WEST}`);
    const { body } = await ask(github, `/deployments/${id}/statuses`);
    expect(body).toMatchObject([{ created_at: '2026-11-02T10:02:00Z' }, {}, {}]);
  });

  test('passes through waiting where only a branch policy protects', async () => {
    github.putEnvironment({ name: EAST, branchPolicy: true });
    github.arrive(EAST);
    expect(await statesOf(github, EAST)).toEqual(['in_progress', 'queued', 'waiting']);
  });

  test('begins without a review when an administrator bypasses the rules, where that is allowed', async () => {
    github.arrive(EAST);
    github.bypass(EAST);
    expect(await statesOf(github, EAST)).toEqual(['in_progress', 'queued', 'waiting']);
    expect((await ask(github, `/actions/runs/${github.id}/approvals`)).body).toEqual([]);
    github.putEnvironment({ name: WEST, reviewers: ['ada'], adminsBypass: false });
    github.arrive(WEST);
    expect(() => github.bypass(WEST)).toThrow('does not allow');
  });
});

describe('the list of deployments', () => {
  test('is newest first, and filtered by environment in any case', async () => {
    github.arrive(EAST);
    github.arrive(WEST);
    const environments = async (query: string) =>
      (await ask<readonly { environment: string }[]>(github, `/deployments${query}`)).body.map(
        ({ environment }) => environment,
      );
    expect(await environments('')).toEqual([WEST, EAST]);
    expect(await environments(`?environment=${EAST.toUpperCase()}`)).toEqual([EAST]);
    expect(await environments('?environment=other')).toEqual([]);
  });

  test.each(['sha', 'ref', 'task'])('is filtered by %s', async (name) => {
    github.arrive(EAST);
    const { body } = await ask<readonly Record<string, string>[]>(github, '/deployments');
    expect((await ask(github, `/deployments?${name}=${body[0]?.[name]}`)).body).toHaveLength(1);
    expect((await ask(github, `/deployments?${name}=other`)).body).toEqual([]);
  });

  test('has no statuses of a deployment that is not there', async () => {
    expect((await ask(github, '/deployments/1/statuses')).status).toBe(404);
  });
});
