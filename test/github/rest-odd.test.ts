import { afterEach, describe, expect, test } from '@jest/globals';
import { createGitHub } from '../../src/github/rest.ts';
import { CancelledError, PlatformError, UserError } from '../../src/runner/errors.ts';
import { failure } from '../range/wire/builder.ts';
import { type Answer, type Asker, askerOf, json, type RawServer, startRaw } from './support.ts';

const WHOLE = { name: 'web', protection_rules: [], deployment_branch_policy: null };

let server: RawServer | undefined;

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function start(answer: Answer, limit?: number): Promise<RawServer & Asker> {
  server = await startRaw(answer);
  return Object.assign(server, await askerOf({ env: server.env, token: 'ghs_1' }, limit));
}

/** Answers by the beginning of the path below the repository. */
function routes(known: Readonly<Record<string, Answer>>): Answer {
  return (request, response) => {
    const path = (request.url ?? '').replace('/repos/acme/storefront', '');
    const [, answer] = Object.entries(known).find(([start]) => path.startsWith(start)) ?? [];
    (answer ?? json({ message: 'Not Found' }, {}, 404))(request, response);
  };
}

const cut: Answer = (_, response) => {
  const headers = { 'content-type': 'application/json', 'content-length': '500' };
  response.writeHead(200, headers).write('{"name": "we', () => response.destroy());
};

