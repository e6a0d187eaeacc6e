import { describe, expect, test } from '@jest/globals';
import { type BakeOutcome, type BakeRequest, bake } from '../../../src/operations/bake/bake.ts';
import type { Gates } from '../../../src/operations/bake/gates.ts';
import { CancelledError, UserError } from '../../../src/runner/errors.ts';
import type { AlarmReading } from '../../../src/signals/port.ts';
import {
  ALARMED,
  alarmIn,
  type BakeStage,
  BLIND,
  BROKEN,
  IN_ALARM,
  setBakeStage,
  WELL,
} from '../bake-stage.ts';

const MISSING: AlarmReading = { kind: 'missing', name: 'web-5xx', region: 'eu-west-1' };

function tryBake(stage: BakeStage, changes: Partial<BakeRequest> = {}): Promise<BakeOutcome> {
  return bake(stage.context, { ...stage.gates, stable: 60_000, every: 10_000, ...changes });
}

function problemOf(outcome: BakeOutcome): string {
  return outcome.kind === 'failed' ? outcome.problem : 'none: it passed';
}

describe('a bake in which all is well', () => {
  test('reads everything again and again, the last time when the time is over', async () => {
    const stage = setBakeStage([WELL]);
    const outcome = await tryBake(stage, { stable: 25_000 });
    expect(stage.looks).toEqual([0, 10_000, 20_000, 25_000]);
    expect(stage.checks).toEqual(stage.looks);
    expect(outcome).toEqual({
      kind: 'passed',
      evidence: {
        began: '1970-01-01T00:16:40.000Z',
        ended: '1970-01-01T00:17:05.000Z',
        stable: 25_000,
        every: 10_000,
        readings: 4,
        gates: [
          {
            gate: 'alarm web-5xx',
            open: 4,
            closed: 0,
            unreadable: 0,
            last: moment('1970-01-01T00:17:05.000Z', 'alarm web-5xx is OK since 2026-01-01T10:00:00.000Z'),
            transitions: [
              moment('1970-01-01T00:16:40.000Z', 'alarm web-5xx is OK since 2026-01-01T10:00:00.000Z'),
            ],
          },
          {
            gate: 'check home at the balancer (GET http://web.example:80/)',
            open: 4,
            closed: 0,
            unreadable: 0,
            last: moment('1970-01-01T00:17:05.000Z', expect.stringContaining('passed: 200')),
            transitions: [moment('1970-01-01T00:16:40.000Z', expect.stringContaining('passed: 200'))],
          },
        ],
      },
    });
  });

  function moment(at: string, seen: unknown) {
    return { at, state: 'open', seen };
  }

  test('says what is watched, now and then how long it still takes, and how it ended', async () => {
    const stage = setBakeStage([WELL]);
    await tryBake(stage, { stable: 180_000 });
    expect(stage.lines).toEqual([
      'baking for 3m: watching alarm web-5xx and check home at the balancer every 10s',
      '2 of 2 gates open; 3m more',
      '2 of 2 gates open; 2m more',
      '2 of 2 gates open; 60s more',
      'all gates open: 2, at 19 readings',
    ]);
  });

  test('reads once when it has no duration', async () => {
    const stage = setBakeStage([WELL]);
    expect(await tryBake(stage, { stable: 0 })).toMatchObject({
      kind: 'passed',
      evidence: { readings: 1 },
    });
    expect(stage.elapsed()).toBe(0);
  });

  test('reads once more when the time ran out during a reading', async () => {
    const stage = setBakeStage([WELL]);
    stage.checkTakes = 7_000;
    expect(await tryBake(stage, { stable: 5_000 })).toMatchObject({ kind: 'passed' });
    expect(stage.looks).toEqual([0, 7_000]);
  });

  test('reads every ten seconds unless told otherwise', async () => {
    const stage = setBakeStage([WELL]);
    await bake(stage.context, { ...stage.gates, stable: 20_000 });
    expect(stage.looks).toEqual([0, 10_000, 20_000]);
  });

  test('waits the time out when nothing is named, and warns of it', async () => {
    const stage = setBakeStage([WELL]);
    const nothing: Gates = { alarms: [], trials: [], targets: [] };
    expect(await tryBake(stage, nothing)).toMatchObject({ kind: 'passed', evidence: { gates: [] } });
    expect(stage.elapsed()).toBe(60_000);
    expect(stage.lines[0]).toBe(
      'warning: Nothing is watched in the 60s to come: no alarm and no check is named.',
    );
    expect(stage.looks).toEqual([]);
  });
});

