import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createEc2Instances } from '../../src/hosts/ec2.ts';
import type { Instances } from '../../src/hosts/instances.ts';
import { ec2Service } from '../../src/range/ec2/service.ts';
import type { HostSnapshot } from '../../src/range/range.ts';
import { type Operation, type Service, WireError } from '../../src/range/wire/service.ts';
import { UserError } from '../../src/runner/errors.ts';
import { failure, type Setting, startSetting } from '../range/wire/builder.ts';
import { useEndpoint, withoutCredentials } from './aws-environment.ts';

const REGION = 'us-east-1';
const [A1, B2, GONE] = ['i-0a000000000000001', 'i-0b000000000000002', 'i-0b000000000000003'] as const;
const NOBODY = 'i-00000000000000000';

let setting: Setting;
let instances: Instances;
let hosts: HostSnapshot[];
/** Ids of each call, in order. */
let asked: (readonly string[])[];
/** Answers instead of the range, when it is set. */
let stand: Operation | undefined;

beforeEach(async () => {
  hosts = [host(A1, 'us-east-1a'), host(B2, 'us-east-1b'), { ...host(GONE, 'us-east-1b'), terminated: true }];
  asked = [];
  stand = undefined;
  setting = await startSetting([watched(ec2Service(async () => hosts))]);
  useEndpoint(setting.endpoint.url);
  instances = createEc2Instances({ region: REGION });
});

afterEach(() => setting.endpoint.stop());

function host(id: string, zone: string): HostSnapshot {
  return { host: id, zone, region: REGION, address: '127.0.0.1', port: 80 };
}

function watched(service: Service): Service {
  const { DescribeInstances: real } = service.operations;
  if (real === undefined) throw new Error('EC2 has no DescribeInstances.');
  const DescribeInstances: Operation = (input, call) => {
    const { Filters } = input as { readonly Filters?: readonly { readonly Values?: readonly string[] }[] };
    asked.push(Filters?.[0]?.Values ?? []);
    return (stand ?? real)(input, call);
  };
  return { ...service, operations: { DescribeInstances } };
}

function denied(): never {
  throw new WireError('UnauthorizedOperation', 'You are not authorized to perform this operation.', 403);
}

describe('zones', () => {
  test('are those of the instances', async () => {
    expect(await instances.zones([A1, B2])).toEqual(
      new Map([
        [A1, 'us-east-1a'],
        [B2, 'us-east-1b'],
      ]),
    );
  });

  test('an id that does not exist, or is being terminated, hides none of the others', async () => {
    expect(await instances.zones([NOBODY, A1, GONE])).toEqual(new Map([[A1, 'us-east-1a']]));
    // EC2 itself does hide them when it is asked by ids.
    const client = new EC2Client({ ...setting.client, region: REGION });
    const error = await failure(client.send(new DescribeInstancesCommand({ InstanceIds: [NOBODY, A1] })));
    client.destroy();
    expect(error.name).toBe('InvalidInstanceID.NotFound');
  });

  test('machines outside EC2 and addresses are not asked for', async () => {
    expect(await instances.zones(['mi-0a000000000000001', '10.0.0.1', A1])).toEqual(
      new Map([[A1, 'us-east-1a']]),
    );
    expect(asked).toEqual([[A1]]);
    expect(await instances.zones(['mi-0a000000000000001'])).toEqual(new Map());
    expect(await instances.zones([])).toEqual(new Map());
    expect(asked).toHaveLength(1);
  });

  test('of many hosts are asked for 200 at a time, and all of them are found', async () => {
    hosts = Array.from({ length: 401 }, (_, index) =>
      host(`i-${String(index).padStart(8, '0')}`, `us-east-1${index % 2 === 0 ? 'a' : 'b'}`),
    );
    const zones = await instances.zones(hosts.map(({ host: id }) => id));
    expect(asked.map(({ length }) => length)).toEqual([200, 200, 1]);
    expect(zones.size).toBe(401);
    expect([zones.get('i-00000400'), zones.get('i-00000001')]).toEqual(['us-east-1a', 'us-east-1b']);
  });

  test('are read from every page of an answer', async () => {
    const answer = (id: string, zone: string) => ({
      Reservations: [{ Instances: [{ InstanceId: id, Placement: { AvailabilityZone: zone } }] }],
    });
    stand = ({ NextToken }: { readonly NextToken?: string }) =>
      NextToken === undefined
        ? { ...answer(A1, 'us-east-1a'), NextToken: '1' }
        : { ...answer(B2, 'us-east-1b') };
    expect([...(await instances.zones([A1, B2])).keys()]).toEqual([A1, B2]);
  });
});

test('EC2 is asked again when the account asks it too often', async () => {
  stand = () => {
    stand = undefined;
    throw new WireError('RequestLimitExceeded', 'Request limit exceeded.', 503);
  };
  expect(await instances.zones([A1])).toEqual(new Map([[A1, 'us-east-1a']]));
  expect(asked).toEqual([[A1], [A1]]);
});

describe('an error says what to do', () => {
  test('a missing permission is named', async () => {
    stand = denied;
    const error = await failure(instances.zones([A1]));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(
      /find the zones of the hosts: AWS does not allow it \(.*UnauthorizedOperation.*Add the action ec2:DescribeInstances/,
    );
  });

  test('missing credentials are', async () => {
    withoutCredentials();
    const error = await failure(createEc2Instances({ region: REGION }).zones([A1]));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('there are no AWS credentials');
  });
});
