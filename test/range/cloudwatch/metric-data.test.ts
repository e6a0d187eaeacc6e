import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  type MetricDataQuery,
} from '@aws-sdk/client-cloudwatch';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { errorShareAlarm, type RangeAlarm } from '../../../src/range/cloudwatch/alarm.ts';
import { evaluateMath } from '../../../src/range/cloudwatch/metric-math.ts';
import { cloudWatchService } from '../../../src/range/cloudwatch/service.ts';
import { createTraffic, type Traffic } from '../../../src/range/cloudwatch/traffic.ts';
import { failure, type Setting, startSetting } from '../wire/builder.ts';
import { composite, handClock, REGION, switchable } from './support.ts';

const time = handClock();
const BALANCER = `arn:aws:elasticloadbalancing:${REGION}:000000000000:loadbalancer/app/web/0123`;
let setting: Setting;
let client: CloudWatchClient;
let traffic: Traffic;
let alarms: readonly RangeAlarm[];

beforeEach(async () => {
  traffic = createTraffic(time.clock);
  alarms = [];
  setting = await startSetting([cloudWatchService({ alarms: () => alarms, clock: time.clock, traffic })]);
  client = new CloudWatchClient({ ...setting.client, region: REGION });
});
afterEach(async () => {
  client.destroy();
  await setting.endpoint.stop();
});

describe('GetMetricData', () => {
  function ask(queries: readonly MetricDataQuery[], seconds = 60) {
    const now = time.clock();
    return client.send(
      new GetMetricDataCommand({
        MetricDataQueries: [...queries],
        StartTime: new Date(now - seconds * 1_000),
        EndTime: new Date(now),
      }),
    );
  }

  async function queriesOfAlarm(): Promise<readonly MetricDataQuery[]> {
    alarms = [
      errorShareAlarm({
        name: 'share',
        region: REGION,
        subjects: [BALANCER],
        traffic,
        window: 10_000,
        threshold: 5,
      }),
    ];
    const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({ AlarmNames: ['share'] }));
    return MetricAlarms?.[0]?.Metrics ?? [];
  }

  test('answers the queries of an alarm with a datapoint for each period that had requests', async () => {
    const queries = await queriesOfAlarm();
    for (const status of [200, 200, 200, 500]) traffic.count(BALANCER, status);
    time.pass(20_000);
    for (const status of [200, 200]) traffic.count(BALANCER, status);
    time.pass(10_000);
    const { MetricDataResults } = await ask(queries);
    const [share, ...others] = MetricDataResults ?? [];
    expect(others).toEqual([]);
    expect(share).toMatchObject({ Id: 'share', Values: [0, 25], StatusCode: 'Complete' });
    const [last = new Date(0), first = new Date(0)] = share?.Timestamps ?? [];
    expect(last.getTime() - first.getTime()).toBe(20_000);
  });

  test('has none without requests, and none of other subjects or regions', async () => {
    const queries = await queriesOfAlarm();
    traffic.count(BALANCER.replace('/web/', '/other/'), 200);
    traffic.count(BALANCER.replace(REGION, 'us-east-1'), 200);
    time.pass(10_000);
    expect((await ask(queries)).MetricDataResults).toMatchObject([{ Id: 'share' }]);
    expect((await ask(queries)).MetricDataResults?.[0]?.Values ?? []).toEqual([]);
  });

  test('refuses what it does not model, by name', async () => {
    const stat = (MetricName: string, Stat: string): MetricDataQuery => ({
      Id: 'a',
      MetricStat: { Metric: { Namespace: 'AWS/ApplicationELB', MetricName }, Period: 60, Stat },
    });
    expect(await failure(ask([stat('TargetResponseTime', 'Sum')]))).toMatchObject({
      message: expect.stringContaining('does not model Sum of AWS/ApplicationELB TargetResponseTime'),
    });
    expect(await failure(ask([stat('RequestCount', 'p99')]))).toMatchObject({ name: 'ValidationException' });
    const math = { Id: 'b', Expression: 'ANOMALY_DETECTION_BAND(a)' };
    expect(await failure(ask([stat('RequestCount', 'Sum'), math]))).toMatchObject({
      message: expect.stringContaining('does not model the expression ANOMALY_DETECTION_BAND(a)'),
    });
    expect(await failure(ask([stat('RequestCount', 'Sum')], 0))).toMatchObject({
      message: expect.stringContaining('StartTime must be less'),
    });
  });
});

test.each([
  ['1 + 2 * 3 - 4 / 2', [5, 5]],
  ['100 * (a + FILL(b, 0)) / a', [100, 150]],
  ['a - b', [2]],
  ['b / (a - a)', []],
])('metric math: %s', (expression, values) => {
  const series = new Map([
    [
      'a',
      new Map([
        [1, 3],
        [2, 4],
      ]),
    ],
    ['b', new Map([[2, 2]])],
  ]);
  const withAll = expression.startsWith('1 ') ? `${expression} + 0 * a` : expression;
  expect([...evaluateMath(withAll, series).values()]).toEqual(values);
});

describe('DeleteAlarms', () => {
  function remove(...AlarmNames: string[]) {
    return client.send(new DeleteAlarmsCommand({ AlarmNames }));
  }
  async function names() {
    const answer = await client.send(
      new DescribeAlarmsCommand({ AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
    );
    return [...(answer.MetricAlarms ?? []), ...(answer.CompositeAlarms ?? [])].map(
      ({ AlarmName }) => AlarmName,
    );
  }
  beforeEach(() => {
    const elsewhere = switchable('elsewhere', { region: 'us-east-1' });
    alarms = [
      switchable('a').alarm,
      switchable('b').alarm,
      elsewhere.alarm,
      composite('c', ['a']),
      composite('d', []),
    ];
  });

  test('takes alarms away for good', async () => {
    await remove('a', 'c');
    expect(await names()).toEqual(['b', 'd']);
    time.pass(5_000);
    expect(await names()).toEqual(['b', 'd']);
  });

  test('deletes none when one is unknown, of another region, or more than one is composite', async () => {
    expect(await failure(remove('a', 'nobody'))).toMatchObject({ name: 'ResourceNotFound' });
    expect(await failure(remove('a', 'elsewhere'))).toMatchObject({ name: 'ResourceNotFound' });
    expect(await failure(remove('c', 'd'))).toMatchObject({ name: 'ValidationException' });
    expect(await names()).toEqual(['a', 'b', 'c', 'd']);
  });
});
