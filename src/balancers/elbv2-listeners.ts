import {
  type Action,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  type Listener,
  ListenerNotFoundException,
  ModifyListenerCommand,
  ModifyRuleCommand,
  type Rule,
  RuleNotFoundException,
  TargetGroupAssociationLimitException,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { explained } from '../runner/aws-call.ts';
import { requestLimits } from '../runner/aws-requests.ts';
import { UserError } from '../runner/errors.ts';
import { readActions, writeActions } from './elbv2-actions.ts';
import { aboutPool, readGroup } from './elbv2-calls.ts';
import type { PoolPlace, RouteAction, RoutePlace, Router, WriteOutcome } from './port.ts';

/** A write that is not answered by then counts as unknown; what judges it afterwards waits longer than this. */
const WRITE_LIMIT = 3_000;

/** Not performed: the API says so before it does anything. */
const BUSY = ['Throttling', 'ThrottlingException', 'RequestLimitExceeded', 'TooManyRequestsException'];

/** The listeners and rules of one region, named by ARN. */
export function createElbv2Router(options: { readonly region: string }): Router {
  const reader = new ElasticLoadBalancingV2Client({
    region: options.region,
    retryMode: 'adaptive',
    maxAttempts: 8,
    requestHandler: requestLimits(10_000),
  });
  // The SDK would repeat a lost write over what somebody else wrote in between: whoever writes looks first, each time.
  const writer = new ElasticLoadBalancingV2Client({
    region: options.region,
    maxAttempts: 1,
    requestHandler: { ...requestLimits(WRITE_LIMIT), connectionTimeout: WRITE_LIMIT },
  });
  return {
    place: (route) => readPlace(reader, route),
    actions: async (route) =>
      readActions(
        isRule(route)
          ? ((await readRule(reader, route)).Actions ?? [])
          : ((await readListener(reader, route)).DefaultActions ?? []),
      ),
    write: (route, actions) => writeRoute(writer, route, actions),
    pool: (pool) => readPool(reader, pool),
  };
}

/** `…:listener-rule/app/<name>/<balancer>/<listener>/<rule>`, unlike `…:listener/app/<name>/<balancer>/<listener>`. */
function isRule(route: string): boolean {
  return route.includes(':listener-rule/');
}

function listenerOf(route: string): string {
  return isRule(route) ? route.replace(':listener-rule/', ':listener/').replace(/\/[^/]+$/, '') : route;
}

async function readListener(client: ElasticLoadBalancingV2Client, route: string): Promise<Listener> {
  const listener = listenerOf(route);
  const answer = await aboutRoute(
    client,
    route,
    ['read the listener', 'elasticloadbalancing:DescribeListeners'],
    client.send(new DescribeListenersCommand({ ListenerArns: [listener] })),
  );
  const found = answer.Listeners?.find(({ ListenerArn }) => ListenerArn === listener);
  if (found === undefined) throw await missing(client, route);
  return found;
}

async function readRule(client: ElasticLoadBalancingV2Client, route: string): Promise<Rule> {
  const answer = await aboutRoute(
    client,
    route,
    ['read the rule', 'elasticloadbalancing:DescribeRules'],
    client.send(new DescribeRulesCommand({ RuleArns: [route] })),
  );
  const found = answer.Rules?.find(({ RuleArn }) => RuleArn === route);
  if (found === undefined) throw await missing(client, route);
  if (found.IsDefault !== true) return found;
  throw new UserError(
    `${route} is the default rule, which is changed by its listener only; nothing was changed. ` +
      `Give \`listener: ${listenerOf(route)}\` in its place.`,
  );
}

async function readPlace(client: ElasticLoadBalancingV2Client, route: string): Promise<RoutePlace> {
  const { LoadBalancerArn: arn = '', Protocol, Port } = await readListener(client, route);
  const answer = await explained(
    {
      purpose: 'read the load balancer of the listener',
      action: 'elasticloadbalancing:DescribeLoadBalancers',
      resource: arn,
    },
    client.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] })),
  );
  const balancer = answer.LoadBalancers?.[0];
  return {
    route,
    balancer: arn,
    balancerType: balancer?.Type ?? 'unknown',
    ...(Protocol === 'HTTP' && balancer?.DNSName !== undefined
      ? { entrance: `http://${balancer.DNSName}:${Port}` }
      : {}),
  };
}

