import type {
  CompositeAlarm,
  DeleteAlarmsInput,
  DescribeAlarmsInput,
  DescribeAlarmsOutput,
  GetMetricDataInput,
  LogAlarm,
  MetricAlarm,
  SetAlarmStateInput,
} from '@aws-sdk/client-cloudwatch';
import * as sdk from '@aws-sdk/client-cloudwatch';
import { type Call, type Service, WireError } from '../wire/service.ts';
import { type RangeAlarm, STATE_VALUES, type State } from './alarm.ts';
import { type AlarmNow, createEvaluations } from './evaluations.ts';
import { getMetricData } from './metric-data.ts';
import { createTraffic, type Traffic } from './traffic.ts';

export interface CloudWatchOptions {
  /** Asked anew at every call. */
  readonly alarms: () => readonly RangeAlarm[];
  /** Milliseconds between two evaluations of an alarm; a second when missing, so that a range need not be waited for. */
  readonly every?: number;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  /** What metrics are made of; none when missing. */
  readonly traffic?: Traffic;
}

const EVERY = 1_000;
const ACCOUNT = '000000000000';
/** From the API reference of DescribeAlarms: `AlarmNames` has at most 100 items, `MaxRecords` is 1 to 100. */
const MOST = 100;
/** The page that DescribeAlarms gives when nothing else is asked for: an assumption, its reference names no number. */
const PAGE = 50;
const TYPES: Readonly<Record<string, RangeAlarm['kind']>> = {
  CompositeAlarm: 'composite',
  MetricAlarm: 'metric',
  LogAlarm: 'log',
};

/** The part of CloudWatch that alarms and their metrics are read with, and that troubles alarms. The alarms themselves are given by whoever makes the range. */
export function cloudWatchService(options: CloudWatchOptions): Service {
  const { alarms, every = EVERY, clock = Date.now, traffic = createTraffic(clock) } = options;
  const evaluations = createEvaluations({ alarms, every, clock });
  const visible = ({ region }: Call) => evaluations.current().filter(({ alarm }) => alarm.region === region);
  return {
    scope: 'monitoring',
    sdk,
    operations: {
      DescribeAlarms(input: DescribeAlarmsInput, call: Call): DescribeAlarmsOutput {
        checkQuestion(input);
        const kinds = (input.AlarmTypes ?? ['MetricAlarm']).map(kindOf);
        const found = visible(call).filter((each) => kinds.includes(each.alarm.kind) && isMeant(each, input));
        const { items, next } = page(found, input);
        return {
          CompositeAlarms: items.flatMap((each) => describeComposite(each)),
          MetricAlarms: items.filter(({ alarm }) => alarm.kind === 'metric').map(describeMeasured),
          LogAlarms: items.filter(({ alarm }) => alarm.kind === 'log').map(describeMeasured),
          ...next,
        };
      },

      SetAlarmState(input: SetAlarmStateInput, call: Call): object {
        const { AlarmName: name = '', StateValue: value = '', StateReason: reason = '' } = input;
        const state = stateOf(value);
        const found = visible(call).find(({ alarm }) => alarm.name === name);
        if (found === undefined) throw new WireError('ResourceNotFound', `Unknown alarm ${name}`, 404);
        evaluations.set(found.alarm, state, reason);
        return {};
      },

      DeleteAlarms({ AlarmNames: names = [] }: DeleteAlarmsInput, call: Call): object {
        const found = visible(call)
          .map(({ alarm }) => alarm)
          .filter(({ name }) => names.includes(name));
        checkDeletion(names, found);
        evaluations.remove(found);
        return {};
      },

      GetMetricData: (input: GetMetricDataInput, call: Call) => getMetricData(traffic, input, call),
    },
  };
}

