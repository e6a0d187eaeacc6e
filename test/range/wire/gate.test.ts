import { describe, expect, test } from '@jest/globals';
import { createGate, RATES } from '../../../src/range/wire/gate.ts';

const READ = { scope: 'elasticloadbalancing', operation: 'DescribeTargetHealth', region: 'us-east-1' };
const CHANGE = { ...READ, operation: 'DeregisterTargets' };

function openGate(throttling = true) {
  let now = 0;
  const gate = createGate({ throttling, clock: () => now });
  gate.open();
  const admitted = (call: typeof READ, times: number): number => {
    let count = 0;
    for (let index = 0; index < times; index++) {
      try {
        gate.admit(call);
        count += 1;
      } catch {
        // refused
      }
    }
    return count;
  };
  return {
    gate,
    admitted,
    wait(time: number) {
      now += time;
    },
  };
}

describe('a gate', () => {
  test('lets a full bucket through at once, then as many as flow in', () => {
    const { admitted, wait } = openGate();
    expect(admitted(READ, 100)).toBe(40);
    wait(100);
    expect(admitted(READ, 100)).toBe(1);
    wait(1_000);
    expect(admitted(READ, 100)).toBe(10);
    wait(3_600_000);
    expect(admitted(READ, 100)).toBe(40);
  });

  test('has a bucket for reading and one for changing, of each service in each region', () => {
    const { admitted } = openGate();
    expect(admitted(READ, 41)).toBe(RATES.read.burst);
    expect(admitted(CHANGE, 41)).toBe(RATES.change.burst);
    expect(admitted({ ...READ, region: 'eu-west-1' }, 41)).toBe(RATES.read.burst);
    expect(admitted({ ...READ, scope: 'ssm' }, 41)).toBe(RATES.read.burst);
    expect(admitted({ ...READ, operation: 'DescribeLoadBalancers' }, 1)).toBe(0);
  });

  test('has one bucket of Route 53 for the whole world, reading and changing alike', () => {
    const { admitted, wait } = openGate();
    const list = { scope: 'route53', operation: 'ListResourceRecordSets', region: 'us-east-1' };
    expect(admitted(list, 30)).toBe(30);
    expect(admitted({ ...list, operation: 'ChangeResourceRecordSets', region: 'eu-west-1' }, 30)).toBe(20);
    wait(1_000);
    expect(admitted(list, 30)).toBe(10);
    expect(admitted(READ, 1)).toBe(1);
  });

  test.each([
    ['elasticloadbalancing', 'Throttling'],
    ['autoscaling', 'Throttling'],
    ['ssm', 'ThrottlingException'],
    ['route53', 'Throttling'],
  ])('refuses as %s does', (scope, code) => {
    const { gate, admitted } = openGate();
    admitted({ ...READ, scope }, 50);
    expect(() => gate.admit({ ...READ, scope })).toThrow(
      expect.objectContaining({ code, message: 'Rate exceeded', status: 400 }),
    );
  });

  test('refuses nothing when it does not throttle, and never a service without a limit', () => {
    expect(openGate(false).admitted(READ, 1_000)).toBe(1_000);
    expect(openGate().admitted({ ...READ, scope: 'sts', operation: 'GetCallerIdentity' }, 1_000)).toBe(1_000);
    expect(openGate().admitted({ ...READ, scope: 'ec2', operation: 'DescribeInstances' }, 1_000)).toBe(1_000);
  });

  test('counts from its opening on, refused calls included', () => {
    const closed = createGate({ throttling: true, clock: () => 0 });
    closed.admit(READ);
    expect(closed.calls()).toEqual({});
    const { gate, admitted } = openGate();
    admitted(READ, 50);
    admitted(CHANGE, 2);
    expect(gate.calls()).toEqual({ DescribeTargetHealth: 50, DeregisterTargets: 2 });
  });
});
