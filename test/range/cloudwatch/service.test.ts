import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  type DescribeAlarmsInput,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
  type SetAlarmStateInput,
} from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { RangeAlarm } from '../../../src/range/cloudwatch/alarm.ts';
import { cloudWatchService } from '../../../src/range/cloudwatch/service.ts';
import { failure, type Setting, sendSigned, startSetting } from '../wire/builder.ts';
import { BAD, composite, FINE, handClock, REGION, switchable } from './support.ts';

const EVERY = 1_000;
const time = handClock();
let setting: Setting;
let client: CloudWatchClient;
let web = switchable('web-5xx');
let alarms: readonly RangeAlarm[] = [];

beforeAll(async () => {
  setting = await startSetting([
    cloudWatchService({ alarms: () => alarms, every: EVERY, clock: time.clock }),
  ]);
  client = new CloudWatchClient({ ...setting.client, region: REGION });
});

beforeEach(async () => {
  alarms = [];
  await describeAlarms({});
  web = switchable('web-5xx');
  alarms = [
    web.alarm,
    switchable('Web-5xx').alarm,
    switchable('elsewhere', { region: 'us-east-1' }).alarm,
    switchable('errors-logged', { kind: 'log' }).alarm,
    composite('web', ['web-5xx', 'gone']),
  ];
  time.pass(EVERY);
});

afterAll(async () => {
  client.destroy();
  await setting.endpoint.stop();
});

function describeAlarms(input: DescribeAlarmsInput) {
  return client.send(new DescribeAlarmsCommand(input));
}

/** The one alarm of a name, whatever its kind. */
async function look(name: string) {
  const AlarmTypes: DescribeAlarmsInput['AlarmTypes'] = ['MetricAlarm', 'CompositeAlarm', 'LogAlarm'];
  const answer = await describeAlarms({ AlarmNames: [name], AlarmTypes });
  const { MetricAlarms = [], CompositeAlarms = [], LogAlarms = [] } = answer;
  const [alarm, ...others] = [...MetricAlarms, ...CompositeAlarms, ...LogAlarms];
  expect(others).toEqual([]);
  return alarm;
}

function setState(changes: Partial<SetAlarmStateInput>) {
  const input = { AlarmName: 'web-5xx', StateValue: 'ALARM', StateReason: 'a drill', ...changes } as const;
  return client.send(new SetAlarmStateCommand(input));
}

async function names(input: DescribeAlarmsInput): Promise<readonly (string | undefined)[]> {
  const { MetricAlarms = [], CompositeAlarms = [], LogAlarms = [] } = await describeAlarms(input);
  return [...MetricAlarms, ...CompositeAlarms, ...LogAlarms].map(({ AlarmName }) => AlarmName);
}

describe('DescribeAlarms', () => {
  test('shows an alarm, its state and since when', async () => {
    const since = new Date(time.clock());
    time.pass(5 * EVERY);
    expect(await look('web-5xx')).toEqual({
      AlarmName: 'web-5xx',
      AlarmArn: 'arn:aws:cloudwatch:eu-west-1:000000000000:alarm:web-5xx',
      ActionsEnabled: true,
      OKActions: [],
      AlarmActions: [],
      InsufficientDataActions: [],
      StateValue: 'OK',
      StateReason: 'all is well',
      StateTransitionedTimestamp: since,
      StateUpdatedTimestamp: since,
    });
  });

  test('shows metric alarms alone unless other kinds are asked for, and those of the region only', async () => {
    expect(await names({})).toEqual(['web-5xx', 'Web-5xx']);
    expect(await names({ AlarmTypes: ['CompositeAlarm'] })).toEqual(['web']);
    expect(await names({ AlarmTypes: ['LogAlarm', 'CompositeAlarm'] })).toEqual(['web', 'errors-logged']);
    expect((await describeAlarms({ AlarmTypes: ['CompositeAlarm'] })).CompositeAlarms?.[0]?.AlarmRule).toBe(
      'ALARM("web-5xx") OR ALARM("gone")',
    );
  });

  test('takes names, a prefix and a state', async () => {
    expect(await names({ AlarmNames: ['Web-5xx', 'elsewhere', 'nobody'] })).toEqual(['Web-5xx']);
    expect(await names({ AlarmNamePrefix: 'web' })).toEqual(['web-5xx']);
    web.turn(BAD);
    time.pass(EVERY);
    expect(await names({ StateValue: 'ALARM' })).toEqual(['web-5xx']);
    expect(await names({ StateValue: 'INSUFFICIENT_DATA' })).toEqual([]);
  });

  test('gives pages across the kinds', async () => {
    const seen: unknown[] = [];
    let NextToken: string | undefined;
    do {
      const answer = await describeAlarms({
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm', 'LogAlarm'],
        MaxRecords: 1,
        ...(NextToken === undefined ? {} : { NextToken }),
      });
      seen.push(
        [answer.MetricAlarms, answer.LogAlarms, answer.CompositeAlarms].flatMap((some) => some ?? []).length,
      );
      NextToken = answer.NextToken;
    } while (NextToken !== undefined);
    expect(seen).toEqual([1, 1, 1, 1]);
  });

  test.each<[DescribeAlarmsInput, string, string]>([
    [{ AlarmNames: ['a'], AlarmNamePrefix: 'a' }, 'ValidationException', 'cannot both be specified'],
    [{ AlarmNames: Array.from({ length: 101 }, String) }, 'ValidationException', 'at most 100'],
    [{ MaxRecords: 101 }, 'ValidationException', 'expected 1 to 100'],
    [{ NextToken: 'x' }, 'InvalidNextToken', "'x'"],
    [{ AlarmTypes: ['Alarm' as 'MetricAlarm'] }, 'ValidationException', 'MetricAlarm'],
    [{ StateValue: 'ok' as 'OK' }, 'ValidationException', 'INSUFFICIENT_DATA'],
    [{ ChildrenOfAlarmName: 'web' }, 'ValidationException', 'does not model DescribeAlarms with ChildrenOf'],
    [{ ActionPrefix: 'arn' }, 'ValidationException', 'ActionPrefix'],
  ])('refuses %j', async (input, name, problem) => {
    const error = await failure(describeAlarms(input));
    expect(error.name).toBe(name);
    expect(error.message).toContain(problem);
  });

  test('shows that an evaluation is not sound', async () => {
    web.turn({ ...FINE, trouble: 'PARTIAL_DATA' });
    time.pass(EVERY);
    expect(await look('web-5xx')).toMatchObject({ StateValue: 'OK', EvaluationState: 'PARTIAL_DATA' });
  });
});

