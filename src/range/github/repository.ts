import type { Endpoint } from './endpoint.ts';
import { userBody } from './people.ts';
import { apiUrl, branchOf, nodeId, type State, webUrl, writeTime } from './state.ts';

export const repositoryEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '',
    docs: 'repos/repos#get-a-repository',
    answer: ({ state }) => ({ status: 200, body: fullBody(state) }),
  },
];

/** Suffix of each address of a repository in the API, by the name of its member. */
const ADDRESSES: Readonly<Record<string, string>> = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
};

/** A repository as GitHub shows it inside of other answers. */
export function shortBody(state: State) {
  const { owner, name, repositoryId, visibility } = state;
  const api = apiUrl(state);
  const addresses = Object.entries(ADDRESSES).map(([key, suffix]) => [key, `${api}${suffix}`]);
  return {
    id: repositoryId,
    node_id: nodeId('Repository', repositoryId),
    name,
    full_name: `${owner}/${name}`,
    private: visibility !== 'public',
    owner: userBody(state, owner),
    html_url: webUrl(state),
    description: null,
    fork: false,
    url: api,
    ...Object.fromEntries(addresses),
  };
}

function fullBody(state: State) {
  const web = webUrl(state);
  const began = writeTime(state.began);
  const open = state.issues.filter((issue) => issue.state === 'open').length;
  return {
    ...shortBody(state),
    visibility: state.visibility,
    default_branch: branchOf(state),
    created_at: began,
    updated_at: began,
    pushed_at: began,
    clone_url: `${web}.git`,
    git_url: `git:${web.replace(/^\w+:/, '')}.git`,
    ssh_url: `git@${new URL(web).hostname}:${state.owner}/${state.name}.git`,
    svn_url: web,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    size: 0,
    forks: 0,
    forks_count: 0,
    network_count: 0,
    stargazers_count: 0,
    subscribers_count: 0,
    watchers: 0,
    watchers_count: 0,
    open_issues: open,
    open_issues_count: open,
    has_discussions: false,
    has_issues: true,
    has_pages: false,
    has_projects: false,
    has_wiki: false,
    archived: false,
    disabled: false,
  };
}
