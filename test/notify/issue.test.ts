import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createIssueNotifier } from '../../src/notify/issue.ts';
import { type RangeGitHub, startGitHub } from '../../src/range/github/github.ts';
import { UserError } from '../../src/runner/errors.ts';
import { askerOf } from '../github/support.ts';
import { failure } from '../range/wire/builder.ts';
import { newsOf } from './news.ts';

const { signal } = new AbortController();
const TITLE = 'storefront: deployment halted';

let range: RangeGitHub;

beforeEach(async () => {
  range = await startGitHub();
});
afterEach(() => range.stop());

async function notifier() {
  const { github } = await askerOf({ env: range.environment, token: range.token });
  return createIssueNotifier(github);
}

test.each(['stopped', 'held', 'rolled-back'] as const)('opens an issue for what is %s', async (state) => {
  const issues = await notifier();
  await issues.notify(newsOf({ state }), signal);
  expect(issues.name).toBe('GitHub issue in acme/storefront');
  expect(range.issues).toEqual([
    {
      number: 1,
      title: TITLE,
      body: `**${newsOf().title}**\n\nRun: ${newsOf().run}\n\n${newsOf().body}\n`,
      labels: ['zonewise'],
      state: 'open',
      comments: [],
    },
  ]);
});

test('comments on the one that is open, for trouble and for its end', async () => {
  const issues = await notifier();
  await issues.notify(newsOf(), signal);
  await issues.notify(newsOf({ state: 'held', title: 'held again' }), signal);
  await issues.notify(newsOf({ state: 'promoted', title: 'promoted at last' }), signal);
  expect(range.issues).toHaveLength(1);
  expect(range.issues[0]?.comments.map((comment) => comment.slice(0, 20))).toEqual([
    '**held again**\n\nRun:',
    '**promoted at last**',
  ]);
});

test('says nothing when all is well', async () => {
  await (await notifier()).notify(newsOf({ state: 'promoted' }), signal);
  expect(range.issues).toEqual([]);
});

test('keeps the services apart', async () => {
  const issues = await notifier();
  await issues.notify(newsOf(), signal);
  await issues.notify(newsOf({ service: 'checkout' }), signal);
  expect(range.issues.map(({ title }) => title)).toEqual([TITLE, 'checkout: deployment halted']);
});

test('cuts what GitHub would refuse', async () => {
  const issues = await notifier();
  await issues.notify(newsOf({ body: '→'.repeat(70_000) }), signal);
  await issues.notify(newsOf({ body: '→'.repeat(70_000) }), signal);
  const [issue] = range.issues;
  for (const text of [issue?.body, ...(issue?.comments ?? [])]) {
    expect(text).toMatch(
      /^\*\*storefront 1\.1\.0 stopped.*\(cut: the whole is in the summary of the run\)$/s,
    );
    expect(text).not.toContain('\uFFFD');
  }
  expect(issue?.comments).toHaveLength(1);
});

test('names the permission that is missing', async () => {
  await range.stop();
  range = await startGitHub({ permissions: { contents: 'read', issues: 'read' } });
  const error = await failure((await notifier()).notify(newsOf(), signal));
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).toContain('Add `issues: write` to the `permissions:` of the job');
});
