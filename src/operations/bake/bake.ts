import { formatDuration } from '../../fleet/duration.ts';
import type { AlarmReading } from '../../signals/port.ts';
import {
  type BakeEvidence,
  describeShut,
  type GateCourse,
  isShut,
  toEvidence,
  UNREADABLE_MOST,
  withReading,
} from './bake-evidence.ts';
import {
  describeGates,
  type GateContext,
  type GateReading,
  type Gates,
  readAlarms,
  readChecks,
} from './gates.ts';

export interface BakeRequest extends Gates {
  /** Milliseconds that it must last; 0 is one reading. */
  readonly duration: number;
  /** Milliseconds between two readings, more than 0; 10 s when not given. */
  readonly every?: number;
  /** Readings in a row that must find a gate closed until it counts; 1 when not given. */
  readonly tolerate?: number;
}

export type BakeOutcome =
  | { readonly kind: 'passed'; readonly evidence: BakeEvidence }
  /** `problem` is one line for each gate that is not open. */
  | { readonly kind: 'failed'; readonly problem: string; readonly evidence: BakeEvidence };

/**
 * No alarm of CloudWatch moves more often: the shortest period of an alarm is 10 s (API reference, PutMetricAlarm,
 * `Period`). One look is one call for up to 100 alarms.
 */
const EVERY = 10_000;
/** How often a bake in which nothing happens says that it goes on. */
const REMINDER = 60_000;

/**
 * Watches gates for a stated time after a change. It ends at once when a gate counts as closed, and passes only with a
 * reading, begun after the time was over, that found every gate open. An alarm that left `OK` between two readings and
 * came back counts as closed, too. Alarms that cannot be read are read again, but not more than three times in a row.
 *
 * @throws CancelledError when the context's signal aborts
 */
export async function bake(context: GateContext, request: BakeRequest): Promise<BakeOutcome> {
  const { duration, every = EVERY } = request;
  const what = describeGates(request);
  if (what === '') {
    context.log.warning(
      `Nothing is watched in the ${formatDuration(duration)} to come: no alarm and no check is named.`,
    );
  } else {
    context.log.info(
      `baking for ${formatDuration(duration)}: watching ${what} every ${formatDuration(every)}`,
    );
  }
  return watch(context, { ...request, negativeControl: false });
}

export type GatesOutcome =
  | { readonly kind: 'open'; readonly evidence: BakeEvidence }
  /** `problem` is one line for each gate that is not open. */
  | { readonly kind: 'closed'; readonly problem: string; readonly evidence: BakeEvidence };

/**
 * Reads gates before a change, each once unless it cannot be read, so that a change does not begin while something is wrong
 * already. Each check must also be seen to fail where it has to, as in a smoke test.
 *
 * @throws UserError when a check cannot fail, CancelledError when the context's signal aborts
 */
export async function readGates(context: GateContext, gates: Gates): Promise<GatesOutcome> {
  const what = describeGates(gates);
  if (what !== '') context.log.info(`reading ${what} before anything is changed`);
  const outcome = await watch(context, { ...gates, duration: 0, negativeControl: true });
  return outcome.kind === 'passed' ? { ...outcome, kind: 'open' } : { ...outcome, kind: 'closed' };
}

interface WatchRequest extends BakeRequest {
  /** Whether each check must be seen to fail where it has to. */
  readonly negativeControl: boolean;
}

async function watch(context: GateContext, request: WatchRequest): Promise<BakeOutcome> {
  const { duration, every = EVERY, tolerate = 1 } = request;
  const { clock, signal } = context;
  const watching: Watching = {
    context,
    request,
    courses: new Map(),
    alarms: [],
    said: Number.NEGATIVE_INFINITY,
  };
  const began = clock.now();
  const evidence = (readings: number): BakeEvidence => ({
    began: isoTime(began),
    ended: isoTime(clock.now()),
    duration,
    every,
    readings,
    gates: [...watching.courses.values()].map(toEvidence),
  });
  // Gates that are closed in turn, each for less than counts, would keep it going for ever.
  let late = tolerate + UNREADABLE_MOST;
  for (let reading = 1; ; reading += 1) {
    signal.throwIfAborted();
    const at = clock.now();
    const shut = await look(watching);
    if (shut.length > 0) return { kind: 'failed', problem: describeShut(shut), evidence: evidence(reading) };
    const open = isOpen(watching);
    const left = began + duration - at;
    if (left <= 0 && open) return passed(context, evidence(reading));
    if (left <= 0) late -= 1;
    if (late === 0) return { kind: 'failed', problem: neverOpen(watching), evidence: evidence(reading) };
    remind(watching, Math.max(0, left));
    const rest = began + duration - clock.now();
    await clock.sleep(rest > 0 ? Math.min(every, rest) : left > 0 ? 0 : every, signal);
  }
}

interface Watching {
  readonly context: GateContext;
  readonly request: WatchRequest;
  readonly courses: Map<string, GateCourse>;
  alarms: readonly AlarmReading[];
  /** When it last said how long it still takes. */
  said: number;
}

/** @returns the gates that end the bake; when alarms do, no check is made any more */
async function look(watching: Watching): Promise<readonly GateCourse[]> {
  const { context, request } = watching;
  const round = await readAlarms(context, request.alarms, watching.alarms);
  watching.alarms = round.readings;
  const shut = note(watching, round.gates);
  if (shut.length > 0) return shut;
  const isFirst = watching.courses.size === round.gates.length;
  return note(watching, await readChecks(context, request, isFirst && request.negativeControl));
}

function note(watching: Watching, readings: readonly GateReading[]): readonly GateCourse[] {
  const { context, request, courses } = watching;
  const { tolerate = 1 } = request;
  const at = isoTime(context.clock.now());
  return readings.flatMap((reading) => {
    const before = courses.get(reading.gate);
    const course = withReading(before, reading, at);
    courses.set(reading.gate, course);
    const shut = isShut(course, tolerate);
    if (!shut && before?.last.state !== reading.state && (before !== undefined || reading.state !== 'open')) {
      context.log.info(
        `${reading.seen}${reading.state === 'open' ? '' : '; looking again before it counts'}`,
      );
    }
    return shut ? [course] : [];
  });
}

function isOpen({ courses }: Watching): boolean {
  return [...courses.values()].every(({ last }) => last.state === 'open');
}

function neverOpen({ courses }: Watching): string {
  const closed = [...courses.values()].filter(({ last }) => last.state !== 'open');
  return `no reading after the time was over found every gate open; at the last one:\n${describeShut(closed)}`;
}

function passed({ log }: GateContext, evidence: BakeEvidence): BakeOutcome {
  const { gates, readings } = evidence;
  if (gates.length > 0)
    log.info(`all gates open: ${gates.length}, at ${readings} ${readings === 1 ? 'reading' : 'readings'}`);
  return { kind: 'passed', evidence };
}

function remind(watching: Watching, left: number): void {
  const { clock, log } = watching.context;
  const now = clock.now();
  if (now - watching.said < REMINDER) return;
  watching.said = now;
  const all = [...watching.courses.values()];
  const open = all.filter(({ last }) => last.state === 'open').length;
  const state = all.length === 0 ? 'waiting' : `${open} of ${all.length} gates open`;
  log.info(`${state}; ${formatDuration(left)} more`);
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
