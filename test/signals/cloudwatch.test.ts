import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DescribeAlarmsInput } from '@aws-sdk/client-cloudwatch';
import * as sdk from '@aws-sdk/client-cloudwatch';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RangeAlarm } from '../../src/range/cloudwatch/alarm.ts';
import { cloudWatchService } from '../../src/range/cloudwatch/service.ts';
import { type Service, WireError } from '../../src/range/wire/service.ts';
import { CancelledError, PlatformError, UserError } from '../../src/runner/errors.ts';
import { createCloudWatchAlarms } from '../../src/signals/cloudwatch.ts';
import type { AlarmReading } from '../../src/signals/port.ts';
import { useEndpoint } from '../hosts/aws-environment.ts';
import { BAD, composite, FINE, handClock, REGION, switchable } from '../range/cloudwatch/support.ts';
import { failure, type Setting, startSetting } from '../range/wire/builder.ts';

let setting: Setting;
let alarms: readonly RangeAlarm[];
let calls: readonly DescribeAlarmsInput[];
const time = handClock();

beforeEach(async () => {
  alarms = [];
  calls = [];
  const { operations, ...service } = cloudWatchService({ alarms: () => alarms, clock: time.clock });
  const real = operations['DescribeAlarms'];
  await serve({
    ...service,
    operations: {
      DescribeAlarms(input: DescribeAlarmsInput, call) {
        calls = [...calls, input];
        return real?.(input as never, call) ?? {};
      },
    },
  });
});
afterEach(() => setting.endpoint.stop());

async function serve(service: Service): Promise<void> {
  await setting?.endpoint.stop();
  setting = await startSetting([service]);
  useEndpoint(setting.endpoint.url);
}

/** A service that answers as told. */
function answering(DescribeAlarms: (input: DescribeAlarmsInput) => object): Service {
  return { scope: 'monitoring', sdk, operations: { DescribeAlarms } };
}

function read(
  names: readonly string[],
  signal = new AbortController().signal,
): Promise<readonly AlarmReading[]> {
  return createCloudWatchAlarms({ region: REGION }).read(names, signal);
}

describe('reading alarms', () => {
  test('gives one reading for each name, in their order, whatever the kind', async () => {
    const web = switchable('web');
    web.turn(BAD);
    const partial = switchable('partial');
    alarms = [web.alarm, partial.alarm, switchable('logs', { kind: 'log' }).alarm, composite('any', ['web'])];
    const since = new Date(time.clock()).toISOString();
    await read(['partial']);
    // An update that leaves the state as it is does not move the time since when it is in it.
    partial.turn({ ...FINE, trouble: 'PARTIAL_DATA' });
    time.pass(1_000);
    const well = { kind: 'found', state: 'ok', since, reason: 'all is well' };
    expect(await read(['any', 'nobody', 'logs', 'partial', 'Web', 'web'])).toEqual([
      { kind: 'found', name: 'any', type: 'composite', state: 'alarm', since, reason: 'In ALARM: web' },
      { kind: 'missing', name: 'nobody', region: REGION },
      { ...well, name: 'logs', type: 'log' },
      { ...well, name: 'partial', type: 'metric', evaluation: 'PARTIAL_DATA' },
      { kind: 'missing', name: 'Web', region: REGION },
      { kind: 'found', name: 'web', type: 'metric', state: 'alarm', since, reason: 'too many errors' },
    ]);
  });

  test('is one call when no kind is unusual and nothing is missing', async () => {
    alarms = [switchable('web').alarm, composite('any', ['web'])];
    await read(['web', 'any']);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      AlarmNames: ['web', 'any'],
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
    });
  });

  test('takes as many calls as names and pages need', async () => {
    const names = Array.from({ length: 250 }, (_, index) => `alarm ${index}`);
    await serve(
      answering(({ AlarmNames = [], NextToken: token = '0' }) => {
        calls = [...calls, { AlarmNames, NextToken: token }];
        const end = Number(token) + 40;
        const page = AlarmNames.slice(Number(token), end);
        return {
          MetricAlarms: page.map((AlarmName) => ({ AlarmName, StateValue: 'OK' })),
          CompositeAlarms: [],
          ...(end < AlarmNames.length ? { NextToken: String(end) } : {}),
        };
      }),
    );
    const readings = await read(names);
    expect(readings.map(({ name }) => name)).toEqual(names);
    expect(readings.every((each) => each.kind === 'found' && each.state === 'ok')).toBe(true);
    expect(Math.max(...calls.map(({ AlarmNames = [] }) => AlarmNames.length))).toBe(100);
  });

  test('keeps what it does not know apart, shortens reasons, and tells both alarms of one name', async () => {
    const StateReason = `broken\n ${'x'.repeat(300)}`;
    await serve(
      answering(() => ({
        MetricAlarms: [
          { AlarmName: 'new', StateValue: 'MUTED', StateReason },
          { AlarmName: 'twin', StateValue: 'OK' },
          { AlarmName: 'bare' },
        ],
        CompositeAlarms: [{ AlarmName: 'twin', StateValue: 'OK' }],
      })),
    );
    const readings = await read(['new', 'twin', 'bare']);
    expect(readings.map(({ name }) => name)).toEqual(['new', 'twin', 'twin', 'bare']);
    expect(readings[0]).toMatchObject({ state: 'unknown', reason: `MUTED, broken ${'x'.repeat(186)}` });
    expect(readings[3]).toEqual({
      kind: 'found',
      name: 'bare',
      type: 'metric',
      state: 'unknown',
      reason: 'no state, ',
    });
  });
});

describe('alarms that cannot be read', () => {
  test('because it is not allowed: the user gets the permission to add', async () => {
    await serve(
      answering(() => {
        throw new WireError(
          'AccessDenied',
          'User is not authorized to perform: cloudwatch:DescribeAlarms',
          403,
        );
      }),
    );
    const error = await failure(read(['web', 'api']));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(/^Could not read the alarms web, api: AWS does not allow it/);
    expect(error.message).toContain(
      'Add the action cloudwatch:DescribeAlarms on * to the policy of the role',
    );
  });

  test('because CloudWatch fails: told after three attempts', async () => {
    await serve(
      answering((input) => {
        calls = [...calls, input];
        throw new WireError('InternalFailure', 'try later', 500);
      }),
    );
    const error = await failure(read(['web']));
    expect(error).toBeInstanceOf(PlatformError);
    expect(error.message).toContain('Could not read the alarms web: AWS answered');
    expect(calls).toHaveLength(3);
  });

  test('because it is cancelled: at once', async () => {
    const server = createServer(() => cancellation.abort(new CancelledError('Cancelled by SIGTERM.')));
    const cancellation = new AbortController();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    useEndpoint(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const error = await failure(read(['web'], cancellation.signal));
    server.closeAllConnections();
    server.close();
    expect(error).toBeInstanceOf(CancelledError);
  });
});
