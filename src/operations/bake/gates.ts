import { PlatformError, UserError } from '../../runner/errors.ts';
import { judgeAlarms } from '../../signals/judge.ts';
import type { AlarmReading, Alarms } from '../../signals/port.ts';
import { describeCheck, type Patience, type SmokeContext, smokeTest } from '../smoke/smoke.ts';
import type { SmokeTarget, Trial } from '../smoke/smoke-trial.ts';

/** What reading gates needs of its surroundings. */
export interface GateContext extends SmokeContext {
  readonly alarms: Alarms;
}

/** What must be well for a change to go on. */
export interface Gates {
  /** Names of alarms, each once; see `alarmNameProblems`. */
  readonly alarms: readonly string[];
  /** Checks, each made at every one of the targets. */
  readonly trials: readonly Trial[];
  readonly targets: readonly SmokeTarget[];
  /** How a check is tried at each reading; one attempt when not given. */
  readonly patience?: Patience;
  /** What is read beside alarms and checks. */
  readonly others?: readonly GateSource[];
}

/** Gates of another kind, with names that nobody else uses. */
export interface GateSource {
  /** What is watched, for the log. */
  readonly what: string;
  /** Names of all its gates. */
  readonly gates: readonly string[];
  /** `always`: at every look. `end`: when all else has been open for the whole time, and from then on until it is open. */
  readonly when: 'always' | 'end';
  /**
   * @param began milliseconds since 1970 at which the bake began
   * @returns one reading for each of its gates
   * @throws UserError or PlatformError when they cannot be read, CancelledError when the signal aborts
   */
  read(began: number, signal: AbortSignal): Promise<readonly GateReading[]>;
}

/** What one look at one gate showed. */
export interface GateReading {
  /** Such as `alarm web-5xx`; the same at every reading, and no other gate's. */
  readonly gate: string;
  readonly state: GateState;
  /** The whole of it in one sentence. */
  readonly seen: string;
  /** Whether another look soon can be different; only false for what a person has to mend first. */
  readonly again: boolean;
}

export type GateState = 'open' | 'closed' | 'unreadable';

const ONE_ATTEMPT: Patience = { attempts: 1, interval: 0, consecutive: 1, warmUp: 0 };

export interface AlarmRound {
  readonly gates: readonly GateReading[];
  /** What was answered; that of the look before when there was no answer. */
  readonly readings: readonly AlarmReading[];
}

/**
 * Reads the alarms, all of them in one look.
 *
 * @param before what was answered at the look before
 * @throws CancelledError when the context's signal aborts; that alarms cannot be read is in the result
 */
export async function readAlarms(
  { alarms, signal }: GateContext,
  names: readonly string[],
  before: readonly AlarmReading[],
): Promise<AlarmRound> {
  if (names.length === 0) return { gates: [], readings: before };
  try {
    const readings = await alarms.read(names, signal);
    signal.throwIfAborted();
    const gates = judgeAlarms(names, readings, before).map(({ name, open, seen }): GateReading => {
      return {
        gate: `alarm ${name}`,
        state: open ? 'open' : 'closed',
        seen: `alarm ${name} ${seen}`,
        again: true,
      };
    });
    return { gates, readings };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof UserError || error instanceof PlatformError)) throw error;
    const again = error instanceof PlatformError;
    const gates = names.map((name): GateReading => {
      return { gate: `alarm ${name}`, state: 'unreadable', seen: error.message, again };
    });
    return { gates, readings: before };
  }
}

/**
 * Makes the checks at their targets.
 *
 * @throws UserError when the negative control finds a check that cannot fail, CancelledError when the signal aborts
 */
export async function readChecks(
  context: GateContext,
  { targets, trials, patience = ONE_ATTEMPT }: Gates,
  negativeControl: boolean,
): Promise<readonly GateReading[]> {
  if (targets.length === 0 || trials.length === 0) return [];
  const results = await smokeTest(context, { targets, trials, patience, negativeControl });
  context.signal.throwIfAborted();
  return results.map((result) => ({
    gate: `check ${result.check} at ${result.subject} (${result.request})`,
    state: result.passed ? 'open' : 'closed',
    seen: describeCheck(result),
    again: true,
  }));
}

/**
 * Reads sources, all of them at the same time. That one cannot be read is in the result.
 *
 * @throws CancelledError when the context's signal aborts
 */
export async function readSources(
  { signal }: Pick<GateContext, 'signal'>,
  sources: readonly GateSource[],
  began: number,
): Promise<readonly GateReading[]> {
  const readings = await Promise.all(
    sources.map(async (source): Promise<readonly GateReading[]> => {
      try {
        return await source.read(began, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof UserError || error instanceof PlatformError)) throw error;
        const again = error instanceof PlatformError;
        const { message: seen } = error;
        return source.gates.map((gate) => ({ gate, state: 'unreadable', seen, again }));
      }
    }),
  );
  signal.throwIfAborted();
  return readings.flat();
}

/** What is watched, for the log. */
export function describeGates({ alarms, trials, targets, others = [] }: Gates): string {
  const subjects = [...new Set(targets.map(({ subject }) => subject))];
  const parts = [
    ...(alarms.length === 0 ? [] : [`${plural('alarm', alarms.length)} ${alarms.join(', ')}`]),
    ...(trials.length === 0 || subjects.length === 0
      ? []
      : [
          `${plural('check', trials.length)} ${trials.map(({ name }) => name).join(', ')} at ${subjects.join(', ')}`,
        ]),
    ...others.map(({ what }) => what),
  ];
  return parts.join(' and ');
}

function plural(noun: string, count: number): string {
  return count === 1 ? noun : `${noun}s`;
}
