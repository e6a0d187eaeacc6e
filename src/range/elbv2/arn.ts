import type { RangeBalancer } from '../../fleet/fleet.ts';

/** What a target group's ARN says. */
export interface GroupNames {
  readonly targetGroup: string;
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly name: string;
  /** Hexadecimal. */
  readonly id: string;
}

/** A load balancer, named after the first target group that it forwards to. */
export interface BalancerNames {
  readonly loadBalancer: string;
  readonly region: string;
  readonly name: string;
  /** ARN of its listener. */
  readonly listener: string;
  /** The name under which clients that ask the range's own name servers find it; nobody else answers it. */
  readonly dnsName: string;
}

const TARGET_GROUP =
  /^arn:(?<partition>aws[a-z-]*):elasticloadbalancing:(?<region>[a-z0-9-]+):(?<account>\d{12}):targetgroup\/(?<name>[A-Za-z0-9-]{1,32})\/(?<id>[0-9a-f]+)$/;

/**
 * Reads a target group ARN.
 *
 * @throws Error when the text is not a target group ARN
 */
export function groupNames(targetGroup: string): GroupNames {
  const parts = TARGET_GROUP.exec(targetGroup)?.groups;
  if (parts === undefined) {
    throw new Error(
      `'${targetGroup}' is not a target group ARN. Expected arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/NAME/ID with a 12-digit account and a hexadecimal id.`,
    );
  }
  const { partition = '', region = '', account = '', name = '', id = '' } = parts;
  return { targetGroup, partition, region, account, name, id };
}

/** Names the load balancer whose first target group this is, and its listener. */
export function balancerNames(group: GroupNames, type: RangeBalancer['type']): BalancerNames {
  const { partition, region, account, name, id } = group;
  const kind = type === 'network' ? 'net' : 'app';
  const prefix = `arn:${partition}:elasticloadbalancing:${region}:${account}`;
  return {
    loadBalancer: `${prefix}:loadbalancer/${kind}/${name}/${id}`,
    region,
    name,
    listener: `${prefix}:listener/${kind}/${name}/${id}/${id}`,
    // Under `test`, which no public server answers (RFC 6761): a client that asks elsewhere must not reach a stranger.
    dnsName: `${name}-${id}.${region}.elb.range.test`.toLowerCase(),
  };
}

/** The ARN of a listener's rule. */
export function ruleArn(listener: string, id: string): string {
  return `${listener.replace(':listener/', ':listener-rule/')}/${id}`;
}

/** Whether the text is the ARN of a target group, registered or not. */
export function isTargetGroupArn(text: string): boolean {
  return TARGET_GROUP.test(text);
}
