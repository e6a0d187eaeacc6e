import {
  DescribeTargetGroupsCommand,
  type ElasticLoadBalancingV2Client,
  InvalidTargetException,
  type TargetGroup,
  TargetGroupNotFoundException,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { explained } from '../runner/aws-call.ts';
import { UserError } from '../runner/errors.ts';

/**
 * The answer of a call about a pool; that there is no such pool, or no such host any more, is the user's to mend.
 *
 * @throws UserError or PlatformError with what was wanted and the permission that it takes
 */
export function aboutPool<T>(
  client: ElasticLoadBalancingV2Client,
  pool: string,
  [purpose, action]: readonly [purpose: string, action: string],
  answer: Promise<T>,
): Promise<T> {
  return explained({ purpose, action, resource: pool }, answer, async (error) => {
    if (error instanceof TargetGroupNotFoundException) {
      return new UserError(
        `Could not ${purpose}: target group ${pool} does not exist in ${await client.config.region()}. ` +
          'Check its ARN, and that region and credentials are those of its account.',
        { cause: error },
      );
    }
    if (error instanceof InvalidTargetException) {
      return new UserError(
        `Could not ${purpose} in ${pool}: ${error.message} An instance that is stopped or terminated cannot serve; ` +
          'its Auto Scaling group may have replaced it. Start it, or leave it out.',
        { cause: error },
      );
    }
    return undefined;
  });
}

/** One target group as the API describes it. @throws UserError when there is none */
export async function readGroup(client: ElasticLoadBalancingV2Client, pool: string): Promise<TargetGroup> {
  const answer = await aboutPool(
    client,
    pool,
    ['read the target group', 'elasticloadbalancing:DescribeTargetGroups'],
    client.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [pool] })),
  );
  const group = answer.TargetGroups?.[0];
  if (group === undefined) throw new UserError(`target group ${pool} does not exist; check its ARN.`);
  return group;
}
