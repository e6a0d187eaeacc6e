import type { ReleaseKey } from '../../ledger/document.ts';
import { CancelledError, PlatformError, UserError } from '../../runner/errors.ts';
import type { BakeEvidence } from '../bake/bake-evidence.ts';
import { servingBy } from '../journal/serving.ts';
import { isOf, ROLLING_BACK } from './candidate.ts';
import { recordEnd } from './record.ts';
import type { Candidate, HeldPorts, PromoteRequest, PromotionReport } from './request.ts';
import { rollBackZone } from './roll-back.ts';

/** What of a problem an annotation shows, since the runner cuts it at 4,096 characters: lines, and characters of each. */
const LINES = 4;
const LINE = 600;
/** Characters of what was done. */
const DONE = 900;

/** A bake that failed. */
export interface FailedBake {
  readonly ports: HeldPorts;
  readonly request: PromoteRequest;
  readonly candidate: Candidate;
  /** One line for each gate that is not open. */
  readonly problem: string;
  readonly evidence?: BakeEvidence;
}

/** What was done about it. */
type Done = Pick<PromotionReport, 'state' | 'done' | 'hosts'>;

/**
 * Does what the policy says about a zone whose bake failed: leaves it as it is, or returns it to the release that was
 * promoted there before. Whatever happens, the ledger does not say `promoted`, so later zones stay closed.
 *
 * @throws CancelledError when the context's signal aborts
 */
export async function endFailed(failed: FailedBake): Promise<PromotionReport> {
  const { ports, request, candidate, problem } = failed;
  const { zone, fleet } = request;
  ports.context.log.warning(`${zone.zone}: the bake failed: ${problem}`);
  if (fleet.policy.bake.onFailure === 'hold') {
    return hold(failed, 'Held as it is, as policy.bake.on-failure says.');
  }
  const before = releaseBefore(candidate);
  if (before === undefined) {
    return hold(
      failed,
      'Held as it is: the ledger knows no other release that was promoted here before, so there is nothing to roll back to.',
    );
  }
  const taken = await announce(failed);
  if (taken !== undefined) return reportOf(failed, { state: 'held', done: taken, hosts: [] });
  return rollBack(failed, before);
}

/** Goes on with a roll-back that an earlier run began. */
export async function finishRollBack(
  ports: HeldPorts,
  request: PromoteRequest,
  candidate: Candidate,
): Promise<PromotionReport> {
  const { run, at, note = '' } = candidate.entry;
  const failed = { ports, request, candidate, problem: `${note.slice(ROLLING_BACK.length)} (${run}, ${at})` };
  ports.context.log.info(`${request.zone.zone}: finishing the roll-back that ${run} began at ${at}`);
  const before = releaseBefore(candidate);
  if (before !== undefined) return rollBack(failed, before);
  return hold(failed, 'Held as it is: the release before is not known any more.');
}

function releaseBefore({ entry, release }: Candidate): ReleaseKey | undefined {
  return entry.before === undefined || isOf({ release: entry.before }, release) ? undefined : entry.before;
}

/**
 * Says in the ledger that the way back begins, so that whoever finds it interrupted knows. A ledger that cannot be written
 * keeps nobody from it: users are better served by the release before, and no later zone opens.
 *
 * @returns why the zone must not be touched
 */
async function announce({ ports, request, candidate, problem }: FailedBake): Promise<string | undefined> {
  try {
    const note = ROLLING_BACK + firstLine(problem);
    await recordEnd(ports, request, candidate, { state: 'held', note, serving: [], goesOn: true });
    return undefined;
  } catch (error) {
    ports.context.signal.throwIfAborted();
    if (error instanceof PlatformError) {
      ports.context.log.warning(`The roll-back begins without a word in the ledger: ${error.message}`);
      return undefined;
    }
    if (!(error instanceof UserError)) throw error;
    return `Nothing was touched, since the zone is not what was baked any more: ${error.message}`;
  }
}

async function rollBack(failed: FailedBake, before: ReleaseKey): Promise<PromotionReport> {
  const { ports, request, problem } = failed;
  const { zone, fleet } = request;
  const title = `${zone.zone}: back to ${before.version}, newest host first`;
  const ended = await stoppable(failed, () =>
    ports.context.log.group(title, () => rollBackZone(ports, fleet, zone, before)),
  );
  const { hosts } = ended;
  if (ended.kind === 'stopped') {
    return hold(failed, `The roll-back to ${before.version} stopped: ${ended.problem.message}`, hosts);
  }
  const done = `Rolled back to ${before.version}, newest host first: every host of ${zone.zone} serves it and has proven it.`;
  return ending(failed, { state: 'rolled-back', done, hosts }, firstLine(problem));
}

async function stoppable<T>({ request }: FailedBake, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    throw new CancelledError(
      `${error.message}\nThe roll-back of ${request.zone.zone} was stopped on its way: the ledger says held, and later zones ` +
        'stay closed. Run the same step again: it goes on with the roll-back from what it finds.',
      { cause: error },
    );
  }
}

function hold(failed: FailedBake, done: string, hosts: Done['hosts'] = []): Promise<PromotionReport> {
  return ending(failed, { state: 'held', done, hosts }, `${firstLine(failed.problem)}; ${done}`);
}

/** Writes it in the ledger; one that cannot be told is said so, since the zone is what it is. */
async function ending(failed: FailedBake, end: Done, note: string): Promise<PromotionReport> {
  const { ports, request, candidate } = failed;
  try {
    const state = end.state === 'rolled-back' ? end.state : 'held';
    await recordEnd(ports, request, candidate, { state, note, serving: servingBy(end.hosts) });
    return reportOf(failed, end);
  } catch (error) {
    ports.context.signal.throwIfAborted();
    if (!(error instanceof UserError || error instanceof PlatformError)) throw error;
    return reportOf(failed, { ...end, done: `${end.done} The ledger could not be told: ${error.message}` });
  }
}

function reportOf({ request, candidate, problem, evidence }: FailedBake, end: Done): PromotionReport {
  const { zone } = request.zone;
  const { version, sha256 } = candidate.release;
  const lines = problem.split('\n');
  const more = lines.length - LINES;
  const cure =
    end.state === 'rolled-back'
      ? `Mend ${version}, or what closed the gate, and deploy a new release.`
      : 'Look at the hosts; then deploy this zone again, with a release that is mended, or with the one before and `roll-back: true`.';
  const text = [
    `${zone} is not promoted: ${version} did not stand its bake.`,
    ...lines.slice(0, LINES).map((line) => `- ${shortened(line, LINE)}`),
    ...(more > 0 ? [`- and ${more} more: the evidence has all of them`] : []),
    shortened(end.done, DONE),
    `Later zones stay closed. ${cure}`,
  ];
  return {
    ...{ zone, version, sha256, ...end },
    ...(evidence === undefined ? {} : { evidence }),
    problem: new UserError(text.join('\n')),
  };
}

function shortened(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit)} …` : text;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
