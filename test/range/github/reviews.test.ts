import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RangeGitHub } from '../../../src/range/github/github.ts';
import { UserError } from '../../../src/runner/errors.ts';
import { ask, EAST, start, statesOf, WEST } from './support.ts';

let github: RangeGitHub;
let clock: { now: number };

beforeEach(async () => {
  ({ github, clock } = await start({ actor: 'ada' }));
});

afterEach(() => github.stop());

interface Pending {
  readonly environment: { readonly id: number };
}

const approvals = async () => (await ask(github, `/actions/runs/${github.id}/approvals`)).body;
const pending = async (token: string) =>
  (await ask<readonly Pending[]>(github, `/actions/runs/${github.id}/pending_deployments`, { token })).body;
const idsOf = async (token: string) => (await pending(token)).map(({ environment }) => environment.id);
const post = (token: string, body: unknown) =>
  ask(github, `/actions/runs/${github.id}/pending_deployments`, { method: 'POST', token, body });

describe('the reviews of a run', () => {
  test('say who decided what about which environment, and are those of this run', async () => {
    github.arrive(EAST);
    github.review(EAST, 'approved', 'grace', 'Ship it');
    github.arrive(WEST);
    github.review(WEST, 'rejected');
    expect(await approvals()).toMatchObject([
      { state: 'approved', user: { login: 'grace' }, comment: 'Ship it', environments: [{ name: EAST }] },
      { state: 'rejected', user: { login: 'ada' }, comment: '', environments: [{ name: WEST }] },
    ]);
    const later = github.newRun();
    expect((await ask(github, `/actions/runs/${later.id}/approvals`)).body).toEqual([]);
  });

  test('are given by reviewers, while a job waits for one, and not by who started the run where that is prevented', () => {
    expect(() => github.review(EAST, 'approved')).toThrow('there is none');
    github.arrive(EAST);
    expect(() => github.review(EAST, 'approved', 'mallory')).toThrow(UserError);
    github.review(EAST, 'approved', 'ada');
    expect(() => github.review(EAST, 'approved', 'grace')).toThrow('there is in_progress');
    github.putEnvironment({ name: WEST, reviewers: ['ada', { team: 'operators' }], preventSelfReview: true });
    github.arrive(WEST);
    expect(() => github.review(WEST, 'approved', 'ada')).toThrow('who started the run');
    github.review(WEST, 'approved', 'somebody of operators');
  });

  test('are not taken twice while the wait timer goes on', () => {
    github.putEnvironment({ name: EAST, reviewers: ['ada'], waitTimer: 60_000 });
    github.arrive(EAST);
    github.review(EAST, 'approved');
    expect(() => github.review(EAST, 'rejected')).toThrow('waits for no review');
    clock.now += 60_000;
    github.ended(EAST, 'success');
  });
});

describe('pending deployments', () => {
  test('tell what waits and whether who asks may approve it', async () => {
    github.putEnvironment({ name: EAST, reviewers: ['ada', 'grace'], preventSelfReview: true });
    github.arrive(EAST);
    expect(await pending(github.personalToken('grace'))).toMatchObject([
      { environment: { name: EAST }, wait_timer: 0, current_user_can_approve: true },
    ]);
    for (const token of [github.token, github.personalToken('ada'), github.personalToken('mallory')]) {
      expect(await pending(token)).toMatchObject([{ current_user_can_approve: false }]);
    }
    github.review(EAST, 'approved', 'grace');
    expect(await pending(github.token)).toEqual([]);
  });

  test('are approved by a reviewer', async () => {
    github.arrive(EAST);
    github.arrive(WEST);
    const token = github.personalToken('grace');
    const ids = await idsOf(token);
    const { status, body } = await post(token, { environment_ids: ids, state: 'approved', comment: 'Go' });
    expect(status).toBe(200);
    expect(body).toMatchObject([{ environment: EAST }, { environment: WEST }]);
    expect(await statesOf(github, EAST)).toEqual(['in_progress', 'queued', 'waiting']);
    expect(await approvals()).toMatchObject([{ user: { login: 'grace' }, comment: 'Go' }, {}]);
  });

  test('are rejected by a reviewer', async () => {
    github.arrive(EAST);
    const token = github.personalToken('grace');
    await post(token, { environment_ids: await idsOf(token), state: 'rejected', comment: '' });
    expect(await statesOf(github, EAST)).toEqual(['failure', 'waiting']);
  });

  test('are approved by nobody else, by no workflow, and not by halves', async () => {
    github.arrive(EAST);
    const ids = await idsOf(github.token);
    const body = { environment_ids: ids, state: 'approved', comment: '' };
    const grace = github.personalToken('grace');
    expect((await post(github.personalToken('mallory'), body)).status).toBe(422);
    expect((await post(github.token, body)).status).toBe(403);
    expect((await post(grace, { ...body, environment_ids: [...ids, 1] })).status).toBe(422);
    expect((await post(grace, { ...body, state: 'fine' })).status).toBe(422);
    expect((await post(grace, { environment_ids: ids, state: 'approved' })).status).toBe(422);
    expect(await statesOf(github, EAST)).toEqual(['waiting']);
    expect(await approvals()).toEqual([]);
  });
});
