import type {
  AutoScalingGroup,
  AutoScalingGroupNamesType,
  AutoScalingGroupsType,
  AutoScalingInstancesType,
  DescribeAutoScalingInstancesType,
} from '@aws-sdk/client-auto-scaling';
import type { Call, Operation } from '../wire/service.ts';
import type { ScalingGroup } from './group.ts';
import { page, refuseOthers, validationError, visible } from './lookup.ts';

/** From the API reference: `MaxRecords` of each operation. */
const MOST_GROUPS = 100;
const MOST_INSTANCES = 50;

/** The operations that only read. Names and ids that name nothing are left out of the answer, as AWS does. */
export function describeOperations(groups: readonly ScalingGroup[]): Readonly<Record<string, Operation>> {
  return {
    DescribeAutoScalingGroups(input: AutoScalingGroupNamesType, call: Call): AutoScalingGroupsType {
      refuseOthers('DescribeAutoScalingGroups', input, ['AutoScalingGroupNames', 'NextToken', 'MaxRecords']);
      const { AutoScalingGroupNames: names = [] } = input;
      const found = visible(groups, call).filter(
        ({ plan }) => names.length === 0 || names.includes(plan.name),
      );
      const { items, next } = page(found, input, MOST_GROUPS);
      return { AutoScalingGroups: items.map(describeGroup), ...next };
    },

    DescribeAutoScalingInstances(
      input: DescribeAutoScalingInstancesType,
      call: Call,
    ): AutoScalingInstancesType {
      const { InstanceIds: ids = [] } = input;
      if (ids.length > MOST_INSTANCES) {
        throw validationError(
          `The number of instance ids that may be passed in is limited to ${MOST_INSTANCES}`,
        );
      }
      const found = visible(groups, call)
        .flatMap((group) => group.members.map((member) => ({ group, member })))
        .filter(({ member }) => ids.length === 0 || ids.includes(member.id));
      const { items, next } = page(found, input, MOST_INSTANCES);
      return {
        AutoScalingInstances: items.map(({ group, member }) => ({
          InstanceId: member.id,
          AutoScalingGroupName: group.plan.name,
          AvailabilityZone: member.zone,
          LifecycleState: member.lifecycle,
          // In capitals here, other than in DescribeAutoScalingGroups.
          HealthStatus: member.health.toUpperCase(),
          ProtectedFromScaleIn: false,
        })),
        ...next,
      };
    },
  };
}

function describeGroup({ plan, sizes, suspended, members, created }: ScalingGroup): AutoScalingGroup {
  return {
    AutoScalingGroupName: plan.name,
    AutoScalingGroupARN: arnOf(plan),
    MinSize: sizes.min,
    MaxSize: sizes.max,
    DesiredCapacity: sizes.desired,
    DefaultCooldown: 300,
    AvailabilityZones: [...new Set(plan.pools.flatMap(({ zones }) => zones))],
    LoadBalancerNames: [],
    TargetGroupARNs: plan.pools.map(({ targetGroup }) => targetGroup),
    HealthCheckType: 'ELB',
    HealthCheckGracePeriod: 0,
    CreatedTime: created,
    Instances: members.map((member) => ({
      InstanceId: member.id,
      AvailabilityZone: member.zone,
      LifecycleState: member.lifecycle,
      HealthStatus: member.health,
      ProtectedFromScaleIn: false,
    })),
    SuspendedProcesses: [...suspended].map(([ProcessName, since]) => ({
      ProcessName,
      SuspensionReason: `User suspended at ${since.toISOString()}`,
    })),
    NewInstancesProtectedFromScaleIn: false,
  };
}

/** In the account of the group's first target group. */
function arnOf({ name, region, pools }: ScalingGroup['plan']): string {
  const account = pools[0]?.targetGroup.split(':')[4] ?? '000000000000';
  return `arn:aws:autoscaling:${region}:${account}:autoScalingGroup:00000000-0000-0000-0000-000000000000:autoScalingGroupName/${name}`;
}
