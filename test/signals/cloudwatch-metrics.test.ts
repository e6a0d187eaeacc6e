import type { DescribeAlarmsInput, GetMetricDataInput } from '@aws-sdk/client-cloudwatch';
import * as sdk from '@aws-sdk/client-cloudwatch';
import { afterEach, expect, test } from '@jest/globals';
import { type Service, WireError } from '../../src/range/wire/service.ts';
import { CancelledError, PlatformError, UserError } from '../../src/runner/errors.ts';
import { createCloudWatchMetrics } from '../../src/signals/cloudwatch-metrics.ts';
import { useEndpoint } from '../hosts/aws-environment.ts';
import { REGION } from '../range/cloudwatch/support.ts';
import { type Setting, startSetting } from '../range/wire/builder.ts';

let setting: Setting;
let asked: GetMetricDataInput[] = [];
afterEach(async () => {
  asked = [];
  await setting.endpoint.stop();
});

/** Bake began then. */
const SINCE = Date.UTC(2026, 0, 1, 12, 0, 30);
const minute = (index: number) => new Date(Date.UTC(2026, 0, 1, 12, index));

const STAT = {
  AlarmName: 'plain',
  Namespace: 'AWS/ApplicationELB',
  MetricName: 'TargetResponseTime',
  Dimensions: [{ Name: 'LoadBalancer', Value: 'app/web/1' }],
  ExtendedStatistic: 'p99',
  Period: 60,
};
const METRIC = {
  Id: 'm',
  MetricStat: { Metric: { MetricName: 'x', Namespace: 'y' }, Period: 60, Stat: 'Sum' },
};
const ALARMS: readonly object[] = [
  STAT,
  {
    AlarmName: 'math',
    Metrics: [
      { Id: 'e', Expression: 'm * 2' },
      { ...METRIC, ReturnData: false },
    ],
  },
  {
    AlarmName: 'band',
    ThresholdMetricId: 'b',
    Metrics: [
      { Id: 'b', Expression: 'ANOMALY_DETECTION_BAND(m)' },
      { ...METRIC, ReturnData: true },
    ],
  },
  { AlarmName: 'query', EvaluationInterval: 60 },
];

async function serve(GetMetricData: (input: GetMetricDataInput) => object): Promise<void> {
  const service: Service = {
    scope: 'monitoring',
    sdk,
    operations: {
      DescribeAlarms: ({ AlarmNames = [] }: DescribeAlarmsInput) => ({
        MetricAlarms: ALARMS.filter(
          (each) => 'AlarmName' in each && AlarmNames.includes(String(each.AlarmName)),
        ),
      }),
      GetMetricData: (input: GetMetricDataInput) => {
        asked.push(input);
        return GetMetricData(input);
      },
    },
  };
  setting = await startSetting([service]);
  useEndpoint(setting.endpoint.url);
}

function count(names: readonly string[], signal = new AbortController().signal) {
  return createCloudWatchMetrics({ region: REGION }).count(names, SINCE, signal);
}

const result = (Id: string, ...minutes: readonly number[]) => ({
  MetricDataResults: [
    { Id, Timestamps: minutes.map(minute), Values: minutes.map(() => 1), StatusCode: 'Complete' },
  ],
});

test('asks what the alarm asks, and counts what was measured since', async () => {
  await serve(() => result('judged', 3, 2, 1, 0));
  expect(await count(['plain'])).toEqual([{ kind: 'counted', name: 'plain', datapoints: 3 }]);
  expect(asked).toHaveLength(1);
  const { Namespace, MetricName, Dimensions, Period } = STAT;
  expect(asked[0]).toMatchObject({
    MetricDataQueries: [
      { MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period, Stat: 'p99' } },
    ],
    StartTime: new Date(SINCE),
  });
});

test('counts an expression, not what it is made of, and a metric, not its band', async () => {
  await serve(({ MetricDataQueries: [first] = [] }) =>
    first?.Id === 'e'
      ? result('e', 1)
      : { MetricDataResults: [...result('b', 1, 2).MetricDataResults, ...result('m').MetricDataResults] },
  );
  expect(await count(['band', 'math'])).toEqual([
    { kind: 'counted', name: 'band', datapoints: 0 },
    { kind: 'counted', name: 'math', datapoints: 1 },
  ]);
});

test('adds up pages, each datapoint once', async () => {
  await serve(({ NextToken }) =>
    NextToken === undefined ? { ...result('judged', 1, 2), NextToken: 'more' } : result('judged', 2, 3, 4),
  );
  expect(await count(['plain'])).toEqual([{ kind: 'counted', name: 'plain', datapoints: 4 }]);
});

test('says which alarms have nothing that can be counted', async () => {
  await serve(() => result('judged'));
  expect(await count(['query', 'gone'])).toEqual([
    { kind: 'uncountable', name: 'query', because: expect.stringContaining('no metric of its own') },
    { kind: 'uncountable', name: 'gone', because: 'is no metric alarm of eu-west-1' },
  ]);
  expect(asked).toEqual([]);
});

test('takes trouble for no answer at all', async () => {
  await serve(() => ({ MetricDataResults: [{ Id: 'judged', StatusCode: 'InternalError' }] }));
  await expect(count(['plain'])).rejects.toThrow(PlatformError);
  await setting.endpoint.stop();
  await serve(() => {
    throw new WireError('AccessDenied', 'not authorized to perform: cloudwatch:GetMetricData', 403);
  });
  await expect(count(['plain'])).rejects.toThrow(UserError);
  await expect(count(['plain'])).rejects.toThrow(/cloudwatch:GetMetricData/);
});

test('ends when it is cancelled', async () => {
  await serve(() => result('judged'));
  const signal = AbortSignal.abort(new CancelledError('stop'));
  await expect(count(['plain'], signal)).rejects.toThrow();
});
