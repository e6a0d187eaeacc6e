import { type RangeGitHub, startGitHub } from '../../../src/range/github/github.ts';
import type { RangeGitHubOptions } from '../../../src/range/github/options.ts';
import { requireDescribed } from './contract.ts';

export interface Answered<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export interface Question {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * Asks over HTTP. Every answer must be one that GitHub's own description of the operation allows; `Body` is what a test reads of
 * it.
 */
export async function ask<Body = unknown>(
  github: RangeGitHub,
  path: string,
  question: Question = {},
): Promise<Answered<Body>> {
  const { method = 'GET' } = question;
  const answered = await askUnchecked<Body>(github, path, question);
  const [bare = ''] = path.split('?');
  if (answered.status !== 304) requireDescribed(method, bare, answered.status, answered.body);
  return answered;
}

/** The same for what the description does not have. */
export async function askUnchecked<Body>(
  github: RangeGitHub,
  path: string,
  { method = 'GET', token = github.token, headers, body }: Question = {},
): Promise<Answered<Body>> {
  const response = await fetch(`${github.url}/repos/acme/storefront${path}`, {
    method,
    headers: { ...(token !== '' && { authorization: `Bearer ${token}` }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

export const WEST = 'storefront-us-west-2a';
export const EAST = 'storefront-us-east-1a';

/** Two environments with two reviewers, and a clock that the test moves. */
export async function start(
  changes: RangeGitHubOptions = {},
): Promise<{ readonly github: RangeGitHub; readonly clock: { now: number } }> {
  const clock = { now: Date.parse('2026-11-02T10:00:00Z') };
  const github = await startGitHub({
    environments: [WEST, EAST].map((name) => ({ name, reviewers: ['ada', 'grace'] })),
    clock: () => clock.now,
    ...changes,
  });
  return { github, clock };
}

/** The states of the newest deployment of an environment, newest first, as GitHub tells them. */
export async function statesOf(github: RangeGitHub, environment: string): Promise<readonly string[]> {
  const { id } = await newestDeployment(github, `?environment=${environment}`);
  return statesOfDeployment(github, id);
}

export async function statesOfDeployment(github: RangeGitHub, id: number): Promise<readonly string[]> {
  const { body } = await ask<readonly { state: string }[]>(github, `/deployments/${id}/statuses`);
  return body.map(({ state }) => state);
}

export async function newestDeployment(github: RangeGitHub, query = ''): Promise<{ readonly id: number }> {
  const [newest] = (await ask<readonly { id: number }[]>(github, `/deployments${query}`)).body;
  if (newest === undefined) throw new Error(`there is no deployment${query}`);
  return newest;
}
