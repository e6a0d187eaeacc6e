import { randomUUID } from 'node:crypto';
import type {
  Activity,
  ActivityType,
  EnterStandbyAnswer,
  EnterStandbyQuery,
  ExitStandbyAnswer,
  ExitStandbyQuery,
  ScalingProcessQuery,
  SetDesiredCapacityType,
  SetInstanceHealthQuery,
  TerminateInstanceInAutoScalingGroupType,
  UpdateAutoScalingGroupType,
} from '@aws-sdk/client-auto-scaling';
import { type Call, type Operation, WireError } from '../wire/service.ts';
import { PROCESSES, type Process, type ScalingGroup } from './group.ts';
import { findGroup, findMember, findMembers, refuseOthers, validationError } from './lookup.ts';
import type { Member } from './members.ts';

/** The operations that change something. */
export function changeOperations(groups: readonly ScalingGroup[]): Readonly<Record<string, Operation>> {
  return {
    EnterStandby: (input: EnterStandbyQuery, call: Call) => enterStandby(groups, input, call),
    ExitStandby: (input: ExitStandbyQuery, call: Call) => exitStandby(groups, input, call),
    TerminateInstanceInAutoScalingGroup: (input: TerminateInstanceInAutoScalingGroupType, call: Call) =>
      terminate(groups, input, call),
    SetDesiredCapacity: (input: SetDesiredCapacityType, call: Call) => setDesired(groups, input, call),

    UpdateAutoScalingGroup(input: UpdateAutoScalingGroupType, call: Call): object {
      refuseOthers('UpdateAutoScalingGroup', input, ['AutoScalingGroupName', 'MinSize']);
      const group = findGroup(groups, call, input.AutoScalingGroupName);
      const { sizes } = group;
      const { MinSize: min = sizes.min } = input;
      if (min > sizes.max) {
        throw validationError(`Max bound, ${sizes.max}, must be greater than or equal to min bound, ${min}`);
      }
      // A group that would be below its new minimum grows.
      group.sizes = { ...sizes, min, desired: Math.max(sizes.desired, min) };
      return {};
    },

    SuspendProcesses(input: ScalingProcessQuery, call: Call): object {
      const group = findGroup(groups, call, input.AutoScalingGroupName);
      for (const process of processes(input)) {
        if (!group.suspended.has(process)) group.suspended.set(process, new Date());
      }
      return {};
    },

    ResumeProcesses(input: ScalingProcessQuery, call: Call): object {
      const group = findGroup(groups, call, input.AutoScalingGroupName);
      for (const process of processes(input)) group.suspended.delete(process);
      return {};
    },

    SetInstanceHealth(input: SetInstanceHealthQuery, call: Call): object {
      const { member } = findMember(groups, call, input.InstanceId);
      const { HealthStatus: health } = input;
      if (health !== 'Healthy' && health !== 'Unhealthy') {
        throw validationError(`HealthStatus '${health}' is invalid: expected Healthy or Unhealthy`);
      }
      member.health = health;
      delete member.illSince;
      return {};
    },
  };
}

function enterStandby(
  groups: readonly ScalingGroup[],
  input: EnterStandbyQuery,
  call: Call,
): EnterStandbyAnswer {
  const group = findGroup(groups, call, input.AutoScalingGroupName);
  const members = findMembers(group, input.InstanceIds ?? [], 'InService');
  const { sizes } = group;
  const decrement = input.ShouldDecrementDesiredCapacity === true;
  const desired = sizes.desired - (decrement ? members.length : 0);
  if (desired < sizes.min) {
    throw validationError(
      `AutoScalingGroup ${group.plan.name} has min-size=${sizes.min}, max-size=${sizes.max}, and ` +
        `desired-size=${sizes.desired}. To place into standby ${members.length} ` +
        `instance${members.length === 1 ? '' : 's'}, please update the AutoScalingGroup sizes appropriately.`,
    );
  }
  group.sizes = { ...sizes, desired };
  for (const member of members) group.enterStandby(member, !decrement);
  const how = decrement ? `, shrinking the capacity from ${sizes.desired} to ${desired}` : '';
  return {
    Activities: members.map((member) => activity(group, member, 'Moving EC2 instance to Standby', how)),
  };
}

function exitStandby(
  groups: readonly ScalingGroup[],
  input: ExitStandbyQuery,
  call: Call,
): ExitStandbyAnswer {
  const group = findGroup(groups, call, input.AutoScalingGroupName);
  const members = findMembers(group, input.InstanceIds ?? [], 'Standby');
  const { sizes } = group;
  const desired = sizes.desired + members.length;
  if (desired > sizes.max) {
    throw validationError(
      `AutoScalingGroup ${group.plan.name} has min-size=${sizes.min}, max-size=${sizes.max}, and ` +
        `desired-size=${sizes.desired}. To take out of standby ${members.length} ` +
        `instance${members.length === 1 ? '' : 's'}, please update the AutoScalingGroup sizes appropriately.`,
    );
  }
  group.sizes = { ...sizes, desired };
  for (const member of members) group.exitStandby(member);
  const how = `, increasing the capacity from ${sizes.desired} to ${desired}`;
  return {
    Activities: members.map((member) => activity(group, member, 'Moving EC2 instance out of Standby', how)),
  };
}

