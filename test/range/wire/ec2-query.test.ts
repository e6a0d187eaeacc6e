import * as ec2 from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type Call, WireError } from '../../../src/range/wire/service.ts';
import { failure, type Setting, sendSigned, startSetting } from './builder.ts';

const awkward = `<a href="x">&amp; 'quoted' ]]> ünïcödé\n`;
const launchedAt = new Date('2026-11-21T10:20:30.250Z');

let setting: Setting;
let seen: { input: unknown; call: Call }[] = [];

beforeAll(async () => {
  setting = await startSetting([{ scope: 'ec2', sdk: ec2, operations }]);
});
beforeEach(() => {
  seen = [];
});
afterAll(() => setting.endpoint.stop());

const operations = {
  DescribeInstances(input: ec2.DescribeInstancesRequest, call: Call) {
    seen.push({ input, call });
    if (input.InstanceIds?.includes('broken')) throw new TypeError('a bug in the range');
    if (input.InstanceIds !== undefined) throw new WireError('InvalidInstanceID.NotFound', awkward);
    return {
      NextToken: awkward,
      Reservations: [
        {
          Instances: [
            {
              InstanceId: 'i-1',
              LaunchTime: launchedAt,
              EbsOptimized: false,
              Placement: { AvailabilityZone: 'a' },
            },
            { InstanceId: 'i-2', SecurityGroups: [] },
          ],
        },
      ],
    };
  },
  RunInstances(input: ec2.RunInstancesRequest, call: Call) {
    seen.push({ input, call });
    return {};
  },
  DeleteTags: () => ({}),
};

function client(credentials = setting.client.credentials): ec2.EC2Client {
  return new ec2.EC2Client({ ...setting.client, credentials });
}

function send(body: string): Promise<Response> {
  return sendSigned(setting.endpoint.url, {
    service: 'ec2',
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body,
  });
}

describe('ec2Query', () => {
  test('brings the input to the operation and the output back, with the region of the caller', async () => {
    const input = {
      Filters: [
        { Name: 'tag:Name', Values: [awkward, 'b'] },
        { Name: 'vpc-id', Values: ['c'] },
      ],
      MaxResults: 7,
    };
    const output = await client().send(new ec2.DescribeInstancesCommand(input));
    expect(seen).toEqual([{ input, call: { region: 'eu-west-1' } }]);
    expect(output).toMatchObject({
      NextToken: awkward,
      Reservations: [
        {
          Instances: [
            {
              InstanceId: 'i-1',
              LaunchTime: launchedAt,
              EbsOptimized: false,
              Placement: { AvailabilityZone: 'a' },
            },
            { InstanceId: 'i-2', SecurityGroups: [] },
          ],
        },
      ],
    });
  });

  test('reads names that are spelled otherwise on the wire, deep in lists and structures', async () => {
    const input = {
      MinCount: 1,
      MaxCount: 2,
      ClientToken: 'once',
      DryRun: false,
      EbsOptimized: true,
      IamInstanceProfile: { Name: 'web' },
      NetworkInterfaces: [{ DeviceIndex: 0, Groups: ['sg-1', 'sg-2'], AssociatePublicIpAddress: false }],
      TagSpecifications: [{ ResourceType: 'instance' as const, Tags: [{ Key: 'Name', Value: awkward }] }],
    };
    await client().send(new ec2.RunInstancesCommand(input));
    expect(seen[0]?.input).toEqual(input);
  });

  test('writes its own id of the request beside the output, and nothing else for an empty one', async () => {
    const response = await send('Action=DeleteTags&Version=2016-11-15&ResourceId.1=i-1');
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(
      /<DeleteTagsResponse xmlns="http:\/\/ec2\.amazonaws\.com\/doc\/2016-11-15"><requestId>[0-9a-f-]{36}<\/requestId><\/DeleteTagsResponse>$/,
    );
  });

  test('an error of the service arrives with its code, its message and the id of the request', async () => {
    const error = await failure(client().send(new ec2.DescribeInstancesCommand({ InstanceIds: ['i-1'] })));
    expect(error).toMatchObject({ name: 'InvalidInstanceID.NotFound', $metadata: { httpStatusCode: 400 } });
    expect(error.message).toBe(awkward);
    const response = await send('Action=DescribeInstances&Version=2016-11-15&InstanceId.1=i-1');
    expect(await response.text()).toMatch(
      /<Response><Errors><Error><Code>InvalidInstanceID\.NotFound<\/Code><Message>.*<\/Message><\/Error><\/Errors><RequestID>[0-9a-f-]{36}<\/RequestID><\/Response>$/s,
    );
  });

  test.each([
    [
      'Action=DescribeInstances&Version=2016-11-15&Instance=i',
      'Instance is not a member of DescribeInstances',
    ],
    [
      'Action=DescribeInstances&Version=2016-11-15&MaxResults=many',
      'MaxResults must be a number, not "many"',
    ],
    ['Action=DescribeInstances&Version=2016-11-15&InstanceId.member.1=i', 'InstanceIds must be a list'],
    ['Action=DescribeInstances&Version=2016-11-15&filter.1.Name=x', 'filter is not a member'],
    ['Action=DescribeInstances&Version=2014-10-01', 'for version 2014-10-01'],
    [
      'Action=DescribeVpcs&Version=2016-11-15',
      'The action DescribeVpcs is not modelled by the range for ec2',
    ],
    ['Version=2016-11-15', 'The action (none) is not modelled'],
  ])('%s is refused', async (body, problem) => {
    const response = await send(body);
    expect(response.status).toBe(400);
    const text = await response.text();
    expect(text).toMatch(/<Code>(?:InvalidParameterValue|InvalidAction)<\/Code>/);
    expect(text.replaceAll('&quot;', '"')).toContain(problem);
    expect(seen).toEqual([]);
  });

  test('a wrong secret and a foreign key are refused as EC2 does', async () => {
    for (const wrong of [{ secretAccessKey: 'wrong' }, { accessKeyId: 'AKIAFOREIGN' }]) {
      const credentials = { ...setting.client.credentials, ...wrong };
      const error = await failure(client(credentials).send(new ec2.DescribeInstancesCommand({})));
      expect(error).toMatchObject({ name: 'AuthFailure', $metadata: { httpStatusCode: 401 } });
    }
    expect(seen).toEqual([]);
  });

  test('a bug in the range is an InternalError, and its text stays inside', async () => {
    const print = jest.spyOn(console, 'error').mockReturnValue();
    const error = await failure(client().send(new ec2.DescribeInstancesCommand({ InstanceIds: ['broken'] })));
    expect(error).toMatchObject({ name: 'InternalError', $metadata: { httpStatusCode: 500 } });
    expect(error.message).not.toContain('a bug');
    print.mockRestore();
  });
});
