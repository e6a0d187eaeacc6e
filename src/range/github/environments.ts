import { type Endpoint, notFound } from './endpoint.ts';
import { PAGING, pageOf } from './paging.ts';
import { reviewerBodies } from './people.ts';
import {
  apiUrl,
  findEnvironment,
  type KnownEnvironment,
  nodeId,
  type State,
  webUrl,
  writeTime,
} from './state.ts';

const DOCS = 'deployments/environments';

export const environmentEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/environments',
    docs: `${DOCS}#list-environments`,
    needs: ['actions', 'read'],
    query: PAGING,
    answer: (call) => {
      const all = [...call.state.environments.values()];
      return pageOf(call, '/environments', all, (shown) => ({
        total_count: all.length,
        environments: shown.map((environment) => protectedBody(call.state, environment)),
      }));
    },
  },
  {
    method: 'GET',
    path: '/environments/{name}',
    docs: `${DOCS}#get-an-environment`,
    needs: ['actions', 'read'],
    answer: ({ state, path }) => {
      const environment = findEnvironment(state, path['name'] ?? '');
      if (environment === undefined) throw notFound();
      return { status: 200, body: protectedBody(state, environment) };
    },
  },
];

/** An environment as GitHub shows it inside of other answers. */
export function environmentBody(state: State, { id, name }: KnownEnvironment) {
  return {
    id,
    node_id: nodeId('Environment', id),
    name,
    url: `${apiUrl(state)}/environments/${encodeURIComponent(name)}`,
    html_url: `${webUrl(state)}/deployments/activity_log?environments_filter=${encodeURIComponent(name)}`,
  };
}

/** The same with its times. */
export function datedBody(state: State, environment: KnownEnvironment) {
  return {
    ...environmentBody(state, environment),
    created_at: writeTime(environment.created),
    updated_at: writeTime(environment.updated),
  };
}

function protectedBody(state: State, environment: KnownEnvironment) {
  const { branchPolicy = false, adminsBypass } = environment;
  return {
    ...datedBody(state, environment),
    ...(adminsBypass !== undefined && { can_admins_bypass: adminsBypass }),
    protection_rules: rulesOf(state, environment),
    deployment_branch_policy: branchPolicy
      ? { protected_branches: true, custom_branch_policies: false }
      : null,
  };
}

/** The ids of rules follow from that of the environment, for nothing asks for them. */
function rulesOf(state: State, environment: KnownEnvironment): readonly object[] {
  const { id, reviewers = [], preventSelfReview = false, branchPolicy = false, waitTimer = 0 } = environment;
  const rule = (type: string, offset: number) => {
    const own = id * 10 + offset;
    return { id: own, node_id: nodeId('GateRule', own), type };
  };
  return [
    ...(waitTimer > 0 ? [{ ...rule('wait_timer', 1), wait_timer: minutes(waitTimer) }] : []),
    ...(reviewers.length > 0
      ? [
          {
            ...rule('required_reviewers', 2),
            prevent_self_review: preventSelfReview,
            reviewers: reviewerBodies(state, reviewers),
          },
        ]
      : []),
    ...(branchPolicy ? [rule('branch_policy', 3)] : []),
  ];
}

/** GitHub's wait timers are in minutes. */
export function minutes(milliseconds: number): number {
  return milliseconds / 60_000;
}
