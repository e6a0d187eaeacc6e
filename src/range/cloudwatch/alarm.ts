import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { queriesOf } from './metric-data.ts';
import type { Traffic } from './traffic.ts';

/** An alarm of the range. Names are unique in a region, whatever the kind. */
export type RangeAlarm = MeasuredAlarm | CompositeRangeAlarm;

export interface MeasuredAlarm {
  readonly kind: 'metric' | 'log';
  readonly name: string;
  readonly region: string;
  /** @param at milliseconds since 1970, never in the future: missed evaluations are made up for */
  readonly evaluate: (at: number) => Evaluation;
  /** What DescribeAlarms says of how it measures. */
  readonly measure: MetricMeasure;
}

export type MetricMeasure = Pick<
  MetricAlarm,
  | 'AlarmDescription'
  | 'ComparisonOperator'
  | 'DatapointsToAlarm'
  | 'EvaluationPeriods'
  | 'Metrics'
  | 'Threshold'
  | 'TreatMissingData'
>;

/** In ALARM when one of its children is; the others' silence does not trouble it, as with the rule `ALARM(a) OR ALARM(b)`. */
export interface CompositeRangeAlarm {
  readonly kind: 'composite';
  readonly name: string;
  readonly region: string;
  /** Names of alarms of the same region that stand before it in the list. */
  readonly children: readonly string[];
}

export const STATE_VALUES = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const;
export type State = (typeof STATE_VALUES)[number];

export interface Evaluation {
  readonly state: State;
  readonly reason: string;
  /** What DescribeAlarms shows as `EvaluationState`; absent when the evaluation is sound. */
  readonly trouble?: 'PARTIAL_DATA' | 'EVALUATION_ERROR' | 'EVALUATION_FAILURE';
}

export interface ErrorShare {
  readonly name: string;
  readonly region: string;
  /** What is counted together, such as the ARNs of load balancers. */
  readonly subjects: readonly string[];
  readonly traffic: Traffic;
  /** Milliseconds that are looked back. */
  readonly window: number;
  /** Percent of the answers; more of them being server errors is an alarm. */
  readonly threshold: number;
}

/** The usual alarm of a load balancer: too large a share of its answers are server errors. No traffic is no data. */
export function errorShareAlarm({
  subjects,
  traffic,
  window,
  threshold,
  ...place
}: ErrorShare): MeasuredAlarm {
  return {
    ...place,
    kind: 'metric',
    evaluate(at) {
      const counts = subjects.map((subject) => traffic.between(subject, at - window, at));
      const requests = sum(counts.map((each) => each.requests));
      if (requests === 0) {
        return { state: 'INSUFFICIENT_DATA', reason: 'Insufficient Data: 1 datapoint was unknown.' };
      }
      const share = (100 * sum(counts.map((each) => each.serverErrors))) / requests;
      const crossed = share > threshold;
      const seen = `1 datapoint [${share.toFixed(1)} (${new Date(at).toISOString()})]`;
      const judged = `was ${crossed ? '' : 'not '}greater than the threshold (${threshold.toFixed(1)})`;
      return { state: crossed ? 'ALARM' : 'OK', reason: `Threshold Crossed: ${seen} ${judged}.` };
    },
    measure: {
      AlarmDescription: `Share of server errors at ${subjects.join(', ')}`,
      Metrics: queriesOf(subjects, Math.max(1, Math.round(window / 1_000))),
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: threshold,
      EvaluationPeriods: 1,
      DatapointsToAlarm: 1,
      TreatMissingData: 'missing',
    },
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
