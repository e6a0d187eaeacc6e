import type { Fleet, Zone } from '../../fleet/fleet.ts';
import type { GitHub } from '../../github/port.ts';
import type { Edges } from '../context.ts';
import { answerOf } from '../plan/answer.ts';
import { readProtection } from '../plan/read-protection.ts';
import { type ApprovalVerdict, judgeApproval, judgeGate } from './approval.ts';

/** Statuses of deployments have been seen 20 s late (runs-on/runs-on, issues 386 and 429); three times that is enough. */
const PATIENCE = 60_000;
const EVERY = 5_000;

/** A zone that somebody may have approved. */
export interface AskedZone {
  readonly fleet: Fleet;
  readonly zone: Zone;
  readonly allowUnprotected: boolean;
  /** Whether to wait while GitHub does not show yet when the job was let through. */
  readonly patient: boolean;
}

/**
 * Asks GitHub whether a person approved the zone in this run. What cannot be read is a refusal.
 *
 * @param github none without a token
 * @throws CancelledError when the signal aborts
 */
export async function askPeople(
  edges: Pick<Edges, 'clock' | 'signal' | 'log'>,
  github: GitHub | undefined,
  { fleet, zone, allowUnprotected, patient }: AskedZone,
): Promise<ApprovalVerdict> {
  const { signal, clock } = edges;
  const { environment } = zone;
  const policy = {
    allowUnprotected,
    requirePreventSelfReview: false,
    requireBranchPolicy: false,
    forbidAdminBypass: false,
  };
  const [gate] = await readProtection(github, [zone], policy, signal);
  const verdict = gate === undefined ? undefined : judgeGate(gate);
  if (verdict !== undefined) return verdict;
  if (github === undefined) throw new TypeError(`environment ${environment} was judged without a token`);
  const [reviews, letThrough] = await Promise.all([
    answerOf(github.reviews(signal), signal),
    answerOf(readLetThrough(edges, github, environment, patient ? PATIENCE : 0), signal),
  ]);
  if (reviews.kind === 'silent' || letThrough.kind === 'silent') {
    const silent = [reviews, letThrough].flatMap((each) => (each.kind === 'silent' ? [each.problem] : []));
    const problems = silent.map((seen) => `whether ${environment} was approved cannot be read: ${seen}`);
    return { kind: 'refused', problems: [...new Set(problems)] };
  }
  const decisions = {
    reviews: reviews.value,
    ...(letThrough.value === undefined ? {} : { letThrough: letThrough.value }),
  };
  return judgeApproval(environment, decisions, fleet.policy.approvalMaxAge, clock.now());
}

/** Asked again for a while, since the job may be ahead of what GitHub shows of it. */
async function readLetThrough(
  { clock, signal, log }: Pick<Edges, 'clock' | 'signal' | 'log'>,
  github: Pick<GitHub, 'letThrough'>,
  environment: string,
  patience: number,
): Promise<string | undefined> {
  const deadline = clock.now() + patience;
  while (true) {
    const at = await github.letThrough(environment, signal);
    if (at !== undefined || clock.now() >= deadline) return at;
    log.info(`GitHub does not show yet when environment ${environment} let this job through; asking again`);
    await clock.sleep(EVERY, signal);
  }
}
