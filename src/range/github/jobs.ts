import { UserError } from '../../runner/errors.ts';
import {
  type Conclusion,
  type DeploymentState,
  findEnvironment,
  type Job,
  type KnownEnvironment,
  putEnvironment,
  type Run,
  type State,
  stateOf,
} from './state.ts';

/** What a person says about a job that waits. */
export interface Verdict {
  readonly state: 'approved' | 'rejected';
  /** Login. */
  readonly by: string;
  readonly comment: string;
}

/**
 * A job of the run comes to its environment: it waits there when anything protects the environment, and begins otherwise.
 * An environment that does not exist is created, with no protection.
 *
 * @throws UserError when the run is over or another job of it is there
 */
export function arrive(state: State, run: Run, name: string): void {
  if (run.status === 'completed') {
    throw new UserError(`Run ${run.id} is over (${run.conclusion}): no job of it can come to ${name}.`);
  }
  const environment = findEnvironment(state, name) ?? putEnvironment(state, { name });
  if (openJob(state, run, name) !== undefined) {
    throw new UserError(`A job of run ${run.id} is in ${name} already. End it first.`);
  }
  const job: Job = {
    id: state.nextId(),
    jobId: state.nextId(),
    run,
    attempt: run.attempt,
    environment,
    created: state.now(),
    statuses: [],
  };
  state.jobs.push(job);
  if (isProtected(environment)) setState(state, job, 'waiting', state.now());
  else begin(state, job, state.now());
  passGates(state);
}

/**
 * Lets through every waiting job that nothing holds any more; called before anything is looked at, for wait timers end
 * by themselves.
 */
export function passGates(state: State): void {
  for (const job of state.jobs) {
    if (stateOf(job) !== 'waiting') continue;
    const { reviewers = [], waitTimer = 0 } = job.environment;
    if (reviewers.length > 0 && job.approved === undefined) continue;
    const at = Math.max(job.created + waitTimer, job.approved ?? 0);
    if (at <= state.now()) begin(state, job, at);
  }
}

/**
 * @throws UserError when no job of the run waits there for a review, or this person may not give it
 */
export function review(state: State, run: Run, name: string, verdict: Verdict): void {
  const job = waitingJob(state, run, name);
  if (!awaitsReview(job)) {
    throw new UserError(`The job of run ${run.id} in ${name} waits for no review.`);
  }
  if (!mayReview(state, job.environment, verdict.by)) {
    throw new UserError(`${verdict.by} may not review ${name}: no reviewer, or who started the run.`);
  }
  state.reviews.push({ run, environment: job.environment, ...verdict });
  if (verdict.state === 'approved') {
    job.approved = state.now();
    passGates(state);
  } else {
    setState(state, job, 'failure', state.now());
  }
}

export function awaitsReview(job: Job): boolean {
  const { reviewers = [] } = job.environment;
  return stateOf(job) === 'waiting' && reviewers.length > 0 && job.approved === undefined;
}

/** Everybody counts as a member of a team. */
export function mayReview(state: State, environment: KnownEnvironment, login: string): boolean {
  const { reviewers = [], preventSelfReview = false } = environment;
  if (preventSelfReview && login === state.actor) return false;
  return reviewers.some((reviewer) => typeof reviewer !== 'string' || reviewer === login);
}

/**
 * An administrator starts the job that waits, with no review. Whether GitHub lists that among the reviews of a run is not
 * known; the range does not.
 *
 * @throws UserError when none waits or the environment does not allow it
 */
export function bypass(state: State, run: Run, name: string): void {
  const job = waitingJob(state, run, name);
  if (job.environment.adminsBypass === false) {
    throw new UserError(`${name} does not allow administrators to bypass its rules.`);
  }
  begin(state, job, state.now());
}

/**
 * The job in the environment ends. After a success earlier deployments of the environment are inactive.
 *
 * @throws UserError when no job of the run is at work there
 */
