import {
  DeregisterTargetsCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  type LoadBalancer,
  RegisterTargetsCommand,
  type TargetGroup,
  type TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { explained } from '../runner/aws-call.ts';
import { PlatformError, UserError } from '../runner/errors.ts';
import type {
  Balancer,
  HealthThreshold,
  ObservedTarget,
  PoolSettings,
  TargetKey,
  TargetState,
} from './port.ts';

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
  });

  return {
    settings: (pool) => readSettings(client, pool),
    targets: async (pool) => {
      const answer = await explained(
        {
          purpose: 'read the health of the targets',
          action: 'elasticloadbalancing:DescribeTargetHealth',
          resource: pool,
        },
        client.send(new DescribeTargetHealthCommand({ TargetGroupArn: pool })),
      );
      return (answer.TargetHealthDescriptions ?? []).map(observedTarget);
    },
    deregister: async (pool, targets) => {
      const input = { TargetGroupArn: pool, Targets: targets.map(wireTarget) };
      await explained(
        {
          purpose: 'take targets out of service',
          action: 'elasticloadbalancing:DeregisterTargets',
          resource: pool,
        },
        client.send(new DeregisterTargetsCommand(input)),
      );
    },
    register: async (pool, targets) => {
      const input = { TargetGroupArn: pool, Targets: targets.map(wireTarget) };
      await explained(
        {
          purpose: 'put targets back into service',
          action: 'elasticloadbalancing:RegisterTargets',
          resource: pool,
        },
        client.send(new RegisterTargetsCommand(input)),
      );
    },
  };
}

async function readSettings(client: ElasticLoadBalancingV2Client, pool: string): Promise<PoolSettings> {
  const [groups, attributes] = await Promise.all([
    explained(
      {
        purpose: 'read the target group',
        action: 'elasticloadbalancing:DescribeTargetGroups',
        resource: pool,
      },
      client.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [pool] })),
    ),
    explained(
      {
        purpose: 'read the attributes of the target group',
        action: 'elasticloadbalancing:DescribeTargetGroupAttributes',
        resource: pool,
      },
      client.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn: pool })),
    ),
  ]);
  const group = groups.TargetGroups?.[0];
  if (group === undefined) throw new UserError(`target group ${pool} does not exist; check its ARN.`);
  const values = new Map((attributes.Attributes ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
  const balancers = await balancersOf(client, group);
  return {
    ...healthCheckOf(group),
    pool,
    name: group.TargetGroupName ?? pool,
    targetType: group.TargetType ?? 'unknown',
    defaultPort: group.Port ?? 0,
    crossZone: crossZoneOf(values, balancers),
    deregistrationDelay: secondsOf(values, 'deregistration_delay.timeout_seconds', 300),
    slowStart: secondsOf(values, 'slow_start.duration_seconds', 0),
    failOpen: thresholdOf(values, 'target_group_health.unhealthy_state_routing'),
    dnsFailover: thresholdOf(values, 'target_group_health.dns_failover'),
    entrances: await entrancesOf(client, pool, balancers),
  };
}

async function balancersOf(
  client: ElasticLoadBalancingV2Client,
  group: TargetGroup,
): Promise<readonly LoadBalancer[]> {
  const arns = group.LoadBalancerArns ?? [];
  if (arns.length === 0) {
    throw new UserError(
      `target group ${group.TargetGroupName} is not attached to any load balancer, so its targets are never ` +
        'health-checked and nothing can be proven about them. Attach it to a listener first.',
    );
  }
  const answer = await explained(
    {
      purpose: 'read the load balancers of the target group',
      action: 'elasticloadbalancing:DescribeLoadBalancers',
    },
    client.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: arns })),
  );
  return answer.LoadBalancers ?? [];
}

/** Plain HTTP listeners that forward to the pool; HTTPS needs the public name, which only the user knows. */
async function entrancesOf(
  client: ElasticLoadBalancingV2Client,
  pool: string,
  balancers: readonly LoadBalancer[],
): Promise<readonly string[]> {
  const listeners = await Promise.all(
    balancers.map(async (balancer) => {
      const answer = await explained(
        {
          purpose: 'read the listeners of the load balancer',
          action: 'elasticloadbalancing:DescribeListeners',
          resource: pool,
        },
        client.send(new DescribeListenersCommand({ LoadBalancerArn: balancer.LoadBalancerArn })),
      );
      return (answer.Listeners ?? [])
        .filter(
          ({ Protocol, DefaultActions }) =>
            Protocol === 'HTTP' && JSON.stringify(DefaultActions).includes(pool),
        )
        .map(({ Port }) => `http://${balancer.DNSName}:${Port}`);
    }),
  );
  return listeners.flat();
}

function healthCheckOf(
  group: TargetGroup,
): Pick<PoolSettings, 'healthChecked' | 'healthCheckInterval' | 'healthCheckPath' | 'healthCheckPort' | 'healthCheckStatuses'> {
  const port = Number(group.HealthCheckPort ?? 'traffic-port');
  const speaksHttp = group.HealthCheckProtocol === 'HTTP' && group.HealthCheckPath !== undefined;
  return {
    healthChecked: group.HealthCheckEnabled !== false,
    // 30 s is the default of the API for instance and ip targets.
    healthCheckInterval: (group.HealthCheckIntervalSeconds ?? 30) * 1_000,
    ...(speaksHttp ? { healthCheckPath: group.HealthCheckPath ?? '/' } : {}),
    ...(Number.isInteger(port) ? { healthCheckPort: port } : {}),
    healthCheckStatuses: group.Matcher?.HttpCode ?? '200',
  };
}

/** The group's own setting wins; otherwise the balancer's: on for ALB, off for NLB unless its attribute says so. */
function crossZoneOf(values: ReadonlyMap<string, string>, balancers: readonly LoadBalancer[]): boolean {
  const own = values.get('load_balancing.cross_zone.enabled');
  if (own === 'true' || own === 'false') return own === 'true';
  return balancers.every(({ Type }) => Type === 'application');
}

function secondsOf(values: ReadonlyMap<string, string>, key: string, fallback: number): number {
  const seconds = Number(values.get(key) ?? fallback);
  if (Number.isFinite(seconds)) return seconds * 1_000;
  throw new PlatformError(`attribute ${key} has the value ${values.get(key)}, expected a number of seconds.`);
}

function thresholdOf(values: ReadonlyMap<string, string>, prefix: string): HealthThreshold {
  const count = Number(values.get(`${prefix}.minimum_healthy_targets.count`) ?? 'off');
  const percent = Number(values.get(`${prefix}.minimum_healthy_targets.percentage`) ?? 'off');
  return { ...(Number.isFinite(count) ? { count } : {}), ...(Number.isFinite(percent) ? { percent } : {}) };
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
