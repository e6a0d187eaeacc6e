/** How the range's GitHub is to be. Everything that is left out has the value that is named beside it. */
export interface RangeGitHubOptions {
  /** `owner/name`; `acme/storefront`. */
  readonly repository?: string;
  /** `private`. */
  readonly visibility?: 'public' | 'private' | 'internal';
  readonly environments?: readonly RangeEnvironment[];
  /** Of the workflow's token; those that a deployment needs. */
  readonly permissions?: RangePermissions;
  readonly faults?: readonly RangeGitHubFault[];
  /** Login of who starts the runs; `octo-dev`. */
  readonly actor?: string;
  /** Commit that the runs are of. */
  readonly sha?: string;
  /** `refs/heads/main`. */
  readonly ref?: string;
  /** Path of the workflow of the runs; `.github/workflows/rollout.yml`. */
  readonly workflow?: string;
  /** Requests that the workflow's token may make in an hour; 1000, as GitHub grants the token of a run. */
  readonly rateLimit?: number;
  /** Milliseconds since 1970; the system's. */
  readonly clock?: () => number;
}

/** An environment and what protects it: nothing, when all is left out. */
export interface RangeEnvironment {
  readonly name: string;
  /** Up to six logins and teams; one of them is enough. */
  readonly reviewers?: readonly RangeReviewer[];
  readonly preventSelfReview?: boolean;
  /** Whether only protected branches may deploy to it; the branch of the runs is one. */
  readonly branchPolicy?: boolean;
  /** Left out, answers do not tell, as the documented ones do not. */
  readonly adminsBypass?: boolean;
  /** Milliseconds: whole minutes, at most 30 days. */
  readonly waitTimer?: number;
}

/** Login of a user, or a team's slug; who is in a team is not modelled: everybody is. */
export type RangeReviewer = string | { readonly team: string };

export type Permission = 'actions' | 'contents' | 'deployments' | 'issues';
export type RangePermissions = Readonly<Partial<Record<Permission, 'read' | 'write'>>>;

/** Trouble with requests. */
export type RangeGitHubFault = FaultPlace &
  (
    | {
        /** The token's requests of the hour are used up. */
        readonly kind: 'rate-limit';
        /** 403; GitHub documents both. */
        readonly status?: 403 | 429;
        /** Seconds until it may ask again. */
        readonly resetIn: number;
      }
    | {
        /** Too many requests at once, or too fast. */
        readonly kind: 'secondary-rate-limit';
        readonly status?: 403 | 429;
        /** Seconds, in the header `retry-after`. */
        readonly retryAfter: number;
      }
    | { readonly kind: 'status'; readonly status: 500 | 502 | 503 | 504 }
    /** The connection ends without an answer. */
    | { readonly kind: 'broken-connection' }
  );

interface FaultPlace {
  /**
   * Path below `/repos/{owner}/{repo}`, such as `/environments/*`: `*` is one segment, a last `**` any further ones, `` the repository.
   */
  readonly path: string;
  /** GET, POST or PATCH; all of them. */
  readonly method?: string;
  /** How many requests meet it; every one. */
  readonly count?: number;
}
