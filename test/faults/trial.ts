import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Ledger } from '../../src/ledger/document.ts';
import type { Running } from '../e2e/run-bundle.ts';
import { abandonedProblems } from './abandoned.ts';
import { COMMANDS, type CommandName, TERMS } from './commands.ts';
import {
  type Death,
  type EndKind,
  endOf,
  endProblems,
  fencingProblems,
  judgeTraffic,
  type Taken,
} from './judge.ts';
import { type Fault, nameOf } from './points.ts';
import { type Reference, secondsSince, stateIn, undisturbed } from './reference.ts';
import { olderProblems, rivalInputs, rivalProblems } from './rivals.ts';
import { dieOn, noticedOn, reviveOn } from './services.ts';
import { differences, type EndState } from './state.ts';
import { type Hands, strikeOf } from './strike.ts';
import { type FaultWorld, OTHER_RUN, RUN, startWorld } from './world.ts';

export interface Trial {
  readonly fault: Fault;
  readonly ended: EndKind;
  /** Whatever is not as it should be. */
  readonly problems: readonly string[];
  /** What the disturbed command said when it failed. */
  readonly said: string;
  /** `not needed` when it left what was there before, or what was seen before to lead to the right end. */
  readonly again: 'run' | 'not needed';
  /** Requests that a dying host did not answer. */
  readonly lost: number;
  /** With the making of its range, if it has one of its own. */
  readonly seconds: number;
}

type Outcome = Omit<Trial, 'fault' | 'seconds'>;

/** Seconds without a turn of the event loop, after which a trial that went wrong is made once more. */
const STILL = 2;

/** Tries faults, one after the other. */
export interface Trials {
  /**
   * Strikes a command once, and runs it again.
   *
   * @param again whether it is run again, as somebody would
   */
  make(fault: Fault, again?: boolean): Promise<Trial>;
  stop(): Promise<void>;
}

/**
 * A range goes on to the next fault when the hosts are as they were, with the ledger put back; a promotion never changes more.
 */
export function openTrials(reference: Reference): Trials {
  const known = COMMANDS.filter((command) => reference.before[command] !== undefined);
  const proven = new Set(known.map((command) => keyOf(command, stateIn(reference.before, command))));
  let prepared: Prepared | undefined;

  const stop = async (): Promise<void> => {
    await prepared?.world.stop();
    prepared = undefined;
  };
  const make = async (fault: Fault, again: boolean): Promise<Outcome> => {
    try {
      if (prepared?.command !== fault.command) await stop();
      prepared ??= await prepare(fault.command);
      const { isReusable, ...outcome } = await tryOn(prepared, fault, { reference, proven, again });
      if (isReusable) await prepared.world.putLedger(prepared.ledger);
      else await stop();
      return outcome;
    } catch (error) {
      // A trial that cannot be made is one that failed; the others are made all the same.
      await stop();
      const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { ended: 'not reached', said: '', again: 'not needed', lost: 0, problems: [problem] };
    }
  };
  return {
    async make(fault, again = true) {
      const began = Date.now();
      const delay = monitorEventLoopDelay({ resolution: 100 });
      delay.enable();
      let outcome = await make(fault, again);
      const still = delay.max / 1e9;
      // Then requests are late by themselves, and nothing can be said about who lost them.
      if (outcome.problems.length > 0 && still > STILL) {
        const { problems } = outcome;
        outcome = await make(fault, again);
        console.log(
          `${nameOf(fault)}: tried again, since this process stood still for ${still.toFixed(1)} s: ${problems[0]}`,
        );
      }
      delay.disable();
      return { fault, ...outcome, seconds: secondsSince(began) };
    },
    stop,
  };
}

/** Where a command may be struck. */
interface Prepared {
  readonly command: CommandName;
  readonly world: FaultWorld;
  /** As the deployment left it, for a promotion; none for a deployment. */
  readonly ledger: Ledger | undefined;
}

async function prepare(command: CommandName): Promise<Prepared> {
  const { fleet, after } = TERMS[command];
  const world = await startWorld(fleet);
  if (after === undefined) return { command, world, ledger: undefined };
  const problems = await undisturbed(world, after);
  if (problems.length === 0) return { command, world, ledger: await world.ledger() };
  await world.stop();
  throw new Error(problems.join('\n'));
}

interface Terms {
  readonly reference: Reference;
  /** Where the command is known to end well from. */
  readonly proven: Set<string>;
  readonly again: boolean;
}

async function tryOn(
  { world }: Prepared,
  fault: Fault,
  { reference, proven, again }: Terms,
): Promise<Outcome & { readonly isReusable: boolean }> {
  const { command } = fault;
  const first = stateIn(reference.before, command);
  const before = world.traffic();
  const { ended, said, problems, death } = await strike(world, fault);
  const left = await world.state();
  const isUntouched =
    differences(left, first, ['hosts', 'targets', 'groups']).length === 0 &&
    (await world.ledger())?.lease === undefined;
  const key = keyOf(command, left);
  const isKnown = isUntouched && proven.has(key);
  const after = again && !isKnown ? await runAgain(world, fault, first) : [];
  const different =
    isKnown && again
      ? []
      : differences(await world.state(), expectedAfter(fault, stateIn(reference.after, command)));
  const traffic = judgeTraffic(before, world.traffic(), death);
  const found = [...problems, ...after, ...different, ...traffic.problems];
  if (isUntouched && found.length === 0) proven.add(key);
  const isReusable = found.length === 0 && (TERMS[command].after !== undefined || isKnown);
  const how = isKnown ? ('not needed' as const) : ('run' as const);
  return { ended, said, problems: found, again: how, lost: traffic.lost, isReusable };
}

