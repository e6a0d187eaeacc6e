import type {
  Dimension,
  GetMetricDataInput,
  GetMetricDataOutput,
  MetricDataQuery,
  MetricDataResult,
  MetricStat,
} from '@aws-sdk/client-cloudwatch';
import { type Call, WireError } from '../wire/service.ts';
import { evaluateMath } from './metric-math.ts';
import { type Answered, KEPT, type Traffic } from './traffic.ts';

const NAMESPACE = 'AWS/ApplicationELB';
/** What the range counts, by the names that CloudWatch gives it. */
const COUNTED: Readonly<Record<string, keyof Answered>> = {
  RequestCount: 'requests',
  HTTPCode_Target_5XX_Count: 'serverErrors',
};
/** Datapoints by their time, milliseconds since 1970. */
type Series = ReadonlyMap<number, number>;

/**
 * The share of server errors of all subjects together, as an alarm asks for it: the errors are reported only where there
 * are any, so that none has to be taken for 0.
 *
 * @param period seconds
 */
export function queriesOf(subjects: readonly string[], period: number): MetricDataQuery[] {
  const one = (id: string, metric: string, subject: string): MetricDataQuery => ({
    Id: id,
    MetricStat: {
      Metric: { Namespace: NAMESPACE, MetricName: metric, Dimensions: [dimensionOf(subject)] },
      Period: period,
      Stat: 'Sum',
    },
    ReturnData: false,
  });
  const errors = subjects.map((_, index) => `FILL(errors${index}, 0)`);
  const requests = subjects.map((_, index) =>
    subjects.length === 1 ? `requests${index}` : `FILL(requests${index}, 0)`,
  );
  return [
    {
      Id: 'share',
      Expression: `100 * (${errors.join(' + ')}) / (${requests.join(' + ')})`,
      ReturnData: true,
    },
    ...subjects.map((subject, index) => one(`errors${index}`, 'HTTPCode_Target_5XX_Count', subject)),
    ...subjects.map((subject, index) => one(`requests${index}`, 'RequestCount', subject)),
  ];
}

/** The last part of an ARN as CloudWatch has it: `app/web/0123…`, `targetgroup/web/0123…`. */
function dimensionOf(subject: string): Dimension {
  const balancer = subject.split(':loadbalancer/')[1];
  if (balancer !== undefined) return { Name: 'LoadBalancer', Value: balancer };
  const group = subject.split(':targetgroup/')[1];
  return { Name: 'TargetGroup', Value: group === undefined ? subject : `targetgroup/${group}` };
}

/** GetMetricData over the range's own traffic, in one page. What it does not model it refuses by name. */
export function getMetricData(
  traffic: Traffic,
  { MetricDataQueries: queries = [], StartTime: start, EndTime: end }: GetMetricDataInput,
  { region }: Call,
): GetMetricDataOutput {
  if (start === undefined || end === undefined || start >= end) {
    throw invalid('The parameter StartTime must be less than the parameter EndTime');
  }
  // Nothing older is known, and a long past would be a long loop.
  const span = { from: Math.max(start.getTime(), end.getTime() - KEPT), to: end.getTime() };
  const series = new Map<string, Series>();
  for (const { Id: id = '', MetricStat: stat } of queries) {
    if (stat !== undefined) series.set(id, seriesOf(traffic, stat, span, region));
  }
  for (const { Id: id = '', Expression: expression } of queries) {
    if (expression !== undefined) series.set(id, evaluateMath(expression, series));
  }
  const shown = queries.filter(({ ReturnData: shows }) => shows !== false);
  return { MetricDataResults: shown.map(({ Id = '' }) => resultOf(Id, series.get(Id) ?? new Map())) };
}

function resultOf(Id: string, series: Series): MetricDataResult {
  const newestFirst = [...series].toSorted(([one], [other]) => other - one);
  return {
    Id,
    Label: Id,
    Timestamps: newestFirst.map(([at]) => new Date(at)),
    Values: newestFirst.map(([, value]) => value),
    StatusCode: 'Complete',
  };
}

function seriesOf(
  traffic: Traffic,
  { Metric: metric, Period: seconds = 60, Stat: stat }: MetricStat,
  { from, to }: { readonly from: number; readonly to: number },
  region: string,
): Series {
  const counted = COUNTED[metric?.MetricName ?? ''];
  if (metric?.Namespace !== NAMESPACE || counted === undefined || stat !== 'Sum') {
    throw invalid(`The range does not model ${stat} of ${metric?.Namespace} ${metric?.MetricName}`);
  }
  const [dimension] = metric.Dimensions ?? [];
  const subjects = traffic.subjects().filter((subject) => {
    const { Name, Value } = dimensionOf(subject);
    const here = !subject.startsWith('arn:') || subject.split(':')[3] === region;
    return here && Name === dimension?.Name && Value === dimension?.Value;
  });
  const period = 1_000 * seconds;
  const points = new Map<number, number>();
  for (let at = Math.floor(from / period) * period; at < to; at += period) {
    const value = subjects.reduce(
      (sum, subject) => sum + traffic.between(subject, at, at + period)[counted],
      0,
    );
    // Both metrics are reported only where there is something to count (Elastic Load Balancing, CloudWatch metrics).
    if (value > 0) points.set(at, value);
  }
  return points;
}

function invalid(message: string): WireError {
  return new WireError('ValidationException', message);
}
