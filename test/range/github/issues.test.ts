import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RangeGitHub } from '../../../src/range/github/github.ts';
import { ask, start } from './support.ts';

let github: RangeGitHub;
let clock: { now: number };

beforeEach(async () => {
  ({ github, clock } = await start());
});

afterEach(() => github.stop());

const open = (body: unknown) => ask(github, '/issues', { method: 'POST', body });
const change = (body: unknown) => ask(github, '/issues/1', { method: 'PATCH', body });
const comment = (body: unknown, issue = 1) =>
  ask(github, `/issues/${issue}/comments`, { method: 'POST', body });
const titles = async (query: string) =>
  (await ask<readonly { title: string }[]>(github, `/issues${query}`)).body.map(({ title }) => title);

describe('issues', () => {
  test('are opened, and seen by the range as by its clients', async () => {
    const { status, body } = await open({ title: 'Halted', body: 'in us-east-1a', labels: ['zonewise'] });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      number: 1,
      title: 'Halted',
      body: 'in us-east-1a',
      state: 'open',
      labels: [{ name: 'zonewise' }],
      user: { login: 'github-actions[bot]', type: 'Bot' },
      created_at: '2026-11-02T10:00:00Z',
      closed_at: null,
    });
    expect(github.issues).toEqual([
      {
        number: 1,
        title: 'Halted',
        body: 'in us-east-1a',
        labels: ['zonewise'],
        state: 'open',
        comments: [],
      },
    ]);
  });

  test('are listed newest first, by state and by all labels in any case', async () => {
    await open({ title: 'one', labels: ['a', 'b'] });
    await open({ title: 'two', labels: ['A'] });
    await open({ title: 'three' });
    await change({ state: 'closed' });
    expect(await titles('')).toEqual(['three', 'two']);
    expect(await titles('?state=closed')).toEqual(['one']);
    expect(await titles('?state=all&labels=a')).toEqual(['two', 'one']);
    expect(await titles('?state=all&labels=a,B')).toEqual(['one']);
    expect(await titles('?state=all&direction=asc&per_page=2')).toEqual(['one', 'two']);
    expect(await titles('?labels=none')).toEqual([]);
  });

  test('are changed, closed and opened again', async () => {
    await open({ title: 'Halted', body: 'before', labels: ['a'] });
    clock.now += 1_000;
    expect((await change({ body: 'after', state: 'closed' })).body).toMatchObject({
      title: 'Halted',
      body: 'after',
      state: 'closed',
      state_reason: 'completed',
      labels: [{ name: 'a' }],
      closed_at: '2026-11-02T10:00:01Z',
    });
    expect((await change({ state: 'open', labels: [] })).body).toMatchObject({
      state: 'open',
      state_reason: 'reopened',
      labels: [],
      closed_at: null,
    });
    expect((await ask(github, '/issues/2', { method: 'PATCH', body: {} })).status).toBe(404);
  });

  test.each([
    ['without a title', { body: 'x' }],
    ['with an empty title', { title: ' ' }],
    ['with a title that is no text', { title: 7 }],
    ['with a text that is too long', { title: 'x', body: 'x'.repeat(65_537) }],
    ['with labels that are no names', { title: 'x', labels: [{ name: 'a' }] }],
  ])('%s are refused', async (_, body) => {
    expect((await open(body)).status).toBe(422);
    expect(github.issues).toEqual([]);
  });

  test('have no states but two', async () => {
    await open({ title: 'Halted' });
    expect((await change({ state: 'gone' })).status).toBe(422);
  });
});

describe('comments', () => {
  test('are added below an issue, older ones first', async () => {
    await open({ title: 'Halted' });
    expect((await comment({ body: 'first' })).status).toBe(201);
    await comment({ body: 'second' });
    const { body } = await ask(github, '/issues/1/comments');
    expect(body).toMatchObject([
      { body: 'first', user: { login: 'github-actions[bot]' } },
      { body: 'second' },
    ]);
    expect(github.issues).toMatchObject([{ comments: ['first', 'second'] }]);
    expect((await ask(github, '/issues')).body).toMatchObject([{ comments: 2 }]);
  });

  test('need a text and an issue', async () => {
    await open({ title: 'Halted' });
    expect((await comment({ body: '' })).status).toBe(422);
    expect((await comment({})).status).toBe(422);
    expect((await comment({ body: 'x' }, 2)).status).toBe(404);
    expect((await ask(github, '/issues/2/comments')).status).toBe(404);
    expect(github.issues).toMatchObject([{ comments: [] }]);
  });
});
