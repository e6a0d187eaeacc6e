import type { RangeReviewer } from './options.ts';
import { nodeId, type State } from './state.ts';

/** A user as GitHub shows one inside of other answers. The id follows from the login. */
export function userBody({ url }: State, login: string) {
  const api = `${url}/users/${encodeURIComponent(login)}`;
  const id = idOf(login);
  return {
    login,
    id,
    node_id: nodeId('User', id),
    avatar_url: `${url}/avatars/u/${id}`,
    gravatar_id: '',
    url: api,
    html_url: `${url}/${encodeURIComponent(login)}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: login.endsWith('[bot]') ? 'Bot' : 'User',
    site_admin: false,
  };
}

/** The reviewers of an environment: users and teams. */
export function reviewerBodies(state: State, reviewers: readonly RangeReviewer[] = []) {
  return reviewers.map((reviewer) =>
    typeof reviewer === 'string'
      ? { type: 'User', reviewer: userBody(state, reviewer) }
      : { type: 'Team', reviewer: teamBody(state, reviewer.team) },
  );
}

function teamBody({ url, owner }: State, slug: string) {
  const id = idOf(slug);
  const api = `${url}/organizations/${idOf(owner)}/team/${id}`;
  return {
    id,
    node_id: nodeId('Team', id),
    name: slug,
    slug,
    description: null,
    privacy: 'closed',
    notification_setting: 'notifications_enabled',
    permission: 'pull',
    url: api,
    html_url: `${url}/orgs/${owner}/teams/${slug}`,
    members_url: `${api}/members{/member}`,
    repositories_url: `${api}/repos`,
    type: 'organization',
    organization_id: idOf(owner),
    parent: null,
  };
}

/** A number that is always the same for a name. */
export function idOf(name: string): number {
  let id = 7;
  for (const letter of name) id = (id * 31 + (letter.codePointAt(0) ?? 0)) % 100_000_007;
  return id;
}
