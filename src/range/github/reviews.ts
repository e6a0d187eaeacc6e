import { deploymentBody } from './deployments.ts';
import { type Answer, type Call, type Endpoint, invalid, Refusal, textOf } from './endpoint.ts';
import { datedBody, environmentBody, minutes } from './environments.ts';
import { awaitsReview, mayReview, review } from './jobs.ts';
import { reviewerBodies, userBody } from './people.ts';
import { runOf } from './runs.ts';
import { type Job, stateOf, writeTime } from './state.ts';

const DOCS = 'actions/workflow-runs';
const PENDING = '/actions/runs/{run}/pending_deployments';

export const reviewEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/actions/runs/{run}/approvals',
    docs: `${DOCS}#get-the-review-history-for-a-workflow-run`,
    needs: ['actions', 'read'],
    answer: (call) => ({ status: 200, body: historyOf(call) }),
  },
  {
    method: 'GET',
    path: PENDING,
    docs: `${DOCS}#get-pending-deployments-for-a-workflow-run`,
    needs: ['actions', 'read'],
    answer: (call) => ({ status: 200, body: waitingIn(call).map((job) => pendingBody(call, job)) }),
  },
  {
    method: 'POST',
    path: PENDING,
    docs: `${DOCS}#review-pending-deployments-for-a-workflow-run`,
    needs: ['deployments', 'write'],
    body: ['environment_ids', 'state', 'comment'],
    answer: reviewPending,
  },
];

function historyOf(call: Call) {
  const { state } = call;
  const run = runOf(call);
  return state.reviews
    .filter((each) => each.run === run)
    .map(({ environment, state: verdict, by, comment }) => ({
      environments: [datedBody(state, environment)],
      state: verdict,
      user: userBody(state, by),
      comment,
    }));
}

function waitingIn(call: Call): readonly Job[] {
  const run = runOf(call);
  return call.state.jobs.filter((job) => job.run === run && stateOf(job) === 'waiting');
}

function pendingBody({ state, caller }: Call, job: Job) {
  const { environment } = job;
  const { waitTimer = 0, reviewers } = environment;
  return {
    environment: environmentBody(state, environment),
    wait_timer: minutes(waitTimer),
    wait_timer_started_at: waitTimer > 0 ? writeTime(job.created) : null,
    current_user_can_approve: awaitsReview(job) && mayReview(state, environment, caller.login),
    reviewers: reviewerBodies(state, reviewers),
  };
}

/** GitHub takes reviews from people only: a workflow's token may never give one. */
function reviewPending(call: Call): Answer {
  const { state, caller, body } = call;
  if (!caller.isPerson) throw new Refusal(403, 'Resource not accessible by integration');
  const verdict = textOf(body, 'state');
  const comment = textOf(body, 'comment');
  if (verdict !== 'approved' && verdict !== 'rejected') {
    throw invalid(`Invalid request.\n\n${verdict} is not a member of ["approved", "rejected"].`);
  }
  const ids = body['environment_ids'];
  const jobs = waitingIn(call).filter((job) => Array.isArray(ids) && ids.includes(job.environment.id));
  const mayAll = jobs.every((job) => awaitsReview(job) && mayReview(state, job.environment, caller.login));
  if (!Array.isArray(ids) || jobs.length === 0 || jobs.length !== ids.length || !mayAll) {
    throw invalid(`There are no deployments with these environment ids that ${caller.login} can review.`);
  }
  for (const { run, environment } of jobs) {
    review(state, run, environment.name, { state: verdict, by: caller.login, comment });
  }
  return { status: 200, body: jobs.map((job) => deploymentBody(state, job)) };
}
