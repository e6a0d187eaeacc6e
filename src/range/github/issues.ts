import { type Call, type Endpoint, invalid, notFound, oneOf, textOf } from './endpoint.ts';
import { inOrder, PAGING, pageOf } from './paging.ts';
import { idOf, userBody } from './people.ts';
import { apiUrl, type IssueMade, nodeId, type State, webUrl, writeTime } from './state.ts';

const DOCS = 'issues/issues';
const STATES = ['open', 'closed'] as const;

export const issueEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/issues',
    docs: `${DOCS}#list-repository-issues`,
    needs: ['issues', 'read'],
    query: [...PAGING, 'labels', 'state', 'direction'],
    answer: (call) =>
      pageOf(call, '/issues', inOrder(call, found(call)), (shown) =>
        shown.map((issue) => issueBody(call.state, issue)),
      ),
  },
  {
    method: 'POST',
    path: '/issues',
    docs: `${DOCS}#create-an-issue`,
    needs: ['issues', 'write'],
    body: ['title', 'body', 'labels'],
    answer: (call) => ({ status: 201, body: issueBody(call.state, openIssue(call)) }),
  },
  {
    method: 'PATCH',
    path: '/issues/{issue}',
    docs: `${DOCS}#update-an-issue`,
    needs: ['issues', 'write'],
    body: ['title', 'body', 'labels', 'state', 'state_reason'],
    answer: (call) => ({ status: 200, body: issueBody(call.state, changeIssue(call)) }),
  },
];

/** @throws Refusal when the repository has no issue with the number in the path */
export function issueOf({ state, path }: Call): IssueMade {
  const issue = state.issues.find(({ number }) => String(number) === path['issue']);
  if (issue === undefined) throw notFound();
  return issue;
}

/** GitHub's limit for the text of an issue or a comment. */
const LONGEST_TEXT = 65_536;

/** @throws Refusal when the text is longer than GitHub takes */
export function bodyTextOf(body: Call['body'], fallback?: string): string {
  const text = textOf(body, 'body', fallback);
  if (text.length <= LONGEST_TEXT) return text;
  throw invalid(`Validation Failed: body is too long (maximum is ${LONGEST_TEXT} characters)`);
}

/** Older ones first: those of a state, open when none is asked for, that have every label, in which case does not count. */
function found({ state, query }: Call): readonly IssueMade[] {
  const asked = oneOf(query, 'state', [...STATES, 'all']) ?? 'open';
  const labels = (query.get('labels') ?? '').split(',').filter((label) => label !== '');
  return state.issues.filter(
    (issue) =>
      (asked === 'all' || asked === issue.state) &&
      labels.every((label) => issue.labels.some((own) => own.toLowerCase() === label.toLowerCase())),
  );
}

function openIssue({ state, caller, body }: Call): IssueMade {
  const issue: IssueMade = {
    id: state.nextId(),
    number: (state.issues.at(-1)?.number ?? 0) + 1,
    by: caller.login,
    created: state.now(),
    updated: state.now(),
    title: titleOf(body),
    body: bodyTextOf(body, ''),
    labels: labelsOf(body, []),
    state: 'open',
    stateReason: null,
    comments: [],
  };
  state.issues.push(issue);
  return issue;
}

function changeIssue(call: Call): IssueMade {
  const { state, body } = call;
  const issue = issueOf(call);
  const asked = textOf(body, 'state', issue.state);
  const next = STATES.find((each) => each === asked);
  if (next === undefined) throw invalid(`Validation Failed: ${asked} is not a state of issues.`);
  const reason = next === 'closed' ? 'completed' : 'reopened';
  const changed = {
    title: titleOf(body, issue.title),
    body: bodyTextOf(body, issue.body),
    labels: labelsOf(body, issue.labels),
    ...(next !== issue.state && { stateReason: textOf(body, 'state_reason', reason) }),
    state: next,
    updated: state.now(),
  };
  if (next === 'open') delete issue.closed;
  else issue.closed ??= state.now();
  return Object.assign(issue, changed);
}

function titleOf(body: Call['body'], fallback?: string): string {
  const title = textOf(body, 'title', fallback);
  if (title.trim() !== '') return title;
  throw invalid("Validation Failed: title can't be blank");
}

/** Labels that do not exist are made; they can be given by name only. */
function labelsOf(body: Call['body'], fallback: readonly string[]): readonly string[] {
  const labels = body['labels'] ?? fallback;
  if (Array.isArray(labels) && labels.every((label) => typeof label === 'string')) return labels;
  throw invalid(`Invalid request.\n\nFor 'properties/labels', expected a list of names.`);
}

function issueBody(state: State, issue: IssueMade) {
  const url = `${apiUrl(state)}/issues/${issue.number}`;
  return {
    id: issue.id,
    node_id: nodeId('Issue', issue.id),
    number: issue.number,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    state_reason: issue.stateReason,
    labels: issue.labels.map((label) => labelBody(state, label)),
    user: userBody(state, issue.by),
    author_association: 'NONE',
    assignee: null,
    assignees: [],
    milestone: null,
    locked: false,
    comments: issue.comments.length,
    created_at: writeTime(issue.created),
    updated_at: writeTime(issue.updated),
    closed_at: issue.closed === undefined ? null : writeTime(issue.closed),
    url,
    html_url: `${webUrl(state)}/issues/${issue.number}`,
    repository_url: apiUrl(state),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
  };
}

function labelBody(state: State, name: string) {
  const id = idOf(name);
  return {
    id,
    node_id: nodeId('Label', id),
    url: `${apiUrl(state)}/labels/${encodeURIComponent(name)}`,
    name,
    color: 'ededed',
    default: false,
    description: null,
  };
}
