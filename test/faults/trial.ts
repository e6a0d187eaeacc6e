import { isDeepStrictEqual } from 'node:util';
import type { Ledger } from '../../src/ledger/document.ts';
import type { Ended, Running } from '../e2e/run-bundle.ts';
import type { Victim } from './gateway.ts';
import { COMMANDS, type CommandName, type Fault, nameOf, type Point, pointsOf } from './points.ts';
import { type EndState, type FaultWorld, startWorld, type Traffic } from './world.ts';

/** What happens when nothing happens. */
export interface Reference {
  /** After each command. */
  readonly states: Readonly<Record<CommandName, EndState>>;
  readonly points: readonly Point[];
  /** Calls of each command. */
  readonly calls: Readonly<Record<CommandName, number>>;
  readonly seconds: number;
}

export interface Trial {
  readonly fault: Fault;
  /** How the command ended at which it happened; `not reached` when it made no such call. */
  readonly ended: 'killed' | 'cancelled' | 'succeeded' | 'failed' | 'not reached';
  /** Whatever is not as it should be. */
  readonly problems: readonly string[];
  /** What the disturbed command said when it failed. */
  readonly said: string;
  /** With the making of its range, if it has one of its own. */
  readonly seconds: number;
}

/** Runs every command undisturbed. */
export async function observe(): Promise<Reference> {
  const began = Date.now();
  const world = await startWorld();
  try {
    const deployed = await seen(world, 'deploy-zone');
    const promoted = await seen(world, 'promote-zone');
    const { failed } = world.traffic();
    if (failed.length > 0) throw new Error(`Undisturbed, requests failed:\n${failed.join('\n')}`);
    return {
      states: { 'deploy-zone': deployed.state, 'promote-zone': promoted.state },
      points: [...pointsOf('deploy-zone', deployed.calls), ...pointsOf('promote-zone', promoted.calls)],
      calls: { 'deploy-zone': deployed.calls.length, 'promote-zone': promoted.calls.length },
      seconds: secondsSince(began),
    };
  } finally {
    await world.stop();
  }
}

async function seen(world: FaultWorld, command: CommandName) {
  const problems = await undisturbed(world, command, 1);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return { calls: world.gateway.calls(), state: await world.state() };
}

/**
 * Tries one fault after the other: the command is struck once, and then run again.
 *
 * A deployment begins on a range of its own. A promotion changes the ledger alone, which is put back for the next one on the
 * same range.
 *
 * @param again whether the command is run again, as somebody would
 */
export async function tryFaults(
  faults: readonly Fault[],
  { states }: Pick<Reference, 'states'>,
  tell: (trial: Trial) => void,
  again = true,
): Promise<void> {
  let prepared: Prepared | undefined;
  for (const fault of faults.toSorted(byCommand)) {
    const began = Date.now();
    let trial: Omit<Trial, 'seconds'>;
    try {
      prepared ??= await prepare(fault.command);
      if (prepared.ledger !== undefined) await prepared.world.putLedger(prepared.ledger);
      trial = await tryOn(prepared.world, fault, states[fault.command], again);
    } catch (error) {
      // A trial that cannot be made is one that failed; the others are made all the same.
      const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
      trial = { fault, ended: 'not reached', said: '', problems: [problem] };
    }
    tell({ ...trial, seconds: secondsSince(began) });
    // Those of promotions come last, so that such a range is of use until the end.
    if (prepared?.ledger !== undefined && trial.problems.length === 0) continue;
    await prepared?.world.stop();
    prepared = undefined;
  }
  await prepared?.world.stop();
}

function byCommand(one: Fault, other: Fault): number {
  return COMMANDS.indexOf(one.command) - COMMANDS.indexOf(other.command);
}

/** Where a command may be struck. */
interface Prepared {
  readonly world: FaultWorld;
  /** As the deployment left it, for a promotion. */
  readonly ledger?: Ledger;
}

async function prepare(command: CommandName): Promise<Prepared> {
  const world = await startWorld();
  if (command === 'deploy-zone') return { world };
  const problems = await undisturbed(world, 'deploy-zone', 1);
  if (problems.length === 0) return { world, ledger: await world.ledger() };
  await world.stop();
  throw new Error(problems.join('\n'));
}

