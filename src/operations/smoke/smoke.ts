import type { Judgement, Observation, Side } from '../../checks/check.ts';
import { type Ask, describeQuestion } from '../../checks/question.ts';
import { formatDuration } from '../../fleet/duration.ts';
import type { Edges } from '../context.ts';
import type { SmokeTarget, Trial } from './smoke-trial.ts';

/** What a smoke test needs of its surroundings. */
export interface SmokeContext extends Pick<Edges, 'clock' | 'log' | 'signal'> {
  readonly ask: Ask;
}

export interface SmokeRequest {
  readonly targets: readonly SmokeTarget[];
  readonly trials: readonly Trial[];
  readonly patience: Patience;
  /** Whether each trial must first be seen to fail where it has to. */
  readonly negativeControl: boolean;
}

/** When a check counts as passed or failed. Durations are milliseconds. */
export interface Patience {
  readonly attempts: number;
  readonly interval: number;
  /** Attempts in a row that must pass. */
  readonly consecutive: number;
  /** Wait before the first attempt. */
  readonly warmUp: number;
}

/** One attempt; `milliseconds` to the end of its answer. */
export interface Attempt extends Judgement {
  readonly milliseconds: number;
}

/** How one check went at one target; what was seen is what the last attempt saw. */
export interface CheckResult extends Judgement {
  readonly host: string;
  readonly subject: string;
  readonly check: string;
  /** Release that serves there, when hosts of two were asked. */
  readonly side?: Side;
  /** Such as `POST http://10.0.0.1:8080/cart`. */
  readonly request: string;
  readonly expected: string;
  readonly attempts: readonly Attempt[];
  /** What a program printed at the last attempt, the first 8 kB. */
  readonly output?: string;
  /** An attempt failed after one that had passed. */
  readonly flapping: boolean;
}

interface Run {
  readonly target: SmokeTarget;
  readonly trial: Trial;
  readonly attempts: readonly Attempt[];
  readonly output?: string;
}

/**
 * Makes every check at every target, again and again until as many attempts in a row passed as must, or there are no
 * attempts left. Every attempt is in the result.
 *
 * @returns one result per check and target at which it is made, those of one subject together
 * @throws UserError when the negative control finds a check that passes what it must not
 */
export async function smokeTest(
  context: SmokeContext,
  { targets, trials, patience, negativeControl }: SmokeRequest,
): Promise<readonly CheckResult[]> {
  const uncontrolled = new Set(negativeControl ? trials : []);
  let runs = runsOf(trials, targets);
  if (runs.length > 0 && patience.warmUp > 0) {
    context.log.info(`warming up for ${formatDuration(patience.warmUp)} before the first attempt counts`);
    await context.clock.sleep(patience.warmUp, context.signal);
  }
  for (let attempt = 1; runs.some((run) => isOpen(run, patience)); attempt += 1) {
    if (attempt > 1) await context.clock.sleep(patience.interval, context.signal);
    const open = runs.filter((run) => isOpen(run, patience));
    const answers = await context.ask(
      open.map(({ target: { host }, trial, target }) => ({
        host,
        limit: trial.limit,
        question: trial.askAt(target),
      })),
      context.signal,
    );
    const seen = new Map(open.map((run, index) => [run, answers[index] ?? NEVER_ASKED]));
    controlOnce(seen, uncontrolled);
    runs = runs.map((run) => continued(run, seen.get(run)));
    for (const run of runs) {
      if (run.attempts.length !== attempt || !isOpen(run, patience)) continue;
      if (run.attempts.at(-1)?.passed === false) {
        context.log.info(`${describeCheck(toResult(run, patience))}; trying again`);
      }
    }
  }
  return runs.map((run) => toResult(run, patience));
}

function runsOf(trials: readonly Trial[], targets: readonly SmokeTarget[]): readonly Run[] {
  const runs = trials.flatMap((trial) =>
    trial.among(targets).map((target): Run => ({ target, trial, attempts: [] })),
  );
  const order = [...new Set([...targets, ...runs.map(({ target }) => target)].map(({ subject }) => subject))];
  const bySubject = Map.groupBy(runs, ({ target }) => target.subject);
  return order.flatMap((subject) => bySubject.get(subject) ?? []);
}

const NEVER_ASKED: Observation = { kind: 'silent', problem: 'it was never asked', milliseconds: 0 };

/** One line about a check, for logs and errors. */
export function describeCheck(result: CheckResult): string {
  const { check, request, passed, seen, expected, attempts, flapping } = result;
  const subject = describeSubject(result);
  const tries = attempts.length === 1 ? '' : ` after ${attempts.length} attempts`;
  const course = flapping ? ` (flapping: ${courseOf(attempts)})` : '';
  return passed
    ? `smoke test ${check} at ${subject} passed${tries}${course}: ${seen}`
    : `smoke test ${check} at ${subject} saw ${seen}${tries}${course}, expected ${expected} (${request})`;
}

/** What was tested, in words, with the release there when two serve. */
export function describeSubject({ subject, side }: Pick<CheckResult, 'subject' | 'side'>): string {
  return side === undefined ? subject : `${subject} (${side})`;
}

function courseOf(attempts: readonly Attempt[]): string {
  return attempts.map(({ passed }) => (passed ? 'pass' : 'fail')).join(', ');
}

/** Each trial's first real answer must fail where it has to, before the trial counts anywhere. */
function controlOnce(seen: ReadonlyMap<Run, Observation>, uncontrolled: Set<Trial>): void {
  for (const [{ trial, target }, observation] of seen) {
    if (observation.kind === 'silent' || !uncontrolled.delete(trial)) continue;
    trial.control(observation, target);
  }
}

function continued(run: Run, seen: Observation | undefined): Run {
  if (seen === undefined) return run;
  const judgement = run.trial.judge(seen, run.target);
  const { target, trial, attempts } = run;
  return {
    target,
    trial,
    attempts: [...attempts, { ...judgement, milliseconds: seen.milliseconds }],
    ...(seen.kind === 'command' && { output: seen.output }),
  };
}

function isOpen({ attempts }: Run, { attempts: most, consecutive }: Patience): boolean {
  return attempts.length < most && streakOf(attempts) < consecutive;
}

/** Attempts that passed in a row, up to the last one. */
function streakOf(attempts: readonly Attempt[]): number {
  return attempts.length - 1 - attempts.findLastIndex(({ passed }) => !passed);
}

function toResult({ target, trial, attempts, output }: Run, { consecutive }: Patience): CheckResult {
  const first = attempts.findIndex(({ passed }) => passed);
  const passed = streakOf(attempts) >= consecutive;
  const last = attempts.at(-1)?.seen ?? 'nothing';
  const short = !passed && attempts.at(-1)?.passed === true;
  return {
    host: target.host,
    subject: target.subject,
    check: trial.name,
    ...(target.side !== undefined && { side: target.side }),
    request: describeQuestion(trial.askAt(target)),
    expected: consecutive === 1 ? trial.expected : `${trial.expected}, ${consecutive} times in a row`,
    passed,
    seen: short ? `${last}, but only ${streakOf(attempts)} in a row` : last,
    attempts,
    ...(output !== undefined && { output }),
    flapping: first >= 0 && attempts.slice(first).some((each) => !each.passed),
  };
}