describe('answers that are none', () => {
  test('one that breaks off is asked for again', async () => {
    let count = 0;
    const { github, signal, asked } = await start((request, response) => {
      count += 1;
      (count < 3 ? cut : json(WHOLE))(request, response);
    });
    expect(await github.environment('web', signal)).toMatchObject({ name: 'web' });
    expect(asked).toHaveLength(3);
  });

  const text =
    (body: string, type: string): Answer =>
    (_, response) =>
      void response.writeHead(200, { 'content-type': type }).end(body);
  test.each<[string, Answer]>([
    ['that breaks off each time', cut],
    ['that is a page for people', text('<html>Please log in</html>', 'text/html')],
    ['that is not JSON', text('{"name": "we', 'application/json')],
    ['of no type', (_, response) => void response.writeHead(200).end('{}')],
    ['without a body', (_, response) => void response.writeHead(204).end()],
  ])('one %s is an error', async (_, answer) => {
    const { github, signal, asked } = await start(answer);
    const error = await failure(github.environment('web', signal));
    expect(error).toBeInstanceOf(PlatformError);
    expect(error.message).toContain('a body that is not JSON; 4 attempts');
    expect(asked).toHaveLength(4);
  });

  test.each<[string, Answer]>([
    ['never begins', () => undefined],
    [
      'never ends',
      (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{'),
    ],
  ])('one that %s is given up', async (_, answer) => {
    const { github, signal, env } = await start(answer, 50);
    const error = await failure(github.visibility(signal));
    expect(error).toBeInstanceOf(PlatformError);
    expect(error.message).toContain(
      `${env['GITHUB_API_URL']} does not answer (no whole answer within 50ms; 4 attempts)`,
    );
  });

  test('nobody there is told with the address', async () => {
    const { github, signal, env, stop } = await start(json({}));
    await stop();
    server = undefined;
    const error = await failure(github.visibility(signal));
    expect(error).toBeInstanceOf(PlatformError);
    expect(error.message).toContain(`${env['GITHUB_API_URL']} does not answer (connect ECONNREFUSED`);
  });

  test.each<[string, (asker: Asker, signal: AbortSignal) => Promise<unknown>]>([
    ['reads', ({ github }, signal) => github.visibility(signal)],
    [
      'writes',
      ({ github }, signal) => github.openIssue({ label: 'zonewise', title: 'web', body: 'x' }, signal),
    ],
  ])('a person who stops what %s is not kept waiting', async (_, ask) => {
    const cancellation = new AbortController();
    const world = await start(() => cancellation.abort(new CancelledError('Cancelled by SIGTERM.')));
    const error = await failure(ask(world, cancellation.signal));
    expect(error).toBeInstanceOf(CancelledError);
    expect(error.message).toBe('Cancelled by SIGTERM.');
    expect(world.asked).toHaveLength(1);
  });
});

test.each<[string, unknown, string]>([
  ['a list', [], 'environment.name is missing, expected a text'],
  ['another name', { ...WHOLE, name: 7 }, 'environment.name is 7, expected a text'],
  [
    'rules that are no list',
    { ...WHOLE, protection_rules: {} },
    'environment.protection_rules is {}, expected a list',
  ],
  [
    'a reviewer of a new type',
    {
      ...WHOLE,
      protection_rules: [{ type: 'required_reviewers', reviewers: [{ type: 'App', reviewer: {} }] }],
    },
    'environment.protection_rules.0.reviewers.0.type is "App", expected one of User, Team',
  ],
  [
    'reviewers that are left out',
    { ...WHOLE, protection_rules: [{ type: 'required_reviewers' }] },
    'environment.protection_rules.0.reviewers is missing, expected a list',
  ],
  [
    'a wait of half a minute',
    { ...WHOLE, protection_rules: [{ type: 'wait_timer', wait_timer: 0.5 }] },
    'environment.protection_rules.0.wait_timer is 0.5, expected a whole number',
  ],
  ['a bypass in words', { ...WHOLE, can_admins_bypass: 'no' }, 'environment.can_admins_bypass is "no"'],
])('an environment with %s is not understood, and nothing is assumed', async (_, body, said) => {
  const { github, signal } = await start(json(body));
  const error = await failure(github.environment('web', signal));
  expect(error).toBeInstanceOf(PlatformError);
  expect(error.message).toContain(said);
});

test('rules of apps are passed over, and a branch policy is seen in either place', async () => {
  const rules = [{ type: 'gate-keeper' }, { type: 'branch_policy' }];
  const { github, signal } = await start(json({ ...WHOLE, protection_rules: rules }));
  expect(await github.environment('web', signal)).toMatchObject({ branchPolicy: true, reviewers: [] });
});

describe('lists', () => {
  const run = (id: number) => ({
    id,
    run_number: id,
    display_title: null,
    html_url: `https://github.com/acme/storefront/actions/runs/${id}`,
    status: 'waiting',
    created_at: '2026-11-21T09:00:00Z',
  });
  const paged = (next: (origin: string) => string) =>
    start(
      routes({
        '/actions/runs/77': json({ workflow_id: 5 }),
        '/actions/workflows/5/runs': (request, response) => {
          const url = new URL(request.url ?? '', `http://${request.headers.host}`);
          const page = Number(url.searchParams.get('page') ?? 1);
          const runs = url.searchParams.get('status') === 'waiting' ? [run(page), run(77)] : [];
          const link =
            runs.length > 0 && page < 3 ? { link: `<${next(url.origin)}${page + 1}>; rel="next"` } : {};
          json({ workflow_runs: runs }, link)(request, response);
        },
      }),
    );

  test('are read to their last page', async () => {
    const path = '/repos/acme/storefront/actions/workflows/5/runs?status=waiting&page=';
    const { github, signal } = await paged((origin) => `${origin}${path}`);
    expect((await github.otherRuns(signal)).map(({ id, title }) => [id, title])).toEqual([
      [1, ''],
      [2, ''],
      [3, ''],
    ]);
  });

  test('are not followed to another server, which would get the token', async () => {
    const { github, signal } = await paged(() => 'http://example.com/runs?page=');
    const error = await failure(github.otherRuns(signal));
    expect(error).toBeInstanceOf(PlatformError);
    expect(error.message).toContain('where the token is not sent to');
  });

  test('without an end are given up', async () => {
    const { github, signal, asked } = await start((request, response) =>
      json([], { link: `<http://${request.headers.host}/more>; rel="next"` })(request, response),
    );
    expect(await failure(github.reviews(signal))).toBeInstanceOf(PlatformError);
    expect(asked).toHaveLength(50);
  });
});

describe('which deployment is meant', () => {
  const web = 'https://github.com/acme/storefront';
  interface Planted {
    readonly id: number;
    readonly created: string;
    readonly statuses: readonly (readonly [state: string, created: string, log: string])[];
  }
  const world = (deployments: readonly Planted[], jobs: Readonly<Record<string, Answer>> = {}) =>
    start(
      routes({
        ...Object.fromEntries(
          deployments.map(({ id, statuses }) => [
            `/deployments/${id}/statuses`,
            json(
              statuses.map(([state, created, log]) => ({
                state,
                created_at: created,
                log_url: log,
                target_url: '',
              })),
            ),
          ]),
        ),
        '/deployments?': json(deployments.map(({ id, created }) => ({ id, created_at: created }))),
        ...jobs,
      }),
    );
  const early = '2026-11-21T09:00:00Z';
  const middle = '2026-11-21T10:00:00Z';
  const late = '2026-11-21T11:00:00Z';

  test('the newest of this run, whatever the order, and its earliest status after the gate', async () => {
    const { github, signal, asked } = await world([
      { id: 1, created: early, statuses: [['queued', early, `${web}/actions/runs/77`]] },
      {
        id: 2,
        created: middle,
        statuses: [
          ['success', late, `${web}/actions/runs/77`],
          ['in_progress', '2026-11-21T10:30:00Z', `${web}/actions/runs/77`],
          ['waiting', middle, `${web}/actions/runs/77`],
        ],
      },
      { id: 3, created: late, statuses: [['queued', late, `${web}/actions/runs/770`]] },
    ]);
    expect(await github.letThrough('web/1', signal)).toBe('2026-11-21T10:30:00Z');
    expect(asked[0]).toBe(
      `GET /repos/acme/storefront/deployments?environment=web%2F1&sha=${'f'.repeat(40)}&per_page=100`,
    );
  });

  test('not that of an earlier attempt, where a job says which', async () => {
    const deployments = [
      { id: 1, created: early, statuses: [['queued', early, `${web}/actions/runs/77/job/900`] as const] },
    ];
    const of = (attempt: number) => ({ '/actions/jobs/900': json({ run_attempt: attempt }) });
    const first = await world(deployments, of(1));
    expect(await first.github.letThrough('web', first.signal)).toBeUndefined();
    await first.stop();
    const second = await world(deployments, of(2));
    expect(await second.github.letThrough('web', second.signal)).toBe(early);
    await second.stop();
    const unknown = await world(deployments);
    expect(await unknown.github.letThrough('web', unknown.signal)).toBe(early);
  });

  test('none that somebody else made, and none that waits', async () => {
    const { github, signal } = await world([
      { id: 1, created: late, statuses: [['success', late, 'https://ci.example.com/77']] },
      { id: 2, created: middle, statuses: [['waiting', middle, `${web}/actions/runs/77`]] },
      { id: 3, created: early, statuses: [['queued', early, `${web}/actions/runs/77`]] },
    ]);
    expect(await github.letThrough('web', signal)).toBeUndefined();
  });
});

test('an issue whose label GitHub dropped is told, for nobody would find it again', async () => {
  const url = 'https://github.com/acme/storefront/issues/4';
  const { github, signal } = await start(json({ number: 4, html_url: url, labels: [] }, {}, 201));
  const error = await failure(github.openIssue({ label: 'zonewise', title: 'web', body: 'x' }, signal));
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).toContain(`${url} was opened, but GitHub left out its label`);
});

test('pull requests are no issues', async () => {
  const entry = { title: 'web', html_url: 'https://github.com/acme/storefront/issues/4' };
  const { github, signal } = await start(
    json([
      { ...entry, number: 3, pull_request: {} },
      { ...entry, number: 9 },
      { ...entry, number: 8 },
    ]),
  );
  expect(await github.findIssue({ label: 'zonewise', title: 'web' }, signal)).toMatchObject({ number: 8 });
});

test.each([
  ['actions=read', '`actions: read`'],
  ['metadata=read', '`deployments: read`'],
  ['environments=read; pull_requests=write,contents=read', '`pull-requests: write` and `contents: read`'],
  ['', '`deployments: read`'],
])('of the permissions %j that would do, %s is named', async (header, line) => {
  const headers = header === '' ? {} : { 'x-accepted-github-permissions': header };
  const { github, signal } = await start(json({ message: 'Resource not accessible' }, headers, 403));
  expect((await failure(github.letThrough('web', signal))).message).toContain(`Add ${line} to the`);
});

test.each([
  ['GITHUB_REPOSITORY', 'acme'],
  ['GITHUB_RUN_ID', ''],
  ['GITHUB_RUN_ID', '0'],
  ['GITHUB_RUN_ATTEMPT', 'first'],
  ['GITHUB_SHA', 'main'],
  ['GITHUB_API_URL', 'ftp://api.github.com'],
])('%s being %j is refused', async (name, value) => {
  const { env } = await start(json({}));
  const error = await failure(createGitHub({ token: 'ghs_1', env: { ...env, [name]: value } }));
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).toContain(name);
});
