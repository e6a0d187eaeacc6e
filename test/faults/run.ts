import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { FAULT_KINDS, type Fault, faultNamed, faultsAt, nameOf } from './points.ts';
import { describeTrial, observe, type Reference, type Trial, tryFaults } from './trial.ts';

/*
 * Disturbs deploy-zone and promote-zone, as they are in `dist`, at every point at which they call AWS, one point at a time, and
 * runs them again: `npm run test:faults`. `--only NAME` tries one fault, `--kind NAME`, as often as wanted, those kinds alone.
 */

const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true }, kind: { type: 'string', multiple: true } },
});

const reference = await observe();
const faults =
  values.only?.map(faultNamed) ?? faultsAt(reference.points).filter(({ kind }) => isWanted(kind));
if (faults.length === 0) throw new Error(`--kind must be one of ${FAULT_KINDS.join(', ')}.`);
console.log(intro(reference, faults));
const trials: Trial[] = [];
await Promise.all(shares(faults, availableParallelism() + 1).map(tryShare));
console.log(table(trials));
const failed = trials.filter(({ problems }) => problems.length > 0);
console.log(`${trials.length - failed.length} as undisturbed, ${failed.length} not`);
process.exit(failed.length > 0 ? 1 : 0);

function isWanted(kind: Fault['kind']): boolean {
  const wanted = values.kind ?? FAULT_KINDS;
  return wanted.includes(kind);
}

/** Neighbours go to different shares, so that each has as much to do. */
function shares(all: readonly Fault[], count: number): readonly (readonly Fault[])[] {
  return Array.from({ length: count }, (_, share) => all.filter((__, index) => index % count === share));
}

function tryShare(share: readonly Fault[]): Promise<void> {
  return tryFaults(share, reference, (trial) => {
    trials.push(trial);
    console.log(describeTrial(trial));
  });
}

function intro({ points, calls, seconds }: Reference, all: readonly Fault[]): string {
  const mutating = points.filter((point) => point.mutating).length;
  return [
    `undisturbed: ${calls['deploy-zone']} calls of deploy-zone and ${calls['promote-zone']} of promote-zone, ${seconds.toFixed(1)} s`,
    `${points.length} points: ${mutating} calls that change something, each of them, and ${points.length - mutating} that read,`,
    'the first, the middle and the last one of each operation, since how often is polled differs from run to run',
    `${all.length} faults`,
  ].join('\n');
}

function table(all: readonly Trial[]): string {
  const rows = all.map(({ fault, ended, problems, seconds }) => [
    fault.command,
    `${fault.operation} ${fault.ordinal}`,
    fault.kind,
    ended,
    problems.length === 0 ? 'as undisturbed' : `FAILED: ${nameOf(fault)}`,
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
