import type { CompositeRangeAlarm, Evaluation, MeasuredAlarm } from '../../../src/range/cloudwatch/alarm.ts';

export const REGION = 'eu-west-1';
export const FINE: Evaluation = { state: 'OK', reason: 'all is well' };
export const BAD: Evaluation = { state: 'ALARM', reason: 'too many errors' };

/** An alarm whose evaluation a test can change at any time. */
export interface Switch {
  readonly alarm: MeasuredAlarm;
  turn(evaluation: Evaluation): void;
}

export function switchable(name: string, changes: Partial<MeasuredAlarm> = {}): Switch {
  let now = FINE;
  return {
    alarm: { kind: 'metric', name, region: REGION, measure: {}, evaluate: () => now, ...changes },
    turn: (evaluation) => {
      now = evaluation;
    },
  };
}

export function composite(name: string, children: readonly string[]): CompositeRangeAlarm {
  return { kind: 'composite', name, region: REGION, children };
}

/** A clock in the hands of a test, milliseconds since 1970. */
export function handClock(): { readonly clock: () => number; pass(milliseconds: number): void } {
  let now = Date.UTC(2026, 0, 1);
  return {
    clock: () => now,
    pass: (milliseconds) => {
      now += milliseconds;
    },
  };
}
