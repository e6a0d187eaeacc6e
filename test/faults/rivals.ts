import type { Ended } from '../e2e/run-bundle.ts';
import type { MadeCall } from './gateway.ts';
import type { Fault } from './points.ts';
import { type FaultWorld, OLDER_RUN, OTHER_RUN, RUN, type Start, urlOf } from './world.ts';

/** A run, how it ended, and what it did. */
export interface Rival {
  readonly run: number;
  readonly ended: Ended;
  readonly calls: readonly MadeCall[];
}

/** Of the run that begins the same: its release has the ordinal that the first run gives it. */
export function rivalInputs({ kind }: Fault): NonNullable<Start['inputs']> {
  return { ordinal: String(RUN), ...(kind === 'rival-waits' ? { 'lease-wait': '5m' } : {}) };
}

/**
 * Of two runs that begin the same one deploys; the other one is refused and says who holds the lease, or has waited and finds
 * nothing left to do.
 */
export function rivalProblems({ kind }: Fault, one: Rival, other: Rival): readonly string[] {
  const [winner, loser] = one.ended.outputs['state'] === 'deployed' ? [one, other] : [other, one];
  const { state } = winner.ended.outputs;
  if (winner.ended.exitCode !== 0 || state !== 'deployed') {
    return [`neither run has deployed:\n${[one, other].map(describe).join('\n')}`];
  }
  const mayHaveWaited = kind === 'rival-waits' && loser.run === OTHER_RUN;
  return mayHaveWaited ? waitedProblems(loser) : refusedProblems(loser, winner);
}

function waitedProblems(loser: Rival): readonly string[] {
  const { exitCode, outputs } = loser.ended;
  const isRight = exitCode === 0 && outputs['state'] === 'unchanged';
  return isRight ? touchedBy(loser) : [`the run that waited did not find the zone done: ${describe(loser)}`];
}

function refusedProblems(loser: Rival, winner: Rival): readonly string[] {
  const { exitCode, errors } = loser.ended;
  const said = errors.join('\n');
  const isRight =
    exitCode === 1 &&
    errors.length === 1 &&
    said.includes(urlOf(winner.run)) &&
    said.includes('holds the lease');
  // It may have begun after the other one had ended, or been overtaken by a newer one.
  const isLate = exitCode === 0 && loser.ended.outputs['state'] === 'unchanged';
  return isRight || isLate
    ? [...touchedBy(loser), ...(isRight ? ledgerOf(loser) : [])]
    : [`the other run was not refused with the name of the holder: ${describe(loser)}`];
}

function touchedBy({ run, calls }: Rival): readonly string[] {
  return calls
    .filter(({ mutating, operation }) => mutating && !operation.startsWith('PutObject:'))
    .map(({ operation }) => `run ${run} made ${operation}`);
}

function ledgerOf({ run, calls }: Rival): readonly string[] {
  return calls
    .filter(({ operation, status = 200 }) => operation === 'PutObject:ledger' && status < 400)
    .map(() => `run ${run} was refused and wrote the ledger`);
}

function describe({ run, ended: { exitCode, outputs, errors, log } }: Rival): string {
  return `run ${run} ended with ${exitCode}, ${outputs['state'] ?? 'no state'}: ${errors.join('\n') || log.slice(-1_000)}`;
}

/** A run that is older than what the ledger knows, with another release, is refused and changes nothing. */
export async function olderProblems(world: FaultWorld): Promise<readonly string[]> {
  world.beside.begin();
  const inputs = { version: '1.0.0' };
  const ended = await (await world.start({ command: 'deploy-zone', run: OLDER_RUN, beside: true, inputs }))
    .ended;
  const older = { run: OLDER_RUN, ended, calls: world.beside.calls() };
  const said = ended.errors.join('\n');
  const isRight = ended.exitCode === 1 && said.includes(`run ${OLDER_RUN} is older than run`);
  return isRight
    ? [...touchedBy(older), ...ledgerOf(older)]
    : [`an older run was not refused: ${describe(older)}`];
}
