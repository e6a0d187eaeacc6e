import type {
  DescribeListenersInput,
  DescribeListenersOutput,
  DescribeLoadBalancerAttributesInput,
  DescribeLoadBalancerAttributesOutput,
  DescribeLoadBalancersInput,
  DescribeLoadBalancersOutput,
  Listener,
  LoadBalancer,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Call, type Operation, WireError } from '../wire/service.ts';
import { type Group, IDLE_TIMEOUT } from './group.ts';
import { type Estate, page, required, type Served, select, visible } from './lookup.ts';

const LOAD_BALANCER_NOT_FOUND = { code: 'LoadBalancerNotFound', what: 'Load balancers' };
const LISTENER_NOT_FOUND = { code: 'ListenerNotFound', what: 'Listeners' };

/** The operations on load balancers and listeners. */
export function loadBalancerOperations(estate: Estate): Readonly<Record<string, Operation>> {
  return {
    DescribeLoadBalancers(input: DescribeLoadBalancersInput, call: Call): DescribeLoadBalancersOutput {
      const { items, marker } = page(selectLoadBalancers(visible(estate, call), input), input);
      return { LoadBalancers: items.map(({ group }) => describe(group, estate.created)), ...marker };
    },

    DescribeLoadBalancerAttributes(
      input: DescribeLoadBalancerAttributesInput,
      call: Call,
    ): DescribeLoadBalancerAttributesOutput {
      const arn = required('loadBalancerArn', input.LoadBalancerArn);
      select(visible(estate, call), [arn], loadBalancerOf, LOAD_BALANCER_NOT_FOUND);
      return { Attributes: ATTRIBUTES.map(([Key, Value]) => ({ Key, Value })) };
    },

    DescribeListeners(input: DescribeListenersInput, call: Call): DescribeListenersOutput {
      const { items, marker } = page(selectListeners(visible(estate, call), input), input);
      return { Listeners: items.map(describeListener), ...marker };
    },
  };
}

/** An Application Load Balancer's cross-zone setting is always on; a target group can turn it off for itself. */
const ATTRIBUTES = [
  ['load_balancing.cross_zone.enabled', 'true'],
  ['idle_timeout.timeout_seconds', String(IDLE_TIMEOUT / 1_000)],
  ['deletion_protection.enabled', 'false'],
  ['access_logs.s3.enabled', 'false'],
  ['zonal_shift.config.enabled', 'false'],
] as const;

function selectLoadBalancers(all: readonly Served[], input: DescribeLoadBalancersInput): readonly Served[] {
  const { LoadBalancerArns: arns = [], Names: names = [] } = input;
  if (arns.length > 0 && names.length > 0) {
    throw new WireError(
      'ValidationError',
      'Load balancer ARNs and load balancer names cannot be specified at the same time',
    );
  }
  if (arns.length > 0) return select(all, arns, loadBalancerOf, LOAD_BALANCER_NOT_FOUND);
  return names.length > 0 ? select(all, names, (group) => group.names.name, LOAD_BALANCER_NOT_FOUND) : all;
}

function selectListeners(all: readonly Served[], input: DescribeListenersInput): readonly Served[] {
  const { LoadBalancerArn: loadBalancer, ListenerArns: arns = [] } = input;
  if ((loadBalancer === undefined) === (arns.length === 0)) {
    throw new WireError('ValidationError', 'You must specify either listener ARNs or a load balancer ARN');
  }
  return loadBalancer === undefined
    ? select(all, arns, (group) => group.names.listener, LISTENER_NOT_FOUND)
    : select(all, [loadBalancer], loadBalancerOf, LOAD_BALANCER_NOT_FOUND);
}

function loadBalancerOf({ names }: Group): string {
  return names.loadBalancer;
}

function describe({ names, zones }: Group, created: Date): LoadBalancer {
  return {
    LoadBalancerArn: names.loadBalancer,
    LoadBalancerName: names.name,
    DNSName: '127.0.0.1',
    CreatedTime: created,
    Scheme: 'internal',
    State: { Code: 'active' },
    Type: 'application',
    IpAddressType: 'ipv4',
    AvailabilityZones: zones.map((ZoneName) => ({ ZoneName })),
  };
}

function describeListener({ group, listenerPort }: Served): Listener {
  const { targetGroup, listener, loadBalancer } = group.names;
  return {
    ListenerArn: listener,
    LoadBalancerArn: loadBalancer,
    Protocol: 'HTTP',
    Port: listenerPort,
    DefaultActions: [
      {
        Type: 'forward',
        TargetGroupArn: targetGroup,
        ForwardConfig: {
          TargetGroups: [{ TargetGroupArn: targetGroup, Weight: 1 }],
          TargetGroupStickinessConfig: { Enabled: false },
        },
      },
    ],
  };
}
