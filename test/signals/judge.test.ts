import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { alarmNameProblems, judgeAlarms } from '../../src/signals/judge.ts';
import type { AlarmReading, FoundAlarm } from '../../src/signals/port.ts';

const SINCE = '2026-01-01T10:00:00.000Z';
const LATER = '2026-01-01T10:05:00.000Z';

function found(name: string, changes: Partial<FoundAlarm> = {}): FoundAlarm {
  return { kind: 'found', name, type: 'metric', state: 'ok', since: SINCE, reason: 'so it is', ...changes };
}

function judgeOne(reading: AlarmReading, before: readonly AlarmReading[] = []) {
  return judgeAlarms(['web'], [reading], before)[0];
}

describe('a gate', () => {
  test('is open for an alarm that is OK', () => {
    expect(judgeOne(found('web'))).toEqual({ name: 'web', open: true, seen: `is OK since ${SINCE}` });
  });

  test.each<[string, AlarmReading, string]>([
    ['in ALARM', found('web', { state: 'alarm' }), `is in ALARM since ${SINCE}: so it is`],
    [
      'without data',
      found('web', { state: 'insufficient-data' }),
      `has INSUFFICIENT_DATA since ${SINCE}: so it is`,
    ],
    ['in a state unheard of', found('web', { state: 'unknown', reason: 'MUTED, so it is' }), 'does not know'],
    ['judged by part of its data', found('web', { evaluation: 'PARTIAL_DATA' }), 'not sound: PARTIAL_DATA'],
    ['badly evaluated', found('web', { evaluation: 'EVALUATION_ERROR' }), 'not sound: EVALUATION_ERROR'],
    [
      'missing',
      { kind: 'missing', name: 'web', region: 'eu-west-1' },
      'does not exist in eu-west-1; check its name',
    ],
    ['another one', found('Web'), 'was asked for and not spoken of'],
  ])('is closed for an alarm that is %s', (_, reading, words) => {
    const verdict = judgeOne(reading);
    expect(verdict?.open).toBe(false);
    expect(verdict?.seen).toContain(words);
  });

  test('is closed when there are two alarms of the name, even if both are OK', () => {
    const both = [found('web'), found('web', { type: 'composite' })];
    expect(judgeAlarms(['web'], both)).toMatchObject([
      { open: false, seen: expect.stringContaining('2 times') },
    ]);
  });

  test('is closed when the alarm left OK and came back between two looks', () => {
    expect(judgeOne(found('web'), [found('web')])?.open).toBe(true);
    const verdict = judgeOne(found('web', { since: LATER }), [found('web')]);
    expect(verdict).toMatchObject({ open: false, seen: expect.stringContaining('in between it was not') });
  });

  test('is open when the alarm was not OK at the look before and is now', () => {
    const before = [found('web', { state: 'alarm' })];
    expect(judgeOne(found('web', { since: LATER }), before)?.open).toBe(true);
  });
});

describe('whatever is read', () => {
  const names = fc.uniqueArray(fc.constantFrom('web', 'Web', 'WEB', 'api', 'web '), { minLength: 1 });
  const alarm: fc.Arbitrary<AlarmReading> = fc.oneof(
    fc.record({
      kind: fc.constant('missing' as const),
      name: fc.constantFrom('web', 'Web', 'api'),
      region: fc.constant('eu-west-1'),
    }),
    fc
      .record({
        name: fc.constantFrom('web', 'Web', 'WEB', 'api', 'web '),
        state: fc.constantFrom('ok', 'ok', 'ok', 'alarm', 'insufficient-data', 'unknown'),
        evaluation: fc.constantFrom(undefined, undefined, undefined, 'PARTIAL_DATA', 'NEWS'),
        since: fc.constantFrom(SINCE, LATER),
      })
      .map(({ name, state, evaluation, since }) =>
        found(name, { state, since, ...(evaluation === undefined ? {} : { evaluation }) }),
      ),
  );
  const readings = fc.array(alarm, { maxLength: 8 });

  test('a gate is open only for exactly one sound OK of exactly its name', () => {
    fc.assert(
      fc.property(names, readings, readings, (asked, now, before) => {
        const verdicts = judgeAlarms(asked, now, before);
        expect(verdicts.map(({ name }) => name)).toEqual(asked);
        for (const { name, open, seen } of verdicts) {
          const mine = now.filter((each) => each.name === name);
          const well = mine.every(
            (each) => each.kind === 'found' && each.state === 'ok' && each.evaluation === undefined,
          );
          if (open) expect([mine.length, well]).toEqual([1, true]);
          expect(seen).not.toBe('');
        }
      }),
    );
  });

  test('without a look before, that is enough', () => {
    fc.assert(
      fc.property(names, readings, (asked, now) => {
        for (const { name, open } of judgeAlarms(asked, now)) {
          const mine = now.filter((each) => each.name === name);
          const [only] = mine;
          const well = only?.kind === 'found' && only.state === 'ok' && only.evaluation === undefined;
          expect(open).toBe(mine.length === 1 && well);
        }
      }),
    );
  });

  test('what is said of other alarms changes nothing', () => {
    fc.assert(
      fc.property(readings, (now) => {
        const mine = now.filter(({ name }) => name === 'web');
        expect(judgeAlarms(['web'], now)).toEqual(judgeAlarms(['web'], mine));
      }),
    );
  });
});

describe('names', () => {
  test('may be many, and differ by letter case alone', () => {
    expect(alarmNameProblems([])).toEqual([]);
    expect(alarmNameProblems(['web 5xx', 'Web 5xx', 'arn-of-web', 'x'.repeat(255)])).toEqual([]);
  });

  test.each([
    [['web', 'api', 'web', 'web'], 'alarm web is named more than once'],
    [[''], 'an alarm name is empty'],
    [[' '], 'an alarm name is empty'],
    [['web '], '"web " begins or ends with a blank'],
    [['arn:aws:cloudwatch:eu-west-1:111122223333:alarm:web'], 'is an ARN'],
    [['x'.repeat(256)], 'has 256 characters'],
  ])('%j are refused', (names, problem) => {
    expect(alarmNameProblems(names)).toEqual([expect.stringContaining(problem)]);
  });
});
