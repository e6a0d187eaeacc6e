import {
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';

/** Another client of the account, which spends the same request budget. */
export interface Neighbour {
  /** How many of its calls were refused as too fast. */
  refused(): number;
  stop(): Promise<void>;
}

/**
 * Calls the balancer's API at a steady pace and never repeats a refused call.
 *
 * @param rate calls a second; none are made when it is 0
 */
export function startNeighbour(region: string, pool: string, rate: number): Neighbour {
  const client = new ElasticLoadBalancingV2Client({ region, maxAttempts: 1 });
  const pending = new Set<Promise<void>>();
  let refused = 0;
  const call = (): void => {
    const work = client.send(new DescribeTargetHealthCommand({ TargetGroupArn: pool })).then(
      () => {},
      (error: unknown) => {
        if (error instanceof Error && error.name.startsWith('Throttling')) refused += 1;
      },
    );
    pending.add(work);
    void work.finally(() => pending.delete(work));
  };
  const timer = rate === 0 ? undefined : setInterval(call, 1_000 / rate);
  return {
    refused: () => refused,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(pending);
      client.destroy();
    },
  };
}
