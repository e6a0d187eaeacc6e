import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RangeGitHub } from '../../../src/range/github/github.ts';
import { UserError } from '../../../src/runner/errors.ts';
import { ask, EAST, start, statesOf, WEST } from './support.ts';

let github: RangeGitHub;

beforeEach(async () => {
  ({ github } = await start());
});

afterEach(() => github.stop());

interface Run {
  readonly id: number;
  readonly status: string;
  readonly created_at: string;
  readonly workflow_id: number;
}

interface Runs {
  readonly workflow_runs: readonly Run[];
}

const runOf = async (id: number) => (await ask<Run>(github, `/actions/runs/${id}`)).body;
const idsOf = async (path: string) => (await ask<Runs>(github, path)).body.workflow_runs.map(({ id }) => id);

describe('a run', () => {
  test('is what its environment variables say', async () => {
    const { environment } = github;
    expect(environment).toMatchObject({
      GITHUB_API_URL: github.url,
      GITHUB_REPOSITORY: 'acme/storefront',
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_REF: 'refs/heads/main',
    });
    expect(await runOf(Number(environment['GITHUB_RUN_ID']))).toMatchObject({
      id: github.id,
      run_number: Number(environment['GITHUB_RUN_NUMBER']),
      head_sha: environment['GITHUB_SHA'],
      path: '.github/workflows/rollout.yml',
      status: 'in_progress',
      conclusion: null,
    });
    expect((await ask(github, '/actions/runs/1')).status).toBe(404);
  });

  test('waits while its only job waits and goes on after the approval', async () => {
    github.arrive(EAST);
    expect((await runOf(github.id)).status).toBe('waiting');
    github.review(EAST, 'approved');
    expect((await runOf(github.id)).status).toBe('in_progress');
    github.ended(EAST, 'success');
    expect((await runOf(github.id)).status).toBe('in_progress');
    github.finish('success');
    expect(await runOf(github.id)).toMatchObject({ status: 'completed', conclusion: 'success' });
    expect(() => github.arrive(WEST)).toThrow(UserError);
  });

  test.each(['rejected', 'failure'] as const)('fails when its job is %s', async (how) => {
    github.arrive(EAST);
    if (how === 'rejected') github.review(EAST, 'rejected');
    else {
      github.review(EAST, 'approved');
      github.ended(EAST, 'failure');
    }
    expect(await runOf(github.id)).toMatchObject({ status: 'completed', conclusion: 'failure' });
  });

  test('that is cancelled leaves nothing that waits', async () => {
    github.arrive(EAST);
    github.finish('cancelled');
    expect(await statesOf(github, EAST)).toEqual(['error', 'waiting']);
    expect(() => github.review(EAST, 'approved')).toThrow('there is none');
  });

  test('can be run again once it is over, and asks for approval anew', async () => {
    expect(() => github.rerun()).toThrow('is not over');
    github.arrive(EAST);
    github.review(EAST, 'rejected');
    const again = github.rerun();
    expect(again.environment).toEqual({ ...github.environment, GITHUB_RUN_ATTEMPT: '2' });
    again.arrive(EAST);
    expect(await runOf(github.id)).toMatchObject({ run_attempt: 2, status: 'waiting', conclusion: null });
    again.review(EAST, 'approved');
    again.ended(EAST, 'success');
    expect((await runOf(github.id)).status).toBe('in_progress');
  });

  test('has one job at an environment', () => {
    github.arrive(EAST);
    expect(() => github.arrive(EAST.toUpperCase())).toThrow('already');
    expect(() => github.ended(EAST, 'success')).toThrow('there is waiting');
  });
});

describe('later runs', () => {
  test('have greater ids and numbers, and jobs of their own', async () => {
    const later = github.newRun();
    expect(later.id).toBeGreaterThan(github.id);
    expect(Number(later.environment['GITHUB_RUN_NUMBER'])).toBe(
      Number(github.environment['GITHUB_RUN_NUMBER']) + 1,
    );
    github.arrive(EAST);
    later.arrive(EAST);
    later.review(EAST, 'approved');
    expect((await runOf(github.id)).status).toBe('waiting');
    expect((await runOf(later.id)).status).toBe('in_progress');
  });
});

describe('the list of runs', () => {
  test('is newest first and filtered by status and conclusion', async () => {
    const older = github.otherRun({ status: 'waiting', title: 'Rollout of 1.0.9' });
    const failed = github.otherRun({ status: 'completed', conclusion: 'failure' });
    const newer = github.otherRun({ status: 'queued', age: 'newer' });
    expect([failed, older, github.id, newer]).toEqual([failed, older, github.id, newer].toSorted());
    expect(await idsOf('/actions/runs')).toEqual([newer, github.id, older, failed]);
    expect(await idsOf('/actions/runs?status=waiting')).toEqual([older]);
    expect(await idsOf('/actions/runs?status=failure')).toEqual([failed]);
    expect(await idsOf('/actions/runs?status=success')).toEqual([]);
    expect(await runOf(older)).toMatchObject({ display_title: 'Rollout of 1.0.9', status: 'waiting' });
    expect(Date.parse((await runOf(older)).created_at)).toBeLessThan(
      Date.parse((await runOf(github.id)).created_at),
    );
  });

  test('of a workflow has those of no other', async () => {
    const other = github.otherRun({ status: 'in_progress', workflow: '.github/workflows/ci.yml' });
    const { workflow_id: id } = await runOf(github.id);
    expect(await idsOf('/actions/workflows/rollout.yml/runs')).toEqual([github.id]);
    expect(await idsOf(`/actions/workflows/${id}/runs?status=in_progress`)).toEqual([github.id]);
    expect(await idsOf('/actions/workflows/ci.yml/runs')).toEqual([other]);
    expect((await ask(github, '/actions/workflows/none.yml/runs')).status).toBe(404);
  });

  test('comes in pages, whose links lead through all of it', async () => {
    const planted = Array.from({ length: 4 }, () => github.otherRun({ status: 'queued' }));
    const first = await ask<Runs>(github, '/actions/workflows/rollout.yml/runs?status=queued&per_page=3');
    expect(first.body).toMatchObject({ total_count: 4 });
    expect(first.body.workflow_runs).toHaveLength(3);
    const links = first.headers.get('link') ?? '';
    expect(links).toMatch(/page=2>; rel="next", <\S+page=2>; rel="last"$/);
    const next = /<(\S+)>; rel="next"/.exec(links)?.[1] ?? '';
    const second = await fetch(next, { headers: { authorization: `Bearer ${github.token}` } });
    expect(second.headers.get('link')).toMatch(/page=1>; rel="prev", <\S+page=1>; rel="first"$/);
    const { workflow_runs: rest } = Object(await second.json());
    expect(rest.map(({ id }: { readonly id: number }) => id)).toEqual([planted.at(-1)]);
    const beyond = await ask<Runs>(github, '/actions/runs?page=9');
    expect(beyond.body.workflow_runs).toEqual([]);
    const whole = await ask(github, '/actions/runs?per_page=1000');
    expect(whole.headers.get('link')).toBeNull();
  });
});
