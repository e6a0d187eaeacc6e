import type { AdmittedZone } from '../operations/admission/deploy-admitted.ts';
import type { EvidenceEnd, KeptEvidence } from '../operations/evidence/keep.ts';
import type { PromotionReport } from '../operations/promote/request.ts';

/** What the evidence of a deployment says beside what was recorded. */
export function deploymentEvidence({ admission, report }: AdmittedZone): EvidenceEnd {
  const { version, sha256, hosts, state, problem } = report;
  const { approval } = admission;
  return {
    release: { version, sha256 },
    approvals: (approval?.by ?? []).map(({ login }) => ({
      login,
      environment: approval?.environment ?? '',
      letThrough: approval?.letThrough ?? '',
    })),
    hosts,
    outcome: outcomeOf(state === 'planned' ? 'stopped' : state, problem),
  };
}

/** The same of a promotion. Its approval is that of the deployment before it. */
export function promotionEvidence({
  version,
  sha256,
  hosts,
  state,
  evidence,
  problem,
}: PromotionReport): EvidenceEnd {
  return {
    release: { version, sha256 },
    approvals: [],
    hosts,
    ...(evidence === undefined ? {} : { bake: evidence }),
    outcome: outcomeOf(state === 'planned' ? 'stopped' : state, problem),
  };
}

/** For a job summary: where the bundle is, and the digest without which a bundle made anew would pass for it. */
export function evidenceLine({ place, head }: KeptEvidence): string {
  return `Evidence: \`${place}\`, head sha256 \`${head}\`. A copy of it is judged again by \`npx zonewise verify FILE --head ${head}\`.`;
}

function outcomeOf(
  state: EvidenceEnd['outcome']['state'],
  problem: Error | undefined,
): EvidenceEnd['outcome'] {
  return problem === undefined ? { state } : { state, problem: problem.message };
}
