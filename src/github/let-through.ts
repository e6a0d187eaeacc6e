import { type DeploymentStatus, type Origin, statusOf } from './answers.ts';
import { at, type Part, time, whole } from './part.ts';

/** The run and attempt whose job wants to know since when it may run. */
export interface Attempt {
  readonly run: number;
  readonly attempt: number;
}

/** What is read to find it out. */
export interface DeploymentReads {
  /** Deployments of the environment for the commit of the run. */
  deployments(): Promise<readonly Part[]>;
  /** Statuses of one of them. */
  statuses(deployment: number): Promise<readonly Part[]>;
  /** The attempt that a job belongs to; none when GitHub does not tell. */
  attemptOf(job: number): Promise<number | undefined>;
}

/** States before the gate: GitHub adds `waiting` where an environment is protected at all, and `queued` after the gate. */
const BEFORE = ['waiting', 'pending'];

/**
 * When the newest deployment of this attempt left its gate: the earliest of its statuses that is not of before. The earliest,
 * so that whoever could add a status cannot make an approval look younger.
 *
 * @returns ISO 8601; none when there is no such deployment or it has not left the gate
 */
export async function letThroughAt(attempt: Attempt, reads: DeploymentReads): Promise<string | undefined> {
  const deployments = (await reads.deployments())
    .map((each) => ({ id: whole(at(each, 'id')), created: Date.parse(time(at(each, 'created_at'))) }))
    .toSorted((a, b) => b.created - a.created || b.id - a.id);
  for (const { id } of deployments) {
    const statuses = (await reads.statuses(id)).map(statusOf);
    const own: DeploymentStatus[] = [];
    for (const status of statuses) {
      if (await isOf(status.origin, attempt, reads)) own.push(status);
    }
    if (own.length === 0) continue;
    return own
      .filter(({ state }) => !BEFORE.includes(state))
      .map(({ created }) => created)
      .toSorted((a, b) => Date.parse(a) - Date.parse(b))[0];
  }
  return undefined;
}

/** An attempt that cannot be told counts as this one. */
async function isOf(
  origin: Origin | undefined,
  { run, attempt }: Attempt,
  reads: DeploymentReads,
): Promise<boolean> {
  if (origin === undefined || origin.run !== run) return false;
  const told = origin.attempt ?? (origin.job === undefined ? undefined : await reads.attemptOf(origin.job));
  return told === undefined || told === attempt;
}