/** What is left of a zone whose hosts are as they were. */
function keyOf(command: CommandName, { ledger }: Pick<EndState, 'ledger'>): string {
  return `${command} ${JSON.stringify(ledger)}`;
}

/** After two runs the newer one is run again, since the older one is overtaken; and one that is older still may not begin. */
async function runAgain(world: FaultWorld, fault: Fault, before: EndState): Promise<readonly string[]> {
  if (fault.kind === 'abandon') {
    return [...(await abandonedProblems(world, before)), ...(await undisturbed(world, fault.command))];
  }
  if (!isRivalry(fault)) return undisturbed(world, fault.command);
  const newer = { run: OTHER_RUN, inputs: rivalInputs(fault) };
  return [...(await undisturbed(world, fault.command, newer)), ...(await olderProblems(world))];
}

function expectedAfter(fault: Fault, state: EndState): EndState {
  if (!isRivalry(fault)) return state;
  return JSON.parse(JSON.stringify(state).replaceAll(`"runId":${RUN}`, `"runId":${OTHER_RUN}`));
}

function isRivalry({ kind }: Fault): boolean {
  return kind === 'rival' || kind === 'rival-waits';
}

interface Struck extends Pick<Trial, 'ended' | 'said' | 'problems'> {
  /** The service that died, if one did. */
  readonly death?: Death;
}

/** What happens while a command runs. */
interface Happening {
  running?: Running;
  rival?: Promise<Running>;
  taken?: Taken;
  death?: Promise<Death>;
}

async function strike(world: FaultWorld, fault: Fault): Promise<Struck> {
  const happening: Happening = {};
  const { disturb, struck, problems: unmade } = strikeOf(fault, handsOf(world, fault, happening));
  world.gateway.begin(disturb);
  world.beside.begin();
  // The gateway must know its victim before the first call, and that is made only by what runs.
  happening.running = await world.start({ command: fault.command });
  const ended = await happening.running.ended;
  const said = ended.errors.join('\n');
  if (struck().length === 0) {
    const problems = fault.mayMiss ? [] : [`${fault.operation} ${fault.ordinal} was not called`];
    return { ended: 'not reached', said, problems };
  }
  const { rival, taken } = happening;
  const death = await happening.death;
  const calls = world.gateway.calls();
  const out = (await world.unrecorded()).map((host) => `${host} is out of service without a record`);
  const fencing = taken === undefined ? [] : fencingProblems(calls, taken, fault, ended);
  const other = rival && { run: OTHER_RUN, ended: await (await rival).ended, calls: world.beside.calls() };
  const rivalry = other ? rivalProblems(fault, { run: RUN, ended, calls }, other) : [];
  if (taken !== undefined) await world.giveBack();
  if (death !== undefined) await reviveOn(world.range, death.host);
  const problems = [...unmade(), ...endProblems(ended, fault), ...out, ...fencing, ...rivalry];
  return { ended: endOf(ended, fault), said, problems, ...(death && { death }) };
}

function handsOf(world: FaultWorld, fault: Fault, happening: Happening): Hands {
  const mark = (wasHeld: boolean): void => {
    happening.taken = { wasHeld, calls: world.gateway.calls().length, at: Date.now() };
  };
  return {
    kill: async () => {
      happening.running?.kill();
      await happening.running?.ended;
    },
    cancel: () => happening.running?.cancel(),
    freeze: () => happening.running?.freeze(),
    thaw: () => {
      mark(happening.taken?.wasHeld ?? false);
      happening.running?.thaw();
    },
    takeOver: async () => mark(await world.takeOver()),
    die: async (host) => {
      const wasServing = await dieOn(world.range, host);
      happening.death = noticedOn(world.range, host).then((noticed) => ({ host, wasServing, noticed }));
      // It is waited for when the command has ended.
      happening.death.catch(() => undefined);
    },
    rival: async () => {
      const inputs = rivalInputs(fault);
      happening.rival = world.start({ command: fault.command, run: OTHER_RUN, beside: true, inputs });
      await happening.rival;
    },
  };
}

/** A trial as a person reads it. What was said by a command that failed is shown too: only a person can judge words. */
export function describeTrial({ fault, ended, problems, said, again, lost, seconds }: Trial): string {
  const name = nameOf(fault);
  const isWell = problems.length === 0;
  const verdict = isWell ? (again === 'run' ? 'as undisturbed' : 'nothing touched') : 'FAILED';
  return [
    `${name}: ${ended}, ${verdict}, ${seconds.toFixed(1)} s`,
    ...problems.map((each) => `  ${each}`),
    ...(lost > 0 ? [`  ${lost} requests lost with the host that died in service`] : []),
    ...(ended === 'failed' || !isWell ? [`  it said: ${said.replaceAll('\n', ' / ')}`] : []),
    ...(isWell ? [] : [`  alone: npm run test:faults -- --only "${name}"`]),
  ].join('\n');
}
