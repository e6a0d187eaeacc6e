import { at, flag, isAbsent, items, oneOf, type Part, text, time, whole } from './part.ts';
import type { Environment, Issue, OtherRun, Review } from './port.ts';

/** The states in which a run has not ended, in the order in which most runs pass through them. */
export const UNENDED = ['requested', 'pending', 'waiting', 'queued', 'in_progress'] as const;

const MINUTE = 60_000;

/** GitHub Enterprise Server has told the visibility only for some years; whether a repository is private, always. */
export function visibilityOf(repository: Part): 'public' | 'private' | 'internal' {
  const visibility = at(repository, 'visibility');
  if (!isAbsent(visibility)) return oneOf(visibility, ['public', 'private', 'internal']);
  return flag(at(repository, 'private')) ? 'private' : 'public';
}

/** Rules of other types, which apps add, are passed over: they only protect more. */
export function environmentOf(environment: Part): Environment {
  const rules = isAbsent(at(environment, 'protection_rules'))
    ? []
    : items(at(environment, 'protection_rules')).map((rule) => ({ rule, type: text(at(rule, 'type')) }));
  const ofType = (wanted: string) => rules.filter(({ type }) => type === wanted).map(({ rule }) => rule);
  const required = ofType('required_reviewers');
  const bypass = at(environment, 'can_admins_bypass');
  return {
    name: text(at(environment, 'name')),
    reviewers: required.flatMap((rule) => items(at(rule, 'reviewers')).map(reviewerOf)),
    preventSelfReview: required.some((rule) => {
      const prevented = at(rule, 'prevent_self_review');
      return !isAbsent(prevented) && flag(prevented);
    }),
    branchPolicy:
      !isAbsent(at(environment, 'deployment_branch_policy')) || ofType('branch_policy').length > 0,
    ...(isAbsent(bypass) ? {} : { adminsBypass: flag(bypass) }),
    waitTimer: MINUTE * Math.max(0, ...ofType('wait_timer').map((rule) => whole(at(rule, 'wait_timer')))),
  };
}

function reviewerOf(entry: Part): string {
  const reviewer = at(entry, 'reviewer');
  return oneOf(at(entry, 'type'), ['User', 'Team']) === 'User'
    ? text(at(reviewer, 'login'))
    : text(at(reviewer, 'slug'));
}

export function runOf(run: Part): OtherRun {
  const title = at(run, 'display_title');
  return {
    id: whole(at(run, 'id')),
    number: whole(at(run, 'run_number')),
    title: isAbsent(title) ? '' : text(title),
    url: text(at(run, 'html_url')),
    status: oneOf(at(run, 'status'), UNENDED),
    created: time(at(run, 'created_at')),
  };
}

/** Who has left GitHub is called `ghost` there, and here. */
export function reviewOf(review: Part): Review {
  const user = at(review, 'user');
  const comment = at(review, 'comment');
  return {
    state: oneOf(at(review, 'state'), ['approved', 'rejected', 'pending']),
    by: isAbsent(user) ? 'ghost' : text(at(user, 'login')),
    comment: isAbsent(comment) ? '' : text(comment),
    environments: items(at(review, 'environments')).map((each) => text(at(each, 'name'))),
  };
}

export function issueOf(issue: Part): Issue {
  return { number: whole(at(issue, 'number')), url: text(at(issue, 'html_url')) };
}

export function labelsOf(issue: Part): readonly string[] {
  return items(at(issue, 'labels')).map((label) =>
    typeof label.value === 'string' ? label.value : text(at(label, 'name')),
  );
}

/** What a deployment went through. */
export interface DeploymentStatus {
  /** GitHub's OpenAPI description leaves out `waiting`, so any text is taken here. */
  readonly state: string;
  readonly created: string;
  /** The run, and where it can be told its attempt or job, that wrote it; none when something else did. */
  readonly origin?: Origin;
}

export interface Origin {
  readonly run: number;
  readonly attempt?: number;
  readonly job?: number;
}

export function statusOf(status: Part): DeploymentStatus {
  const origin = [at(status, 'log_url'), at(status, 'target_url')]
    .map((url) => (isAbsent(url) ? undefined : originOf(text(url))))
    .find((each) => each !== undefined);
  return {
    state: text(at(status, 'state')),
    created: time(at(status, 'created_at')),
    ...(origin === undefined ? {} : { origin }),
  };
}

/** Reads `…/actions/runs/1/job/2` and its other forms. The owner's and repository's names are not compared: they may change. */
function originOf(url: string): Origin | undefined {
  const groups =
    /\/actions\/runs\/(?<run>\d{1,15})(?:\/attempts\/(?<attempt>\d{1,9}))?(?:\/jobs?\/(?<job>\d{1,15}))?(?:[/?#]|$)/.exec(
      url,
    )?.groups;
  const { run, attempt, job } = groups ?? {};
  if (run === undefined) return undefined;
  return {
    run: Number(run),
    ...(attempt === undefined ? {} : { attempt: Number(attempt) }),
    ...(job === undefined ? {} : { job: Number(job) }),
  };
}
