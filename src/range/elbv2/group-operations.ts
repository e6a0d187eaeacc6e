import type {
  DescribeTargetGroupAttributesInput,
  DescribeTargetGroupAttributesOutput,
  DescribeTargetGroupsInput,
  DescribeTargetGroupsOutput,
  ModifyTargetGroupAttributesInput,
  ModifyTargetGroupAttributesOutput,
  TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Call, type Operation, WireError } from '../wire/service.ts';
import { listAttributes } from './attributes.ts';
import type { Group } from './group.ts';
import { type Estate, findGroup, page, required, select, visible } from './lookup.ts';
import { checkTimeout, THRESHOLDS } from './registry.ts';

/** The operations on target groups. */
export function groupOperations(estate: Estate): Readonly<Record<string, Operation>> {
  return {
    DescribeTargetGroups(input: DescribeTargetGroupsInput, call: Call): DescribeTargetGroupsOutput {
      const { items, marker } = page(selectGroups(estate, call, input), input);
      return { TargetGroups: items.map(describeGroup), ...marker };
    },

    DescribeTargetGroupAttributes(
      input: DescribeTargetGroupAttributesInput,
      call: Call,
    ): DescribeTargetGroupAttributesOutput {
      const group = findGroup(estate, call, input.TargetGroupArn);
      return { Attributes: listAttributes(group.attributes()) };
    },

    ModifyTargetGroupAttributes(
      input: ModifyTargetGroupAttributesInput,
      call: Call,
    ): ModifyTargetGroupAttributesOutput {
      const group = findGroup(estate, call, input.TargetGroupArn);
      group.modify(required('attributes', input.Attributes));
      return { Attributes: listAttributes(group.attributes()) };
    },
  };
}

function selectGroups(estate: Estate, call: Call, input: DescribeTargetGroupsInput): readonly Group[] {
  const { TargetGroupArns: arns = [], Names: names = [], LoadBalancerArn: loadBalancer } = input;
  if ([arns.length > 0, names.length > 0, loadBalancer !== undefined].filter(Boolean).length > 1) {
    throw new WireError(
      'ValidationError',
      'Target group ARNs, target group names and a load balancer ARN cannot be specified at the same time',
    );
  }
  const all = visible(estate.groups, call);
  if (loadBalancer !== undefined) {
    const notFound = { code: 'LoadBalancerNotFound', what: 'Load balancers' };
    select(visible(estate.balancers, call), [loadBalancer], ({ names }) => names.loadBalancer, notFound);
    return all.filter((group) => group.attachment()?.loadBalancer === loadBalancer);
  }
  const notFound = { code: 'TargetGroupNotFound', what: 'Target groups' };
  if (arns.length > 0) return select(all, arns, (group) => group.names.targetGroup, notFound);
  return names.length > 0 ? select(all, names, (group) => group.names.name, notFound) : all;
}

/** Whole seconds, as the API has them, at least one: the range's own times are often shorter. */
function describeGroup(group: Group): TargetGroup {
  const attached = group.attachment();
  const { names, port, settings } = group;
  return {
    TargetGroupArn: names.targetGroup,
    TargetGroupName: names.name,
    ...(settings.type === 'network' ? { Protocol: 'TCP' } : { Protocol: 'HTTP', ProtocolVersion: 'HTTP1' }),
    Port: port,
    TargetType: 'instance',
    IpAddressType: 'ipv4',
    LoadBalancerArns: attached === undefined ? [] : [attached.loadBalancer],
    HealthCheckEnabled: true,
    HealthCheckProtocol: 'HTTP',
    HealthCheckPort: 'traffic-port',
    HealthCheckPath: settings.healthCheckPath,
    HealthCheckIntervalSeconds: Math.max(1, Math.ceil(settings.healthCheckInterval / 1_000)),
    HealthCheckTimeoutSeconds: Math.ceil(checkTimeout(settings) / 1_000),
    HealthyThresholdCount: THRESHOLDS.healthy,
    UnhealthyThresholdCount: THRESHOLDS.unhealthy,
    Matcher: { HttpCode: '200' },
  };
}
