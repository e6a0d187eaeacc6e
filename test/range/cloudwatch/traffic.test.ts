import { describe, expect, test } from '@jest/globals';
import { errorShareAlarm } from '../../../src/range/cloudwatch/alarm.ts';
import { createTraffic } from '../../../src/range/cloudwatch/traffic.ts';
import { handClock, REGION } from './support.ts';

describe('traffic', () => {
  test('is counted by subject and time, server errors apart', () => {
    const { clock, pass } = handClock();
    const began = clock();
    const traffic = createTraffic(clock);
    for (const status of [200, 404, 499, 500, 503]) traffic.count('web', status);
    traffic.count('api', 500);
    pass(1_000);
    traffic.count('web', 200);
    pass(100);
    const now = clock();
    expect(traffic.between('web', began, now)).toEqual({ requests: 6, serverErrors: 2 });
    expect(traffic.between('web', began + 100, now)).toEqual({ requests: 1, serverErrors: 0 });
    expect(traffic.between('web', began, began + 1_000)).toEqual({ requests: 5, serverErrors: 2 });
    expect(traffic.between('nobody', began, now)).toEqual({ requests: 0, serverErrors: 0 });
  });

  test('is forgotten after ten minutes', () => {
    const { clock, pass } = handClock();
    const began = clock();
    const traffic = createTraffic(clock);
    traffic.count('web', 200);
    pass(599_900);
    traffic.count('web', 200);
    expect(traffic.between('web', began, clock() + 100)).toMatchObject({ requests: 2 });
    pass(200);
    traffic.count('web', 200);
    expect(traffic.between('web', began, clock() + 100)).toMatchObject({ requests: 2 });
  });
});

describe('the alarm of the share of errors', () => {
  function setUp() {
    const time = handClock();
    const traffic = createTraffic(time.clock);
    const alarm = errorShareAlarm({
      name: 'web-5xx',
      region: REGION,
      subjects: ['web', 'api'],
      traffic,
      window: 5_000,
      threshold: 10,
    });
    const answer = (status: number, times: number) => {
      for (let each = 0; each < times; each += 1) traffic.count('web', status);
    };
    return { ...time, traffic, answer, evaluate: () => alarm.evaluate(time.clock()) };
  }

  test('needs traffic, and is about the last seconds only', () => {
    const { answer, pass, evaluate } = setUp();
    expect(evaluate()).toEqual({
      state: 'INSUFFICIENT_DATA',
      reason: 'Insufficient Data: 1 datapoint was unknown.',
    });
    answer(500, 1);
    pass(100);
    expect(evaluate()).toMatchObject({
      state: 'ALARM',
      reason:
        'Threshold Crossed: 1 datapoint [100.0 (2026-01-01T00:00:00.100Z)] was greater than the threshold (10.0).',
    });
    answer(200, 9);
    pass(100);
    expect(evaluate()).toMatchObject({ state: 'OK', reason: expect.stringContaining('was not greater') });
    answer(500, 1);
    pass(100);
    expect(evaluate().state).toBe('ALARM');
    pass(5_000);
    expect(evaluate().state).toBe('INSUFFICIENT_DATA');
  });

  test('takes its subjects together', () => {
    const { answer, traffic, pass, evaluate } = setUp();
    answer(500, 1);
    for (let each = 0; each < 9; each += 1) traffic.count('api', 200);
    traffic.count('other', 500);
    pass(100);
    expect(evaluate()).toMatchObject({ state: 'OK', reason: expect.stringContaining('[10.0 ') });
  });
});
