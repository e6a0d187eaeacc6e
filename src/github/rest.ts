import type { Clock } from '../operations/context.ts';
import { systemClock } from '../runner/clock.ts';
import { UserError } from '../runner/errors.ts';
import type { Environment as Variables } from '../runner/inputs.ts';
import { environmentOf, issueOf, labelsOf, reviewOf, runOf, UNENDED, visibilityOf } from './answers.ts';
import { createExchange, type Exchange, type Patience, type Question } from './exchange.ts';
import { letThroughAt } from './let-through.ts';
import { createReader, PAGED, type Reader } from './pages.ts';
import { at, isAbsent, type Part, text, whole } from './part.ts';
import type { GitHub, Issue, IssueSearch } from './port.ts';
import { explainRefusal } from './refusals.ts';

export interface GitHubOptions {
  readonly token: string;
  /** GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT, GITHUB_SHA and, where it is not github.com, GITHUB_API_URL. */
  readonly env: Variables;
  readonly clock?: Clock;
  readonly patience?: Patience;
}

/**
 * GitHub as its REST API shows it to the token of a job. The token needs, beside `contents: read` for a checkout:
 *
 * - `actions: read`: how environments are protected, other runs of the workflow, who approved, to which attempt a job belongs;
 * - `deployments: read`: when an environment let the job through;
 * - `issues: write`: only where a halted deployment is to be told in an issue (`notify.issue` of the fleet file).
 *
 * Reading is tried four times, each for ten seconds; a rate limit is waited for when it ends within a minute.
 *
 * @throws UserError when the environment does not name the repository and the run
 */
export async function createGitHub(options: GitHubOptions): Promise<GitHub> {
  const { token, env, clock = systemClock, patience = { limit: 10_000, pause: 1_000 } } = options;
  const place = placeOf(env);
  // It is large, and whoever needs no GitHub loads none of it.
  const { getOctokit } = await import('@actions/github');
  const octokit = getOctokit(token, { baseUrl: place.api });
  const exchange = createExchange({
    api: place.api,
    send: (route, parameters) => octokit.request(route, parameters),
    clock,
    patience,
  });
  const asked: Asked = { place, exchange, reader: createReader(exchange, place.api) };
  return {
    repository: `${place.owner}/${place.repo}`,
    visibility: async (signal) => visibilityOf(await readRepository(asked, signal)),
    environment: (name, signal) => readEnvironment(asked, name, signal),
    otherRuns: (signal) => readOtherRuns(asked, signal),
    reviews: async (signal) => {
      const purpose = `read who approved run ${place.run}`;
      const route = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}/approvals';
      const question = ask(place, route, { purpose, permission: 'actions: read' }, { run_id: place.run });
      return (await asked.reader.all(question, (answer) => answer, signal)).map(reviewOf);
    },
    letThrough: (environment, signal) => readLetThrough(asked, environment, signal),
    findIssue: (search, signal) => findIssue(asked, search, signal),
    openIssue: (issue, signal) => openIssue(asked, issue, signal),
    commentIssue: async ({ number }, body, signal) => {
      const purpose = `comment on issue #${number}`;
      const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
      const parameters = { issue_number: number, body };
      await asked.reader.one(
        ask(place, route, { purpose, permission: 'issues: write' }, parameters),
        'comment',
        signal,
      );
    },
  };
}

const GITHUB = 'https://api.github.com';

interface Place {
  /** Without a slash at its end. */
  readonly api: string;
  readonly owner: string;
  readonly repo: string;
  readonly run: number;
  readonly attempt: number;
  readonly sha: string;
}

interface Asked {
  readonly place: Place;
  readonly exchange: Exchange;
  readonly reader: Reader;
}

/** @throws UserError */
function placeOf(env: Variables): Place {
  const read = (name: string, shape: RegExp, example: string): string => {
    const value = env[name] ?? '';
    if (shape.test(value)) return value;
    throw new UserError(
      `${name} is ${value === '' ? 'not set' : JSON.stringify(value)}, expected something like ${example}, as it is in every ` +
        'workflow run of GitHub. Set it, or leave the token out when this is no workflow run.',
    );
  };
  const [owner = '', repo = ''] = read('GITHUB_REPOSITORY', /^[\w.-]+\/[\w.-]+$/, 'acme/storefront').split(
    '/',
  );
  const api = env['GITHUB_API_URL'] ? read('GITHUB_API_URL', /^https?:\/\/\S+$/, GITHUB) : GITHUB;
  return {
    api: api.replace(/\/+$/, ''),
    owner,
    repo,
    run: Number(read('GITHUB_RUN_ID', /^[1-9]\d{0,14}$/, '8423750127')),
    attempt: Number(read('GITHUB_RUN_ATTEMPT', /^[1-9]\d{0,8}$/, '1')),
    sha: read('GITHUB_SHA', /^[0-9a-f]{40,64}$/, 'ffac537e6cbbf934b08745a378932722df287a53'),
  };
}

function ask(
  { owner, repo }: Place,
  route: string,
  why: Pick<Question, 'purpose' | 'permission'>,
  parameters: Readonly<Record<string, unknown>> = {},
): Question {
  return { ...why, route, parameters: { owner, repo, ...parameters } };
}

