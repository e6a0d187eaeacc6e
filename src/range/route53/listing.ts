import type * as sdk from '@aws-sdk/client-route-53';
import { WireError } from '../wire/service.ts';
import { compareNames, compareText, readName } from './names.ts';
import type { RecordSet } from './record-set.ts';
import { invalid, shown, unmodelled } from './request.ts';
import type { Zone } from './zone.ts';

/** Record sets and protections of one page at most; both are of their operations' documentation. */
const LARGEST_PAGE = 300;

/** ListResourceRecordSets: the newest state, pending changes included. */
export function listRecordSets(
  zone: Zone,
  input: sdk.ListResourceRecordSetsRequest,
): sdk.ListResourceRecordSetsResponse {
  const { StartRecordName, StartRecordType, StartRecordIdentifier, MaxItems } = input;
  if (StartRecordName === undefined && StartRecordType !== undefined) {
    throw invalid('StartRecordType needs StartRecordName');
  }
  if (StartRecordType === undefined && StartRecordIdentifier !== undefined) {
    throw invalid('StartRecordIdentifier needs StartRecordName and StartRecordType');
  }
  const size = pageSize(MaxItems, LARGEST_PAGE);
  const sets = zone.sets().filter((set) => !isBefore(set, input));
  const next = sets[size];
  return {
    ResourceRecordSets: sets.slice(0, size).map(shown),
    IsTruncated: next !== undefined,
    MaxItems: size,
    ...(next === undefined ? {} : { NextRecordName: next.name, NextRecordType: next.type }),
    ...(next?.weighted === undefined ? {} : { NextRecordIdentifier: next.weighted.identifier }),
  };
}

function isBefore(
  set: RecordSet,
  { StartRecordName, StartRecordType, StartRecordIdentifier }: sdk.ListResourceRecordSetsRequest,
): boolean {
  if (StartRecordName === undefined) return false;
  const names = compareNames(set.name, startName(StartRecordName));
  if (names !== 0 || StartRecordType === undefined) return names < 0;
  const types = compareText(set.type, StartRecordType);
  if (types !== 0 || StartRecordIdentifier === undefined) return types < 0;
  return compareText(set.weighted?.identifier ?? '', StartRecordIdentifier) < 0;
}

function startName(text: string): string {
  const reading = readName(text);
  if (!reading.valid) throw invalid(reading.problem);
  return reading.name;
}

function pageSize(wanted: number | undefined, largest: number): number {
  if (wanted === undefined) return largest;
  if (!Number.isInteger(wanted) || wanted < 1) throw invalid(`a page of ${wanted} items; 1 is the least`);
  return Math.min(wanted, largest);
}

/** ListResourceRecordSetProtections, in the order in which record sets are listed. */
export function listProtections(
  zone: Zone,
  input: sdk.ListResourceRecordSetProtectionsRequest,
): sdk.ListResourceRecordSetProtectionsResponse {
  const { StartRecordName, StartRecordType, MaxResults, NextToken } = input;
  if (StartRecordName === undefined && StartRecordType !== undefined) {
    throw invalid('StartRecordType needs StartRecordName');
  }
  const sorted = zone.protections.toSorted(
    (one, other) => compareNames(one.name, other.name) || compareText(one.type, other.type),
  );
  const start = NextToken === undefined ? startOf(sorted, input) : positionOf(NextToken, sorted.length);
  const end = start + pageSize(MaxResults, LARGEST_PAGE);
  return {
    ResourceRecordSetProtections: sorted.slice(start, end).map(({ name, type, comment }) => ({
      RecordName: name,
      // Protections may name types of which the range has no records.
      RecordType: type as sdk.RRType,
      ...(comment === undefined ? {} : { Comment: comment }),
    })),
    ...(end < sorted.length ? { NextToken: String(end) } : {}),
  };
}

function startOf(
  sorted: Zone['protections'],
  { StartRecordName, StartRecordType }: sdk.ListResourceRecordSetProtectionsRequest,
): number {
  if (StartRecordName === undefined) return 0;
  const start = startName(StartRecordName);
  const found = sorted.findIndex(({ name, type }) => {
    const names = compareNames(name, start);
    return names > 0 || (names === 0 && compareText(type, StartRecordType ?? '') >= 0);
  });
  return found < 0 ? sorted.length : found;
}

function positionOf(token: string, length: number): number {
  const position = /^\d+$/.test(token) ? Number(token) : Number.NaN;
  if (!(position < length))
    throw new WireError('InvalidPaginationToken', `${token} is no token of this list`);
  return position;
}

/** Hosted zones of one page at most; documentation of ListHostedZones. */
const LARGEST_ZONE_PAGE = 100;

/** ListHostedZones of an account with one zone. */
export function listHostedZones(
  zone: Zone,
  { Marker, MaxItems, DelegationSetId, HostedZoneType }: sdk.ListHostedZonesRequest,
): sdk.ListHostedZonesResponse {
  if (DelegationSetId !== undefined) throw unmodelled('DelegationSetId');
  if (HostedZoneType !== undefined && HostedZoneType !== 'PrivateHostedZone') {
    throw invalid(`HostedZoneType is ${HostedZoneType}, must be PrivateHostedZone`);
  }
  const isListed =
    (Marker === undefined || compareText(zone.id, Marker) >= 0) &&
    (HostedZoneType === undefined || zone.isPrivate);
  return {
    HostedZones: isListed ? [shownZone(zone)] : [],
    Marker: Marker ?? '',
    IsTruncated: false,
    MaxItems: pageSize(MaxItems, LARGEST_ZONE_PAGE),
  };
}

/** ListHostedZonesByName of an account with one zone. */
export function listHostedZonesByName(
  zone: Zone,
  { DNSName, HostedZoneId, MaxItems }: sdk.ListHostedZonesByNameRequest,
): sdk.ListHostedZonesByNameResponse {
  if (DNSName === undefined && HostedZoneId !== undefined) throw invalid('HostedZoneId needs DNSName');
  const names = DNSName === undefined ? 1 : compareNames(zone.name, startName(DNSName));
  const isListed = names > 0 || (names === 0 && compareText(zone.id, HostedZoneId ?? '') >= 0);
  return {
    HostedZones: isListed ? [shownZone(zone)] : [],
    IsTruncated: false,
    MaxItems: pageSize(MaxItems, LARGEST_ZONE_PAGE),
    ...(DNSName === undefined ? {} : { DNSName }),
    ...(HostedZoneId === undefined ? {} : { HostedZoneId }),
  };
}

/** A hosted zone as the API shows it. */
export function shownZone(zone: Zone): sdk.HostedZone {
  return {
    Id: `/hostedzone/${zone.id}`,
    Name: zone.name,
    CallerReference: 'range',
    Config: { PrivateZone: zone.isPrivate },
    ResourceRecordSetCount: zone.sets().length,
  };
}
