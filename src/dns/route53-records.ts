import type { ResourceRecordSet, RRType } from '@aws-sdk/client-route-53';
import type { Content, RecordSet } from './port.ts';

/** A record set as Route 53 lists it. */
export function fromWire(listed: ResourceRecordSet): RecordSet {
  const { Name, Type, SetIdentifier, Weight, TTL, ResourceRecords, AliasTarget, ...native } = listed;
  return {
    name: Name ?? '',
    type: Type ?? '',
    content: contentOf({ TTL, ResourceRecords, AliasTarget }),
    routing: routingOf(listed),
    native,
  };
}

function contentOf({
  TTL,
  ResourceRecords,
  AliasTarget,
}: Pick<ResourceRecordSet, 'TTL' | 'ResourceRecords' | 'AliasTarget'>): Content {
  if (AliasTarget !== undefined) {
    return {
      kind: 'alias',
      zoneId: AliasTarget.HostedZoneId ?? '',
      target: AliasTarget.DNSName ?? '',
      evaluateTargetHealth: AliasTarget.EvaluateTargetHealth === true,
    };
  }
  return {
    kind: 'values',
    ttl: TTL ?? 0,
    values: (ResourceRecords ?? []).map(({ Value = '' }) => Value),
  };
}

function routingOf({
  SetIdentifier,
  Weight,
  TrafficPolicyInstanceId,
}: ResourceRecordSet): RecordSet['routing'] {
  // What a traffic policy has made belongs to it, whatever it looks like.
  if (TrafficPolicyInstanceId !== undefined) return { kind: 'other', identifier: TrafficPolicyInstanceId };
  if (SetIdentifier === undefined) return { kind: 'simple' };
  return Weight === undefined
    ? { kind: 'other', identifier: SetIdentifier }
    : { kind: 'weighted', identifier: SetIdentifier, weight: Weight };
}

/** The same as a request has it: every member that was listed, since a DELETE must give all of them. */
export function toWire({ name, type, content, routing, native }: RecordSet): ResourceRecordSet {
  return {
    ...native,
    Name: name,
    // It was listed by Route 53 or is one of the three that can be flipped.
    Type: type as RRType,
    ...(routing.kind === 'weighted' && { SetIdentifier: routing.identifier, Weight: routing.weight }),
    ...(content.kind === 'alias'
      ? {
          AliasTarget: {
            HostedZoneId: content.zoneId,
            DNSName: content.target,
            EvaluateTargetHealth: content.evaluateTargetHealth,
          },
        }
      : { TTL: content.ttl, ResourceRecords: content.values.map((Value) => ({ Value })) }),
  };
}
