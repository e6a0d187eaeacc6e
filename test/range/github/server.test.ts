import { afterEach, describe, expect, test } from '@jest/globals';
import { type RangeGitHub, startGitHub } from '../../../src/range/github/github.ts';
import type { RangeGitHubOptions } from '../../../src/range/github/options.ts';
import { UserError } from '../../../src/runner/errors.ts';
import { ask, askUnchecked, EAST, start, WEST } from './support.ts';

let github: RangeGitHub;
let clock: { now: number };

async function serve(options: RangeGitHubOptions = {}): Promise<void> {
  ({ github, clock } = await start(options));
}

afterEach(() => github.stop());

describe('a token', () => {
  test('that is missing or wrong is refused', async () => {
    await serve();
    const missing = await ask(github, '', { token: '' });
    expect(missing).toMatchObject({ status: 401, body: { message: 'Requires authentication' } });
    const wrong = await ask(github, '', { token: 'ghs_wrong' });
    expect(wrong).toMatchObject({ status: 401, body: { message: 'Bad credentials' } });
    const other = await ask(github, '', { token: '', headers: { authorization: `token ${github.token}` } });
    expect(other.status).toBe(200);
  });

  test.each([
    [`/environments/${EAST}`, 'GET', 'actions=read'],
    ['/environments', 'GET', 'actions=read'],
    ['/actions/runs', 'GET', 'actions=read'],
    ['/actions/runs/9000000000/approvals', 'GET', 'actions=read'],
    ['/deployments', 'GET', 'deployments=read'],
    ['/deployments/1/statuses', 'GET', 'deployments=read'],
    ['/issues', 'GET', 'issues=read'],
    ['/issues', 'POST', 'issues=write'],
  ])('that lacks the permission for %s (%s) is told so', async (path, method, needed) => {
    await serve({ permissions: { contents: 'read' } });
    const { status, headers, body } = await ask(github, path, {
      method,
      ...(method === 'POST' && { body: { title: 'x' } }),
    });
    expect(status).toBe(403);
    expect(headers.get('x-accepted-github-permissions')).toBe(needed);
    expect(body).toMatchObject({ message: 'Resource not accessible by integration', status: '403' });
  });

  test('that may write may read, and one that may read may not write', async () => {
    await serve({ permissions: { issues: 'write', deployments: 'read' } });
    expect((await ask(github, '/issues')).status).toBe(200);
    await github.stop();
    await serve({ permissions: { issues: 'read' } });
    expect((await ask(github, '/issues', { method: 'POST', body: { title: 'x' } })).status).toBe(403);
  });

  test('needs no permission for the repository itself', async () => {
    await serve({ permissions: {}, visibility: 'internal' });
    const { headers, body } = await ask(github, '');
    expect(body).toMatchObject({ full_name: 'acme/storefront', private: true, visibility: 'internal' });
    expect(headers.get('x-accepted-github-permissions')).toBe('metadata=read');
    await github.stop();
    await serve({ visibility: 'public' });
    expect((await ask(github, '')).body).toMatchObject({ private: false, visibility: 'public' });
  });
});

describe('too many requests', () => {
  test('are refused until the hour is over, and are told before', async () => {
    await serve({ rateLimit: 2 });
    const first = await ask(github, '/environments');
    expect(first.headers.get('x-ratelimit-remaining')).toBe('1');
    await ask(github, '/environments');
    const { status, headers } = await ask(github, '/environments');
    expect(status).toBe(403);
    expect(headers.get('x-ratelimit-remaining')).toBe('0');
    clock.now = Number(headers.get('x-ratelimit-reset')) * 1_000;
    expect((await ask(github, '/environments')).status).toBe(200);
  });

  test('are not those of another token', async () => {
    await serve({ rateLimit: 1 });
    await ask(github, '/environments');
    expect((await ask(github, '/environments')).status).toBe(403);
    expect((await ask(github, '/environments', { token: github.personalToken('ada') })).status).toBe(200);
  });
});

describe('what is known already', () => {
  test('is not sent again, costs nothing, and is sent when it has changed', async () => {
    await serve({ rateLimit: 2 });
    const { headers } = await ask(github, `/environments/${EAST}`);
    const etag = headers.get('etag') ?? '';
    const conditional = { headers: { 'if-none-match': etag } };
    for (let times = 0; times < 3; times += 1) {
      const known = await ask(github, `/environments/${EAST}`, conditional);
      expect([known.status, known.body, known.headers.get('x-ratelimit-remaining')]).toEqual([
        304,
        undefined,
        '1',
      ]);
    }
    github.putEnvironment({ name: EAST });
    expect((await ask(github, `/environments/${EAST}`, conditional)).status).toBe(200);
  });
});

