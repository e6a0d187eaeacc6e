import { afterEach, describe, expect, test } from '@jest/globals';
import type { GitHub } from '../../src/github/port.ts';
import { type RangeGitHub, startGitHub } from '../../src/range/github/github.ts';
import type { RangeGitHubOptions } from '../../src/range/github/options.ts';
import { PlatformError, UserError } from '../../src/runner/errors.ts';
import { failure } from '../range/wire/builder.ts';
import { type Asker, askerOf } from './support.ts';

let range: RangeGitHub | undefined;

afterEach(async () => {
  await range?.stop();
  range = undefined;
});

async function start(options: RangeGitHubOptions = {}): Promise<RangeGitHub & Asker> {
  range = await startGitHub(options);
  return Object.assign(range, await askerOf({ env: range.environment, token: range.token }));
}

const ASKS: readonly [string, string, (github: GitHub, signal: AbortSignal) => Promise<unknown>][] = [
  ['how an environment is protected', 'actions: read', (github, signal) => github.environment('web', signal)],
  ['other runs', 'actions: read', (github, signal) => github.otherRuns(signal)],
  ['who approved', 'actions: read', (github, signal) => github.reviews(signal)],
  ['when the gate opened', 'deployments: read', (github, signal) => github.letThrough('web', signal)],
  [
    'an issue',
    'issues: read',
    (github, signal) => github.findIssue({ label: 'zonewise', title: 'web' }, signal),
  ],
  [
    'to open an issue',
    'issues: write',
    (github, signal) => github.openIssue({ label: 'zonewise', title: 'web', body: 'x' }, signal),
  ],
  [
    'to comment',
    'issues: write',
    (github, signal) => github.commentIssue({ number: 1, url: '' }, 'x', signal),
  ],
];

describe('environments', () => {
  test('are told with everything that protects them, whatever their names', async () => {
    const { github, signal } = await start({
      environments: [
        {
          name: 'web/eu west 1a',
          reviewers: ['ada', { team: 'operators' }],
          preventSelfReview: true,
          branchPolicy: true,
          adminsBypass: false,
          waitTimer: 5 * 60_000,
        },
        { name: 'open' },
      ],
    });
    expect(await github.environment('web/eu west 1a', signal)).toEqual({
      name: 'web/eu west 1a',
      reviewers: ['ada', 'operators'],
      preventSelfReview: true,
      branchPolicy: true,
      adminsBypass: false,
      waitTimer: 300_000,
    });
    expect(await github.environment('open', signal)).toEqual({
      name: 'open',
      reviewers: [],
      preventSelfReview: false,
      branchPolicy: false,
      waitTimer: 0,
    });
  });

  test('that are not there are none, and a repository that is not shown is an error', async () => {
    const { github, signal, environment, token } = await start({ environments: [{ name: 'web' }] });
    expect(await github.environment('wob', signal)).toBeUndefined();
    const other = await askerOf({ env: { ...environment, GITHUB_REPOSITORY: 'acme/other' }, token });
    const error = await failure(other.github.environment('web', signal));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(
      /^Could not read the repository acme\/other: GitHub does not show it to this token/,
    );
  });

  test('are not taken for missing when only that cannot be asked', async () => {
    const { github, signal, addFault } = await start();
    addFault({ kind: 'status', path: '', status: 503 });
    expect(await failure(github.environment('web', signal))).toBeInstanceOf(PlatformError);
  });
});

test.each(['public', 'private', 'internal'] as const)(
  'a %s repository is told to be so',
  async (visibility) => {
    const { github, signal } = await start({ visibility });
    expect(github.repository).toBe('acme/storefront');
    expect(await github.visibility(signal)).toBe(visibility);
  },
);

