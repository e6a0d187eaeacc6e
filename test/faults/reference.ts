import { type CommandName, TERMS } from './commands.ts';
import type { MadeCall } from './gateway.ts';
import { type Point, pointsOf } from './points.ts';
import type { EndState } from './state.ts';
import { type FaultWorld, type Start, startWorld } from './world.ts';

/** What happens when nothing happens. */
export interface Reference {
  /** Before and after each command. */
  readonly before: Readonly<Partial<Record<CommandName, EndState>>>;
  readonly after: Readonly<Partial<Record<CommandName, EndState>>>;
  readonly points: readonly Point[];
  readonly seconds: number;
}

/** Runs commands undisturbed; what comes after another one, on its range. */
export async function observe(commands: readonly CommandName[]): Promise<Reference> {
  const began = Date.now();
  const first = commands.filter((command) => TERMS[command].after === undefined);
  const seen = await Promise.all(
    first.map((command) =>
      observeRange(commands.filter((each) => each === command || TERMS[each].after === command)),
    ),
  );
  const all = seen.flat();
  return {
    before: Object.fromEntries(all.map(({ command, before }) => [command, before])),
    after: Object.fromEntries(all.map(({ command, after }) => [command, after])),
    points: all.flatMap(({ command, calls }) => pointsOf(command, calls)),
    seconds: secondsSince(began),
  };
}

interface Observed {
  readonly command: CommandName;
  readonly before: EndState;
  readonly after: EndState;
  readonly calls: readonly MadeCall[];
}

async function observeRange(commands: readonly CommandName[]): Promise<readonly Observed[]> {
  const [first = 'deploy-zone'] = commands;
  const world = await startWorld(TERMS[first].fleet);
  const found: Observed[] = [];
  try {
    for (const command of commands) {
      const before = await world.state();
      const problems = await undisturbed(world, command);
      const { failed } = world.traffic();
      const all = [...problems, ...failed.map(({ text }) => `undisturbed, a request failed: ${text}`)];
      if (all.length > 0) throw new Error(all.join('\n'));
      found.push({ command, before, after: await world.state(), calls: world.gateway.calls() });
    }
    return found;
  } finally {
    await world.stop();
  }
}

/** @throws Error for a command that was not observed */
export function stateIn(states: Reference['before'], command: CommandName): EndState {
  const found = states[command];
  if (found === undefined) throw new Error(`${command} was not run undisturbed.`);
  return found;
}

/** Runs a command to its end; says when that is another one than it should be. */
export async function undisturbed(
  world: FaultWorld,
  command: CommandName,
  as: Pick<Start, 'run' | 'inputs'> = {},
): Promise<readonly string[]> {
  world.gateway.begin();
  const { exitCode, errors, log } = await (await world.start({ command, ...as })).ended;
  if (exitCode === TERMS[command].exitCode && errors.length === exitCode) return [];
  return [`undisturbed ${command} ended with ${exitCode}: ${errors.join('\n') || log.slice(-2_000)}`];
}

export function secondsSince(began: number): number {
  return (Date.now() - began) / 1_000;
}