export function end(state: State, run: Run, name: string, outcome: 'success' | 'failure'): void {
  passGates(state);
  const job = openJob(state, run, name);
  if (job === undefined || stateOf(job) !== 'in_progress') {
    throw new UserError(
      `No job of run ${run.id} is at work in ${name}; there is ${(job && stateOf(job)) ?? 'none'}.`,
    );
  }
  if (outcome === 'success') retireEarlier(state, job);
  setState(state, job, outcome, state.now());
}

/**
 * The whole run ends. Deployments of jobs that had not ended become `error`: that GitHub says just this of cancelled jobs
 * is an assumption.
 */
export function finish(state: State, run: Run, conclusion: Conclusion): void {
  for (const job of state.jobs.filter((each) => each.run === run && isOpen(each))) {
    setState(state, job, 'error', state.now());
  }
  run.status = 'completed';
  run.conclusion = conclusion;
  run.updated = state.now();
}

/**
 * The run is run again. Reviews of earlier attempts stay listed: that GitHub lists them is an assumption.
 *
 * @throws UserError when it is not over
 */
export function rerun(state: State, run: Run): void {
  if (run.status !== 'completed') {
    throw new UserError(
      `Run ${run.id} is not over (${run.status}): it cannot be run again. Finish it first.`,
    );
  }
  run.attempt += 1;
  run.status = 'in_progress';
  run.updated = state.now();
  delete run.conclusion;
}

/** Deletes an environment; jobs that wait there fail. */
export function removeEnvironment(state: State, name: string): void {
  state.environments.delete(name.toLowerCase());
  for (const job of state.jobs) {
    if (isAt(job, name) && stateOf(job) === 'waiting') setState(state, job, 'failure', state.now());
  }
}

/** GitHub makes the deployment `waiting` for any rule, even for a branch policy that allows the branch. */
function isProtected({ reviewers = [], waitTimer = 0, branchPolicy = false }: KnownEnvironment): boolean {
  return reviewers.length > 0 || waitTimer > 0 || branchPolicy;
}

function begin(state: State, job: Job, at: number): void {
  setState(state, job, 'queued', at);
  setState(state, job, 'in_progress', at);
}

function setState(state: State, job: Job, next: DeploymentState, at: number): void {
  job.statuses.push({ id: state.nextId(), state: next, at });
  if (next !== 'inactive') updateRun(state, job.run, at);
}

/** The jobs of a rollout need each other: when one fails and no other is at work, the run is over. */
function updateRun(state: State, run: Run, at: number): void {
  const jobs = state.jobs.filter((job) => job.run === run && job.attempt === run.attempt);
  const open = jobs.filter(isOpen);
  run.updated = at;
  if (open.length === 0 && jobs.some((job) => stateOf(job) === 'failure')) {
    run.status = 'completed';
    run.conclusion = 'failure';
  } else {
    run.status =
      open.length > 0 && open.every((job) => stateOf(job) === 'waiting') ? 'waiting' : 'in_progress';
  }
}

function retireEarlier(state: State, job: Job): void {
  for (const earlier of state.jobs) {
    if (earlier === job || !isAt(earlier, job.environment.name)) continue;
    if (stateOf(earlier) === 'success') setState(state, earlier, 'inactive', state.now());
  }
}

function waitingJob(state: State, run: Run, name: string): Job {
  passGates(state);
  const job = openJob(state, run, name);
  if (job !== undefined && stateOf(job) === 'waiting') return job;
  throw new UserError(
    `No job of run ${run.id} waits in ${name}; there is ${(job && stateOf(job)) ?? 'none'}.`,
  );
}

function openJob(state: State, run: Run, name: string): Job | undefined {
  return state.jobs.find((job) => job.run === run && isAt(job, name) && isOpen(job));
}

function isAt(job: Job, name: string): boolean {
  return job.environment.name.toLowerCase() === name.toLowerCase();
}

function isOpen(job: Job): boolean {
  return ['waiting', 'queued', 'in_progress'].includes(stateOf(job) ?? '');
}