test('other runs are those of this workflow that have not ended, older ones first', async () => {
  const { github, signal, otherRun, environment } = await start({ environments: [{ name: 'web' }] });
  const statuses = ['completed', 'in_progress', 'queued', 'waiting', 'pending', 'requested'] as const;
  const ids = statuses.map((status) => otherRun({ status }));
  const runs = await github.otherRuns(signal);
  expect(runs.map(({ id }) => id)).not.toContain(Number(environment['GITHUB_RUN_ID']));
  expect(runs.map(({ id, status }) => [id, status])).toEqual(
    expect.arrayContaining(statuses.slice(1).map((status, index) => [ids[index + 1], status])),
  );
  expect(runs).toHaveLength(5);
  expect(runs.map(({ created }) => created)).toEqual(runs.map(({ created }) => created).toSorted());
});

describe('the gate of an environment', () => {
  const reviewed = { name: 'web', reviewers: ['ada'] };

  test('is not open until somebody approves, and then since just that time', async () => {
    let now = Date.UTC(2026, 10, 21, 9);
    const world = await start({ environments: [reviewed], clock: () => now });
    const { github, signal } = world;
    expect(await github.letThrough('web', signal)).toBeUndefined();
    world.arrive('web');
    expect(await github.letThrough('web', signal)).toBeUndefined();
    expect(await github.reviews(signal)).toEqual([]);
    now += 3_600_000;
    world.review('web', 'approved', 'ada');
    now += 60_000;
    expect(Date.parse((await github.letThrough('web', signal)) ?? '')).toBe(Date.UTC(2026, 10, 21, 10));
    expect(await github.reviews(signal)).toEqual([
      { state: 'approved', by: 'ada', comment: expect.any(String), environments: ['web'] },
    ]);
    world.ended('web', 'success');
    expect(Date.parse((await github.letThrough('web', signal)) ?? '')).toBe(Date.UTC(2026, 10, 21, 10));
  });

  test('is that of this run: what another run was let through does not count', async () => {
    const world = await start({ environments: [reviewed] });
    const later = world.newRun();
    later.arrive('web');
    later.review('web', 'approved', 'ada');
    const asker = await askerOf({ env: later.environment, token: world.token });
    expect(await asker.github.letThrough('web', world.signal)).toBeDefined();
    expect(await world.github.letThrough('web', world.signal)).toBeUndefined();
    expect(await world.github.reviews(world.signal)).toEqual([]);
  });

  test('is that of this attempt: what was approved before the run was run again does not count', async () => {
    const world = await start({ environments: [reviewed] });
    world.arrive('web');
    world.review('web', 'approved');
    world.ended('web', 'failure');
    const again = world.rerun();
    const { github } = await askerOf({ env: again.environment, token: world.token });
    expect(await github.letThrough('web', world.signal)).toBeUndefined();
    again.arrive('web');
    expect(await github.letThrough('web', world.signal)).toBeUndefined();
    again.review('web', 'approved');
    expect(await github.letThrough('web', world.signal)).toBeDefined();
  });

  test('is told for a rejection as well: somebody said no', async () => {
    const world = await start({ environments: [reviewed] });
    world.arrive('web');
    world.review('web', 'rejected', 'ada');
    expect((await world.github.reviews(world.signal)).map(({ state }) => state)).toEqual(['rejected']);
  });
});

test('an issue is found by its label and its exact title, commented on, and never a second one', async () => {
  const world = await start();
  const { github, signal } = world;
  const search = { label: 'zonewise', title: 'web: deployment halted' };
  expect(await github.findIssue(search, signal)).toBeUndefined();
  const opened = await github.openIssue({ ...search, body: 'first' }, signal);
  await github.openIssue({ ...search, title: 'web: deployment halted again', body: 'other' }, signal);
  await github.openIssue({ ...search, label: 'other', body: 'other' }, signal);
  const found = await github.findIssue(search, signal);
  expect(found).toEqual(opened);
  await github.commentIssue(opened, 'second', signal);
  expect(world.issues[0]).toMatchObject({
    number: opened.number,
    title: search.title,
    body: 'first',
    labels: ['zonewise'],
    comments: ['second'],
  });
});

