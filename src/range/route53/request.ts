import type * as sdk from '@aws-sdk/client-route-53';
import { WireError } from '../wire/service.ts';
import { readName } from './names.ts';
import { type Content, isRecordType, type RecordSet } from './record-set.ts';

/** One change of a batch, its names as Route 53 lists them. */
export interface Change {
  readonly action: 'CREATE' | 'DELETE' | 'UPSERT';
  readonly set: RecordSet;
}

/**
 * Reads one change of a request.
 *
 * @throws WireError `InvalidInput` for what makes no sense in itself, and for what is not modelled, by name
 */
export function readChange({ Action, ResourceRecordSet }: sdk.Change): Change {
  if (Action !== 'CREATE' && Action !== 'DELETE' && Action !== 'UPSERT') {
    throw invalid(`Action is ${String(Action)}, must be CREATE, DELETE or UPSERT`);
  }
  if (ResourceRecordSet === undefined) throw invalid(`Missing field 'ResourceRecordSet' in Change`);
  refuseUnmodelled(ResourceRecordSet);
  const { Name = '', Type = '', SetIdentifier } = ResourceRecordSet;
  const where = `Change with [Action=${Action}, Name=${Name}, Type=${Type}, SetIdentifier=${SetIdentifier ?? 'null'}]`;
  if (!isRecordType(Type)) throw unmodelled(`records of type ${Type}`);
  const reading = readName(Name);
  if (!reading.valid) throw new WireError('InvalidChangeBatch', `[${reading.problem}]`);
  const weighted = readWeighted(ResourceRecordSet, where);
  const content = readContent(ResourceRecordSet, where);
  if (content.kind === 'alias' && content.evaluateTargetHealth && weighted !== undefined) {
    throw unmodelled('EvaluateTargetHealth of weighted records');
  }
  const set = { name: reading.name, type: Type, content };
  return { action: Action, set: weighted === undefined ? set : { ...set, weighted } };
}

/** The members of a record set whose meaning the range models. */
const MODELLED = new Set([
  'Name',
  'Type',
  'SetIdentifier',
  'Weight',
  'TTL',
  'ResourceRecords',
  'AliasTarget',
]);

function refuseUnmodelled(set: sdk.ResourceRecordSet): void {
  const others = Object.entries(set).filter(([name, value]) => value !== undefined && !MODELLED.has(name));
  if (others.length > 0) throw unmodelled(others.map(([name]) => name).join(', '));
}

/** An error for what Route 53 can do and the range cannot. */
export function unmodelled(what: string): WireError {
  return invalid(`the range does not model ${what}`);
}

export function invalid(problem: string): WireError {
  return new WireError('InvalidInput', `Invalid request: ${problem}`);
}

function readWeighted(
  { SetIdentifier, Weight }: sdk.ResourceRecordSet,
  where: string,
): RecordSet['weighted'] | undefined {
  if (Weight === undefined && SetIdentifier === undefined) return undefined;
  if (SetIdentifier === undefined) throw invalid(`Missing field 'SetIdentifier' in ${where}`);
  if (Weight === undefined) {
    throw invalid(
      `Expected exactly one of [Weight, Region, Failover, GeoLocation, or MultiValueAnswer], but found none in ${where}`,
    );
  }
  if (SetIdentifier.length < 1 || SetIdentifier.length > 128) {
    throw invalid(`SetIdentifier must have 1 to 128 characters in ${where}`);
  }
  if (!Number.isInteger(Weight) || Weight < 0 || Weight > 255) {
    throw invalid(`Weight is ${Weight}, must be 0 to 255 in ${where}`);
  }
  return { identifier: SetIdentifier, weight: Weight };
}

function readContent({ TTL, ResourceRecords, AliasTarget }: sdk.ResourceRecordSet, where: string): Content {
  const expected =
    'Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]';
  if (AliasTarget !== undefined) {
    if (TTL !== undefined || ResourceRecords !== undefined) {
      throw invalid(`${expected}, but found more than one in ${where}`);
    }
    const { HostedZoneId = '', DNSName = '', EvaluateTargetHealth = false } = AliasTarget;
    const target = readName(DNSName);
    if (!target.valid) throw new WireError('InvalidChangeBatch', `[${target.problem}]`);
    return {
      kind: 'alias',
      zoneId: HostedZoneId,
      target: target.name,
      evaluateTargetHealth: EvaluateTargetHealth,
    };
  }
  if (TTL === undefined || ResourceRecords === undefined || ResourceRecords.length === 0) {
    throw invalid(`${expected}, but found none in ${where}`);
  }
  if (!Number.isInteger(TTL) || TTL < 0 || TTL > LONGEST_TTL) {
    throw invalid(`TTL is ${TTL}, must be 0 to ${LONGEST_TTL} in ${where}`);
  }
  return { kind: 'values', ttl: TTL, values: ResourceRecords.map(({ Value = '' }) => Value) };
}

/** Seconds; documentation of ResourceRecordSet.TTL. */
const LONGEST_TTL = 2_147_483_647;

/** A record set as the API shows it. */
export function shown({ name, type, weighted, content }: RecordSet): sdk.ResourceRecordSet {
  const set = {
    Name: name,
    Type: type,
    ...(weighted === undefined ? {} : { SetIdentifier: weighted.identifier, Weight: weighted.weight }),
  };
  if (content.kind === 'values') {
    return { ...set, TTL: content.ttl, ResourceRecords: content.values.map((Value) => ({ Value })) };
  }
  const { zoneId, target, evaluateTargetHealth } = content;
  return {
    ...set,
    AliasTarget: { HostedZoneId: zoneId, DNSName: target, EvaluateTargetHealth: evaluateTargetHealth },
  };
}