/** Everybody who has a token of the repository may read it; `contents: read` is what its absence looks like. */
function readRepository({ place, reader }: Asked, signal: AbortSignal): Promise<Part> {
  const why = { purpose: `read the repository ${place.owner}/${place.repo}`, permission: 'contents: read' };
  return reader.one(ask(place, 'GET /repos/{owner}/{repo}', why), 'repository', signal);
}

/** A repository that the token cannot see answers 404 for its environments too, so that one has to be there. */
async function readEnvironment(asked: Asked, name: string, signal: AbortSignal) {
  const { place, exchange } = asked;
  const why = { purpose: `read how the environment ${name} is protected`, permission: 'actions: read' };
  const route = 'GET /repos/{owner}/{repo}/environments/{environment_name}';
  const question = ask(place, route, why, { environment_name: name });
  const reply = await exchange(question, signal);
  if (reply.status === 404) {
    await readRepository(asked, signal);
    return undefined;
  }
  if (reply.status >= 300) throw explainRefusal(reply, question);
  return environmentOf({ value: reply.data, place: 'environment' });
}

async function readOtherRuns({ place, reader }: Asked, signal: AbortSignal) {
  const permission = 'actions: read';
  const own = ask(
    place,
    'GET /repos/{owner}/{repo}/actions/runs/{run_id}',
    { purpose: `read run ${place.run}`, permission },
    { run_id: place.run },
  );
  const workflow = whole(at(await reader.one(own, 'run', signal), 'workflow_id'));
  const purpose = 'read the other runs of this workflow';
  const route = 'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs';
  const found = new Map<number, ReturnType<typeof runOf>>();
  // One after the other, in the order of a run's life: one that moves on meanwhile is seen later rather than never.
  for (const status of UNENDED) {
    const question = ask(place, route, { purpose, permission }, { workflow_id: workflow, status, ...PAGED });
    const runs = await reader.all(question, (answer) => at(answer, 'workflow_runs'), signal);
    for (const run of runs.map(runOf)) found.set(run.id, run);
  }
  return [...found.values()]
    .filter(({ id }) => id !== place.run)
    .toSorted((a, b) => Date.parse(a.created) - Date.parse(b.created) || a.id - b.id);
}

function readLetThrough({ place, reader, exchange }: Asked, environment: string, signal: AbortSignal) {
  const why = {
    purpose: `read when the environment ${environment} let run ${place.run} through`,
    permission: 'deployments: read',
  };
  const list = (answer: Part) => answer;
  const attempts = new Map<number, Promise<number | undefined>>();
  const attemptOf = async (job: number): Promise<number | undefined> => {
    const route = 'GET /repos/{owner}/{repo}/actions/jobs/{job_id}';
    const question = ask(place, route, { ...why, permission: 'actions: read' }, { job_id: job });
    const reply = await exchange(question, signal);
    if (reply.status === 404) return undefined;
    if (reply.status >= 300) throw explainRefusal(reply, question);
    return whole(at({ value: reply.data, place: 'job' }, 'run_attempt'));
  };
  return letThroughAt(place, {
    deployments: () => {
      const route = 'GET /repos/{owner}/{repo}/deployments';
      return reader.all(ask(place, route, why, { environment, sha: place.sha, ...PAGED }), list, signal);
    },
    statuses: (deployment) => {
      const route = 'GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses';
      return reader.all(ask(place, route, why, { deployment_id: deployment, ...PAGED }), list, signal);
    },
    attemptOf: (job) => {
      const known = attempts.get(job) ?? attemptOf(job);
      attempts.set(job, known);
      return known;
    },
  });
}

/** The oldest one where there are several. Pull requests are issues to this endpoint, and none here. */
async function findIssue({ place, reader }: Asked, { label, title }: IssueSearch, signal: AbortSignal) {
  const why = { purpose: `look for the issue "${title}"`, permission: 'issues: write' };
  const question = ask(place, 'GET /repos/{owner}/{repo}/issues', why, {
    labels: label,
    state: 'open',
    ...PAGED,
  });
  const issues = await reader.all(question, (answer) => answer, signal);
  return issues
    .filter((issue) => isAbsent(at(issue, 'pull_request')) && text(at(issue, 'title')) === title)
    .map(issueOf)
    .toSorted((a, b) => a.number - b.number)[0];
}

async function openIssue(
  { place, reader }: Asked,
  { label, title, body }: IssueSearch & { readonly body: string },
  signal: AbortSignal,
): Promise<Issue> {
  const why = { purpose: `open the issue "${title}"`, permission: 'issues: write' };
  const question = ask(place, 'POST /repos/{owner}/{repo}/issues', why, { title, body, labels: [label] });
  const opened = await reader.one(question, 'issue', signal);
  const issue = issueOf(opened);
  // "Labels are silently dropped" for who may not set them (API reference, create an issue): it would never be found again.
  if (labelsOf(opened).some((each) => each.toLowerCase() === label.toLowerCase())) return issue;
  throw new UserError(
    `${issue.url} was opened, but GitHub left out its label \`${label}\`, by which it is found again. ` +
      'Add the label to it, and let the token have `issues: write`.',
  );
}
