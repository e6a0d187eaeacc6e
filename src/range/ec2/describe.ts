import type {
  DescribeInstancesRequest,
  DescribeInstancesResult,
  Filter,
  Instance,
} from '@aws-sdk/client-ec2';
import type { HostSnapshot } from '../range.ts';
import { WireError } from '../wire/service.ts';

const KNOWN = ['InstanceIds', 'Filters', 'MaxResults', 'NextToken'];

/** What each filter compares. */
const FILTERS: Readonly<Record<string, (instance: Instance) => string | undefined>> = {
  'instance-id': ({ InstanceId }) => InstanceId,
  'availability-zone': ({ Placement }) => Placement?.AvailabilityZone,
  'instance-state-name': ({ State }) => State?.Name,
};

/** Of one filter ("List and filter using the CLI and API", EC2 User Guide). */
const MOST_VALUES = 200;
/** Size of a page ("Pagination", EC2 Developer Guide). */
const PAGE = { least: 5, most: 1_000 } as const;

/**
 * Answers DescribeInstances. The range does not forget instances that have been terminated, as EC2 does within an hour.
 *
 * @param hosts those of the call's region
 * @throws WireError for an id that is not there, and for everything that is not modelled, by name
 */
export function describeInstances(
  hosts: readonly HostSnapshot[],
  input: DescribeInstancesRequest,
): DescribeInstancesResult {
  refuseOthers(input);
  const { InstanceIds: ids = [], Filters: filters = [] } = input;
  const matches = filters.map(matcher);
  const all = hosts.map(instanceOf);
  refuseUnknownIds(all, ids);
  const found = all.filter(
    (each) =>
      (ids.length === 0 || ids.includes(each.InstanceId ?? '')) && matches.every((match) => match(each)),
  );
  const { items, ...next } = page(found, input);
  return { Reservations: items.map(reserved), ...next };
}

function refuseOthers(input: DescribeInstancesRequest): void {
  const others = Object.keys(input).filter((member) => !KNOWN.includes(member));
  if (others.length > 0) {
    throw new WireError(
      'UnknownParameter',
      `The range does not model DescribeInstances with ${others.join(', ')}, only ${KNOWN.join(', ')}`,
    );
  }
  if (input.InstanceIds !== undefined && input.MaxResults !== undefined) {
    throw new WireError(
      'InvalidParameterCombination',
      'The parameter instancesSet cannot be used with the parameter maxResults',
    );
  }
}

function matcher({ Name: name = '', Values: values = [] }: Filter): (instance: Instance) => boolean {
  const compared = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
  if (compared === undefined) {
    const known = Object.keys(FILTERS).join(', ');
    throw new WireError(
      'InvalidParameterValue',
      `The filter '${name}' is invalid: the range models ${known}`,
    );
  }
  if (values.length > MOST_VALUES) {
    throw new WireError(
      'FilterLimitExceeded',
      `The maximum number of filter values specified on a single call is ${MOST_VALUES}`,
    );
  }
  const wild = values.find((value) => /[*?\\]/.test(value));
  if (wild !== undefined) {
    throw new WireError(
      'InvalidParameterValue',
      `The range does not model wildcards in filters such as ${name}=${wild}`,
    );
  }
  return (instance) => values.includes(compared(instance) ?? '');
}

function refuseUnknownIds(all: readonly Instance[], ids: readonly string[]): void {
  const malformed = ids.find((id) => !/^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(id));
  if (malformed !== undefined) {
    throw new WireError('InvalidInstanceID.Malformed', `Invalid id: "${malformed}"`);
  }
  const unknown = ids.filter((id) => !all.some(({ InstanceId }) => InstanceId === id));
  if (unknown.length === 0) return;
  const [noun, verb] = unknown.length === 1 ? ['ID', 'does'] : ['IDs', 'do'];
  throw new WireError(
    'InvalidInstanceID.NotFound',
    `The instance ${noun} '${unknown.join(', ')}' ${verb} not exist`,
  );
}

function instanceOf({ host, zone, address, terminated }: HostSnapshot): Instance {
  return {
    InstanceId: host,
    Placement: { AvailabilityZone: zone, Tenancy: 'default' },
    ...(terminated === true
      ? { State: { Code: 48, Name: 'terminated' } }
      : { State: { Code: 16, Name: 'running' }, PrivateIpAddress: address }),
  };
}

/** As if every instance had been launched alone. */
function reserved(instance: Instance): object {
  return {
    ReservationId: instance.InstanceId?.replace(/^i-/, 'r-'),
    OwnerId: '000000000000',
    Instances: [instance],
  };
}

function page<T>(
  all: readonly T[],
  { MaxResults: size, NextToken: token = '0' }: DescribeInstancesRequest,
): { readonly items: readonly T[]; readonly NextToken?: string } {
  if (size !== undefined && (size < PAGE.least || size > PAGE.most)) {
    throw new WireError(
      'InvalidParameterValue',
      `Value ( ${size} ) for parameter maxResults is invalid. Expecting a value from ${PAGE.least} to ${PAGE.most}.`,
    );
  }
  if (!/^\d{1,6}$/.test(token)) {
    throw new WireError('InvalidParameterValue', `'${token}' is not a token that the range gave out`);
  }
  const end = Number(token) + (size ?? all.length);
  return {
    items: all.slice(Number(token), end),
    ...(end < all.length ? { NextToken: String(end) } : {}),
  };
}
