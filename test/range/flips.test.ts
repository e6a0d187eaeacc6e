import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyListenerCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ChangeResourceRecordSetsCommand, Route53Client } from '@aws-sdk/client-route-53';
import { DescribeInstanceInformationCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ForkedRange, forkRange } from '../../src/range/fork.ts';
import { TARGET_GROUP_HEADER, TARGET_HEADER } from '../../src/range/range.ts';
import { FLIPS, GREEN_HOSTS, GREEN_POOL, HOSTS, makeSmallFleet, POOL, SECOND_POOL } from './small-fleet.ts';
import { until } from './support.ts';

const ZONE = 'Z0123456789ABCDEFGHIJ';
const RECORD = 'shop.example.test';

let home: string;
let range: ForkedRange;
let settings: ReturnType<typeof clientSettings>;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'flips-'));
  const { fleet } = await makeSmallFleet(home, `  auto-scaling: { min-size: 1 }${FLIPS}`);
  range = await forkRange({ fleet, fleetFolder: home, folder: join(home, 'range'), seed: 1, faults: [] });
  settings = clientSettings(range);
}, 60_000);

afterAll(async () => {
  await range?.stop();
  await rm(home, { recursive: true });
});

function clientSettings({ environment, endpoint }: ForkedRange) {
  return {
    endpoint,
    region: environment['AWS_REGION'] ?? '',
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  };
}

interface Served {
  readonly host: string;
  readonly group: string;
}

/** Who serves a request at an address, and in which target group. */
function served(address: string): Promise<Served> {
  return new Promise((resolve, reject) => {
    const { port = 0 } = range.balancers[0] ?? {};
    get({ host: address, port, agent: false, headers: { host: RECORD } }, (response) => {
      response.resume();
      const { headers } = response;
      resolve({ host: String(headers[TARGET_HEADER]), group: String(headers[TARGET_GROUP_HEADER]) });
    }).on('error', reject);
  });
}

test('every balancer has a name and an address of its own, and all have one port', async () => {
  const [first, second] = range.balancers;
  expect(range.balancers).toMatchObject([
    { name: 'storefront', address: '127.0.0.2', region: 'us-east-1' },
    { name: 'storefront-two', address: '127.0.0.3', port: first?.port },
  ]);
  expect(range.entrances).toEqual([{ region: 'us-east-1', url: `http://127.0.0.2:${first?.port}` }]);
  const client = new ElasticLoadBalancingV2Client(settings);
  const { LoadBalancers = [] } = await client.send(new DescribeLoadBalancersCommand({}));
  expect(LoadBalancers.map(({ DNSName }) => DNSName)).toEqual([first?.dnsName, second?.dnsName]);
  const { Listeners } = await client.send(
    new DescribeListenersCommand({ ListenerArns: [first?.listener ?? ''] }),
  );
  expect(Listeners?.[0]?.DefaultActions?.[0]?.ForwardConfig?.TargetGroups).toEqual([
    { TargetGroupArn: POOL, Weight: 100 },
    { TargetGroupArn: GREEN_POOL, Weight: 0 },
  ]);
  client.destroy();
});

test('the hosts of the second pool run the first release and are healthy in both of their groups', async () => {
  const hosts = await range.hosts();
  expect(hosts.map(({ host }) => host)).toEqual([...HOSTS, ...GREEN_HOSTS]);
  expect(new Set(hosts.map(({ release }) => release))).toEqual(new Set(['1.0.0']));
  const client = new ElasticLoadBalancingV2Client(settings);
  for (const [group, ids] of [
    [POOL, HOSTS],
    [GREEN_POOL, GREEN_HOSTS],
    [SECOND_POOL, GREEN_HOSTS],
  ] as const) {
    const answer = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn: group }));
    const states = answer.TargetHealthDescriptions?.map(({ Target, TargetHealth }) => [
      Target?.Id,
      TargetHealth?.State,
    ]);
    expect(states).toEqual(ids.map((id) => [id, 'healthy']));
  }
  client.destroy();
});

