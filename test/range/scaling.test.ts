import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AutoScalingClient,
  DescribeAutoScalingInstancesCommand,
  EnterStandbyCommand,
  ExitStandbyCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { DescribeInstanceInformationCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Range } from '../../src/range/range.ts';
import { startRange } from '../../src/range/start.ts';
import { HOSTS, makeSmallFleet, POOL } from './small-fleet.ts';
import { isAlive, until } from './support.ts';

const GROUP = 'storefront-us-east-1';

let home: string;
let range: Range;
let scaling: AutoScalingClient;
let balancing: ElasticLoadBalancingV2Client;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'scaling-'));
  const { fleet } = await makeSmallFleet(home);
  if (fleet.range === undefined) throw new Error('The small fleet has no range.');
  range = await startRange({
    fleet: { ...fleet, range: { ...fleet.range, autoScaling: { minSize: 2, unhealthyAfter: 200 } } },
    fleetFolder: home,
    folder: join(home, 'range'),
    seed: 1,
    faults: [],
  });
  scaling = new AutoScalingClient(settings());
  balancing = new ElasticLoadBalancingV2Client(settings());
});

afterEach(async () => {
  scaling.destroy();
  balancing.destroy();
  await range.stop();
  await rm(home, { recursive: true });
});

function settings() {
  return {
    endpoint: range.endpoint,
    region: 'us-east-1',
    credentials: {
      accessKeyId: range.environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: range.environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  };
}

async function lifecycles(): Promise<Record<string, string | undefined>> {
  const { AutoScalingInstances = [] } = await scaling.send(new DescribeAutoScalingInstancesCommand({}));
  return Object.fromEntries(AutoScalingInstances.map((one) => [one.InstanceId, one.LifecycleState]));
}

async function targets(): Promise<Record<string, string | undefined>> {
  const { TargetHealthDescriptions = [] } = await balancing.send(
    new DescribeTargetHealthCommand({ TargetGroupArn: POOL }),
  );
  return Object.fromEntries(
    TargetHealthDescriptions.map(({ Target, TargetHealth }) => [
      `${Target?.Id}:${Target?.Port}`,
      [TargetHealth?.State, TargetHealth?.Reason].filter(Boolean).join(' '),
    ]),
  );
}

async function hostOf(id: string) {
  const host = (await range.hosts()).find((each) => each.host === id);
  if (host === undefined) throw new Error(`no host ${id}`);
  return host;
}

test('a host that is deregistered directly is terminated and replaced; the range leaves nothing of either', async () => {
  const before = await hostOf(HOSTS[0]);
  // Somebody has registered it under a second port, of which the group knows nothing.
  const twice = { Id: HOSTS[0], Port: 9 };
  await balancing.send(new RegisterTargetsCommand({ TargetGroupArn: POOL, Targets: [twice] }));
  await balancing.send(
    new DeregisterTargetsCommand({ TargetGroupArn: POOL, Targets: [{ Id: HOSTS[0], Port: before.port }] }),
  );
  await until(async () => !(HOSTS[0] in (await lifecycles())), 'it is terminated');
  expect(isAlive(before.process ?? 0)).toBe(false);
  expect((await targets())[`${HOSTS[0]}:9`]).toBe('unused Target.InvalidState');
  expect(await hostOf(HOSTS[0])).toMatchObject({ terminated: true });

  const after = (await range.hosts()).find(({ host }) => !HOSTS.some((each) => each === host));
  expect(after).toMatchObject({ zone: 'us-east-1a', release: '1.0.0', process: expect.any(Number) });
  expect(after).not.toHaveProperty('terminated');
  const id = after?.host ?? '';
  await until(async () => (await lifecycles())[id] === 'InService', 'its replacement is in service');
  await until(async () => (await targets())[`${id}:${after?.port}`] === 'healthy', 'its replacement serves');
  const agents = new SSMClient(settings());
  const { InstanceInformationList = [] } = await agents.send(new DescribeInstanceInformationCommand({}));
  agents.destroy();
  expect(InstanceInformationList.map(({ InstanceId }) => InstanceId)).toEqual([HOSTS[1], HOSTS[2], id]);

  await range.stop();
  expect(isAlive(after?.process ?? 0)).toBe(false);
});

test('a host survives a drain and a return through standby', async () => {
  const { port, process } = await hostOf(HOSTS[0]);
  const standby = { AutoScalingGroupName: GROUP, InstanceIds: [HOSTS[0]] };
  await scaling.send(new EnterStandbyCommand({ ...standby, ShouldDecrementDesiredCapacity: true }));
  expect((await targets())[`${HOSTS[0]}:${port}`]).toBe('draining Target.DeregistrationInProgress');
  await until(async () => (await lifecycles())[HOSTS[0]] === 'Standby', 'it is in standby');
  expect(await targets()).not.toHaveProperty(`${HOSTS[0]}:${port}`);
  await scaling.send(new ExitStandbyCommand(standby));
  await until(async () => (await targets())[`${HOSTS[0]}:${port}`] === 'healthy', 'it serves again');
  expect(await lifecycles()).toEqual(Object.fromEntries(HOSTS.map((host) => [host, 'InService'])));
  expect((await hostOf(HOSTS[0])).process).toBe(process);
});

test('a host whose service dies for good is replaced', async () => {
  await range.stopHost(HOSTS[2]);
  await until(async () => !(HOSTS[2] in (await lifecycles())), 'it is terminated', 15_000);
  await until(
    async () => Object.values(await lifecycles()).filter((state) => state === 'InService').length === 3,
    'three are in service',
  );
  expect((await range.hosts()).at(-1)).toMatchObject({ zone: 'us-east-1b' });
});

test('a range that stops while a replacement starts leaves nothing', async () => {
  await range.stopHost(HOSTS[0]);
  await until(async () => (await range.hosts()).length === 4, 'a replacement is made', 15_000);
  await range.stop();
  const processes = (await range.hosts()).flatMap((host) => host.process ?? []);
  expect(processes).toEqual([]);
});
