import type { RangeBalancer } from '../../fleet/fleet.ts';

/** What a target group's ARN says, and the ARNs of the load balancer and listener made for it. */
export interface GroupNames {
  readonly targetGroup: string;
  readonly region: string;
  readonly name: string;
  readonly loadBalancer: string;
  readonly listener: string;
}

const TARGET_GROUP =
  /^arn:(?<partition>aws[a-z-]*):elasticloadbalancing:(?<region>[a-z0-9-]+):(?<account>\d{12}):targetgroup\/(?<name>[A-Za-z0-9-]{1,32})\/(?<id>[0-9a-f]+)$/;

/**
 * Reads a target group ARN and names the load balancer and listener that the range puts before it.
 *
 * @throws Error when the text is not a target group ARN
 */
export function groupNames(targetGroup: string, type: RangeBalancer['type']): GroupNames {
  const parts = TARGET_GROUP.exec(targetGroup)?.groups;
  if (parts === undefined) {
    throw new Error(
      `'${targetGroup}' is not a target group ARN. Expected arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/NAME/ID with a 12-digit account and a hexadecimal id.`,
    );
  }
  const { partition = '', region = '', account = '', name = '', id = '' } = parts;
  const kind = type === 'network' ? 'net' : 'app';
  const prefix = `arn:${partition}:elasticloadbalancing:${region}:${account}`;
  return {
    targetGroup,
    region,
    name,
    loadBalancer: `${prefix}:loadbalancer/${kind}/${name}/${id}`,
    listener: `${prefix}:listener/${kind}/${name}/${id}/${id}`,
  };
}

/** Whether the text is the ARN of a target group, registered or not. */
export function isTargetGroupArn(text: string): boolean {
  return TARGET_GROUP.test(text);
}
