import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  EnterStandbyCommand,
  ExitStandbyCommand,
  type Instance,
  ResumeProcessesCommand,
  SetDesiredCapacityCommand,
  SetInstanceHealthCommand,
  SuspendProcessesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { keepCondition } from '../runner/attempts.ts';
import { explained } from '../runner/aws-call.ts';
import { requestLimits } from '../runner/aws-requests.ts';
import { PlatformError } from '../runner/errors.ts';
import { chunks } from './chunks.ts';
import type { Scaling, ScalingGroup, ScalingMember } from './scaling.ts';

/** DescribeAutoScalingInstances takes at most 50 ids (API reference, `MaxRecords`). */
const IDS_PER_LOOK = 50;
/** EnterStandby and ExitStandby take at most 20 ids (API reference, `InstanceIds`). */
const IDS_PER_STANDBY = 20;
const REQUEST_LIMIT = 10_000;

/** The Auto Scaling groups of one region. */
export function createAutoScaling({ region }: { readonly region: string }): Scaling {
  const client = new AutoScalingClient({
    region,
    retryMode: 'adaptive',
    maxAttempts: 8,
    requestHandler: requestLimits(REQUEST_LIMIT),
  });
  keepCondition(client);
  return {
    members: async (hosts) => {
      const found: ScalingMember[] = [];
      for (const ids of chunks(hosts, IDS_PER_LOOK)) found.push(...(await describeMembers(client, ids)));
      return found;
    },
    group: (name) => describeGroup(client, name),
    enterStandby: async (group, hosts) => {
      for (const ids of chunks(hosts, IDS_PER_STANDBY)) {
        const input = {
          AutoScalingGroupName: group,
          InstanceIds: [...ids],
          ShouldDecrementDesiredCapacity: true,
        };
        await asked(
          'put hosts into standby',
          'EnterStandby',
          group,
          client.send(new EnterStandbyCommand(input)),
        );
      }
    },
    exitStandby: async (group, hosts) => {
      for (const ids of chunks(hosts, IDS_PER_STANDBY)) {
        const input = { AutoScalingGroupName: group, InstanceIds: [...ids] };
        await asked(
          'take hosts out of standby',
          'ExitStandby',
          group,
          client.send(new ExitStandbyCommand(input)),
        );
      }
    },
    setMinSize: async (group, size) => {
      const input = { AutoScalingGroupName: group, MinSize: size };
      const sent = client.send(new UpdateAutoScalingGroupCommand(input));
      await asked('change MinSize', 'UpdateAutoScalingGroup', group, sent);
    },
    setDesired: async (group, size) => {
      const input = { AutoScalingGroupName: group, DesiredCapacity: size, HonorCooldown: false };
      const sent = client.send(new SetDesiredCapacityCommand(input));
      await asked('change the desired capacity', 'SetDesiredCapacity', group, sent);
    },
    suspend: async (group, processes) => {
      const input = { AutoScalingGroupName: group, ScalingProcesses: [...processes] };
      await asked(
        'suspend processes',
        'SuspendProcesses',
        group,
        client.send(new SuspendProcessesCommand(input)),
      );
    },
    resume: async (group, processes) => {
      const input = { AutoScalingGroupName: group, ScalingProcesses: [...processes] };
      await asked(
        'resume processes',
        'ResumeProcesses',
        group,
        client.send(new ResumeProcessesCommand(input)),
      );
    },
    setHealthy: async (host) => {
      const input = { InstanceId: host, HealthStatus: 'Healthy', ShouldRespectGracePeriod: false };
      await asked(
        'mark a host healthy',
        'SetInstanceHealth',
        host,
        client.send(new SetInstanceHealthCommand(input)),
      );
    },
    terminate: async (host) => {
      const input = { InstanceId: host, ShouldDecrementDesiredCapacity: false };
      const sent = client.send(new TerminateInstanceInAutoScalingGroupCommand(input));
      await asked('terminate a host', 'TerminateInstanceInAutoScalingGroup', host, sent);
    },
  };
}

async function describeMembers(
  client: AutoScalingClient,
  ids: readonly string[],
): Promise<readonly ScalingMember[]> {
  const sent = client.send(new DescribeAutoScalingInstancesCommand({ InstanceIds: [...ids] }));
  const answer = await asked('find the groups of the hosts', 'DescribeAutoScalingInstances', '*', sent);
  return (answer.AutoScalingInstances ?? []).map((each) => memberOf(each.AutoScalingGroupName ?? '', each));
}

async function describeGroup(client: AutoScalingClient, name: string): Promise<ScalingGroup> {
  const sent = client.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }));
  const answer = await asked('read the Auto Scaling group', 'DescribeAutoScalingGroups', name, sent);
  const group = answer.AutoScalingGroups?.[0];
  if (group === undefined)
    throw new PlatformError(`Auto Scaling group ${name} was named by its host and does not exist.`);
  return {
    name,
    minSize: group.MinSize ?? 0,
    maxSize: group.MaxSize ?? 0,
    desired: group.DesiredCapacity ?? 0,
    suspended: (group.SuspendedProcesses ?? []).map(({ ProcessName }) => ProcessName ?? ''),
    members: (group.Instances ?? []).map((each) => memberOf(name, each)),
  };
}

function memberOf(
  group: string,
  instance: Partial<Omit<Instance, 'LifecycleState'>> & { readonly LifecycleState?: string | undefined },
): ScalingMember {
  return {
    host: instance.InstanceId ?? '',
    group,
    zone: instance.AvailabilityZone ?? '',
    lifecycle: instance.LifecycleState ?? 'unknown',
  };
}

function asked<T>(purpose: string, operation: string, resource: string, answer: Promise<T>): Promise<T> {
  return explained({ purpose, action: `autoscaling:${operation}`, resource }, answer);
}
