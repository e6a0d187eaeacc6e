import {
  type AlarmType as AwsAlarmType,
  CloudWatchClient,
  type CompositeAlarm,
  DescribeAlarmsCommand,
  type LogAlarm,
  type MetricAlarm,
} from '@aws-sdk/client-cloudwatch';
import { chunks } from '../hosts/chunks.ts';
import { explained } from '../runner/aws-call.ts';
import { requestLimits } from '../runner/aws-requests.ts';
import type { AlarmReading, AlarmState, Alarms, AlarmType, FoundAlarm } from './port.ts';

/** `AlarmNames` takes at most 100, and `MaxRecords` is at most 100 (API reference, DescribeAlarms). */
const NAMES_PER_LOOK = 100;
/** Characters of a reason that are worth a line of a log; CloudWatch allows 1023. */
const REASON_SHOWN = 200;

/**
 * The CloudWatch alarms of one region. Reading them needs `cloudwatch:DescribeAlarms` on `*`: with a narrower scope
 * composite alarms are not returned (API reference, DescribeAlarms).
 */
export function createCloudWatchAlarms({ region }: { readonly region: string }): Alarms {
  // Whoever watches alarms reads them again soon: better to say now that they cannot be read than to try for long.
  const client = new CloudWatchClient({ region, maxAttempts: 3, requestHandler: requestLimits(5_000) });
  return {
    read: async (names, signal) => {
      const found: FoundAlarm[] = [];
      // Metric alarms alone are the default. Kinds that came later are asked for only when somebody may mean one.
      for (const types of [['MetricAlarm', 'CompositeAlarm'], ['LogAlarm']] as const) {
        const left = names.filter((name) => found.every((each) => each.name !== name));
        for (const part of chunks(left, NAMES_PER_LOOK)) {
          found.push(...(await describe({ client, signal }, part, types)));
        }
      }
      return names.flatMap((name): readonly AlarmReading[] => {
        const readings = found.filter((each) => each.name === name);
        return readings.length > 0 ? readings : [{ kind: 'missing', name, region }];
      });
    },
  };
}

interface Look {
  readonly client: CloudWatchClient;
  readonly signal: AbortSignal;
}

async function describe(
  { client, signal }: Look,
  names: readonly string[],
  types: readonly AwsAlarmType[],
): Promise<readonly FoundAlarm[]> {
  const found: FoundAlarm[] = [];
  let next: string | undefined;
  do {
    const input = {
      AlarmNames: [...names],
      AlarmTypes: [...types],
      MaxRecords: NAMES_PER_LOOK,
      ...(next === undefined ? {} : { NextToken: next }),
    };
    const answer = await explained(
      {
        purpose: `read the alarms ${names.join(', ')}`,
        action: 'cloudwatch:DescribeAlarms',
        resource: '*',
      },
      client.send(new DescribeAlarmsCommand(input), { abortSignal: signal }),
    );
    found.push(
      ...(answer.MetricAlarms ?? []).map((each) => readingOf('metric', each)),
      ...(answer.CompositeAlarms ?? []).map((each) => readingOf('composite', each)),
      ...(answer.LogAlarms ?? []).map((each) => readingOf('log', each)),
    );
    next = answer.NextToken;
  } while (next !== undefined && next !== '');
  return found;
}

const STATES: ReadonlyMap<string, AlarmState> = new Map([
  ['OK', 'ok'],
  ['ALARM', 'alarm'],
  ['INSUFFICIENT_DATA', 'insufficient-data'],
]);

function readingOf(type: AlarmType, alarm: MetricAlarm | CompositeAlarm | LogAlarm): FoundAlarm {
  const { AlarmName: name = '', StateValue: value = '', StateReason: said = '' } = alarm;
  const state = STATES.get(value) ?? 'unknown';
  // Not `StateUpdatedTimestamp`: that moves with every update, also of one that leaves the state as it was.
  const since = alarm.StateTransitionedTimestamp;
  const evaluation = 'EvaluationState' in alarm ? alarm.EvaluationState : undefined;
  const reason = state === 'unknown' ? `${value || 'no state'}, ${said}` : said;
  return {
    kind: 'found',
    name,
    type,
    state,
    ...(evaluation === undefined ? {} : { evaluation }),
    ...(since === undefined ? {} : { since: since.toISOString() }),
    reason: reason.replaceAll(/\s+/g, ' ').slice(0, REASON_SHOWN),
  };
}