function checkQuestion(input: DescribeAlarmsInput): void {
  const others = (['ChildrenOfAlarmName', 'ParentsOfAlarmName', 'ActionPrefix'] as const).filter(
    (member) => input[member] !== undefined,
  );
  if (others.length > 0) throw invalid(`The range does not model DescribeAlarms with ${others.join(', ')}`);
  const { AlarmNames: names, AlarmNamePrefix: prefix, MaxRecords: size = PAGE, StateValue: state } = input;
  if (names !== undefined && prefix !== undefined) {
    throw invalid('AlarmNamePrefix and AlarmNames cannot both be specified');
  }
  if ((names?.length ?? 0) > MOST) {
    throw invalid(
      `Value at 'alarmNames' failed to satisfy constraint: Member must have length at most ${MOST}`,
    );
  }
  if (!Number.isInteger(size) || size < 1 || size > MOST) {
    throw invalid(`Value '${size}' at 'maxRecords' failed to satisfy constraint: expected 1 to ${MOST}`);
  }
  if (state !== undefined) stateOf(state);
}

/** As DeleteAlarms does it: all or none, and of composite alarms one (API reference, DeleteAlarms). */
function checkDeletion(names: readonly string[], found: readonly RangeAlarm[]): void {
  if (names.length > MOST) throw invalid(`At most ${MOST} alarms can be deleted at a time`);
  const unknown = names.filter((name) => found.every((alarm) => alarm.name !== name));
  if (unknown.length > 0) throw new WireError('ResourceNotFound', `Unknown alarm ${unknown.join(', ')}`, 404);
  const composites = found.filter(({ kind }) => kind === 'composite');
  if (composites.length > 1) throw invalid('At most one composite alarm can be deleted at a time');
}

function isMeant({ alarm, evaluation }: AlarmNow, input: DescribeAlarmsInput): boolean {
  const { AlarmNames: names, AlarmNamePrefix: prefix = '', StateValue: state } = input;
  return (
    (names === undefined || names.length === 0 || names.includes(alarm.name)) &&
    alarm.name.startsWith(prefix) &&
    (state === undefined || state === evaluation.state)
  );
}

function kindOf(type: string): RangeAlarm['kind'] {
  const kind = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (kind === undefined)
    throw invalid(`Value '${type}' at 'alarmTypes' is not one of ${Object.keys(TYPES).join(', ')}`);
  return kind;
}

function stateOf(value: string): State {
  const state = STATE_VALUES.find((each) => each === value);
  if (state === undefined)
    throw invalid(`Value '${value}' at 'stateValue' is not one of ${STATE_VALUES.join(', ')}`);
  return state;
}

function invalid(message: string): WireError {
  return new WireError('ValidationException', message);
}

function page(
  found: readonly AlarmNow[],
  { NextToken: token = '0', MaxRecords: size = PAGE }: DescribeAlarmsInput,
): { readonly items: readonly AlarmNow[]; readonly next: { readonly NextToken?: string } } {
  if (!/^\d{1,6}$/.test(token))
    throw new WireError('InvalidNextToken', `'${token}' is not a token that was given out`);
  const end = Number(token) + size;
  return {
    items: found.slice(Number(token), end),
    next: end < found.length ? { NextToken: String(end) } : {},
  };
}

function describeComposite(now: AlarmNow): readonly CompositeAlarm[] {
  const { alarm } = now;
  if (alarm.kind !== 'composite') return [];
  return [
    { ...describeState(now), AlarmRule: alarm.children.map((name) => `ALARM("${name}")`).join(' OR ') },
  ];
}

function describeMeasured(now: AlarmNow): MetricAlarm & LogAlarm {
  const { alarm, evaluation } = now;
  return {
    ...describeState(now),
    ...(alarm.kind === 'metric' ? alarm.measure : {}),
    ...(evaluation.trouble === undefined ? {} : { EvaluationState: evaluation.trouble }),
  };
}

function describeState({ alarm, evaluation, transitioned, updated }: AlarmNow) {
  return {
    AlarmName: alarm.name,
    AlarmArn: `arn:aws:cloudwatch:${alarm.region}:${ACCOUNT}:alarm:${alarm.name}`,
    ActionsEnabled: true,
    OKActions: [],
    AlarmActions: [],
    InsufficientDataActions: [],
    StateValue: evaluation.state,
    StateReason: evaluation.reason,
    StateTransitionedTimestamp: new Date(transitioned),
    StateUpdatedTimestamp: new Date(updated),
  };
}