test('they are found as others are: by EC2, by Auto Scaling in a group of their own, and by their agents', async () => {
  const [ec2, scaling, ssm] = [
    new EC2Client(settings),
    new AutoScalingClient(settings),
    new SSMClient(settings),
  ];
  const { Reservations = [] } = await ec2.send(
    new DescribeInstancesCommand({ InstanceIds: [...GREEN_HOSTS] }),
  );
  expect(Reservations.flatMap(({ Instances = [] }) => Instances)).toHaveLength(2);
  const { AutoScalingGroups = [] } = await scaling.send(new DescribeAutoScalingGroupsCommand({}));
  expect(
    AutoScalingGroups.map(({ AutoScalingGroupName, Instances = [], TargetGroupARNs }) => [
      AutoScalingGroupName,
      Instances.map(({ InstanceId }) => InstanceId),
      TargetGroupARNs,
    ]),
  ).toEqual([
    ['storefront-us-east-1', [...HOSTS], [POOL]],
    ['storefront-us-east-1-second', [...GREEN_HOSTS], [GREEN_POOL, SECOND_POOL]],
  ]);
  const { InstanceInformationList = [] } = await ssm.send(new DescribeInstanceInformationCommand({}));
  expect(InstanceInformationList.map(({ InstanceId }) => InstanceId)).toEqual(
    expect.arrayContaining([...GREEN_HOSTS]),
  );
  for (const client of [ec2, scaling, ssm]) client.destroy();
});

test('a flip by weights moves every request to the second pool, and back', async () => {
  const client = new ElasticLoadBalancingV2Client(settings);
  const flip = (weight: number, other: number) =>
    client.send(
      new ModifyListenerCommand({
        ListenerArn: range.balancers[0]?.listener,
        DefaultActions: [
          {
            Type: 'forward',
            ForwardConfig: {
              TargetGroups: [
                { TargetGroupArn: POOL, Weight: weight },
                { TargetGroupArn: GREEN_POOL, Weight: other },
              ],
            },
          },
        ],
      }),
    );
  const settled = async (group: string): Promise<boolean> => {
    const all = await Promise.all(Array.from({ length: 8 }, () => served('127.0.0.2')));
    return all.every((each) => each.group === group);
  };
  expect(await settled(POOL)).toBe(true);
  await flip(0, 100);
  await until(() => settled(GREEN_POOL), 'the second pool serves');
  expect(GREEN_HOSTS).toContain((await served('127.0.0.2')).host);
  await flip(100, 0);
  await until(() => settled(POOL), 'the first pool serves');
  client.destroy();
});

test('a flip by DNS moves clients to the second balancer', async () => {
  const { dns, balancers } = range;
  const resolver = dns?.createResolver();
  expect(await resolver?.resolve4(RECORD)).toEqual(['127.0.0.2']);
  const client = new Route53Client(settings);
  const change = (Action: 'DELETE' | 'CREATE', index: number) => ({
    Action,
    ResourceRecordSet: {
      Name: `${RECORD}.`,
      Type: 'CNAME' as const,
      TTL: 1,
      ResourceRecords: [{ Value: `${balancers[index]?.dnsName}.` }],
    },
  });
  const [stuck = { name: '' }] = dns?.nameServers ?? [];
  await dns?.stick(stuck.name);
  await client.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: ZONE,
      ChangeBatch: { Changes: [change('DELETE', 0), change('CREATE', 1)] },
    }),
  );
  await until(async () => (await dns?.createResolver().resolve4(RECORD))?.[0] === '127.0.0.3', 'one tells');
  await until(
    async () => (await dns?.createResolver().resolve4(RECORD))?.[0] === '127.0.0.2',
    'one is stuck',
  );
  await dns?.unstick(stuck.name);
  await until(async () => (await resolver?.resolve4(RECORD))?.[0] === '127.0.0.3', 'its TTL is over');
  expect(await served('127.0.0.3')).toMatchObject({ group: SECOND_POOL });
  expect((await dns?.answers(RECORD))?.asked).toBeGreaterThan(3);
  expect((await dns?.answers(RECORD))?.absent).toBe(0);
  await expect(dns?.stick('ns-9.example')).rejects.toThrow('ns-9.example');
  client.destroy();
});