describe('a fault', () => {
  test('meets as many requests to its path as it says', async () => {
    await serve({ faults: [{ path: '/environments/*', kind: 'status', status: 502, count: 2 }] });
    expect((await ask(github, '/environments')).status).toBe(200);
    const seen = [];
    for (const name of [EAST, WEST, EAST]) seen.push((await ask(github, `/environments/${name}`)).status);
    expect(seen).toEqual([502, 502, 200]);
    expect(github.answered.map(({ method, path, status }) => `${method} ${path} ${status}`)).toEqual([
      'GET /environments 200',
      `GET /environments/${EAST} 502`,
      `GET /environments/${WEST} 502`,
      `GET /environments/${EAST} 200`,
    ]);
  });

  test('is for one method, or for everything below a path', async () => {
    await serve({ faults: [{ path: '/issues', method: 'POST', kind: 'status', status: 500, count: 1 }] });
    expect((await ask(github, '/issues')).status).toBe(200);
    expect((await ask(github, '/issues', { method: 'POST', body: { title: 'x' } })).status).toBe(500);
    expect(github.issues).toEqual([]);
    github.addFault({ path: '/actions/**', kind: 'status', status: 503 });
    expect((await ask(github, '/actions/runs')).status).toBe(503);
    expect((await ask(github, `/actions/runs/${github.id}/approvals`)).status).toBe(503);
    expect((await ask(github, '/issues')).status).toBe(200);
  });

  test.each([403, 429] as const)('is a rate limit that answers %i', async (status) => {
    await serve({ faults: [{ path: '', kind: 'rate-limit', status, resetIn: 60 }] });
    const limited = await ask(github, '');
    expect(limited.status).toBe(status);
    expect(limited.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(limited.headers.get('x-ratelimit-reset')).toBe(String(clock.now / 1_000 + 60));
    expect(limited.body).toMatchObject({ message: expect.stringMatching(/^API rate limit exceeded/) });
  });

  test.each([403, 429] as const)('is a secondary rate limit that answers %i', async (status) => {
    await serve({ faults: [{ path: '', kind: 'secondary-rate-limit', status, retryAfter: 7 }] });
    const limited = await ask(github, '');
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([status, '7']);
    expect(limited.headers.get('x-ratelimit-remaining')).not.toBe('0');
    expect(limited.body).toMatchObject({ message: expect.stringContaining('secondary rate limit') });
  });

  test('is a connection that breaks', async () => {
    await serve({ faults: [{ path: '/issues', kind: 'broken-connection', count: 1 }] });
    await expect(ask(github, '/issues')).rejects.toThrow('fetch failed');
    expect((await ask(github, '/issues')).status).toBe(200);
    expect(github.answered.map(({ status }) => status)).toEqual([0, 200]);
  });
});

describe('what is not modelled is refused by name:', () => {
  test.each([
    ['an operation', 'GET', '/branches', 'GET /repos/acme/storefront/branches'],
    ['a method', 'DELETE', `/environments/${EAST}`, 'DELETE /repos/acme/storefront/environments/'],
    ['a query parameter', 'GET', '/actions/runs?created=2026', 'the query parameter created'],
    ['a value of one', 'GET', '/actions/runs?status=stale', 'status=stale'],
    ['a member of the body', 'POST', '/issues', 'the body member assignees'],
  ])('%s', async (_, method, path, named) => {
    await serve();
    const body = method === 'POST' ? { title: 'x', assignees: ['ada'] } : undefined;
    const { status, body: told } = await askUnchecked(github, path, { method, body });
    expect(status).toBe(404);
    expect(told).toMatchObject({ message: expect.stringContaining(`The range does not model ${named}`) });
    expect(github.issues).toEqual([]);
  });

  test('anything outside of repositories; another repository is one that is not there', async () => {
    await serve();
    const headers = { authorization: `Bearer ${github.token}` };
    const user = await fetch(`${github.url}/user`, { headers });
    expect([user.status, await user.json()]).toMatchObject([
      404,
      { message: 'The range does not model GET /user.' },
    ]);
    const other = await fetch(`${github.url}/repos/acme/other`, { headers });
    expect([other.status, await other.json()]).toMatchObject([404, { message: 'Not Found' }]);
    const same = await fetch(`${github.url}/repos/ACME/Storefront`, { headers });
    expect(same.status).toBe(200);
  });

  test('a body that is no JSON', async () => {
    await serve();
    for (const body of ['{', '[]']) {
      const response = await fetch(`${github.url}/repos/acme/storefront/issues`, {
        method: 'POST',
        headers: { authorization: `Bearer ${github.token}` },
        body,
      });
      expect(response.status).toBe(400);
    }
  });
});

test('a repository that is none is refused, and nothing goes on listening', async () => {
  await serve();
  await expect(startGitHub({ repository: 'storefront' })).rejects.toThrow(UserError);
});

test('two of them have nothing in common', async () => {
  await serve();
  await using others = new AsyncDisposableStack();
  const other = await startGitHub();
  others.defer(other.stop);
  expect((await ask(other, '', { token: github.token })).status).toBe(401);
  expect((await ask(other, '/environments')).body).toMatchObject({ total_count: 0 });
});
