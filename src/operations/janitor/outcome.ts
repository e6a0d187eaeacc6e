import type { Lease } from '../../ledger/document.ts';
import { describeLease } from '../../ledger/lease.ts';
import { PlatformError, UserError } from '../../runner/errors.ts';
import type { Log } from '../context.ts';
import type { UndoRecord } from '../records.ts';

/** A line of the ledger is read at a glance; the whole is in the job summary. */
const LONGEST_NOTE = 500;
/** Hosts that an error lists: the runner cuts an annotation at 4,096 characters. */
const LISTED = 8;
/** Characters of one such line. */
const LONGEST_LINE = 400;

/** What became of one host. */
export interface HostOutcome {
  readonly zone: string;
  readonly host: string;
  /** Who took it out, when and why; none when no record says. */
  readonly record?: UndoRecord;
  /** What was seen. */
  readonly found: string;
  /**
   * `returned`: it was out and serves again. `finished`: it served, and its groups and records say so again. `forgotten`: the
   * ledger alone was out of date. `left`: it is as it was. `planned`: a dry run would have done something.
   */
  readonly done: 'returned' | 'finished' | 'forgotten' | 'left' | 'planned';
  /** What stays changed or is to be done by a person. */
  readonly todo?: string;
  /** Whether a run that died left it out of service and it could not be returned. */
  readonly failed: boolean;
  /** ISO 8601: when people were told of that before. */
  readonly told?: string;
}

/** What became of one zone. */
export interface ZoneOutcome {
  readonly zone: string;
  /** What the zone has or was being given, when the ledger knows. */
  readonly version?: string;
  readonly hosts: readonly HostOutcome[];
  /** URL of the run that left the zone `deploying`, when the ledger now says that it stopped. */
  readonly closed?: string;
  /** The same of a dry run, which writes nothing. */
  readonly wouldClose?: string;
  /** Who is at work, so that the zone was let be. */
  readonly holder?: Lease;
  /** Why nothing, or not everything, is known of it. */
  readonly problem?: Error;
}

/** What became of everything that runs which died have left. */
export interface JanitorReport {
  readonly service: string;
  /**
   * `clean`: there was nothing to do. `busy`: a run is at work. `returned`: everything serves again that was to. `left`: hosts are
   * out of service still. `planned`: a dry run would have done something.
   */
  readonly state: 'clean' | 'busy' | 'returned' | 'left' | 'planned';
  readonly holder?: Lease;
  readonly zones: readonly ZoneOutcome[];
  /** There when a host that a dead run left is still out, or a zone could not be looked at. */
  readonly problem?: Error;
}

/** The state that the outcomes of zones come to. */
export function stateOf(zones: readonly ZoneOutcome[]): JanitorReport['state'] {
  const done = zones.flatMap(({ hosts }) => hosts.map((host) => host.done));
  if (done.includes('planned') || zones.some(({ wouldClose }) => wouldClose !== undefined)) return 'planned';
  if (done.includes('left') || zones.some(({ problem }) => problem !== undefined)) return 'left';
  if (zones.some(({ holder }) => holder !== undefined)) return 'busy';
  return done.length > 0 || zones.some(({ closed }) => closed !== undefined) ? 'returned' : 'clean';
}

/** One sentence for each host and for the zone, loud where somebody has to look. */
export function sayOutcome(log: Log, { zone, hosts, closed, holder }: ZoneOutcome): void {
  for (const { host, found, done, todo } of hosts) {
    const words = `${host} of ${zone} ${done}: ${found}${todo === undefined ? '' : `. ${todo}`}`;
    if (done === 'left') log.warning(words);
    else log.info(words);
  }
  if (closed !== undefined) log.info(`${zone}: \`stopped\` in the ledger now; ${closed} left it deploying`);
  if (holder !== undefined) log.info(`${zone} was let be: ${describeLease(holder)}`);
}

/** What the ledger says of a zone whose run left it `deploying`. */
export function noteOf(run: string, hosts: readonly HostOutcome[]): string {
  const told = hosts.map(({ host, done, found }) =>
    done === 'left' ? `${host} left: ${found}` : `${host} ${done}`,
  );
  const whole = `its run ended without saying how. return-hosts (${run}): ${told.join('; ') || 'no host was out of service'}`;
  return whole.slice(0, LONGEST_NOTE);
}

/** What is wrong, for the one annotation; the summary has all of it. */
export function problemOf(zones: readonly ZoneOutcome[]): Error | undefined {
  const left = zones.flatMap(({ hosts }) => hosts).filter(({ failed }) => failed);
  const unseen = zones.flatMap(({ problem }) => problem ?? []);
  const lines = [
    ...unseen.map(({ message }) => message),
    ...left.map(({ host, zone, found, todo = '' }) => `${host} of ${zone}: ${found}. ${todo}`),
  ].map((line) => `- ${line.slice(0, LONGEST_LINE)}`);
  if (lines.length === 0) return undefined;
  const title =
    left.length === 0
      ? 'Not every zone could be looked at, or told of in the ledger.'
      : `${left.length} ${left.length === 1 ? 'host that a dead run left is' : 'hosts that dead runs left are'} out of service still.`;
  const more = lines.length > LISTED ? [`- and ${lines.length - LISTED} more in the job summary`] : [];
  const text = [title, ...lines.slice(0, LISTED), ...more].join('\n');
  return unseen.length > 0 ? new PlatformError(text) : new UserError(text);
}