/**
 * Ends one instance. Documented: without decrement the group launches another (API reference), and the desired capacity
 * is lowered when an instance goes into standby and raised when it comes back (user guide, "Temporarily remove
 * instances"), so that one in standby is not among those that the group keeps. Inferred, and documented nowhere: ending
 * one in standby therefore leaves nothing to replace, and the desired capacity has to be raised for a successor; one that
 * is on its way into service or into standby is refused with ScalingActivityInProgress, which the API reference lists
 * among the errors of the operation without saying when.
 */
function terminate(
  groups: readonly ScalingGroup[],
  input: TerminateInstanceInAutoScalingGroupType,
  call: Call,
): ActivityType {
  refuseOthers('TerminateInstanceInAutoScalingGroup', input, [
    'InstanceId',
    'ShouldDecrementDesiredCapacity',
  ]);
  const { group, member } = findMember(groups, call, input.InstanceId);
  const { sizes } = group;
  const decrement = input.ShouldDecrementDesiredCapacity === true;
  const standby = member.lifecycle === 'Standby';
  if (standby && decrement) throw unknown('with decrement of an instance in Standby');
  if (group.suspended.has('Terminate')) throw unknown('while Terminate is suspended');
  if (member.lifecycle === 'Pending' || member.lifecycle === 'EnteringStandby') {
    throw new WireError(
      'ScalingActivityInProgress',
      `Instance ${member.id} is ${member.lifecycle}: a scaling activity is in progress for it.`,
    );
  }
  if (decrement && sizes.desired <= sizes.min) {
    throw validationError(
      `Currently, desiredSize equals minSize (${sizes.min}). Terminating instance without replacement will violate ` +
        "group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.",
    );
  }
  if (decrement) group.sizes = { ...sizes, desired: sizes.desired - 1 };
  if (member.lifecycle !== 'Terminating') group.terminate(member, !decrement && !standby);
  return { Activity: activity(group, member, 'Terminating EC2 instance', '') };
}

function unknown(what: string): WireError {
  return validationError(
    `The range does not model TerminateInstanceInAutoScalingGroup ${what}: what AWS does then is not documented`,
  );
}

/** Ending instances to reach a smaller size is not modelled, and neither are cooldowns. */
function setDesired(groups: readonly ScalingGroup[], input: SetDesiredCapacityType, call: Call): object {
  const group = findGroup(groups, call, input.AutoScalingGroupName);
  const { name } = group.plan;
  const { min, max, desired: before } = group.sizes;
  const { DesiredCapacity: desired = Number.NaN } = input;
  if (!Number.isInteger(desired)) throw validationError('DesiredCapacity must be a whole number');
  if (input.HonorCooldown === true) {
    throw validationError('The range does not model SetDesiredCapacity with HonorCooldown');
  }
  const bound = desired > max ? `above max value ${max}` : desired < min ? `below min value ${min}` : '';
  if (bound !== '') {
    throw validationError(
      `New SetDesiredCapacity value ${desired} is ${bound} for the AutoScalingGroup ${name}.`,
    );
  }
  if (desired < before) {
    throw validationError(
      `The range does not model SetDesiredCapacity below the present ${before}: no instance is ended for it`,
    );
  }
  group.sizes = { ...group.sizes, desired };
  return {};
}

/** @throws WireError `ValidationError` for a process that does not exist */
function processes({ ScalingProcesses: names = [] }: ScalingProcessQuery): readonly Process[] {
  if (names.length === 0) return PROCESSES;
  return names.map((name) => {
    const found = PROCESSES.find((process) => process === name);
    if (found !== undefined) return found;
    throw validationError(`'${name}' is not a valid scaling process: expected ${PROCESSES.join(', ')}`);
  });
}

function activity(group: ScalingGroup, member: Member, what: string, how: string): Activity {
  const now = new Date();
  return {
    ActivityId: randomUUID(),
    AutoScalingGroupName: group.plan.name,
    Description: `${what}: ${member.id}`,
    Cause: `At ${now.toISOString()} instance ${member.id} was changed in response to a user request${how}.`,
    StartTime: now,
    StatusCode: 'InProgress',
    Progress: 50,
    Details: JSON.stringify({ 'Availability Zone': member.zone }),
  };
}
