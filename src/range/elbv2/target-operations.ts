import type {
  DeregisterTargetsInput,
  DeregisterTargetsOutput,
  DescribeTargetHealthInput,
  DescribeTargetHealthOutput,
  RegisterTargetsInput,
  RegisterTargetsOutput,
  TargetDescription,
  TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Call, type Operation, WireError } from '../wire/service.ts';
import type { Group } from './group.ts';
import { type Estate, findGroup, required } from './lookup.ts';
import type { TargetKey } from './targets.ts';

/** The operations on targets. */
export function targetOperations(estate: Estate): Readonly<Record<string, Operation>> {
  return {
    RegisterTargets(input: RegisterTargetsInput, call: Call): RegisterTargetsOutput {
      const group = findGroup(estate, call, input.TargetGroupArn);
      const targets = required('targets', input.Targets);
      refuseZones(targets);
      group.register(keysOf(targets, group));
      return {};
    },

    DeregisterTargets(input: DeregisterTargetsInput, call: Call): DeregisterTargetsOutput {
      const group = findGroup(estate, call, input.TargetGroupArn);
      group.deregister(keysOf(required('targets', input.Targets), group));
      return {};
    },

    DescribeTargetHealth(input: DescribeTargetHealthInput, call: Call): DescribeTargetHealthOutput {
      const group = findGroup(estate, call, input.TargetGroupArn);
      const { Targets: asked = [], Include: include = [] } = input;
      const keys = asked.length === 0 ? group.targets() : keysOf(asked, group);
      const describe = include.length === 0 ? describeHealth : describeWithAnomalies;
      return { TargetHealthDescriptions: keys.map((key) => describe(group, key)) };
    },
  };
}

/** A target named without a port is the one at the group's own port. */
function keysOf(targets: readonly TargetDescription[], group: Group): readonly TargetKey[] {
  return targets.map(({ Id, Port: port = group.port }) => {
    const id = required('targets.1.member.id', Id);
    if (Number.isInteger(port) && port >= 1 && port <= 65_535) return { id, port };
    throw new WireError(
      'ValidationError',
      `Port '${port}' of target '${id}' is invalid: expected 1 to 65535`,
    );
  });
}

function refuseZones(targets: readonly TargetDescription[]): void {
  const zoned = targets.find(({ AvailabilityZone }) => AvailabilityZone !== undefined);
  if (zoned === undefined) return;
  throw new WireError(
    'ValidationError',
    `You cannot specify an Availability Zone for target '${zoned.Id}': the target type is instance`,
  );
}

function describeHealth(group: Group, { id, port }: TargetKey): TargetHealthDescription {
  return {
    Target: { Id: id, Port: port },
    HealthCheckPort: String(port),
    TargetHealth: group.health({ id, port }),
    AdministrativeOverride: group.override({ id, port }),
  };
}

/** Round robin knows no anomalies. */
function describeWithAnomalies(group: Group, key: TargetKey): TargetHealthDescription {
  return {
    ...describeHealth(group, key),
    AnomalyDetection: { Result: 'normal', MitigationInEffect: 'no' },
  };
}
