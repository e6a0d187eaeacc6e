import { formatDuration } from '../../fleet/duration.ts';
import type { Review } from '../../github/port.ts';
import type { GateReport } from '../plan/read-protection.ts';

/** Who let a zone's job begin, and when. */
export interface Approval {
  readonly environment: string;
  /** In the order in which GitHub lists them. */
  readonly by: readonly Approver[];
  /** ISO 8601 time at which the environment's gate let the job through. */
  readonly letThrough: string;
}

export interface Approver {
  readonly login: string;
  readonly comment: string;
}

/** What people decided about the environments of this run. */
export interface Decisions {
  readonly reviews: readonly Review[];
  /** ISO 8601. None when GitHub does not tell. */
  readonly letThrough?: string;
}

/** Whether a zone may begin as far as people are concerned. */
export type ApprovalVerdict =
  | { readonly kind: 'approved'; readonly approval: Approval }
  /** Nobody had to approve, and that was asked for. */
  | { readonly kind: 'unprotected'; readonly warnings: readonly string[] }
  | { readonly kind: 'refused'; readonly problems: readonly string[] };

/**
 * Judges the gate itself: only where somebody has to approve there is more to ask.
 *
 * @returns none when an approval is needed
 */
export function judgeGate({ problems, warnings, found }: GateReport): ApprovalVerdict | undefined {
  if (problems.length > 0) return { kind: 'refused', problems };
  if (found === undefined || found.reviewers.length === 0) return { kind: 'unprotected', warnings };
  return undefined;
}

/**
 * Judges whether a person has approved the zone in this run, not too long ago. That GitHub let the job begin is not enough: an
 * administrator may have passed the rules by. GitHub lists the approvals of all attempts of a run together, so that one which a
 * bypassed attempt found there is taken for its own.
 *
 * @param maxAge milliseconds for which an approval holds
 * @param now milliseconds since 1970
 */
export function judgeApproval(
  environment: string,
  { reviews, letThrough }: Decisions,
  maxAge: number,
  now: number,
): ApprovalVerdict {
  const by = whoDecided(reviews, environment, 'approved');
  if (by.length === 0) return refused(notApproved(reviews, environment));
  const since = Date.parse(letThrough ?? '');
  if (letThrough === undefined || Number.isNaN(since)) return refused(unknownAge(environment));
  const age = now - since;
  if (age > maxAge) {
    return refused(
      `environment ${environment} let this job through at ${letThrough}, ${formatDuration(age)} ago; an approval holds for ` +
        `${formatDuration(maxAge)} (policy.approval-max-age). Run this job again and have it approved again.`,
    );
  }
  return { kind: 'approved', approval: { environment, by, letThrough } };
}

function refused(problem: string): ApprovalVerdict {
  return { kind: 'refused', problems: [problem] };
}

/** Names of environments do not depend on case (GitHub docs, "Managing environments for deployment"). */
function whoDecided(
  reviews: readonly Review[],
  environment: string,
  state: Review['state'],
): readonly Approver[] {
  const wanted = environment.toLowerCase();
  return reviews
    .filter((each) => each.state === state)
    .filter(({ environments }) => environments.some((each) => each.toLowerCase() === wanted))
    .map(({ by, comment }) => ({ login: by, comment }));
}

function notApproved(reviews: readonly Review[], environment: string): string {
  const rejected = whoDecided(reviews, environment, 'rejected').map(({ login }) => login);
  const who = rejected.length > 0 ? `${rejected.join(', ')} rejected` : 'nobody approved';
  return (
    `${who} environment ${environment} in this run, as far as GitHub lists it. An administrator who lets a job pass by the ` +
    'rules leaves no approval: start a new run and let a reviewer approve it. The job itself must name the environment: ' +
    `\`environment: ${environment}\`.`
  );
}

function unknownAge(environment: string): string {
  return (
    `GitHub does not show when environment ${environment} let this job through, so the age of its approval is not known. ` +
    'The job needs `deployments: read` under `permissions:` and its environment must not have `deployment: false`. Run this ' +
    'job again when both are so.'
  );
}
