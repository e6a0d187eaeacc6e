/** What is asked of GitHub about the repository and the workflow run that a step is in. */
export interface GitHub {
  /** `owner/name`. */
  readonly repository: string;
  /** @throws UserError when the token may not ask, PlatformError when GitHub does not answer; so do all of these */
  visibility(signal: AbortSignal): Promise<'public' | 'private' | 'internal'>;
  /** None when the repository has no environment of this name: a job that names it would create it, unprotected. */
  environment(name: string, signal: AbortSignal): Promise<Environment | undefined>;
  /** Runs of the same workflow that have not ended, without this one; older ones first. */
  otherRuns(signal: AbortSignal): Promise<readonly OtherRun[]>;
  /** What people decided about the environments of this run, in the order in which GitHub lists it. */
  reviews(signal: AbortSignal): Promise<readonly Review[]>;
  /**
   * ISO 8601 time at which the gate of an environment let the job of this run through: the deployment that GitHub made for it
   * left `waiting`. None when GitHub shows no such deployment.
   */
  letThrough(environment: string, signal: AbortSignal): Promise<string | undefined>;
  /** The open issue with exactly this label and title, if there is one. */
  findIssue(search: IssueSearch, signal: AbortSignal): Promise<Issue | undefined>;
  openIssue(issue: IssueSearch & { readonly body: string }, signal: AbortSignal): Promise<Issue>;
  commentIssue(issue: Issue, body: string, signal: AbortSignal): Promise<void>;
}

/** How an environment is protected. */
export interface Environment {
  readonly name: string;
  /** Login of each user, slug of each team, who may approve; one of them is enough. */
  readonly reviewers: readonly string[];
  /** Whether who started the run may not approve it. */
  readonly preventSelfReview: boolean;
  /** Whether only some branches or tags may deploy to it. */
  readonly branchPolicy: boolean;
  /** Whether administrators may pass its rules by; `undefined` when GitHub does not tell. */
  readonly adminsBypass?: boolean;
  /** Milliseconds that every job has to wait. */
  readonly waitTimer: number;
}

export interface OtherRun {
  readonly id: number;
  /** Run number within its workflow. */
  readonly number: number;
  readonly title: string;
  readonly url: string;
  /** `waiting` is for an approval. */
  readonly status: 'waiting' | 'queued' | 'pending' | 'in_progress' | 'requested';
  /** ISO 8601. */
  readonly created: string;
}

export interface Review {
  readonly state: 'approved' | 'rejected' | 'pending';
  readonly by: string;
  readonly comment: string;
  readonly environments: readonly string[];
}

export interface IssueSearch {
  readonly label: string;
  readonly title: string;
}

export interface Issue {
  readonly number: number;
  readonly url: string;
}
