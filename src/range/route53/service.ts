import * as sdk from '@aws-sdk/client-route-53';
import { type Service, WireError } from '../wire/service.ts';
import {
  listHostedZones,
  listHostedZonesByName,
  listProtections,
  listRecordSets,
  shownZone,
} from './listing.ts';
import { isWithin, readName } from './names.ts';
import { isRecordType } from './record-set.ts';
import { invalid, readChange, unmodelled } from './request.ts';
import type { AcceptedChange, Zone } from './zone.ts';

/** What a name server says, as TestDNSAnswer tells it. */
export interface Tested {
  /** Name of the response code, such as `NOERROR`. */
  readonly rcode: string;
  readonly values: readonly string[];
}

/** Asks one name server for a name as it is listed. */
export type TestServer = (nameServer: string, name: string, type: string) => Tested;

/** Route 53 with one hosted zone. */
export function route53Service(zone: Zone, test: TestServer): Service {
  const known = (id: string | undefined): Zone => {
    if (id !== zone.id)
      throw new WireError('NoSuchHostedZone', `No hosted zone found with ID: ${id ?? ''}`, 404);
    return zone;
  };
  return {
    scope: 'route53',
    sdk,
    operations: {
      ChangeResourceRecordSets: (input: sdk.ChangeResourceRecordSetsRequest) =>
        change(known(input.HostedZoneId), input.ChangeBatch),
      GetChange: ({ Id = '' }: sdk.GetChangeRequest) => {
        const found = zone.change(Id);
        if (found === undefined) {
          throw new WireError('NoSuchChange', `Could not find resource with ID: ${Id}`, 404);
        }
        return { ChangeInfo: shownChange(found) };
      },
      GetHostedZone: ({ Id }: sdk.GetHostedZoneRequest) => describeZone(known(Id)),
      ListHostedZones: (input: sdk.ListHostedZonesRequest) => listHostedZones(zone, input),
      ListHostedZonesByName: (input: sdk.ListHostedZonesByNameRequest) => listHostedZonesByName(zone, input),
      ListResourceRecordSets: (input: sdk.ListResourceRecordSetsRequest) =>
        listRecordSets(known(input.HostedZoneId), input),
      ListResourceRecordSetProtections: (input: sdk.ListResourceRecordSetProtectionsRequest) =>
        listProtections(known(input.HostedZoneId), input),
      TestDNSAnswer: (input: sdk.TestDNSAnswerRequest) => testAnswer(known(input.HostedZoneId), input, test),
    },
  };
}

async function change(
  zone: Zone,
  batch: sdk.ChangeBatch | undefined,
): Promise<sdk.ChangeResourceRecordSetsResponse> {
  const changes = batch?.Changes ?? [];
  if (changes.length === 0) throw invalid('the batch has no changes');
  const accepted = await zone.submit(changes.map(readChange), batch?.Comment);
  return { ChangeInfo: shownChange(accepted) };
}

function shownChange({ id, status, submittedAt, comment }: AcceptedChange): sdk.ChangeInfo {
  const info = { Id: `/change/${id}`, Status: status, SubmittedAt: submittedAt };
  return comment === undefined ? info : { ...info, Comment: comment };
}

/** A private zone belongs to a VPC and is delegated to nobody. */
function describeZone(zone: Zone): sdk.GetHostedZoneResponse {
  return zone.isPrivate
    ? {
        HostedZone: shownZone(zone),
        VPCs: [{ VPCRegion: 'us-east-1', VPCId: 'vpc-00000000000000000' }],
      }
    : { HostedZone: shownZone(zone), DelegationSet: { NameServers: [...zone.nameServers] } };
}

function testAnswer(
  zone: Zone,
  {
    RecordName = '',
    RecordType: type = 'A',
    ResolverIP,
    EDNS0ClientSubnetIP,
    EDNS0ClientSubnetMask,
  }: sdk.TestDNSAnswerRequest,
  test: TestServer,
): sdk.TestDNSAnswerResponse {
  const of = { ResolverIP, EDNS0ClientSubnetIP, EDNS0ClientSubnetMask };
  const others = Object.entries(of).filter(([, value]) => value !== undefined);
  if (others.length > 0) throw unmodelled(others.map(([name]) => name).join(', '));
  if (zone.isPrivate) throw invalid('TestDNSAnswer supports public hosted zones only');
  const reading = readName(RecordName);
  if (!reading.valid || !isWithin(reading.name, zone.name)) {
    throw invalid(`${RecordName} is no name in zone ${zone.name}`);
  }
  if (!isRecordType(type)) throw unmodelled(`records of type ${type}`);
  const [nameServer = ''] = zone.nameServers;
  const { rcode, values } = test(nameServer, reading.name, type);
  return {
    Nameserver: nameServer,
    RecordName: reading.name,
    RecordType: type,
    RecordData: [...values],
    ResponseCode: rcode,
    Protocol: 'UDP',
  };
}
