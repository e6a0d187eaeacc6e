import {
  AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { until } from '../range/support.ts';
import { startGateway } from './drain-gateway.ts';
import { type BundleOptions, type Ended, killBundles, runBundle, startBundle } from './run-bundle.ts';
import { A1, B3, B4, POOL, startTestRange, type TestRange } from './test-range.ts';

jest.setTimeout(60_000);

const GROUP = 'storefront-us-east-1';
const SHORT = { 'target-groups': POOL, propagation: '500ms', quiet: '400ms', timeout: '20s' };

let world: TestRange;
let client: AutoScalingClient;

beforeAll(async () => {
  world = await startTestRange([], 'drain-fleet-scaling.yml');
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } =
    world.range.environment;
  client = new AutoScalingClient({
    endpoint: world.range.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey },
  });
});

afterEach(killBundles);

afterAll(async () => {
  client?.destroy();
  await world?.stop();
});

function run(
  name: string,
  inputs: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return runBundle(name, optionsOf(inputs, environment));
}

function optionsOf(
  inputs: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): BundleOptions {
  const { range, folder } = world;
  return { inputs, environment: { ...range.environment, ...environment }, folder };
}

async function restore(drained: Ended): Promise<void> {
  const restored = await run('restore-target', { undo: drained.outputs['undo'] ?? '', timeout: '20s' });
  expect(restored.errors).toEqual([]);
  await world.untilAllHealthy();
}

async function group(): Promise<AutoScalingGroup> {
  const answer = await client.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [GROUP] }));
  const [found] = answer.AutoScalingGroups ?? [];
  if (found === undefined) throw new Error(`The range has no group ${GROUP}.`);
  return found;
}

async function lifecycleOf(host: string): Promise<string | undefined> {
  return (await group()).Instances?.find(({ InstanceId }) => InstanceId === host)?.LifecycleState;
}

/** What a cycle may not change: sizes, suspended processes, members and their states. */
async function shape(): Promise<object> {
  const { MinSize, MaxSize, DesiredCapacity, SuspendedProcesses = [], Instances = [] } = await group();
  return {
    sizes: { MinSize, MaxSize, DesiredCapacity },
    suspended: SuspendedProcesses.map(({ ProcessName }) => ProcessName).sort(),
    members: Instances.map((each) => `${each.InstanceId} ${each.LifecycleState} ${each.HealthStatus}`).sort(),
  };
}

async function untilSettled(): Promise<void> {
  await until(
    async () => ((await group()).Instances ?? []).every((each) => each.LifecycleState === 'InService'),
    'every member of the group is in service',
  );
}

test.each([
  ['standby', 'Standby'],
  ['suspend', 'InService'],
])('%s: the host is %s while it is out, and survives with its group as before', async (mode, lifecycle) => {
  const hosts = await world.range.hosts();
  const before = await shape();
  const drained = await run('drain-target', { ...SHORT, hosts: A1, 'auto-scaling': mode });
  expect(drained.errors).toEqual([]);
  expect(drained.log).not.toContain('may replace it');
  expect(JSON.parse(drained.outputs['undo'] ?? '')).toMatchObject([
    { host: A1, scaling: { mode, group: GROUP } },
  ]);
  await until(async () => (await lifecycleOf(A1)) === lifecycle, `${A1} is ${lifecycle}`);
  expect(await shape()).not.toEqual(before);

  await restore(drained);
  await untilSettled();
  expect(await shape()).toEqual(before);
  expect(await world.range.hosts()).toEqual(hosts);
});

test('zone: every host of it leaves and comes back, with a MinSize that may be lowered for the time', async () => {
  const before = await shape();
  const refused = await run('drain-target', { ...SHORT, zone: 'us-east-1b' });
  expect(refused.exitCode).toBe(1);
  expect(refused.errors).toEqual([
    expect.stringMatching(
      new RegExp(
        `${GROUP} wants 4 hosts and at least 3; with 2 in standby 2 would remain\\. Nothing was touched`,
      ),
    ),
  ]);
  expect(await shape()).toEqual(before);
  expect(Object.values(await world.targets())).toEqual(Array.from({ length: 4 }, () => 'healthy'));

  const drained = await run('drain-target', { ...SHORT, zone: 'us-east-1b', 'lower-min-size': 'true' });
  expect(drained.errors).toEqual([]);
  expect(drained.outputs['hosts']?.split('\n').sort()).toEqual([B3, B4]);
  expect((await group()).MinSize).toBe(2);
  await restore(drained);
  await untilSettled();
  expect(await shape()).toEqual(before);
});

test.each([
  [
    'us-east-1d',
    /No host of zone us-east-1d .*nothing was touched.*Zones seen: us-east-1a, us-east-1b\. Did you mean us-east-1/s,
  ],
  [
    'eu-central-1a',
    /No host of zone eu-central-1a .*nothing was touched.*Zones seen: us-east-1a, us-east-1b\./s,
  ],
])('zone %s, in which no host is, is refused with the zones that were seen', async (zone, refusal) => {
  const before = await world.everything();
  const ended = await run('drain-target', { ...SHORT, zone });
  expect(ended.exitCode).toBe(1);
  expect(ended.errors).toEqual([expect.stringMatching(refusal)]);
  expect(await world.everything()).toEqual(before);
});

test.each(['EnteringStandby', 'Standby'])(
  'cancelled when hosts are %s and MinSize is lowered: restore-target alone puts all of it back',
  async (lifecycle) => {
    const [before, hosts] = [await shape(), await world.range.hosts()];
    const running = await startBundle(
      'drain-target',
      optionsOf({ ...SHORT, propagation: '15s', zone: 'us-east-1b', 'lower-min-size': 'true' }),
    );
    await until(async () => (await lifecycleOf(B4)) === lifecycle, `${B4} is ${lifecycle}`);
    running.cancel();
    const ended = await running.ended;
    expect(ended.terminated).toBe(false);
    expect(ended.errors).toEqual([expect.stringMatching(/^Cancelled while draining/)]);
    await restore(ended);
    await untilSettled();
    expect(await shape()).toEqual(before);
    expect(await world.range.hosts()).toEqual(hosts);
  },
);

test('a missing permission to enter standby is named, and the host stays in service and in its group', async () => {
  const [before, hosts] = [await shape(), await world.everything()];
  const gateway = await startGateway(world.range.endpoint, {
    denies: (operation) => operation === 'EnterStandby',
  });
  try {
    const ended = await run('drain-target', { ...SHORT, hosts: A1 }, { AWS_ENDPOINT_URL: gateway.url });
    expect(ended.exitCode).toBe(1);
    expect(ended.errors).toEqual([
      expect.stringMatching(
        new RegExp(`Add the action autoscaling:EnterStandby on ${GROUP}.*${A1} are back in service`, 's'),
      ),
    ]);
  } finally {
    await gateway.stop();
  }
  expect(await shape()).toEqual(before);
  expect(await world.everything()).toEqual(hosts);
});
