import { type Call, type Endpoint, invalid } from './endpoint.ts';
import { bodyTextOf, issueOf } from './issues.ts';
import { PAGING, pageOf } from './paging.ts';
import { userBody } from './people.ts';
import { apiUrl, type IssueMade, nodeId, type State, webUrl, writeTime } from './state.ts';

type Comment = IssueMade['comments'][number];

const PATH = '/issues/{issue}/comments';

export const commentEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: PATH,
    docs: 'issues/comments#list-issue-comments',
    needs: ['issues', 'read'],
    query: PAGING,
    answer: (call) => {
      const issue = issueOf(call);
      return pageOf(call, `/issues/${issue.number}/comments`, issue.comments, (shown) =>
        shown.map((comment) => commentBody(call.state, issue, comment)),
      );
    },
  },
  {
    method: 'POST',
    path: PATH,
    docs: 'issues/comments#create-an-issue-comment',
    needs: ['issues', 'write'],
    body: ['body'],
    answer: (call) => {
      const issue = issueOf(call);
      return { status: 201, body: commentBody(call.state, issue, comment(call, issue)) };
    },
  },
];

function comment({ state, caller, body }: Call, issue: IssueMade): Comment {
  const text = bodyTextOf(body);
  if (text.trim() === '') throw invalid("Validation Failed: body can't be blank");
  const made = { id: state.nextId(), by: caller.login, body: text, at: state.now() };
  issue.comments.push(made);
  issue.updated = made.at;
  return made;
}

function commentBody(state: State, issue: IssueMade, { id, by, body, at }: Comment) {
  return {
    id,
    node_id: nodeId('IssueComment', id),
    url: `${apiUrl(state)}/issues/comments/${id}`,
    html_url: `${webUrl(state)}/issues/${issue.number}#issuecomment-${id}`,
    issue_url: `${apiUrl(state)}/issues/${issue.number}`,
    user: userBody(state, by),
    author_association: 'NONE',
    body,
    created_at: writeTime(at),
    updated_at: writeTime(at),
  };
}