async function tryOn(
  world: FaultWorld,
  fault: Fault,
  expected: EndState,
  again: boolean,
): Promise<Omit<Trial, 'seconds'>> {
  const before = world.traffic();
  const { ended, said, problems } = await strike(world, fault);
  const second = again ? await undisturbed(world, fault.command, 2) : [];
  const different = differences(await world.state(), expected);
  const traffic = trafficProblems(before, world.traffic());
  return { fault, ended, said, problems: [...problems, ...second, ...different, ...traffic] };
}

async function undisturbed(
  world: FaultWorld,
  command: CommandName,
  attempt: number,
): Promise<readonly string[]> {
  world.gateway.begin();
  const { exitCode, errors, log } = await (await world.start(command, attempt)).ended;
  if (exitCode === 0) return [];
  return [`undisturbed ${command} ended with ${exitCode}: ${errors.join('\n') || log.slice(-2_000)}`];
}

type Struck = Pick<Trial, 'ended' | 'said' | 'problems'>;

async function strike(world: FaultWorld, fault: Fault): Promise<Struck> {
  // The gateway must know its victim before the first call, and that is made only by what runs.
  const holder: { running?: Running } = {};
  const victim: Victim = {
    kill: async () => {
      holder.running?.kill();
      await holder.running?.ended;
    },
    cancel: () => holder.running?.cancel(),
  };
  world.gateway.begin({ fault, victim });
  holder.running = await world.start(fault.command, 1);
  const ended = await holder.running.ended;
  const said = ended.errors.join('\n');
  if (!world.gateway.isDone()) {
    const problems = fault.mutating ? [`${fault.operation} ${fault.ordinal} was not called`] : [];
    return { ended: 'not reached', said, problems };
  }
  const out = (await world.unrecorded()).map((host) => `${host} is out of service without a record`);
  return { ended: endOf(ended, fault), said, problems: [...endProblems(ended, fault), ...out] };
}

function endOf({ exitCode }: Ended, { kind }: Fault): Trial['ended'] {
  if (exitCode === 0) return 'succeeded';
  if (kind === 'kill-before' || kind === 'kill-after') return 'killed';
  return kind === 'interrupt' ? 'cancelled' : 'failed';
}

/** A command that is not killed ends by itself, well or with one sentence about what it is. */
function endProblems({ exitCode, errors, terminated, log }: Ended, { kind }: Fault): readonly string[] {
  const isKill = kind === 'kill-before' || kind === 'kill-after';
  if (isKill) return exitCode === null ? [] : [`it was not killed, and ended with ${exitCode}`];
  if (terminated) return [`it did not end by itself after SIGINT:\n${log.slice(-2_000)}`];
  if (exitCode === 0) return [];
  const [error, ...others] = errors;
  if (exitCode === 1 && error !== undefined && others.length === 0) {
    if (kind === 'interrupt' && !error.startsWith('Cancelled'))
      return [`it was cancelled, and said: ${error}`];
    return error.startsWith('Unexpected') ? [`it failed with words of a defect: ${error}`] : [];
  }
  return [`it ended with ${exitCode} and ${errors.length} errors:\n${log.slice(-2_000)}`];
}

function differences(seen: EndState, expected: EndState): readonly string[] {
  return (['hosts', 'targets', 'ledger'] as const).flatMap((part) =>
    isDeepStrictEqual(seen[part], expected[part])
      ? []
      : [`${part} differ: ${JSON.stringify(seen[part])}, expected ${JSON.stringify(expected[part])}`],
  );
}

function trafficProblems(before: Traffic, { total, failed }: Traffic): readonly string[] {
  const sent = total - before.total;
  if (sent === 0) return ['no request was sent'];
  const lost = failed.slice(before.failed.length);
  return lost.length === 0
    ? []
    : [`${lost.length} of ${sent} requests failed:\n${lost.slice(0, 10).join('\n')}`];
}

function secondsSince(began: number): number {
  return (Date.now() - began) / 1_000;
}

/** A trial as a person reads it. What was said by a command that failed is shown too: only a person can judge words. */
export function describeTrial({ fault, ended, problems, said, seconds }: Trial): string {
  const name = nameOf(fault);
  const verdict = problems.length === 0 ? 'as undisturbed' : 'FAILED';
  return [
    `${name}: ${ended}, ${verdict}, ${seconds.toFixed(1)} s`,
    ...problems.map((each) => `  ${each}`),
    ...(ended === 'failed' || problems.length > 0 ? [`  it said: ${said.replaceAll('\n', ' / ')}`] : []),
    ...(problems.length === 0 ? [] : [`  alone: npm run test:faults -- --only "${name}"`]),
  ].join('\n');
}
