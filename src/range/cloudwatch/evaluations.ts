import type { CompositeRangeAlarm, Evaluation, MeasuredAlarm, RangeAlarm, State } from './alarm.ts';
import { KEPT } from './traffic.ts';

/** An alarm and the state it is in. Times are milliseconds since 1970. */
export interface AlarmNow {
  readonly alarm: RangeAlarm;
  readonly evaluation: Evaluation;
  /** When the state changed. */
  readonly transitioned: number;
  /** When the state or what is said of it changed. */
  readonly updated: number;
}

export interface Evaluations {
  /** Every alarm as it is now, in the order of the list. */
  current(): readonly AlarmNow[];
  /** Puts an alarm into a state by hand. A measured alarm leaves it at its next evaluation, a composite one when a child moves. */
  set(alarm: RangeAlarm, state: State, reason: string): void;
  /** Takes alarms away for good, whatever the list says. */
  remove(alarms: readonly RangeAlarm[]): void;
}

export interface EvaluationsOptions {
  /** Alarms that are not in it any more are gone, state and all. */
  readonly alarms: () => readonly RangeAlarm[];
  /** Milliseconds between two evaluations; CloudWatch takes a minute, or 10 s for high resolution. */
  readonly every: number;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/**
 * Keeps the states of alarms. Nothing runs in the background: evaluations that were due since somebody last asked are made
 * up for, one by one and each as of its own time, so a state that came and went between two looks leaves its trace.
 */
export function createEvaluations({ alarms, every, clock }: EvaluationsOptions): Evaluations {
  const states = new Map<string, AlarmNow>();
  const removed = new Set<string>();
  let due = clock();

  const step = (all: readonly RangeAlarm[], at: number): void => {
    const moved = new Set<string>();
    for (const alarm of all) {
      const key = keyOf(alarm);
      const before = states.get(key);
      const evaluation = alarm.kind === 'composite' ? compose(alarm, states) : alarm.evaluate(at);
      if (before !== undefined && alarm.kind === 'composite' && !isMoved(alarm, moved)) continue;
      const after = moveTo(before ?? unchecked(alarm, at), evaluation, at);
      states.set(key, { ...after, alarm });
      if (before?.evaluation.state !== evaluation.state) moved.add(key);
    }
  };

  const catchUp = (): readonly RangeAlarm[] => {
    const all = alarms().filter((alarm) => !removed.has(keyOf(alarm)));
    const known = new Set(all.map(keyOf));
    for (const key of states.keys()) if (!known.has(key)) states.delete(key);
    const now = clock();
    if (now - due > KEPT) due = now - KEPT;
    for (; due <= now; due += every) step(all, due);
    return all;
  };

  const seen = (alarm: RangeAlarm): AlarmNow => states.get(keyOf(alarm)) ?? unchecked(alarm, clock());
  return {
    current: () => catchUp().map(seen),
    set(alarm, state, reason) {
      const all = catchUp();
      const at = clock();
      const moved = new Set([keyOf(alarm)]);
      states.set(keyOf(alarm), moveTo(seen(alarm), { state, reason }, at));
      for (const each of all) {
        if (each.kind !== 'composite' || !isMoved(each, moved)) continue;
        states.set(keyOf(each), moveTo(seen(each), compose(each, states), at));
        moved.add(keyOf(each));
      }
    },
    remove(gone) {
      for (const alarm of gone) removed.add(keyOf(alarm));
      catchUp();
    },
  };
}

/** CloudWatch's own words for an alarm that has not been evaluated yet. */
function unchecked(alarm: RangeAlarm, at: number): AlarmNow {
  const evaluation: Evaluation = { state: 'INSUFFICIENT_DATA', reason: 'Unchecked: Initial alarm creation' };
  return { alarm, evaluation, transitioned: at, updated: at };
}

function moveTo(before: AlarmNow, evaluation: Evaluation, at: number): AlarmNow {
  const { state, trouble } = before.evaluation;
  const isSame = state === evaluation.state;
  // What is said stays as it was while the state does, as in CloudWatch.
  if (isSame && trouble === evaluation.trouble) return before;
  return { ...before, evaluation, transitioned: isSame ? before.transitioned : at, updated: at };
}

function compose(
  { region, children }: CompositeRangeAlarm,
  states: ReadonlyMap<string, AlarmNow>,
): Evaluation {
  const alarmed = children.filter(
    (name) => states.get(keyOf({ region, name }))?.evaluation.state === 'ALARM',
  );
  return alarmed.length === 0
    ? { state: 'OK', reason: `No child alarm is in ALARM: ${children.join(', ')}` }
    : { state: 'ALARM', reason: `In ALARM: ${alarmed.join(', ')}` };
}

function isMoved({ region, children }: CompositeRangeAlarm, moved: ReadonlySet<string>): boolean {
  return children.some((name) => moved.has(keyOf({ region, name })));
}

function keyOf({ region, name }: Pick<MeasuredAlarm, 'region' | 'name'>): string {
  return `${region} ${name}`;
}
