import {
  DeregisterTargetsCommand,
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  InvalidTargetException,
  type LoadBalancer,
  RegisterTargetsCommand,
  type TargetGroup,
  TargetGroupNotFoundException,
  type TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { explained } from '../runner/aws-call.ts';
import { requestLimits } from '../runner/aws-requests.ts';
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
    requestHandler: requestLimits(10_000),
  });

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

/** A call about a pool; that there is no such pool, or no such host any more, is the user's to mend. */
async function aboutPool<T>(
  client: ElasticLoadBalancingV2Client,
  pool: string,
  [purpose, action]: readonly [purpose: string, action: string],
  answer: Promise<T>,
): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof TargetGroupNotFoundException) {
      throw new UserError(
        `Could not ${purpose}: target group ${pool} does not exist in ${await client.config.region()}. ` +
          'Check its ARN, and that region and credentials are those of its account.',
        { cause: error },
      );
    }
    if (error instanceof InvalidTargetException) {
      throw new UserError(
        `Could not ${purpose} in ${pool}: ${error.message} An instance that is stopped or terminated cannot serve; ` +
          'its Auto Scaling group may have replaced it. Start it, or leave it out.',
        { cause: error },
      );
    }
    return explained({ purpose, action, resource: pool }, Promise.reject(error));
  }
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

async function readGroup(client: ElasticLoadBalancingV2Client, pool: string): Promise<TargetGroup> {
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

async function readSettings(client: ElasticLoadBalancingV2Client, pool: string): Promise<PoolSettings> {
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

const CROSS_ZONE = 'load_balancing.cross_zone.enabled';

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