test('what is not modelled is refused by name', async () => {
  const put = { AlarmName: 'a', EvaluationPeriods: 1, ComparisonOperator: 'GreaterThanThreshold' } as const;
  const error = await failure(client.send(new PutMetricAlarmCommand(put)));
  expect(error.message).toContain('PutMetricAlarm is not modelled by the range for monitoring');
});

test('errors name their code in the way of awsQuery too', async () => {
  const response = await sendSigned(setting.endpoint.url, {
    service: 'monitoring',
    method: 'POST',
    path: '/',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'GraniteServiceVersion20100801.SetAlarmState',
      'x-amzn-query-mode': 'true',
    },
    body: JSON.stringify({ AlarmName: 'nobody', StateValue: 'OK', StateReason: 'a drill' }),
  });
  expect(response.status).toBe(404);
  expect(response.headers.get('x-amzn-query-error')).toBe('ResourceNotFound;Sender');
  expect(await response.json()).toMatchObject({ __type: 'ResourceNotFound' });
});

describe('a state', () => {
  test('begins with INSUFFICIENT_DATA, until the first evaluation', async () => {
    await look('web-5xx');
    alarms = [...alarms, switchable('late').alarm];
    time.pass(EVERY / 2);
    expect(await look('late')).toMatchObject({
      StateValue: 'INSUFFICIENT_DATA',
      StateReason: 'Unchecked: Initial alarm creation',
    });
    time.pass(EVERY / 2);
    expect(await look('late')).toMatchObject({ StateValue: 'OK' });
  });

  test('that came and went between two looks has left its trace', async () => {
    const before = await look('web-5xx');
    const bad = { from: time.clock() + EVERY, to: time.clock() + 2 * EVERY };
    const evaluate = (at: number) => (at >= bad.from && at < bad.to ? BAD : FINE);
    alarms = alarms.map((alarm) => (alarm === web.alarm ? { ...web.alarm, evaluate } : alarm));
    time.pass(5 * EVERY);
    const after = await look('web-5xx');
    expect([before?.StateValue, after?.StateValue]).toEqual(['OK', 'OK']);
    expect(after?.StateTransitionedTimestamp).toEqual(new Date(bad.to));
  });

  test('of an alarm that vanished does not come back with its name', async () => {
    web.turn(BAD);
    time.pass(EVERY);
    expect(await look('web-5xx')).toMatchObject({ StateValue: 'ALARM' });
    const all = alarms;
    alarms = alarms.filter(({ name }) => name !== 'web-5xx');
    expect(await look('web-5xx')).toBeUndefined();
    alarms = all;
    expect(await look('web-5xx')).toMatchObject({ StateValue: 'INSUFFICIENT_DATA' });
  });

  test('of a composite alarm follows its children, and does not mind that one is missing or without data', async () => {
    expect(await look('web')).toMatchObject({ StateValue: 'OK' });
    web.turn({ state: 'INSUFFICIENT_DATA', reason: 'no traffic' });
    time.pass(EVERY);
    expect(await look('web')).toMatchObject({ StateValue: 'OK' });
    web.turn(BAD);
    time.pass(EVERY);
    expect(await look('web')).toMatchObject({ StateValue: 'ALARM', StateReason: 'In ALARM: web-5xx' });
  });
});

describe('SetAlarmState', () => {
  test('sets a measured alarm until its next evaluation, and its parents with it', async () => {
    await setState({});
    expect(await look('web-5xx')).toMatchObject({ StateValue: 'ALARM', StateReason: 'a drill' });
    expect(await look('web')).toMatchObject({ StateValue: 'ALARM' });
    time.pass(EVERY);
    expect(await look('web-5xx')).toMatchObject({ StateValue: 'OK', StateReason: 'all is well' });
    expect(await look('web')).toMatchObject({ StateValue: 'OK' });
  });

  test('sets a composite alarm until a child moves', async () => {
    await setState({ AlarmName: 'web' });
    time.pass(10 * EVERY);
    expect(await look('web')).toMatchObject({ StateValue: 'ALARM', StateReason: 'a drill' });
    web.turn({ state: 'INSUFFICIENT_DATA', reason: 'no traffic' });
    time.pass(EVERY);
    expect(await look('web')).toMatchObject({ StateValue: 'OK' });
  });

  test.each<[Partial<SetAlarmStateInput>, string]>([
    [{ AlarmName: 'nobody' }, 'ResourceNotFound'],
    [{ AlarmName: 'elsewhere' }, 'ResourceNotFound'],
    [{ StateValue: 'FINE' as 'OK' }, 'ValidationException'],
  ])('refuses %j', async (input, name) => {
    expect((await failure(setState(input))).name).toBe(name);
  });
});
