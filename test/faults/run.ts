import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { COMMANDS, type CommandName, TERMS } from './commands.ts';
import { describeCoverage, FAULT_KINDS, type Fault, faultNamed, faultsAt, nameOf } from './points.ts';
import { observe, type Reference } from './reference.ts';
import { describeTrial, type Trial } from './trial.ts';
import { startWorkers } from './workers.ts';
import { stopWorlds } from './world.ts';

/*
 * Disturbs deploy-zone and promote-zone, as they are in `dist`, one fault at a time, and runs them again: `npm run test:faults`.
 * `--only NAME` tries one fault, `--kind NAME`, as often as wanted, those kinds alone, `--list` says which there are;
 * `--processes N` tries that many at a time, and as many of those that wait.
 */

/** Kinds that wait until calls are given up, and hardly compute: they are tried beside the others. */
const LONG: readonly Fault['kind'][] = ['hang', 'rival-waits', 'throttle-all', 'error-500-all', 'freeze'];
/** At once, for each processor: more of the others would keep requests waiting, of which none may fail. */
const LONG_AT_ONCE = 3;
const AT_ONCE = 2;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    kind: { type: 'string', multiple: true },
    list: { type: 'boolean' },
    processes: { type: 'string' },
  },
});

const only = values.only?.map(faultNamed);
const reference = await untilStopped(observe(COMMANDS.filter((command) => isNeeded(command, only))));
const faults = only ?? faultsAt(reference.points).filter(({ kind }) => isWanted(kind));
if (faults.length === 0) throw new Error(`--kind must be one of ${FAULT_KINDS.join(', ')}.`);
console.log(intro(reference, faults));
if (values.list === true) {
  console.log(faults.map(nameOf).join('\n'));
  process.exit(0);
}
const began = Date.now();
const trials: Trial[] = [];
const groups = [
  { some: faults.filter(isLong), most: LONG_AT_ONCE },
  { some: faults.filter((fault) => !isLong(fault)), most: AT_ONCE },
].map(({ some, most }) => {
  const count = Number(values.processes ?? most * availableParallelism());
  return { some: inOrder(some), workers: startWorkers(Math.min(some.length, count), reference) };
});
await untilStopped(Promise.all(groups.map(({ some, workers }) => workers.try(some, told))), async () => {
  await Promise.all(groups.map(({ workers }) => workers.stop()));
});
console.log(table(trials));
console.log(summary(trials));
process.exit(trials.some(({ problems }) => problems.length > 0) ? 1 : 0);

/** Ends with every server and process of its ranges when it is told to, or when whoever started it is gone. */
async function untilStopped<T>(
  work: Promise<T>,
  stop: () => Promise<void> = async () => undefined,
): Promise<T> {
  const parent = process.ppid;
  const over = new AbortController();
  const told = new Promise<number>((resolve) => {
    const listen = (signal: NodeJS.Signals, code: number) => {
      const hear = () => resolve(code);
      process.once(signal, hear);
      over.signal.addEventListener('abort', () => process.off(signal, hear));
    };
    listen('SIGINT', 130);
    listen('SIGTERM', 143);
    const timer = setInterval(() => {
      if (process.ppid !== parent) resolve(1);
    }, 500);
    over.signal.addEventListener('abort', () => clearInterval(timer));
  });
  try {
    return await Promise.race([
      work,
      told.then(async (code) => {
        await Promise.all([stop(), stopWorlds()]);
        process.exit(code);
      }),
    ]);
  } catch (error) {
    await Promise.all([stop(), stopWorlds()]);
    throw error;
  } finally {
    over.abort();
  }
}

/** What comes after another command needs that one observed as well. */
function isNeeded(command: CommandName, faults: readonly Fault[] | undefined): boolean {
  return (
    faults === undefined ||
    faults.some((fault) => fault.command === command || TERMS[fault.command].after === command)
  );
}

function isWanted(kind: Fault['kind']): boolean {
  const wanted = values.kind ?? FAULT_KINDS;
  return wanted.includes(kind);
}

function isLong({ kind }: Fault): boolean {
  return LONG.includes(kind);
}

function told(trial: Trial): void {
  trials.push(trial);
  console.log(describeTrial(trial));
}

/** A range is of use for one command; that of a promotion, which is deployed to before, for all of them. */
function inOrder(all: readonly Fault[]): readonly Fault[] {
  return all.toSorted((one, other) => COMMANDS.indexOf(one.command) - COMMANDS.indexOf(other.command));
}

function intro({ points, seconds }: Reference, all: readonly Fault[]): string {
  const mutating = points.filter((point) => point.mutating).length;
  return [
    `undisturbed: ${points.length} calls, ${mutating} of which change something, ${seconds.toFixed(1)} s`,
    'what is tried:',
    describeCoverage(),
    `${all.length} faults`,
  ].join('\n');
}

function summary(all: readonly Trial[]): string {
  const failed = all.filter(({ problems }) => problems.length > 0);
  const missed = all.filter(({ ended }) => ended === 'not reached');
  const touched = all.filter(({ again }) => again === 'run');
  return [
    `${all.length} faults in ${((Date.now() - began) / 1_000).toFixed(0)} s; ${touched.length} were followed by the same command ` +
      `again, the others left what was there before; ${missed.length} were at a call that did not come`,
    ...failed.map(({ fault }) => `FAILED: npm run test:faults -- --only "${nameOf(fault)}"`),
    `${all.length - failed.length} as undisturbed, ${failed.length} not`,
  ].join('\n');
}

function table(all: readonly Trial[]): string {
  const rows = all.map(({ fault, ended, problems, again, seconds }) => [
    fault.command,
    `${fault.operation} ${fault.ordinal}`,
    fault.kind,
    ended,
    problems.length > 0 ? 'FAILED' : again === 'run' ? 'as undisturbed' : 'nothing touched',
    seconds.toFixed(1),
  ]);
  const head = ['command', 'call', 'fault', 'it', 'end state', 'seconds'];
  const widths = head.map((text, column) =>
    Math.max(text.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ');
  return ['', line(head), ...rows.map(line), ''].join('\n');
}
