import type {
  DescribeLoadBalancerAttributesInput,
  DescribeLoadBalancerAttributesOutput,
  DescribeLoadBalancersInput,
  DescribeLoadBalancersOutput,
  LoadBalancer as LoadBalancerDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { RangeBalancer } from '../../fleet/fleet.ts';
import { type Call, type Operation, WireError } from '../wire/service.ts';
import { balancerCrossZone } from './attributes.ts';
import { IDLE_TIMEOUT } from './group.ts';
import type { LoadBalancer } from './load-balancer.ts';
import { type Estate, page, required, select, visible } from './lookup.ts';

/** How a load balancer that does not exist is reported. */
export const LOAD_BALANCER_NOT_FOUND = { code: 'LoadBalancerNotFound', what: 'Load balancers' };

/** The hosted zone of the names of load balancers, which an alias to one of them names. Shaped like AWS's, and nobody's. */
const HOSTED_ZONE = 'Z0RANGEBALANCERS';

/** The operations on load balancers. */
export function loadBalancerOperations(estate: Estate): Readonly<Record<string, Operation>> {
  return {
    DescribeLoadBalancers(input: DescribeLoadBalancersInput, call: Call): DescribeLoadBalancersOutput {
      const { items, marker } = page(selectLoadBalancers(visible(estate.balancers, call), input), input);
      return { LoadBalancers: items.map((balancer) => describe(balancer, estate.created)), ...marker };
    },

    DescribeLoadBalancerAttributes(
      input: DescribeLoadBalancerAttributesInput,
      call: Call,
    ): DescribeLoadBalancerAttributesOutput {
      const arn = required('loadBalancerArn', input.LoadBalancerArn);
      const found = select(visible(estate.balancers, call), [arn], arnOf, LOAD_BALANCER_NOT_FOUND);
      const attributes = found.flatMap(attributesOf);
      return { Attributes: attributes.map(([Key, Value]) => ({ Key, Value })) };
    },
  };
}

function attributesOf({ settings, shifted, zones }: LoadBalancer): readonly (readonly [string, string])[] {
  return [
    ['load_balancing.cross_zone.enabled', String(balancerCrossZone(settings))],
    ...idleTimeout(settings),
    ['deletion_protection.enabled', 'false'],
    ['access_logs.s3.enabled', 'false'],
    ['zonal_shift.config.enabled', String(zones.some((zone) => shifted.has(zone)))],
  ];
}

function idleTimeout({ type }: RangeBalancer): readonly (readonly [string, string])[] {
  return type === 'application' ? [['idle_timeout.timeout_seconds', String(IDLE_TIMEOUT / 1_000)]] : [];
}

function selectLoadBalancers(
  all: readonly LoadBalancer[],
  input: DescribeLoadBalancersInput,
): readonly LoadBalancer[] {
  const { LoadBalancerArns: arns = [], Names: names = [] } = input;
  if (arns.length > 0 && names.length > 0) {
    throw new WireError(
      'ValidationError',
      'Load balancer ARNs and load balancer names cannot be specified at the same time',
    );
  }
  if (arns.length > 0) return select(all, arns, arnOf, LOAD_BALANCER_NOT_FOUND);
  return names.length > 0 ? select(all, names, (one) => one.names.name, LOAD_BALANCER_NOT_FOUND) : all;
}

/** The ARN of a load balancer, for `select`. */
export function arnOf({ names }: LoadBalancer): string {
  return names.loadBalancer;
}

function describe({ names, dnsName, zones, settings }: LoadBalancer, created: Date): LoadBalancerDescription {
  return {
    LoadBalancerArn: names.loadBalancer,
    LoadBalancerName: names.name,
    DNSName: dnsName,
    CanonicalHostedZoneId: HOSTED_ZONE,
    CreatedTime: created,
    Scheme: 'internal',
    State: { Code: 'active' },
    Type: settings.type,
    IpAddressType: 'ipv4',
    AvailabilityZones: zones.map((ZoneName) => ({ ZoneName })),
  };
}
