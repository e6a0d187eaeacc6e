import type { Observation } from '../../src/checks/check.ts';
import type { GateContext, GateState, Gates } from '../../src/operations/bake/gates.ts';
import { checkTrial } from '../../src/operations/smoke/smoke-trial.ts';
import { PlatformError } from '../../src/runner/errors.ts';
import type { AlarmReading } from '../../src/signals/port.ts';
import { httpCheck } from '../checks/sample.ts';
import { type Stage, setStage } from './stage.ts';

/** One look of a script: the state of the alarm, and of the check. */
export interface Scene {
  readonly alarm: GateState;
  readonly check: Exclude<GateState, 'unreadable'>;
}

export const WELL: Scene = { alarm: 'open', check: 'open' };
export const ALARMED: Scene = { alarm: 'closed', check: 'open' };
export const BROKEN: Scene = { alarm: 'open', check: 'closed' };
export const BLIND: Scene = { alarm: 'unreadable', check: 'open' };
/** What is said of the alarm then. */
export const IN_ALARM = 'alarm web-5xx is in ALARM since 2026-01-01T10:00:00.000Z: too many errors';

export interface BakeStage extends Omit<Stage, 'context'> {
  readonly context: GateContext;
  /** What the script is watched with: the alarm `web-5xx` and the check `home` at the balancer. */
  readonly gates: Gates;
  /** Milliseconds since the beginning at which the alarm was read. */
  readonly looks: readonly number[];
  /** Times at which the check was made. */
  readonly checks: readonly number[];
  /** Is called at each reading of the alarm, before it is answered. */
  during: (look: number) => void;
  /** What the alarm's reading is made of, at each look. */
  answer: (scene: Scene, names: readonly string[]) => readonly AlarmReading[];
  /** Milliseconds that a check takes. */
  checkTakes: number;
}

/** Surroundings in which gates are as a script says: one scene for each look, and the last one from then on. */
export function setBakeStage(script: readonly Scene[]): BakeStage {
  const stage = setStage();
  const looks: number[] = [];
  const checks: number[] = [];
  const scene = (): Scene => script[Math.min(looks.length, script.length) - 1] ?? WELL;
  const set: BakeStage = {
    ...stage,
    gates: {
      alarms: ['web-5xx'],
      trials: [checkTrial(httpCheck(), '')],
      targets: [{ host: 'i-1', base: 'http://web.example:80', subject: 'the balancer' }],
    },
    looks,
    checks,
    during: () => undefined,
    answer: ({ alarm }, names) => names.map((name) => alarmIn(name, alarm)),
    checkTakes: 0,
    context: {
      ...stage.context,
      alarms: {
        read: async (names) => {
          looks.push(stage.elapsed());
          set.during(looks.length);
          if (scene().alarm === 'unreadable')
            throw new PlatformError('Could not read the alarms: no answer.');
          return set.answer(scene(), names);
        },
      },
      ask: async (asked) => {
        checks.push(stage.elapsed());
        stage.pass(set.checkTakes);
        return asked.map(() => answerOf(scene()));
      },
    },
  };
  return set;
}

export function alarmIn(name: string, state: GateState): AlarmReading {
  const since = '2026-01-01T10:00:00.000Z';
  const alarm = { kind: 'found', name, type: 'metric', since } as const;
  return state === 'open'
    ? { ...alarm, state: 'ok', reason: 'all is well' }
    : { ...alarm, state: 'alarm', reason: 'too many errors' };
}

function answerOf({ check }: Scene): Observation {
  return { kind: 'http', status: check === 'open' ? 200 : 503, headers: {}, body: '', milliseconds: 20 };
}
