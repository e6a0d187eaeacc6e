import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  type MetricAlarm,
  type MetricDataQuery,
} from '@aws-sdk/client-cloudwatch';
import { chunks } from '../hosts/chunks.ts';
import { explained } from '../runner/aws-call.ts';
import { requestLimits } from '../runner/aws-requests.ts';
import { PlatformError } from '../runner/errors.ts';
import type { AlarmMetrics, MetricReading } from './port.ts';

/** `AlarmNames` takes at most 100, and `MaxRecords` is at most 100 (API reference, DescribeAlarms). */
const NAMES_PER_LOOK = 100;

/**
 * The metrics of the CloudWatch alarms of one region. Counting needs `cloudwatch:DescribeAlarms` and
 * `cloudwatch:GetMetricData`, both on `*`: the one finds composite alarms only so, the other knows no resources (Service
 * Authorization Reference).
 */
export function createCloudWatchMetrics({ region }: { readonly region: string }): AlarmMetrics {
  const client = new CloudWatchClient({ region, maxAttempts: 3, requestHandler: requestLimits(5_000) });
  return {
    async count(names, since, signal) {
      const alarms = await describe(client, names, signal);
      return Promise.all(
        names.map(async (name): Promise<MetricReading> => {
          const alarm = alarms.find(({ AlarmName }) => AlarmName === name);
          if (alarm === undefined) {
            return { kind: 'uncountable', name, because: `is no metric alarm of ${region}` };
          }
          const asked = questionOf(alarm);
          if (asked === undefined) {
            return { kind: 'uncountable', name, because: 'has no metric of its own, such as one of PromQL' };
          }
          return {
            kind: 'counted',
            name,
            datapoints: await countOne({ client, signal }, name, asked, since),
          };
        }),
      );
    },
  };
}

async function describe(
  client: CloudWatchClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly MetricAlarm[]> {
  const found = await Promise.all(
    chunks(names, NAMES_PER_LOOK).map((part) =>
      explained(
        {
          purpose: `read what the alarms ${part.join(', ')} measure`,
          action: 'cloudwatch:DescribeAlarms',
          resource: '*',
        },
        client.send(
          new DescribeAlarmsCommand({
            AlarmNames: [...part],
            AlarmTypes: ['MetricAlarm'],
            MaxRecords: NAMES_PER_LOOK,
          }),
          { abortSignal: signal },
        ),
      ),
    ),
  );
  return found.flatMap(({ MetricAlarms }) => MetricAlarms ?? []);
}

interface Question {
  readonly queries: readonly MetricDataQuery[];
  /** Of the query whose datapoints the alarm judges. */
  readonly id: string;
}

/** What the alarm itself asks of its metric: with the same period and statistic there are the same datapoints. */
function questionOf(alarm: MetricAlarm): Question | undefined {
  const { Metrics: queries = [], ThresholdMetricId: band } = alarm;
  // With anomaly detection the band is returned as well; the alarm judges the other one by it.
  const judged = queries.find(({ Id, ReturnData }) => ReturnData !== false && Id !== band);
  if (judged?.Id !== undefined) return { queries, id: judged.Id };
  const { Namespace, MetricName, Dimensions, Period, Statistic, ExtendedStatistic, Unit } = alarm;
  const Stat = Statistic ?? ExtendedStatistic;
  if (MetricName === undefined || Period === undefined || Stat === undefined) return undefined;
  const metric = {
    MetricName,
    ...(Namespace === undefined ? {} : { Namespace }),
    ...(Dimensions === undefined ? {} : { Dimensions }),
  };
  const stat = { Metric: metric, Period, Stat, ...(Unit === undefined ? {} : { Unit }) };
  return { queries: [{ Id: 'judged', MetricStat: stat, ReturnData: true }], id: 'judged' };
}

async function countOne(
  { client, signal }: { readonly client: CloudWatchClient; readonly signal: AbortSignal },
  name: string,
  { queries, id }: Question,
  since: number,
): Promise<number> {
  const seen = new Set<number>();
  const end = new Date();
  let next: string | undefined;
  do {
    const answer = await explained(
      {
        purpose: `count the datapoints of the alarm ${name}`,
        action: 'cloudwatch:GetMetricData',
        resource: '*',
      },
      client.send(
        new GetMetricDataCommand({
          MetricDataQueries: [...queries],
          StartTime: new Date(since),
          EndTime: end,
          ...(next === undefined ? {} : { NextToken: next }),
        }),
        { abortSignal: signal },
      ),
    );
    for (const { Id, StatusCode, Timestamps = [] } of answer.MetricDataResults ?? []) {
      if (Id !== id) continue;
      if (StatusCode === 'InternalError' || StatusCode === 'Forbidden') {
        throw new PlatformError(
          `CloudWatch could not count the datapoints of the alarm ${name}: ${StatusCode}.`,
        );
      }
      // `StartTime` is rounded down, to a whole minute as a rule (API reference, GetMetricData).
      for (const time of Timestamps) if (time.getTime() >= since) seen.add(time.getTime());
    }
    next = answer.NextToken;
  } while (next !== undefined && next !== '');
  return seen.size;
}