describe('a gate that closes', () => {
  test('ends it at once: an alarm, without another check', async () => {
    const stage = setBakeStage([WELL, WELL, ALARMED]);
    const outcome = await tryBake(stage);
    expect(problemOf(outcome)).toBe(IN_ALARM);
    expect(stage.elapsed()).toBe(20_000);
    expect(stage.checks).toEqual([0, 10_000]);
    expect(outcome.evidence).toMatchObject({
      readings: 3,
      gates: [
        { open: 2, closed: 1, transitions: [{ state: 'open' }, { state: 'closed', seen: IN_ALARM }] },
        { open: 2 },
      ],
    });
  });

  test('ends it at once: a check', async () => {
    const outcome = await tryBake(setBakeStage([WELL, BROKEN]));
    expect(problemOf(outcome)).toMatch(/^smoke test home at the balancer saw 503 .*, expected status 200/);
  });

  test('ends it also at the very first and at the very last reading', async () => {
    expect(problemOf(await tryBake(setBakeStage([ALARMED])))).toBe(IN_ALARM);
    const stage = setBakeStage([WELL, ALARMED]);
    expect(problemOf(await tryBake(stage, { stable: 10_000 }))).toBe(IN_ALARM);
    expect(stage.elapsed()).toBe(10_000);
  });

  test.each<[string, readonly AlarmReading[], string]>([
    ['vanishes', [MISSING], 'alarm web-5xx does not exist in eu-west-1'],
    ['is not answered for', [], 'alarm web-5xx was asked for and not spoken of'],
    [
      'runs out of data',
      [{ ...alarmIn('web-5xx', 'open'), state: 'insufficient-data' } as AlarmReading],
      'INSUFFICIENT_DATA',
    ],
    [
      'is badly evaluated',
      [{ ...alarmIn('web-5xx', 'open'), evaluation: 'PARTIAL_DATA' } as AlarmReading],
      'PARTIAL_DATA',
    ],
    [
      'left OK and came back between two readings',
      [{ ...alarmIn('web-5xx', 'open'), since: '2026-01-01T10:00:01.000Z' } as AlarmReading],
      'in between it was not',
    ],
  ])('is also an alarm that %s', async (_, readings, words) => {
    const stage = setBakeStage([WELL, WELL, BROKEN]);
    stage.answer = (scene, names) =>
      scene === BROKEN ? readings : names.map((name) => alarmIn(name, 'open'));
    const outcome = await tryBake(stage);
    expect(problemOf(outcome)).toContain(words);
    expect(stage.elapsed()).toBe(20_000);
  });

  test('is named with every other that is closed at the same time', async () => {
    const stage = setBakeStage([ALARMED]);
    const problem = problemOf(await tryBake(stage, { alarms: ['web-5xx', 'web-latency'] }));
    expect(problem.split('\n')).toEqual([IN_ALARM, IN_ALARM.replace('web-5xx', 'web-latency')]);
  });

  test('does not count before its time when that is borne', async () => {
    const stage = setBakeStage([WELL, ALARMED, ALARMED, WELL, ALARMED, WELL]);
    const outcome = await tryBake(stage, { tolerate: 3 });
    expect(outcome).toMatchObject({ kind: 'passed', evidence: { gates: [{ open: 4, closed: 3 }, {}] } });
    expect(stage.lines).toContain(`${IN_ALARM}; looking again before it counts`);
    expect(stage.lines).toContain('alarm web-5xx is OK since 2026-01-01T10:00:00.000Z');
    const last = setBakeStage([WELL, ALARMED, ALARMED, ALARMED]);
    expect(problemOf(await tryBake(last, { tolerate: 3 }))).toBe(`${IN_ALARM} (3 readings in a row)`);
    expect(last.elapsed()).toBe(30_000);
  });

  test('counts on when it cannot be read in between', async () => {
    const stage = setBakeStage([WELL, ALARMED, BLIND, ALARMED, WELL]);
    expect(problemOf(await tryBake(stage, { tolerate: 2 }))).toBe(`${IN_ALARM} (2 readings in a row)`);
    expect(stage.elapsed()).toBe(30_000);
  });

  test('is looked at beyond the time while it is borne, never passed over', async () => {
    const stage = setBakeStage([WELL, ALARMED, WELL]);
    expect(await tryBake(stage, { stable: 10_000, tolerate: 2 })).toMatchObject({ kind: 'passed' });
    expect(stage.looks).toEqual([0, 10_000, 20_000]);
  });

  test('in turn with another one does not keep it going for ever', async () => {
    const script = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? ALARMED : BROKEN));
    const stage = setBakeStage(script);
    const problem = problemOf(await tryBake(stage, { stable: 10_000, tolerate: 2 }));
    expect(problem).toContain('no reading after the time was over found every gate open');
    expect(stage.elapsed()).toBeLessThanOrEqual(60_000);
  });
});

