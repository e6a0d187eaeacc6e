import { type Call, type Endpoint, notFound } from './endpoint.ts';
import { PAGING, pageOf } from './paging.ts';
import { userBody } from './people.ts';
import { apiUrl, branchOf, type Job, nodeId, type State, writeTime } from './state.ts';
import { logUrl } from './workflow-jobs.ts';

const NEEDS = ['deployments', 'read'] as const;
const TASK = 'deploy';

export const deploymentEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/deployments',
    docs: 'deployments/deployments#list-deployments',
    needs: NEEDS,
    query: [...PAGING, 'sha', 'ref', 'task', 'environment'],
    answer: (call) =>
      pageOf(call, '/deployments', found(call).toReversed(), (shown) =>
        shown.map((job) => deploymentBody(call.state, job)),
      ),
  },
  {
    method: 'GET',
    path: '/deployments/{deployment}/statuses',
    docs: 'deployments/statuses#list-deployment-statuses',
    needs: NEEDS,
    query: PAGING,
    answer: (call) => {
      const { state } = call;
      const job = state.jobs.find(({ id }) => String(id) === call.path['deployment']);
      if (job === undefined) throw notFound();
      return pageOf(call, `/deployments/${job.id}/statuses`, job.statuses.toReversed(), (shown) =>
        shown.map((status) => statusBody(state, job, status)),
      );
    },
  },
];

/** Older ones first. That case does not count here, as it does not for environments, is an assumption. */
function found({ state, query }: Call): readonly Job[] {
  const environment = query.get('environment')?.toLowerCase();
  const isAsked = (name: string, value: string) => [null, value].includes(query.get(name));
  if (!isAsked('sha', state.sha) || !isAsked('task', TASK)) return [];
  if (!isAsked('ref', branchOf(state))) return [];
  return state.jobs.filter((job) => [undefined, job.environment.name.toLowerCase()].includes(environment));
}

/** The deployment that GitHub made for a job. */
export function deploymentBody(state: State, job: Job) {
  const url = deploymentUrl(state, job);
  const { name } = job.environment;
  return {
    url,
    id: job.id,
    node_id: nodeId('Deployment', job.id),
    task: TASK,
    original_environment: name,
    environment: name,
    description: null,
    created_at: writeTime(job.created),
    updated_at: writeTime(job.statuses.at(-1)?.at ?? job.created),
    statuses_url: `${url}/statuses`,
    repository_url: apiUrl(state),
    creator: userBody(state, state.actor),
    sha: state.sha,
    ref: branchOf(state),
    payload: {},
    transient_environment: false,
    production_environment: false,
    performed_via_github_app: null,
  };
}

function statusBody(state: State, job: Job, status: Job['statuses'][number]) {
  const log = logUrl(state, job);
  const at = writeTime(status.at);
  return {
    url: `${deploymentUrl(state, job)}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId('DeploymentStatus', status.id),
    state: status.state,
    creator: userBody(state, 'github-actions[bot]'),
    description: '',
    environment: job.environment.name,
    target_url: log,
    created_at: at,
    updated_at: at,
    deployment_url: deploymentUrl(state, job),
    repository_url: apiUrl(state),
    log_url: log,
    performed_via_github_app: null,
  };
}

function deploymentUrl(state: State, job: Job): string {
  return `${apiUrl(state)}/deployments/${job.id}`;
}
