import type {
  DeleteListenerInput,
  DeleteListenerOutput,
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
import { balancerCrossZone } from './attributes.ts';
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
      const found = select(visible(estate, call), [arn], loadBalancerOf, LOAD_BALANCER_NOT_FOUND);
      const attributes = found.flatMap(({ group }) => attributesOf(group));
      return { Attributes: attributes.map(([Key, Value]) => ({ Key, Value })) };
    },

    DescribeListeners(input: DescribeListenersInput, call: Call): DescribeListenersOutput {
      const { items, marker } = page(selectListeners(visible(estate, call), input), input);
      return { Listeners: items.map(describeListener), ...marker };
    },

    DeleteListener(input: DeleteListenerInput, call: Call): DeleteListenerOutput {
      const arn = required('listenerArn', input.ListenerArn);
      const listening = visible(estate, call).filter(({ group }) => group.isAttached());
      for (const { group, closeListener } of select(listening, [arn], listenerOf, LISTENER_NOT_FOUND)) {
        group.detach();
        closeListener();
      }
      return {};
    },
  };
}

function attributesOf({ settings, shifted, zones }: Group): readonly (readonly [string, string])[] {
  return [
    ['load_balancing.cross_zone.enabled', String(balancerCrossZone(settings))],
    ...(settings.type === 'application'
      ? [['idle_timeout.timeout_seconds', String(IDLE_TIMEOUT / 1_000)] as const]
      : []),
    ['deletion_protection.enabled', 'false'],
    ['access_logs.s3.enabled', 'false'],
    ['zonal_shift.config.enabled', String(zones.some((zone) => shifted.has(zone)))],
  ];
}

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
  const listening = ({ group }: Served): boolean => group.isAttached();
  return loadBalancer === undefined
    ? select(all.filter(listening), arns, listenerOf, LISTENER_NOT_FOUND)
    : select(all, [loadBalancer], loadBalancerOf, LOAD_BALANCER_NOT_FOUND).filter(listening);
}

function listenerOf({ names }: Group): string {
  return names.listener;
}

function loadBalancerOf({ names }: Group): string {
  return names.loadBalancer;
}

function describe({ names, zones, settings }: Group, created: Date): LoadBalancer {
  return {
    LoadBalancerArn: names.loadBalancer,
    LoadBalancerName: names.name,
    DNSName: '127.0.0.1',
    CreatedTime: created,
    Scheme: 'internal',
    State: { Code: 'active' },
    Type: settings.type,
    IpAddressType: 'ipv4',
    AvailabilityZones: zones.map((ZoneName) => ({ ZoneName })),
  };
}

function describeListener({ group, listenerPort }: Served): Listener {
  const { targetGroup, listener, loadBalancer } = group.names;
  return {
    ListenerArn: listener,
    LoadBalancerArn: loadBalancer,
    Protocol: group.settings.type === 'network' ? 'TCP' : 'HTTP',
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
