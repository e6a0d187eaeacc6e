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
  readSources,
} from './gates.ts';
import { advance, BEGINNING, closedFor, describeOver, type Limit, leftOf, type Stretch } from './stretch.ts';

/** How long gates are watched, and what a closed one means. Durations are milliseconds. */
export interface BakeRequest extends Gates {
  /** Before the first reading; 0 when not given. */
  readonly wait?: number;
  /** For how long every gate must be open; 0 is one reading. */
  readonly stable: number;
  /** Between two readings, more than 0; 10 s when not given. */
  readonly every?: number;
  /** Readings in a row that must find a gate closed until it counts; 1 when not given. */
  readonly tolerate?: number;
  /**
   * For how long gates may be closed, all breaks together. When given, also 0, every reading that does not find all gates
   * open starts the stable time anew; when not, the time goes on while a closed gate does not count yet.
   */
  readonly retry?: number;
  /**
   * Moments at which it has failed, whatever is open then, and after which no reading begins; needed with `retry`, without
   * which it ends by itself.
   */
  readonly limits?: readonly Limit[];
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
 * Watches gates for a stated time after a change. It fails when a gate counts as closed and no `retry` is left, or a
 * limit is over, and passes only with a reading, begun after the time was over, that found every gate open. An alarm that
 * left `OK` between two readings and came back counts as closed, too. What cannot be read is read again, but not more than
 * three times in a row.
 *
 * @throws CancelledError when the context's signal aborts
 */
export async function bake(context: GateContext, request: BakeRequest): Promise<BakeOutcome> {
  const { stable, every = EVERY, wait = 0, retry = 0 } = request;
  const what = describeGates(request);
  if (what === '') {
    context.log.warning(
      `Nothing is watched in the ${formatDuration(stable)} to come: no alarm and no check is named.`,
    );
  } else {
    const first = wait === 0 ? '' : `, after ${formatDuration(wait)}`;
    const breaks = retry === 0 ? '' : `, closed for ${formatDuration(retry)} at most`;
    context.log.info(
      `baking for ${formatDuration(stable)}${first}: watching ${what} every ${formatDuration(every)}${breaks}`,
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
  const outcome = await watch(context, { ...gates, stable: 0, negativeControl: true });
  return outcome.kind === 'passed' ? { ...outcome, kind: 'open' } : { ...outcome, kind: 'closed' };
}

interface WatchRequest extends BakeRequest {
  /** Whether each check must be seen to fail where it has to. */
  readonly negativeControl: boolean;
}

async function watch(context: GateContext, request: WatchRequest): Promise<BakeOutcome> {
  const { stable, every = EVERY, tolerate = 1, wait = 0, retry, limits = [] } = request;
  const { clock, signal } = context;
  const watching = startWatching(context, request);
  const failed = (problem: string): BakeOutcome => {
    return { kind: 'failed', problem, evidence: evidenceOf(watching) };
  };
  const untilLimit = () => Math.min(...limits.map(({ at }) => Math.max(0, at - clock.now())));
  // Gates that are closed in turn, each for less than counts, would keep it going for ever.
  let late = tolerate + UNREADABLE_MOST;
  if (wait > 0) await clock.sleep(Math.min(wait, untilLimit()), signal);
  while (true) {
    signal.throwIfAborted();
    const at = clock.now();
    const before = overNow(watching);
    if (before !== undefined) return failed(before);
    const shut = await look(watching, leftOf(watching.stretch, stable, at) <= 0);
    const open = isOpen(watching);
    watching.stretch = advance(watching.stretch, at, open, retry !== undefined);
    const spent = closedFor(watching.stretch, at);
    const ends = shut.some(({ again }) => !again) || spent >= (retry ?? 0);
    if (shut.length > 0 && ends) return failed(describeShut(shut) + describeSpent(retry, spent));
    const after = overNow(watching);
    if (after !== undefined) return failed(after);
    const left = leftOf(watching.stretch, stable, at);
    if (left <= 0 && open) return passed(watching);
    if (left <= 0 && retry === undefined) late -= 1;
    if (late === 0) return failed(neverOpen(watching));
    remind(watching, Math.max(0, left));
    const rest = leftOf(watching.stretch, stable, clock.now());
    const pause =
      !open && retry !== undefined ? every : rest > 0 ? Math.min(every, rest) : left > 0 ? 0 : every;
    await clock.sleep(Math.min(pause, untilLimit()), signal);
  }
}

interface Watching {
  readonly context: GateContext;
  readonly request: WatchRequest;
  readonly began: number;
  readonly courses: Map<string, GateCourse>;
  stretch: Stretch;
  readings: number;
  alarms: readonly AlarmReading[];
  /** When it last said how long it still takes. */
  said: number;
}

function startWatching(context: GateContext, request: WatchRequest): Watching {
  const began = context.clock.now();
  const said = Number.NEGATIVE_INFINITY;
  return { context, request, began, courses: new Map(), stretch: BEGINNING, readings: 0, alarms: [], said };
}

/**
 * @param ripe whether all gates have been open for the whole time, up to now
 * @returns the gates that count as closed; when alarms do and that is the end, nothing else is asked any more
 */
async function look(watching: Watching, ripe: boolean): Promise<readonly GateCourse[]> {
  const { context, request, began } = watching;
  const { alarms, others = [], retry = 0, negativeControl } = request;
  watching.readings += 1;
  const round = await readAlarms(context, alarms, watching.alarms);
  watching.alarms = round.readings;
  const shut = note(watching, round.gates);
  if (shut.length > 0 && retry === 0) return shut;
  const always = others.filter(({ when }) => when === 'always');
  const [checks, found] = await Promise.all([
    readChecks(context, request, watching.readings === 1 && negativeControl),
    readSources(context, always, began),
  ]);
  const more = [...shut, ...note(watching, [...checks, ...found])];
  const last = others.filter(({ when }) => when === 'end');
  if (
    last.length === 0 ||
    !isDue(
      watching,
      last.flatMap(({ gates }) => gates),
      ripe,
    )
  )
    return more;
  return [...more, ...note(watching, await readSources(context, last, began))];
}

/** What is judged at the end alone is read when all else has been open for long enough, and then until it is open. */
function isDue({ courses }: Watching, last: readonly string[], ripe: boolean): boolean {
  const pending = last.some((gate) => courses.has(gate) && courses.get(gate)?.last.state !== 'open');
  const rest = [...courses.values()].filter(({ gate }) => !last.includes(gate));
  return pending || (ripe && rest.every((course) => course.last.state === 'open'));
}

function note(watching: Watching, readings: readonly GateReading[]): readonly GateCourse[] {
  const { context, request, courses } = watching;
  const { tolerate = 1, retry } = request;
  const at = isoTime(context.clock.now());
  return readings.flatMap((reading) => {
    const before = courses.get(reading.gate);
    const course = withReading(before, reading, at);
    courses.set(reading.gate, course);
    const shut = isShut(course, tolerate);
    const borne = !shut || (retry ?? 0) > 0;
    if (borne && before?.last.state !== reading.state && (before !== undefined || reading.state !== 'open')) {
      const then = retry === undefined ? 'looking again before it counts' : 'the stable time starts anew';
      context.log.info(`${reading.seen}${reading.state === 'open' ? '' : `; ${then}`}`);
    }
    return shut ? [course] : [];
  });
}

function isOpen({ courses }: Watching): boolean {
  return [...courses.values()].every(({ last }) => last.state === 'open');
}

function evidenceOf({ context, request, began, readings, courses, stretch }: Watching): BakeEvidence {
  const { stable, every = EVERY, retry } = request;
  const now = context.clock.now();
  return {
    began: isoTime(began),
    ended: isoTime(now),
    stable,
    every,
    readings,
    ...(retry === undefined ? {} : { closedFor: closedFor(stretch, now) }),
    gates: [...courses.values()].map(toEvidence),
  };
}

/** What is to be said of the first limit that is over; nothing when none is. */
function overNow(watching: Watching): string | undefined {
  const { context, request, courses, stretch } = watching;
  const now = context.clock.now();
  const over = request.limits?.find(({ at }) => at <= now);
  if (over === undefined) return undefined;
  const closed = [...courses.values()].filter(({ last }) => last.state !== 'open');
  return (
    describeOver(over, request.stable, stretch, now) + (closed.length > 0 ? `\n${describeShut(closed)}` : '')
  );
}

function describeSpent(retry: number | undefined, spent: number): string {
  if (retry === undefined || retry === 0 || spent < retry) return '';
  return `\ngates were closed for ${formatDuration(spent)} in all, and ${formatDuration(retry)} is allowed`;
}

function neverOpen({ courses }: Watching): string {
  const closed = [...courses.values()].filter(({ last }) => last.state !== 'open');
  return `no reading after the time was over found every gate open; at the last one:\n${describeShut(closed)}`;
}

function passed(watching: Watching): BakeOutcome {
  const evidence = evidenceOf(watching);
  const { gates, readings } = evidence;
  if (gates.length > 0) {
    const times = `${readings} ${readings === 1 ? 'reading' : 'readings'}`;
    watching.context.log.info(`all gates open: ${gates.length}, at ${times}`);
  }
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
