import { type Answer, type Call, type Endpoint, notFound, oneOf } from './endpoint.ts';
import { PAGING, pageOf } from './paging.ts';
import { idOf, userBody } from './people.ts';
import { shortBody } from './repository.ts';
import {
  apiUrl,
  branchOf,
  nodeId,
  RUN_STATUSES,
  type Run,
  type State,
  webUrl,
  workflowName,
  writeTime,
} from './state.ts';

const DOCS = 'actions/workflow-runs';
const NEEDS = ['actions', 'read'] as const;
const FILTERS = [...PAGING, 'status', 'exclude_pull_requests'];

export const runEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/actions/runs',
    docs: `${DOCS}#list-workflow-runs-for-a-repository`,
    needs: NEEDS,
    query: FILTERS,
    answer: (call) => listRuns(call, '/actions/runs', call.state.runs),
  },
  {
    method: 'GET',
    path: '/actions/workflows/{workflow}/runs',
    docs: `${DOCS}#list-workflow-runs-for-a-workflow`,
    needs: NEEDS,
    query: FILTERS,
    answer: (call) => {
      const asked = call.path['workflow'] ?? '';
      const runs = call.state.runs.filter(({ workflow }) => isNamed(workflow, asked));
      if (runs.length === 0) throw notFound();
      return listRuns(call, `/actions/workflows/${encodeURIComponent(asked)}/runs`, runs);
    },
  },
  {
    method: 'GET',
    path: '/actions/runs/{run}',
    docs: `${DOCS}#get-a-workflow-run`,
    needs: NEEDS,
    query: ['exclude_pull_requests'],
    answer: (call) => ({ status: 200, body: runBody(call.state, runOf(call)) }),
  },
];

/** @throws Refusal when the repository has no run with the id in the path */
export function runOf({ state, path }: Call): Run {
  const run = state.runs.find(({ id }) => String(id) === path['run']);
  if (run === undefined) throw notFound();
  return run;
}

/** A workflow is asked for by its id or by the name of its file. */
function isNamed(workflow: string, asked: string): boolean {
  return asked === String(idOf(workflow)) || asked === workflow.split('/').at(-1);
}

/** Newest first. `status` is a status or a conclusion. */
function listRuns(call: Call, path: string, runs: readonly Run[]): Answer {
  const status = oneOf(call.query, 'status', [...RUN_STATUSES, 'success', 'failure', 'cancelled']);
  const found = runs
    .filter((run) => status === undefined || status === run.status || status === run.conclusion)
    .toReversed();
  return pageOf(call, path, found, (shown) => ({
    total_count: found.length,
    workflow_runs: shown.map((run) => runBody(call.state, run)),
  }));
}

function runBody(state: State, run: Run) {
  const api = `${apiUrl(state)}/actions/runs/${run.id}`;
  const workflowId = idOf(run.workflow);
  const created = writeTime(run.created);
  return {
    id: run.id,
    name: workflowName(run.workflow),
    node_id: nodeId('WorkflowRun', run.id),
    check_suite_id: run.id + 1,
    check_suite_node_id: nodeId('CheckSuite', run.id + 1),
    head_branch: branchOf(state),
    head_sha: state.sha,
    path: run.workflow,
    display_title: run.title,
    run_number: run.number,
    run_attempt: run.attempt,
    event: 'workflow_dispatch',
    status: run.status,
    conclusion: run.conclusion ?? null,
    workflow_id: workflowId,
    url: api,
    html_url: `${webUrl(state)}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: created,
    updated_at: writeTime(run.updated),
    run_started_at: created,
    actor: userBody(state, state.actor),
    triggering_actor: userBody(state, state.actor),
    jobs_url: `${api}/jobs`,
    logs_url: `${api}/logs`,
    check_suite_url: `${apiUrl(state)}/check-suites/${run.id + 1}`,
    artifacts_url: `${api}/artifacts`,
    cancel_url: `${api}/cancel`,
    rerun_url: `${api}/rerun`,
    previous_attempt_url: null,
    workflow_url: `${apiUrl(state)}/actions/workflows/${workflowId}`,
    head_commit: commitBody(state),
    repository: shortBody(state),
    head_repository: shortBody(state),
  };
}

function commitBody({ sha, actor, began }: State) {
  const person = { name: actor, email: `${actor}@example.com` };
  return {
    id: sha,
    tree_id: sha,
    message: 'Release',
    timestamp: writeTime(began),
    author: person,
    committer: person,
  };
}
