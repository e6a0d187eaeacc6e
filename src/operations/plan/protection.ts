import type { Environment, GitHub } from '../../github/port.ts';

/** What an environment must have beside existing. */
export interface ProtectionPolicy {
  /** Whether reviewers may be missing: then it is warned of. A missing environment is never allowed. */
  readonly allowUnprotected: boolean;
  readonly requirePreventSelfReview: boolean;
  readonly requireBranchPolicy: boolean;
  readonly forbidAdminBypass: boolean;
}

/** The environment of a zone, as GitHub shows it; `found` is missing when there is none. */
export interface Gate {
  readonly zone: string;
  readonly environment: string;
  readonly found: Environment | undefined;
}

/** One sentence each: what is wrong and how it is mended. */
export interface GateFindings {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

export type Visibility = Awaited<ReturnType<GitHub['visibility']>>;

/**
 * Judges whether a person stands at the gate of a zone. GitHub creates an environment that a job names and that does not exist,
 * without any protection (GitHub docs, "Managing environments for deployment"), so that a missing one is refused in any case.
 * Whether administrators may pass the rules by is not in every answer of GitHub; what it does not tell counts as a bypass.
 *
 * @param visibility of the repository; `undefined` when it is not known
 */
export function protectionProblems(
  gate: Gate,
  visibility: Visibility | undefined,
  policy: ProtectionPolicy,
): GateFindings {
  const { zone, environment, found } = gate;
  if (found === undefined) return { problems: [missing(gate)], warnings: [] };
  const unwatched = found.reviewers.length === 0;
  const rules: readonly (readonly [broken: boolean, problem: string])[] = [
    [unwatched && !policy.allowUnprotected, nobody(gate, visibility)],
    [
      policy.requirePreventSelfReview && !found.preventSelfReview,
      `environment ${environment} of ${zone} lets people approve what they started, and require-prevent-self-review is true: ` +
        'turn on "Prevent self-review" in its settings',
    ],
    [
      policy.requireBranchPolicy && !found.branchPolicy,
      `environment ${environment} of ${zone} may be deployed to from any branch or tag, and require-branch-policy is true: ` +
        'choose "Protected branches only" or "Selected branches and tags" in its settings',
    ],
    [
      policy.forbidAdminBypass && found.adminsBypass !== false,
      `administrators may pass the rules of environment ${environment} of ${zone} by` +
        `${found.adminsBypass === undefined ? ', as far as GitHub tells' : ''}, and forbid-admin-bypass is true: turn off ` +
        '"Allow administrators to bypass configured protection rules" in its settings',
    ],
  ];
  const warning =
    `NOBODY HAS TO APPROVE ${zone}: environment ${environment} has no required reviewers, and allow-unprotected is true. ` +
    'Its deployment begins by itself as soon as the zone before it is done.';
  return {
    problems: rules.filter(([broken]) => broken).map(([, problem]) => problem),
    warnings: unwatched && policy.allowUnprotected ? [warning] : [],
  };
}

function missing({ zone, environment }: Gate): string {
  return (
    `environment ${environment} of ${zone} does not exist. The moment a job names it GitHub would create it WITHOUT any ` +
    'protection, and nobody would be asked: correct its name in the fleet file, or create it with required reviewers ' +
    '(Settings, Environments). allow-unprotected does not help here'
  );
}

function nobody({ zone, environment }: Gate, visibility: Visibility | undefined): string {
  const seen = `environment ${environment} of ${zone} has no required reviewers, so that nobody has to approve the zone`;
  if (visibility === 'public') return `${seen}: add reviewers in its settings (Settings, Environments)`;
  const repository =
    visibility === undefined
      ? 'Private repositories'
      : `This repository is ${visibility}, and such repositories`;
  return (
    `${seen}. ${repository} have required reviewers with GitHub Enterprise only; on Free, Pro and Team only public ones have ` +
    'them. With Enterprise add reviewers in its settings; without it, allow-unprotected: true deploys without anybody asked, ' +
    'and says so loudly'
  );
}
