import {
  DeregisterTargetsCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
  type TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { keepCondition } from '../runner/attempts.ts';
import { explained } from '../runner/aws-call.ts';
import { requestLimits } from '../runner/aws-requests.ts';
import { aboutPool, readGroup } from './elbv2-calls.ts';
import { readSettings } from './elbv2-settings.ts';
import type { Balancer, ObservedTarget, TargetKey, TargetState } from './port.ts';

const STATES: readonly string[] = [
  'initial',
  'healthy',
  'unhealthy',
  'unhealthy.draining',
  'unused',
  'draining',
  'unavailable',
] satisfies readonly TargetState[];

/** The pools of one region: ELBv2 target groups, named by ARN. */
export function createElbv2Balancer(options: { readonly region: string }): Balancer {
  // Adaptive retries: a throttled call is slowed down instead of failing a deployment that goes well.
  const client = new ElasticLoadBalancingV2Client({
    region: options.region,
    retryMode: 'adaptive',
    maxAttempts: 8,
    requestHandler: requestLimits(10_000),
  });
  keepCondition(client);

  return {
    settings: (pool) => readSettings(client, pool),
    siblings: (pool) => readSiblings(client, pool),
    targets: async (pool) => {
      const answer = await aboutPool(
        client,
        pool,
        ['read the health of the targets', 'elasticloadbalancing:DescribeTargetHealth'],
        client.send(new DescribeTargetHealthCommand({ TargetGroupArn: pool })),
      );
      return (answer.TargetHealthDescriptions ?? []).map(observedTarget);
    },
    deregister: async (pool, targets) => {
      const input = { TargetGroupArn: pool, Targets: targets.map(wireTarget) };
      await aboutPool(
        client,
        pool,
        ['take targets out of service', 'elasticloadbalancing:DeregisterTargets'],
        client.send(new DeregisterTargetsCommand(input)),
      );
    },
    register: async (pool, targets) => {
      const input = { TargetGroupArn: pool, Targets: targets.map(wireTarget) };
      await aboutPool(
        client,
        pool,
        ['put targets back into service', 'elasticloadbalancing:RegisterTargets'],
        client.send(new RegisterTargetsCommand(input)),
      );
    },
  };
}

async function readSiblings(client: ElasticLoadBalancingV2Client, pool: string): Promise<readonly string[]> {
  const group = await readGroup(client, pool);
  const attached = await Promise.all((group.LoadBalancerArns ?? []).map((arn) => groupsBehind(client, arn)));
  return [...new Set([pool, ...attached.flat()])];
}

async function groupsBehind(
  client: ElasticLoadBalancingV2Client,
  balancer: string,
): Promise<readonly string[]> {
  const found: string[] = [];
  let next: string | undefined;
  do {
    const answer = await explained(
      {
        purpose: 'find the other target groups of the load balancer',
        action: 'elasticloadbalancing:DescribeTargetGroups',
        resource: balancer,
      },
      client.send(
        new DescribeTargetGroupsCommand({
          LoadBalancerArn: balancer,
          ...(next === undefined ? {} : { Marker: next }),
        }),
      ),
    );
    found.push(...(answer.TargetGroups ?? []).map(({ TargetGroupArn }) => TargetGroupArn ?? ''));
    next = answer.NextMarker;
  } while (next !== undefined && next !== '');
  return found;
}

function observedTarget({
  Target,
  TargetHealth,
  AdministrativeOverride,
}: TargetHealthDescription): ObservedTarget {
  const state = TargetHealth?.State ?? 'unknown';
  const override = AdministrativeOverride?.State ?? 'no_override';
  return {
    id: Target?.Id ?? '',
    port: Target?.Port ?? 0,
    state: isKnown(state) ? state : 'unknown',
    ...(TargetHealth?.Reason === undefined ? {} : { reason: TargetHealth.Reason }),
    ...(TargetHealth?.Description === undefined ? {} : { description: TargetHealth.Description }),
    shifted: override !== 'no_override',
  };
}

function isKnown(state: string): state is TargetState {
  return STATES.includes(state);
}

function wireTarget({ id, port }: TargetKey): { Id: string; Port: number } {
  return { Id: id, Port: port };
}
