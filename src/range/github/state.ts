import { UserError } from '../../runner/errors.ts';
import type { RangeEnvironment, RangeGitHubOptions } from './options.ts';

/** Everything that the range's GitHub knows. Times are milliseconds since 1970. */
export interface State {
  /** Where it answers, for the API as for the web pages, which are not there. */
  readonly url: string;
  readonly owner: string;
  readonly name: string;
  readonly repositoryId: number;
  readonly visibility: 'public' | 'private' | 'internal';
  readonly actor: string;
  readonly sha: string;
  readonly ref: string;
  /** Path of the workflow of the runs that are not planted. */
  readonly workflow: string;
  readonly now: () => number;
  readonly nextId: () => number;
  readonly began: number;
  /** By name in lower case: GitHub's names are case-insensitive. */
  readonly environments: Map<string, KnownEnvironment>;
  /** Older ones first. */
  readonly runs: Run[];
  readonly jobs: Job[];
  readonly reviews: ReviewMade[];
  readonly issues: IssueMade[];
}

export interface KnownEnvironment extends RangeEnvironment {
  readonly id: number;
  readonly created: number;
  readonly updated: number;
}

export const RUN_STATUSES = [
  'requested',
  'pending',
  'queued',
  'waiting',
  'in_progress',
  'completed',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];
export type Conclusion = 'success' | 'failure' | 'cancelled';

export interface Run {
  readonly id: number;
  /** Within its workflow. */
  readonly number: number;
  readonly title: string;
  readonly workflow: string;
  readonly created: number;
  updated: number;
  /** Counts from 1; one more each time the run is run again. */
  attempt: number;
  status: RunStatus;
  conclusion?: Conclusion;
}

/** The states that GitHub gives the deployment of a job. */
export type DeploymentState =
  | 'waiting'
  | 'queued'
  | 'in_progress'
  | 'success'
  | 'failure'
  | 'error'
  | 'inactive';

/** A job that is bound to an environment, with the deployment that GitHub makes for it. */
export interface Job {
  /** Of the deployment. */
  readonly id: number;
  /** In the addresses of its log. */
  readonly jobId: number;
  readonly run: Run;
  readonly attempt: number;
  /** As it was when the job arrived: what changes later counts for later jobs. */
  readonly environment: KnownEnvironment;
  readonly created: number;
  /** Older ones first. */
  readonly statuses: { readonly id: number; readonly state: DeploymentState; readonly at: number }[];
  /** When somebody approved it. */
  approved?: number;
}

export interface ReviewMade {
  readonly run: Run;
  readonly environment: KnownEnvironment;
  readonly state: 'approved' | 'rejected';
  readonly by: string;
  readonly comment: string;
}

export interface IssueMade {
  readonly id: number;
  readonly number: number;
  readonly by: string;
  readonly created: number;
  updated: number;
  closed?: number;
  title: string;
  body: string;
  labels: readonly string[];
  state: 'open' | 'closed';
  stateReason: string | null;
  readonly comments: {
    readonly id: number;
    readonly by: string;
    readonly body: string;
    readonly at: number;
  }[];
}

const MINUTE = 60_000;
/** "Managing environments for deployment": between 1 and 43,200 minutes; up to six reviewers; names of up to 255 characters. */
const LONGEST_WAIT = 43_200 * MINUTE;
const MOST_REVIEWERS = 6;
const LONGEST_NAME = 255;

/** @throws UserError for a repository or an environment that GitHub would not take */
export function createState(url: string, options: RangeGitHubOptions): State {
  const { repository = 'acme/storefront', clock = Date.now } = options;
  const [, owner = '', name = ''] = /^([\w.-]+)\/([\w.-]+)$/.exec(repository) ?? [];
  if (owner === '') {
    throw new UserError(`The repository of the range's GitHub is ${repository}, expected owner/name.`);
  }
  let lastId = 1_000;
  const nextId = () => {
    lastId += 1;
    return lastId;
  };
  const state: State = {
    url,
    owner,
    name,
    repositoryId: nextId(),
    visibility: options.visibility ?? 'private',
    actor: options.actor ?? 'octo-dev',
    sha: options.sha ?? '6dcb09b5b57875f334f61aebed695e2e4193db5e',
    ref: options.ref ?? 'refs/heads/main',
    workflow: options.workflow ?? '.github/workflows/rollout.yml',
    now: clock,
    nextId,
    began: clock(),
    environments: new Map(),
    runs: [],
    jobs: [],
    reviews: [],
    issues: [],
  };
  for (const environment of options.environments ?? []) putEnvironment(state, environment);
  return state;
}

/**
 * Adds an environment or changes the one of this name, which keeps its id and the case of its name.
 *
 * @throws UserError for one that GitHub would not take
 */
export function putEnvironment(state: State, environment: RangeEnvironment): KnownEnvironment {
  const { name, reviewers = [], waitTimer = 0 } = environment;
  const problem =
    name === '' || name.length > LONGEST_NAME
      ? `a name of 1 to ${LONGEST_NAME} characters`
      : reviewers.length > MOST_REVIEWERS
        ? `at most ${MOST_REVIEWERS} reviewers`
        : waitTimer < 0 || waitTimer > LONGEST_WAIT || waitTimer % MINUTE !== 0
          ? 'a wait timer of whole minutes up to 30 days, in milliseconds'
          : undefined;
  if (problem !== undefined) {
    throw new UserError(`The environment "${name}" of the range's GitHub needs ${problem}.`);
  }
  const before = findEnvironment(state, name);
  const known = {
    ...environment,
    name: before?.name ?? name,
    id: before?.id ?? state.nextId(),
    created: before?.created ?? state.now(),
    updated: state.now(),
  };
  state.environments.set(name.toLowerCase(), known);
  return known;
}

export function findEnvironment({ environments }: State, name: string): KnownEnvironment | undefined {
  return environments.get(name.toLowerCase());
}

/** The state of a job is that of the newest status of its deployment. */
export function stateOf({ statuses }: Job): DeploymentState | undefined {
  return statuses.at(-1)?.state;
}

/** GitHub's times have whole seconds. */
export function writeTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** An id as GitHub's GraphQL has it; opaque. */
export function nodeId(kind: string, id: number): string {
  return Buffer.from(`${kind}:${id}`).toString('base64url');
}

/** Address of the repository in the API. */
export function apiUrl({ url, owner, name }: State): string {
  return `${url}/repos/${owner}/${name}`;
}

/** Address of the repository's web page, which the range does not have. */
export function webUrl({ url, owner, name }: State): string {
  return `${url}/${owner}/${name}`;
}

/** `main` of `refs/heads/main`. */
export function branchOf({ ref }: State): string {
  return ref.replace(/^refs\/(heads|tags)\//, '');
}

/** `rollout` of `.github/workflows/rollout.yml`: the range's workflows are named like their files. */
export function workflowName(path: string): string {
  return (
    path
      .split('/')
      .at(-1)
      ?.replace(/\.ya?ml$/, '') ?? ''
  );
}
