import { arrive, bypass, end, finish, rerun, review } from './jobs.ts';
import {
  branchOf,
  type Conclusion,
  findEnvironment,
  type Run,
  type RunStatus,
  type State,
  workflowName,
} from './state.ts';

/** A run of the workflow, and what GitHub and people do with it. What cannot happen throws UserError. */
export interface RangeRun {
  readonly id: number;
  /** What the runner tells every step of the run about it: `GITHUB_RUN_ID` and so on. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * A job comes to an environment: it waits when anything protects it, and begins otherwise. An environment that does
   * not exist is created, with no protection.
   */
  arrive(environment: string): void;
  /** @param by login; the first reviewer of the environment when not given */
  review(environment: string, state: 'approved' | 'rejected', by?: string, comment?: string): void;
  /** An administrator starts the job that waits, with no review. */
  bypass(environment: string): void;
  /** The job that is at work there ends. */
  ended(environment: string, outcome: 'success' | 'failure'): void;
  /** The whole run ends, with every job that has not. */
  finish(conclusion: Conclusion): void;
  /** The next attempt of this run, once it is over. */
  rerun(): RangeRun;
}

/** A run that is there from the start. */
export interface PlantedRun {
  readonly status: RunStatus;
  /** Of a completed run; `success`. */
  readonly conclusion?: Conclusion;
  /** Against all runs there are; `older`. */
  readonly age?: 'older' | 'newer';
  readonly title?: string;
  /** Path; that of the other runs. */
  readonly workflow?: string;
}

const FIRST_RUN = { id: 9_000_000_000, number: 41 };
/** Between the ids of two runs: GitHub's grow, with those of other repositories between them. */
const STEP = 1_000;
const MINUTE = 60_000;

/** A new run, whose first job is at work. */
export function startRun(state: State): RangeRun {
  const at = state.now();
  return controlsOf(state, addRun(state, { ...idsOf(state, 'newer'), created: at, status: 'in_progress' }));
}

function controlsOf(state: State, run: Run): RangeRun {
  return {
    id: run.id,
    environment: variablesOf(state, run),
    arrive: (environment) => arrive(state, run, environment),
    review(environment, verdict, by, comment = '') {
      const [first] = findEnvironment(state, environment)?.reviewers ?? [];
      const usual = typeof first === 'object' ? `${first.team}-member` : (first ?? 'nobody');
      review(state, run, environment, { state: verdict, by: by ?? usual, comment });
    },
    bypass: (environment) => bypass(state, run, environment),
    ended: (environment, outcome) => end(state, run, environment, outcome),
    finish: (conclusion) => finish(state, run, conclusion),
    rerun() {
      rerun(state, run);
      return controlsOf(state, run);
    },
  };
}

/** @returns its id */
export function plantRun(state: State, planted: PlantedRun): number {
  const { status, conclusion = 'success', age = 'older', title, workflow } = planted;
  const created = age === 'newer' ? state.now() : (state.runs[0]?.created ?? state.now()) - MINUTE;
  return addRun(state, {
    ...idsOf(state, age),
    created,
    status,
    ...(status === 'completed' && { conclusion }),
    ...(title !== undefined && { title }),
    ...(workflow !== undefined && { workflow }),
  }).id;
}

type NewRun = Pick<Run, 'id' | 'number' | 'created' | 'status'> &
  Partial<Pick<Run, 'title' | 'workflow' | 'conclusion'>>;

function addRun(state: State, more: NewRun): Run {
  const run: Run = {
    title: `Rollout ${more.number}`,
    workflow: state.workflow,
    attempt: 1,
    updated: more.created,
    ...more,
  };
  state.runs.push(run);
  state.runs.sort((one, other) => one.id - other.id);
  return run;
}

function idsOf({ runs }: State, age: 'older' | 'newer'): Pick<Run, 'id' | 'number'> {
  const near = age === 'newer' ? runs.at(-1) : runs[0];
  if (near === undefined) return FIRST_RUN;
  const sign = age === 'newer' ? 1 : -1;
  return { id: near.id + sign * STEP, number: near.number + sign };
}

/** As "Variables reference" of GitHub Actions has them. */
function variablesOf(state: State, { id, number, attempt, workflow }: Run): Record<string, string> {
  const repository = `${state.owner}/${state.name}`;
  return {
    GITHUB_ACTOR: state.actor,
    GITHUB_API_URL: state.url,
    GITHUB_EVENT_NAME: 'workflow_dispatch',
    GITHUB_REF: state.ref,
    GITHUB_REF_NAME: branchOf(state),
    GITHUB_REF_TYPE: state.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    GITHUB_REPOSITORY: repository,
    GITHUB_REPOSITORY_ID: String(state.repositoryId),
    GITHUB_REPOSITORY_OWNER: state.owner,
    GITHUB_RUN_ATTEMPT: String(attempt),
    GITHUB_RUN_ID: String(id),
    GITHUB_RUN_NUMBER: String(number),
    GITHUB_SERVER_URL: state.url,
    GITHUB_SHA: state.sha,
    GITHUB_TRIGGERING_ACTOR: state.actor,
    GITHUB_WORKFLOW: workflowName(workflow),
    GITHUB_WORKFLOW_REF: `${repository}/${workflow}@${state.ref}`,
    GITHUB_WORKFLOW_SHA: state.sha,
  };
}