describe('alarms that cannot be read', () => {
  test('are read again, and it goes on', async () => {
    const stage = setBakeStage([WELL, BLIND, BLIND, WELL]);
    const outcome = await tryBake(stage);
    expect(outcome).toMatchObject({ kind: 'passed', evidence: { gates: [{ unreadable: 2 }, { open: 7 }] } });
  });

  test('end it when they cannot be read three times in a row', async () => {
    const stage = setBakeStage([WELL, BLIND]);
    const problem = problemOf(await tryBake(stage, { alarms: ['web-5xx', 'web-latency'] }));
    expect(problem).toBe('Could not read the alarms: no answer. (3 readings in a row)');
    expect(stage.elapsed()).toBe(30_000);
  });

  test('do not let it pass at its end', async () => {
    const stage = setBakeStage([WELL, BLIND, BLIND, WELL]);
    expect(await tryBake(stage, { stable: 10_000 })).toMatchObject({ kind: 'passed' });
    expect(stage.looks).toEqual([0, 10_000, 20_000, 30_000]);
    const never = setBakeStage([WELL, BLIND]);
    expect(await tryBake(never, { stable: 10_000 })).toMatchObject({ kind: 'failed' });
  });

  test('end it at once when only a person can mend it', async () => {
    const stage = setBakeStage([WELL]);
    stage.during = (look) => {
      if (look === 2) throw new UserError('Could not read the alarms: AWS does not allow it.');
    };
    expect(problemOf(await tryBake(stage))).toBe('Could not read the alarms: AWS does not allow it.');
    expect(stage.elapsed()).toBe(10_000);
  });

  test('hide nothing: one that left OK meanwhile is seen afterwards', async () => {
    const stage = setBakeStage([WELL, BLIND, WELL]);
    stage.answer = (_, names) => {
      const since = `2026-01-01T10:00:0${stage.looks.length === 1 ? 0 : 1}.000Z`;
      return names.map((name) => ({ ...alarmIn(name, 'open'), since }) as AlarmReading);
    };
    expect(problemOf(await tryBake(stage))).toContain('in between it was not');
  });

  test('because of a defect of the program are no reading at all', async () => {
    const stage = setBakeStage([WELL]);
    stage.during = () => {
      throw new TypeError('a defect');
    };
    await expect(tryBake(stage)).rejects.toThrow(TypeError);
  });
});

describe('a cancellation', () => {
  test.each([1, 3, 7])('is honoured at once, at look %i', async (at) => {
    const stage = setBakeStage([WELL]);
    stage.during = (look) => {
      if (look === at) stage.cancel();
    };
    await expect(tryBake(stage)).rejects.toThrow(CancelledError);
    expect(stage.looks).toHaveLength(at);
    expect(stage.checks).toHaveLength(at - 1);
  });

  test('wins over a reading that fails because of it', async () => {
    const stage = setBakeStage([BLIND]);
    stage.during = () => stage.cancel();
    await expect(tryBake(stage)).rejects.toThrow(CancelledError);
    expect(stage.checks).toEqual([]);
  });
});