async function readPool(client: ElasticLoadBalancingV2Client, pool: string): Promise<PoolPlace> {
  const group = await readGroup(client, pool);
  return {
    pool,
    name: group.TargetGroupName ?? pool,
    targetType: group.TargetType ?? 'unknown',
    protocol: group.Protocol ?? 'unknown',
    network: group.VpcId ?? '',
    balancers: group.LoadBalancerArns ?? [],
  };
}

/** Only the actions are sent: `ModifyListener` takes port, protocol, certificates and policies too, and these stay. */
async function writeRoute(
  client: ElasticLoadBalancingV2Client,
  route: string,
  actions: readonly RouteAction[],
): Promise<WriteOutcome> {
  const list: Action[] = writeActions(actions);
  const call = isRule(route)
    ? client.send(new ModifyRuleCommand({ RuleArn: route, Actions: list }))
    : client.send(new ModifyListenerCommand({ ListenerArn: route, DefaultActions: list }));
  const action = isRule(route) ? 'elasticloadbalancing:ModifyRule' : 'elasticloadbalancing:ModifyListener';
  try {
    await call;
    return { kind: 'accepted' };
  } catch (error) {
    const outcome = withoutAnswer(error);
    if (outcome !== undefined) return outcome;
    if (error instanceof TargetGroupAssociationLimitException) {
      throw new UserError(
        `Could not change the weights of ${route}: a target group can be used by one load balancer only, and one of these ` +
          `is used by another: ${error.message} Nothing was changed.`,
        { cause: error },
      );
    }
    const what = ['change the weights', action] as const;
    if (isMissingRoute(error)) return aboutRoute(client, route, what, Promise.reject(error));
    const groups = actions.flatMap((each) => (each.kind === 'forward' ? each.pools : []));
    return aboutPool(client, groups.map(({ pool }) => pool).join(' or '), what, Promise.reject(error));
  }
}

/** What says nothing about whether the write happened, or that it did not and may be tried again; none for a refusal. */
function withoutAnswer(error: unknown): WriteOutcome | undefined {
  const {
    name = '',
    message = '',
    $metadata,
  } = error as Partial<Error> & {
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  const problem = `${name}: ${message}`;
  const status = $metadata?.httpStatusCode;
  if (BUSY.includes(name) || status === 429) return { kind: 'busy', problem };
  const refusedConnection = (error as { readonly code?: string }).code === 'ECONNREFUSED';
  if (refusedConnection) return { kind: 'busy', problem };
  if (status === undefined ? name === 'CredentialsProviderError' : status < 500) return undefined;
  return { kind: 'unknown', problem };
}

function aboutRoute<T>(
  client: ElasticLoadBalancingV2Client,
  route: string,
  [purpose, action]: readonly [purpose: string, action: string],
  answer: Promise<T>,
): Promise<T> {
  return explained({ purpose, action, resource: route }, answer, (error) =>
    isMissingRoute(error) ? missing(client, route, error) : undefined,
  );
}

function isMissingRoute(error: unknown): error is Error {
  return error instanceof ListenerNotFoundException || error instanceof RuleNotFoundException;
}

async function missing(
  client: ElasticLoadBalancingV2Client,
  route: string,
  cause?: Error,
): Promise<UserError> {
  return new UserError(
    `${isRule(route) ? 'Rule' : 'Listener'} ${route} does not exist in ${await client.config.region()}; nothing was ` +
      'changed. Check its ARN, and that region and credentials are those of its account.',
    { cause },
  );
}