describe('what GitHub refuses', () => {
  test.each(ASKS)('for %s names the line %s', async (_, line, ask) => {
    const { github, signal } = await start({
      permissions: { contents: 'read' },
      environments: [{ name: 'web' }],
    });
    const error = await failure(ask(github, signal));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('HTTP 403: Resource not accessible by integration');
    expect(error.message).toContain(`Add \`${line}\` to the \`permissions:\` of the job`);
  });

  test.each(ASKS)('for %s is an error with a wrong token', async (_, __, ask) => {
    const world = await start();
    const { github, signal } = await askerOf({ env: world.environment, token: 'ghs_expired' });
    const error = await failure(ask(github, signal));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('does not accept the token (HTTP 401: Bad credentials)');
    expect(error.message).not.toContain('ghs_expired');
  });
});

describe('when GitHub is in trouble', () => {
  test('reading goes on after two failures and a broken connection', async () => {
    const world = await start({ environments: [{ name: 'web' }] });
    const path = '/environments/*';
    world.addFault({ kind: 'status', path, status: 502, count: 2 });
    world.addFault({ kind: 'broken-connection', path, count: 1 });
    expect(await world.github.environment('web', world.signal)).toMatchObject({ name: 'web' });
    expect(world.clock.slept).toEqual([1_000, 2_000, 4_000]);
    expect(world.answered.map(({ status }) => status)).toEqual([502, 502, 0, 200]);
  });

  test.each(ASKS.slice(0, 5))('%s is asked for four times, then it is told', async (_, __, ask) => {
    const world = await start();
    world.addFault({ kind: 'status', path: '/**', status: 503 });
    const error = await failure(ask(world.github, world.signal));
    expect(error).toBeInstanceOf(PlatformError);
    expect(error.message).toContain('GitHub answered HTTP 503: Server Error');
    expect(world.answered).toHaveLength(4);
  });

  test.each(ASKS.slice(5))('%s is asked for once: it may have been done', async (_, __, ask) => {
    const world = await start();
    world.addFault({ kind: 'broken-connection', path: '/**', count: 1 });
    const error = await failure(ask(world.github, world.signal));
    expect(error).toBeInstanceOf(PlatformError);
    expect(error.message).toContain('It is unknown whether it was done.');
    expect(world.answered).toHaveLength(1);
  });

  test.each([403, 429] as const)(
    'a secondary rate limit with %i is waited for, for writing too',
    async (status) => {
      const world = await start();
      world.addFault({ kind: 'secondary-rate-limit', path: '/issues', status, retryAfter: 60, count: 1 });
      await world.github.openIssue({ label: 'zonewise', title: 'web', body: 'x' }, world.signal);
      expect(world.clock.slept).toEqual([60_500]);
      expect(world.issues).toHaveLength(1);
    },
  );

  test('a secondary rate limit for longer than a minute is told with its end', async () => {
    const world = await start();
    world.addFault({ kind: 'secondary-rate-limit', path: '/environments/*', retryAfter: 61 });
    const error = await failure(world.github.environment('web', world.signal));
    expect(error).toBeInstanceOf(PlatformError);
    const until = new Date(world.clock.now() + 61_000).toISOString();
    expect(error.message).toContain(`GitHub takes no more requests with this token until ${until}`);
    expect(world.answered).toHaveLength(1);
  });

  test.each([403, 429] as const)(
    'the end of the hour is told when its requests are used up (%i)',
    async (status) => {
      const now = Date.UTC(2026, 10, 21, 9, 30);
      const world = await start({ clock: () => now });
      world.addFault({ kind: 'rate-limit', path: '/environments/*', status, resetIn: 1_800 });
      const error = await failure(world.github.environment('web', world.signal));
      expect(error).toBeInstanceOf(PlatformError);
      expect(error.message).toContain(
        'until 2026-11-21T10:00:00.000Z: the requests of this hour are used up',
      );
      expect(world.clock.slept).toEqual([]);
    },
  );
});
