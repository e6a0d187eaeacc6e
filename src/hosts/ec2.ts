import { EC2Client, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import { explained } from '../runner/aws-call.ts';
import { requestLimits } from '../runner/aws-requests.ts';
import { chunks } from './chunks.ts';
import type { Instances } from './instances.ts';

/** A filter takes at most 200 values ("List and filter using the CLI and API", EC2 User Guide). */
const IDS_PER_LOOK = 200;
/** The largest page ("Pagination", EC2 Developer Guide). */
const PAGE_SIZE = 1_000;
const REQUEST_LIMIT = 10_000;

/** The instances of one region. Managed instances (`mi-…`) are machines outside EC2, so it is not asked for them. */
export function createEc2Instances({ region }: { readonly region: string }): Instances {
  const client = new EC2Client({
    region,
    retryMode: 'adaptive',
    maxAttempts: 8,
    requestHandler: requestLimits(REQUEST_LIMIT),
  });
  return {
    zones: async (hosts) => {
      const ids = hosts.filter((host) => host.startsWith('i-'));
      const found: (readonly [string, string])[] = [];
      for (const some of chunks(ids, IDS_PER_LOOK)) {
        const operation = {
          purpose: 'find the zones of the hosts',
          action: 'ec2:DescribeInstances',
          resource: '*',
        };
        found.push(...(await explained(operation, zonesOf(client, some))));
      }
      return new Map(found);
    },
  };
}

/** By a filter: asked for an id that does not exist, EC2 would say nothing about the others either. */
async function zonesOf(
  client: EC2Client,
  ids: readonly string[],
): Promise<readonly (readonly [string, string])[]> {
  const Filters = [
    { Name: 'instance-id', Values: [...ids] },
    { Name: 'instance-state-name', Values: ['pending', 'running', 'stopping', 'stopped'] },
  ];
  const found: (readonly [string, string])[] = [];
  for await (const { Reservations = [] } of paginateDescribeInstances(
    { client, pageSize: PAGE_SIZE },
    { Filters },
  )) {
    for (const { InstanceId, Placement } of Reservations.flatMap(({ Instances = [] }) => Instances)) {
      const zone = Placement?.AvailabilityZone;
      if (InstanceId !== undefined && zone !== undefined) found.push([InstanceId, zone]);
    }
  }
  return found;
}
