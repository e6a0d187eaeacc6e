import { type Endpoint, notFound } from './endpoint.ts';
import {
  apiUrl,
  branchOf,
  type DeploymentState,
  type Job,
  nodeId,
  type State,
  stateOf,
  webUrl,
  workflowName,
  writeTime,
} from './state.ts';

/** Jobs that are bound to an environment; a run has others, which are not modelled. */
export const workflowJobEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/actions/jobs/{job}',
    docs: 'actions/workflow-jobs#get-a-job-for-a-workflow-run',
    needs: ['actions', 'read'],
    answer: ({ state, path }) => {
      const job = state.jobs.find(({ jobId }) => String(jobId) === path['job']);
      if (job === undefined) throw notFound();
      return { status: 200, body: jobBody(state, job) };
    },
  },
];

function jobBody(state: State, job: Job) {
  const { jobId, run, attempt, environment } = job;
  const ended = job.statuses.find(({ state: each }) => conclusionOf(each) !== undefined);
  const now = stateOf(job);
  return {
    id: jobId,
    run_id: run.id,
    run_url: `${apiUrl(state)}/actions/runs/${run.id}`,
    run_attempt: attempt,
    node_id: nodeId('CheckRun', jobId),
    head_branch: branchOf(state),
    head_sha: state.sha,
    url: `${apiUrl(state)}/actions/jobs/${jobId}`,
    html_url: logUrl(state, job),
    status: ended === undefined ? (now ?? 'queued') : 'completed',
    conclusion: ended === undefined ? null : conclusionOf(ended.state),
    created_at: writeTime(job.created),
    started_at: writeTime(job.statuses.find(({ state: each }) => each === 'in_progress')?.at ?? job.created),
    completed_at: ended === undefined ? null : writeTime(ended.at),
    name: environment.name,
    workflow_name: workflowName(run.workflow),
    steps: [],
    check_run_url: `${apiUrl(state)}/check-runs/${jobId}`,
    labels: ['ubuntu-24.04'],
    runner_id: null,
    runner_name: null,
    runner_group_id: null,
    runner_group_name: null,
  };
}

/** Address of the job's log; deployments name it. */
export function logUrl(state: State, { run, jobId }: Job): string {
  return `${webUrl(state)}/actions/runs/${run.id}/job/${jobId}`;
}

function conclusionOf(state: DeploymentState): 'success' | 'failure' | 'cancelled' | undefined {
  switch (state) {
    case 'success':
    case 'failure':
      return state;
    case 'error':
      return 'cancelled';
    default:
      return undefined;
  }
}
