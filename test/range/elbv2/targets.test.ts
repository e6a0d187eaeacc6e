import { describe, expect, test } from '@jest/globals';
import {
  afterCheck,
  beginChecks,
  type CheckOutcome,
  drain,
  endOf,
  isShown,
  type Phase,
  REGISTERING,
  shownHealth,
} from '../../../src/range/elbv2/targets.ts';
import { draining, PHASES } from './support.ts';

function shown(phase: Phase) {
  return shownHealth(phase, { type: 'application', keepsConnections: false });
}

const thresholds = { healthy: 3, unhealthy: 2 };
const passed: CheckOutcome = { passed: true };
const failed: CheckOutcome = {
  passed: false,
  failure: {
    reason: 'Target.ResponseCodeMismatch',
    description: 'Health checks failed with these codes: [500]',
  },
};

function checked(phase: Phase, ...outcomes: readonly CheckOutcome[]): Phase {
  return outcomes.reduce((current, outcome) => afterCheck(current, outcome, thresholds), phase);
}

describe('a registration', () => {
  test('is in progress until the checks begin', () => {
    expect(shown(REGISTERING)).toMatchObject({
      State: 'initial',
      Reason: 'Elb.RegistrationInProgress',
    });
    expect(shown(beginChecks(REGISTERING))).toMatchObject({
      State: 'initial',
      Reason: 'Elb.InitialHealthChecking',
    });
  });

  test('is healthy after one pass, whatever the threshold, and shows no reason', () => {
    expect(shown(checked(PHASES.checking, passed))).toEqual({ State: 'healthy' });
  });

  test('is healthy after a failure and a pass', () => {
    expect(checked(PHASES.checking, failed).kind).toBe('checking');
    expect(checked(PHASES.checking, failed, passed).kind).toBe('healthy');
  });

  test('is unhealthy after the threshold of failures, with the reason of the last', () => {
    expect(shown(checked(PHASES.checking, failed, failed))).toEqual({
      State: 'unhealthy',
      Reason: 'Target.ResponseCodeMismatch',
      Description: 'Health checks failed with these codes: [500]',
    });
  });

  test('keeps what it is when checks begin again', () => {
    expect(beginChecks(PHASES.unhealthy)).toBe(PHASES.unhealthy);
  });
});

describe('a healthy target', () => {
  test('survives single failures: only consecutive ones count', () => {
    expect(checked(PHASES.healthy, failed, passed, failed).kind).toBe('healthy');
    expect(checked(PHASES.healthy, failed, failed).kind).toBe('unhealthy');
  });
});

describe('an unhealthy target', () => {
  test('needs the threshold of consecutive passes', () => {
    expect(checked(PHASES.unhealthy, passed, passed).kind).toBe('unhealthy');
    expect(checked(PHASES.unhealthy, passed, passed, failed, passed).kind).toBe('unhealthy');
    expect(checked(PHASES.unhealthy, passed, passed, passed).kind).toBe('healthy');
  });
});

describe('a draining target', () => {
  const times = { until: 800, leavesAt: new Map([['a', 150]]) };

  test('remembers whether nodes sent it requests', () => {
    expect(drain(PHASES.healthy, times).wasHealthy).toBe(true);
    expect(drain(PHASES.unhealthy, times).wasHealthy).toBe(false);
    expect(drain(PHASES.checking, times).wasHealthy).toBe(false);
  });

  test('keeps its times when it is deregistered again', () => {
    const first = drain(PHASES.healthy, times);
    expect(drain(first, { until: 5_000, leavesAt: new Map() })).toBe(first);
  });

  test('is shown until the delay is over, and no longer', () => {
    const phase = draining({ a: 150 });
    expect(shown(phase)).toMatchObject({
      State: 'draining',
      Reason: 'Target.DeregistrationInProgress',
    });
    expect(isShown(phase, 799)).toBe(true);
    expect(isShown(phase, 800)).toBe(false);
    expect(isShown(PHASES.healthy, 1e9)).toBe(true);
  });

  test('ends when the last node has left it, when that is later than the delay', () => {
    expect(endOf(drain(PHASES.healthy, times))).toBe(800);
    expect(
      endOf(
        drain(PHASES.healthy, {
          until: 0,
          leavesAt: new Map([
            ['a', 150],
            ['b', 190],
          ]),
        }),
      ),
    ).toBe(190);
  });

  test('is not changed by a check that was under way', () => {
    const phase = draining({ a: 150 });
    expect(checked(phase, failed, failed, passed)).toBe(phase);
  });
});
