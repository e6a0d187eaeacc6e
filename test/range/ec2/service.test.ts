import {
  DescribeInstancesCommand,
  type DescribeInstancesRequest,
  EC2Client,
  type Instance,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ec2Service } from '../../../src/range/ec2/service.ts';
import type { HostSnapshot } from '../../../src/range/range.ts';
import { failure, type Setting, startSetting } from '../wire/builder.ts';

const [A1, A2, B3, B4] = ['i-0a000000000000001', 'i-0a000002', 'i-0b000000000000003', 'i-0b000004'] as const;
const ELSEWHERE = 'i-0c000000000000005';
const NOBODY = 'i-00000000000000000';

let setting: Setting;
let client: EC2Client;
let hosts: readonly HostSnapshot[];

beforeAll(async () => {
  setting = await startSetting([ec2Service(async () => hosts)]);
  client = new EC2Client({ ...setting.client, region: 'us-east-1' });
});

beforeEach(() => {
  hosts = [
    host(A1, 'us-east-1a'),
    host(A2, 'us-east-1a'),
    host(B3, 'us-east-1b'),
    { ...host(B4, 'us-east-1b'), terminated: true },
    { ...host(ELSEWHERE, 'eu-west-1a'), region: 'eu-west-1' },
  ];
});

afterAll(async () => {
  client.destroy();
  await setting.endpoint.stop();
});

function host(id: string, zone: string): HostSnapshot {
  return { host: id, zone, region: 'us-east-1', address: '127.0.0.1', port: 80 };
}

function ask(input: DescribeInstancesRequest) {
  return client.send(new DescribeInstancesCommand(input));
}

async function instances(input: DescribeInstancesRequest): Promise<readonly Instance[]> {
  const { Reservations = [] } = await ask(input);
  return Reservations.flatMap(({ Instances = [] }) => Instances);
}

async function ids(input: DescribeInstancesRequest): Promise<readonly (string | undefined)[]> {
  return (await instances(input)).map(({ InstanceId }) => InstanceId);
}

function where(Name: string, ...Values: readonly string[]): DescribeInstancesRequest {
  return { Filters: [{ Name, Values: [...Values] }] };
}

describe('DescribeInstances', () => {
  test('tells id, zone, address and state of every instance of the region', async () => {
    expect(await ids({})).toEqual([A1, A2, B3, B4]);
    expect(await instances({ InstanceIds: [B3] })).toEqual([
      {
        InstanceId: B3,
        Placement: { AvailabilityZone: 'us-east-1b', Tenancy: 'default' },
        PrivateIpAddress: '127.0.0.1',
        State: { Code: 16, Name: 'running' },
      },
    ]);
  });

  test('shows an instance that has been terminated as such, and one that was launched meanwhile', async () => {
    expect(await instances({ InstanceIds: [B4] })).toEqual([
      {
        InstanceId: B4,
        Placement: { AvailabilityZone: 'us-east-1b', Tenancy: 'default' },
        State: { Code: 48, Name: 'terminated' },
      },
    ]);
    hosts = [...hosts, host('i-0b000006', 'us-east-1b')];
    expect(await ids({})).toContain('i-0b000006');
  });

  test.each([
    [where('instance-id', B3, A1, NOBODY), [A1, B3]],
    [where('instance-id', ELSEWHERE), []],
    [where('availability-zone', 'us-east-1b'), [B3, B4]],
    [where('instance-state-name', 'terminated', 'shutting-down'), [B4]],
    [where('instance-id'), []],
    [{ ...where('availability-zone', 'us-east-1a'), InstanceIds: [A2, B3] }, [A2]],
    [
      {
        Filters: [
          { Name: 'instance-state-name', Values: ['running'] },
          { Name: 'availability-zone', Values: ['us-east-1b'] },
        ],
      },
      [B3],
    ],
  ])('%j finds %j', async (input, found) => {
    expect(await ids(input)).toEqual(found);
  });

  test('gives pages', async () => {
    hosts = Array.from({ length: 12 }, (_, index) => host(`i-000000${String(index + 10)}`, 'us-east-1a'));
    const first = await ask({ MaxResults: 5 });
    expect(first.Reservations).toHaveLength(5);
    const second = await ask({ MaxResults: 5, NextToken: first.NextToken });
    const third = await ask({ MaxResults: 5, NextToken: second.NextToken });
    expect(third.Reservations?.map((each) => each.Instances?.[0]?.InstanceId)).toEqual([
      'i-00000020',
      'i-00000021',
    ]);
    expect(third.NextToken).toBeUndefined();
  });

  test.each<[string, string, DescribeInstancesRequest]>([
    [
      'InvalidInstanceID.NotFound',
      `The instance ID '${NOBODY}' does not exist`,
      { InstanceIds: [A1, NOBODY] },
    ],
    [
      'InvalidInstanceID.NotFound',
      `The instance IDs '${NOBODY}, ${ELSEWHERE}' do not exist`,
      { InstanceIds: [NOBODY, ELSEWHERE] },
    ],
    [
      'InvalidInstanceID.Malformed',
      'Invalid id: "mi-0a000000000000001"',
      { InstanceIds: ['mi-0a000000000000001'] },
    ],
    ['InvalidParameterValue', "The filter 'vpc-id' is invalid", where('vpc-id', 'vpc-1')],
    ['InvalidParameterValue', "The filter 'toString' is invalid", where('toString', 'x')],
    ['InvalidParameterValue', 'does not model wildcards', where('availability-zone', 'us-east-1*')],
    ['InvalidParameterValue', 'Expecting a value from 5 to 1000', { MaxResults: 4 }],
    ['InvalidParameterValue', "'next' is not a token", { NextToken: 'next' }],
    [
      'InvalidParameterCombination',
      'cannot be used with the parameter maxResults',
      { InstanceIds: [A1], MaxResults: 5 },
    ],
    ['UnknownParameter', 'does not model DescribeInstances with DryRun', { DryRun: true }],
    [
      'FilterLimitExceeded',
      'on a single call is 200',
      where('instance-id', ...Array.from({ length: 201 }, () => A1)),
    ],
  ])('is refused with %s: %s', async (name, message, input) => {
    expect(await failure(ask(input))).toMatchObject({
      name,
      message: expect.stringContaining(message),
      $metadata: { httpStatusCode: 400 },
    });
  });

  test('200 values of one filter are taken', async () => {
    expect(await ids(where('instance-id', ...Array.from({ length: 200 }, () => A1)))).toEqual([A1]);
  });
});

test('what is not modelled is refused by name', async () => {
  const error = await failure(client.send(new RunInstancesCommand({ MinCount: 1, MaxCount: 1 })));
  expect(error).toMatchObject({
    name: 'InvalidAction',
    message: expect.stringContaining('RunInstances is not modelled by the range for ec2'),
  });
});
