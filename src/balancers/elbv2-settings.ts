import {
  type Action,
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupAttributesCommand,
  type ElasticLoadBalancingV2Client,
  type LoadBalancer,
  type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { explained } from '../runner/aws-call.ts';
import { PlatformError, UserError } from '../runner/errors.ts';
import { aboutPool, readGroup } from './elbv2-calls.ts';
import type { HealthThreshold, PoolSettings } from './port.ts';

/** Default false; only target groups of a network load balancer have it (API reference, TargetGroupAttribute). */
const CONNECTION_TERMINATION = 'deregistration_delay.connection_termination.enabled';
const CROSS_ZONE = 'load_balancing.cross_zone.enabled';

/**
 * What one target group, its attributes and the load balancers in front say of it.
 *
 * @throws UserError when it is on no load balancer; PlatformError for an attribute that cannot be understood
 */
export async function readSettings(
  client: ElasticLoadBalancingV2Client,
  pool: string,
): Promise<PoolSettings> {
  const [group, attributes] = await Promise.all([
    readGroup(client, pool),
    aboutPool(
      client,
      pool,
      ['read the attributes of the target group', 'elasticloadbalancing:DescribeTargetGroupAttributes'],
      client.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn: pool })),
    ),
  ]);
  const values = new Map((attributes.Attributes ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
  const balancers = await balancersOf(client, group);
  return {
    ...healthCheckOf(group),
    pool,
    name: group.TargetGroupName ?? pool,
    targetType: group.TargetType ?? 'unknown',
    defaultPort: group.Port ?? 0,
    balancerType: [...new Set(balancers.map(({ Type }) => Type ?? 'unknown'))].join(' and '),
    crossZone: await crossZoneOf(client, values, balancers),
    deregistrationDelay: secondsOf(values, 'deregistration_delay.timeout_seconds', 300),
    connectionTermination: values.get(CONNECTION_TERMINATION) === 'true',
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
          ({ Protocol, DefaultActions = [] }) =>
            Protocol === 'HTTP' && DefaultActions.some((action) => sendsTo(action, pool)),
        )
        .map(({ Port }) => `http://${balancer.DNSName}:${Port}`);
    }),
  );
  return listeners.flat();
}

/** A pool that is attached with weight 0 gets nothing; asked there, another one would answer. */
function sendsTo({ TargetGroupArn, ForwardConfig }: Action, pool: string): boolean {
  const groups = ForwardConfig?.TargetGroups ?? [{ TargetGroupArn }];
  return groups.some((group) => group.TargetGroupArn === pool && group.Weight !== 0);
}

function healthCheckOf(
  group: TargetGroup,
): Pick<
  PoolSettings,
  'healthChecked' | 'healthCheckInterval' | 'healthCheckPath' | 'healthCheckPort' | 'healthCheckStatuses'
> {
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

/** The group's own setting wins. Otherwise the balancer's: always on for an ALB, an attribute of any other. */
async function crossZoneOf(
  client: ElasticLoadBalancingV2Client,
  values: ReadonlyMap<string, string>,
  balancers: readonly LoadBalancer[],
): Promise<boolean> {
  const own = values.get(CROSS_ZONE);
  if (own === 'true' || own === 'false') return own === 'true';
  const others = balancers.filter(({ Type }) => Type !== 'application');
  const settings = await Promise.all(
    others.map(async ({ LoadBalancerArn }) => {
      const answer = await explained(
        {
          purpose: 'read the attributes of the load balancer',
          action: 'elasticloadbalancing:DescribeLoadBalancerAttributes',
          ...(LoadBalancerArn === undefined ? {} : { resource: LoadBalancerArn }),
        },
        client.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn })),
      );
      return answer.Attributes?.find(({ Key }) => Key === CROSS_ZONE)?.Value === 'true';
    }),
  );
  return settings.every((on) => on);
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
