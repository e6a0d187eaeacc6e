import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeListenersCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Range } from '../range/range.ts';

/** A moment at which the way of the traffic was changed. */
export interface Mark {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly label: string;
}

export interface MarkWatch {
  /** The marks in order of time; nothing is watched any more. */
  stop(): Promise<readonly Mark[]>;
}

type WatchedRange = Pick<Range, 'endpoint' | 'environment' | 'balancers' | 'calls'>;

/** Milliseconds between two looks: a mark is late by that much at most. */
const LOOK_INTERVAL = 100;

/**
 * Watches the range for writes to listeners and to its DNS zone, as the range itself counts them: also those
 * that an action did not tell of.
 *
 * @param pool ARN of the target group whose share of the first listener labels a mark
 */
export function watchMarks(range: WatchedRange, pool: string): MarkWatch {
  const marks: Mark[] = [];
  const stopped = new AbortController();
  const client = clientOf(range);
  const watching = (async () => {
    let seen = await range.calls();
    while (!stopped.signal.aborted) {
      await pause(LOOK_INTERVAL, stopped.signal);
      const at = Date.now();
      const calls = await range.calls();
      const written = (operation: string): boolean => (calls[operation] ?? 0) > (seen[operation] ?? 0);
      if (written('ModifyListener')) marks.push({ at, label: await shareOf(client, range, pool) });
      if (written('ChangeResourceRecordSets')) marks.push({ at, label: 'DNS' });
      seen = calls;
    }
  })();
  // A failure is reported by `stop`; until then it is nobody's unhandled rejection.
  watching.catch(() => {});
  return {
    async stop() {
      stopped.abort();
      await watching;
      client.destroy();
      return marks;
    },
  };
}

function clientOf({ endpoint, environment, balancers }: WatchedRange): ElasticLoadBalancingV2Client {
  return new ElasticLoadBalancingV2Client({
    ...{ endpoint, region: balancers[0]?.region ?? '' },
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
}

async function shareOf(
  client: ElasticLoadBalancingV2Client,
  range: WatchedRange,
  pool: string,
): Promise<string> {
  const listener = range.balancers[0]?.listener ?? '';
  const { Listeners = [] } = await client.send(new DescribeListenersCommand({ ListenerArns: [listener] }));
  const groups = (Listeners[0]?.DefaultActions ?? []).flatMap(
    ({ ForwardConfig }) => ForwardConfig?.TargetGroups ?? [],
  );
  const total = groups.reduce((sum, { Weight = 0 }) => sum + Weight, 0);
  const own = groups.find(({ TargetGroupArn }) => TargetGroupArn === pool)?.Weight ?? 0;
  return `${total === 0 ? 0 : Math.round((own * 100) / total)} %`;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return sleep(milliseconds, undefined, { signal }).catch(() => {});
}
