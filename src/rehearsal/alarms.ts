import { CloudWatchClient, DeleteAlarmsCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import type { Range } from '../range/range.ts';

/** An alarm of CloudWatch on the range. */
export interface PlacedAlarm {
  readonly name: string;
  readonly region: string;
}

type Reached = Pick<Range, 'endpoint' | 'environment'>;

/** Puts an alarm into a state by hand; it stays there until its next evaluation. */
export function setAlarm(range: Reached, { name, region }: PlacedAlarm, state: AlarmState): Promise<void> {
  const reason = 'Set by the rehearsal.';
  return withClient(range, region, async (client) => {
    await client.send(new SetAlarmStateCommand({ AlarmName: name, StateValue: state, StateReason: reason }));
  });
}

export type AlarmState = 'ALARM' | 'INSUFFICIENT_DATA';

export function deleteAlarm(range: Reached, { name, region }: PlacedAlarm): Promise<void> {
  return withClient(range, region, async (client) => {
    await client.send(new DeleteAlarmsCommand({ AlarmNames: [name] }));
  });
}

async function withClient(
  { endpoint, environment }: Reached,
  region: string,
  work: (client: CloudWatchClient) => Promise<void>,
): Promise<void> {
  const client = new CloudWatchClient({
    endpoint,
    region,
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
  try {
    await work(client);
  } finally {
    client.destroy();
  }
}
