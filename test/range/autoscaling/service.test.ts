import {
  CreateAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  EnterStandbyCommand,
  ExitStandbyCommand,
  ResumeProcessesCommand,
  SetDesiredCapacityCommand,
  SetInstanceHealthCommand,
  SuspendProcessesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '../support.ts';
import { type Bench, GROUP, POOL, startBench } from './support.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await startBench();
});

afterEach(() => bench[Symbol.asyncDispose]());

function enter(ids: readonly string[], decrement = true) {
  return bench.client.send(
    new EnterStandbyCommand({
      AutoScalingGroupName: GROUP,
      InstanceIds: [...ids],
      ShouldDecrementDesiredCapacity: decrement,
    }),
  );
}

function exit(...ids: readonly string[]) {
  return bench.client.send(new ExitStandbyCommand({ AutoScalingGroupName: GROUP, InstanceIds: [...ids] }));
}

function suspend(...processes: readonly string[]) {
  return bench.client.send(
    new SuspendProcessesCommand({ AutoScalingGroupName: GROUP, ScalingProcesses: [...processes] }),
  );
}

function resume(...processes: readonly string[]) {
  return bench.client.send(
    new ResumeProcessesCommand({ AutoScalingGroupName: GROUP, ScalingProcesses: [...processes] }),
  );
}

async function reaches(id: string, state: string | undefined): Promise<void> {
  await until(async () => (await bench.states())[id] === state, `${id} is ${state ?? 'gone'}`);
}

/** Lets the group look at every instance, a few times. */
async function looks(): Promise<void> {
  const { looks: before } = bench.world;
  await until(() => bench.world.looks > before + 20, 'the group has looked');
}

async function isMarked(id: string): Promise<boolean> {
  const { Instances = [] } = await bench.group();
  return Instances.find(({ InstanceId }) => InstanceId === id)?.HealthStatus === 'Unhealthy';
}

function refusal(message: string) {
  return { name: 'ValidationError', message: expect.stringContaining(message) };
}

describe('a group', () => {
  test('tells its sizes, its target groups and its instances', async () => {
    expect(await bench.group()).toMatchObject({
      AutoScalingGroupName: GROUP,
      MinSize: 2,
      DesiredCapacity: 3,
      MaxSize: 6,
      TargetGroupARNs: [POOL],
      HealthCheckType: 'ELB',
      AvailabilityZones: ['us-east-1a', 'us-east-1b'],
      Instances: [
        {
          InstanceId: 'i-1',
          AvailabilityZone: 'us-east-1a',
          LifecycleState: 'InService',
          HealthStatus: 'Healthy',
        },
        { InstanceId: 'i-2' },
        { InstanceId: 'i-3', AvailabilityZone: 'us-east-1b' },
      ],
      SuspendedProcesses: [],
    });
  });

  test('is found by its instances; ids of no group are left out', async () => {
    const { AutoScalingInstances } = await bench.client.send(
      new DescribeAutoScalingInstancesCommand({ InstanceIds: ['i-3', 'i-none'] }),
    );
    expect(AutoScalingInstances).toEqual([
      {
        InstanceId: 'i-3',
        AutoScalingGroupName: GROUP,
        AvailabilityZone: 'us-east-1b',
        LifecycleState: 'InService',
        HealthStatus: 'HEALTHY',
        ProtectedFromScaleIn: false,
      },
    ]);
    const { AutoScalingGroups } = await bench.client.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ['none'] }),
    );
    expect(AutoScalingGroups).toEqual([]);
  });

  test('gives pages', async () => {
    const first = await bench.client.send(new DescribeAutoScalingInstancesCommand({ MaxRecords: 2 }));
    expect(first.AutoScalingInstances).toHaveLength(2);
    const second = await bench.client.send(
      new DescribeAutoScalingInstancesCommand({ MaxRecords: 2, NextToken: first.NextToken }),
    );
    expect(second.AutoScalingInstances?.map(({ InstanceId }) => InstanceId)).toEqual(['i-3']);
    expect(second.NextToken).toBeUndefined();
  });

  test('leaves well instances alone, and one that is checked for the first time', async () => {
    bench.world.targets.set('i-1', { State: 'initial', Reason: 'Elb.InitialHealthChecking' });
    bench.world.targets.set('i-2', { State: 'unhealthy' });
    await until(() => bench.world.done.includes('terminate i-2'), 'the ill one is terminated');
    expect(await bench.states()).toMatchObject({ 'i-1': 'InService', 'i-3': 'InService' });
  });

  test('refuses by name what the range does not model', async () => {
    const create = new CreateAutoScalingGroupCommand({ AutoScalingGroupName: 'x', MinSize: 1, MaxSize: 1 });
    await expect(bench.client.send(create)).rejects.toMatchObject({
      name: 'InvalidAction',
      message: expect.stringContaining('CreateAutoScalingGroup'),
    });
    const update = new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: GROUP, DesiredCapacity: 1 });
    await expect(bench.client.send(update)).rejects.toMatchObject(refusal('DesiredCapacity'));
  });
});

describe('standby', () => {
  test('takes an instance out of its pools, waits for its drain, and puts it back', async () => {
    bench.world.drains = true;
    const { Activities } = await enter(['i-1']);
    expect(Activities).toMatchObject([
      { Description: 'Moving EC2 instance to Standby: i-1', StatusCode: 'InProgress' },
    ]);
    expect(bench.world.done).toEqual(['deregister i-1:81']);
    expect(await bench.states()).toMatchObject({ 'i-1': 'EnteringStandby' });
    await expect(exit('i-1')).rejects.toMatchObject(refusal('The instance i-1 is not in Standby.'));
    bench.world.targets.delete('i-1');
    await reaches('i-1', 'Standby');
    expect((await bench.group()).DesiredCapacity).toBe(2);

    await exit('i-1');
    await reaches('i-1', 'InService');
    expect((await bench.group()).DesiredCapacity).toBe(3);
    expect(bench.world.done).toEqual(['deregister i-1:81', 'register i-1:81']);
  });

  test('does not check an instance, however ill it is', async () => {
    await enter(['i-1']);
    await reaches('i-1', 'Standby');
    bench.world.targets.set('i-2', { State: 'unhealthy' });
    await until(() => bench.world.done.includes('terminate i-2'), 'the one in service is replaced');
    expect(await bench.states()).toMatchObject({ 'i-1': 'Standby' });
    expect(await isMarked('i-1')).toBe(false);
  });

  test('is refused when the group would fall below MinSize, and allowed when MinSize is lowered', async () => {
    await enter(['i-1']);
    await expect(enter(['i-2'])).rejects.toMatchObject(
      refusal(
        `AutoScalingGroup ${GROUP} has min-size=2, max-size=6, and desired-size=2. To place into standby 1 instance, ` +
          'please update the AutoScalingGroup sizes appropriately.',
      ),
    );
    expect(await bench.states()).toMatchObject({ 'i-2': 'InService' });
    await bench.client.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: GROUP, MinSize: 1 }));
    await enter(['i-2']);
    expect((await bench.group()).DesiredCapacity).toBe(1);
  });

  test('without decrement launches another instance in the same zone', async () => {
    await enter(['i-3'], false);
    await reaches('i-new1', 'InService');
    expect(bench.world.done).toEqual([
      'deregister i-3:83',
      'create in us-east-1b',
      'boot i-new1',
      'register i-new1:90',
    ]);
    expect((await bench.group()).DesiredCapacity).toBe(3);
  });

  test.each<[string, readonly string[], string]>([
    [
      'a stranger among others',
      ['i-1', 'i-none'],
      `The instance i-none is not part of Auto Scaling group ${GROUP}.`,
    ],
    ['none', [], 'Member must have length'],
    [
      'more than 20',
      Array.from({ length: 21 }, (_, index) => `i-${index}`),
      'Member must have length between 1 and 20',
    ],
  ])('refuses %s and moves nobody', async (_, ids, message) => {
    await expect(enter(ids)).rejects.toMatchObject(refusal(message));
    expect(bench.world.done).toEqual([]);
  });

  test('refuses a group that is not there', async () => {
    const command = new ExitStandbyCommand({ AutoScalingGroupName: 'none', InstanceIds: ['i-1'] });
    await expect(bench.client.send(command)).rejects.toMatchObject(
      refusal("AutoScalingGroup name not found - AutoScalingGroup 'none' not found"),
    );
  });
});

describe('an instance in service that is ill', () => {
  test.each([
    ['the balancer calls it unhealthy', () => bench.world.targets.set('i-1', { State: 'unhealthy' })],
    ['somebody deregistered it', () => bench.world.targets.delete('i-1')],
  ])('is replaced in its zone: %s', async (_, fallIll) => {
    fallIll();
    await reaches('i-new1', 'InService');
    await reaches('i-1', undefined);
    expect(bench.world.done).toContain('create in us-east-1a');
    expect(bench.world.done).toContain('register i-new1:90');
    expect((await bench.group()).DesiredCapacity).toBe(3);
  });

  test('is terminated only when its drain is over', async () => {
    bench.world.targets.set('i-1', { State: 'draining' });
    bench.world.drains = true;
    await reaches('i-1', 'Terminating');
    await reaches('i-new1', 'InService');
    expect(bench.world.done).not.toContain('terminate i-1');
    bench.world.targets.delete('i-1');
    await reaches('i-1', undefined);
  });

  test('is not even marked while HealthCheck is suspended', async () => {
    await suspend('HealthCheck');
    bench.world.targets.delete('i-1');
    await looks();
    bench.wait(60_000);
    await looks();
    expect(await isMarked('i-1')).toBe(false);
    await resume('HealthCheck');
    await reaches('i-1', undefined);
  });

  test('is not replaced before its time is over, nor when it has recovered meanwhile', async () => {
    bench.world.targets.set('i-1', { State: 'unhealthy' });
    await looks();
    bench.world.targets.set('i-1', { State: 'healthy' });
    await looks();
    bench.world.targets.set('i-1', { State: 'unhealthy' });
    bench.wait(-60_000);
    await looks();
    expect(await isMarked('i-1')).toBe(false);
    bench.wait(120_000);
    await reaches('i-1', undefined);
  });

  test('keeps its mark while ReplaceUnhealthy is suspended and dies when it is resumed', async () => {
    await suspend('ReplaceUnhealthy');
    bench.world.targets.delete('i-1');
    await until(() => isMarked('i-1'), 'it is marked');
    bench.world.register(POOL, { id: 'i-1', zone: 'us-east-1a', port: 81 });
    expect(await bench.states()).toMatchObject({ 'i-1': 'InService' });
    expect(await isMarked('i-1')).toBe(true);
    await resume('ReplaceUnhealthy');
    await reaches('i-1', undefined);
  });

  test('survives when its mark is taken back before', async () => {
    await suspend('ReplaceUnhealthy');
    bench.world.targets.delete('i-1');
    await until(() => isMarked('i-1'), 'it is marked');
    bench.world.register(POOL, { id: 'i-1', zone: 'us-east-1a', port: 81 });
    await bench.client.send(new SetInstanceHealthCommand({ InstanceId: 'i-1', HealthStatus: 'Healthy' }));
    await resume('ReplaceUnhealthy');
    await bench.client.send(new SetInstanceHealthCommand({ InstanceId: 'i-2', HealthStatus: 'Unhealthy' }));
    await reaches('i-2', undefined);
    expect(await bench.states()).toMatchObject({ 'i-1': 'InService' });
  });

  test('is not replaced while Launch is suspended', async () => {
    await suspend('Launch');
    bench.world.targets.delete('i-1');
    await reaches('i-1', undefined);
    expect(Object.keys(await bench.states())).toEqual(['i-2', 'i-3']);
    await resume('Launch');
    await reaches('i-new1', 'InService');
  });
});

describe('suspended processes', () => {
  test('are told with the time, all of them when none is named', async () => {
    await suspend('AZRebalance', 'HealthCheck');
    const { SuspendedProcesses = [] } = await bench.group();
    expect(SuspendedProcesses).toEqual([
      { ProcessName: 'AZRebalance', SuspensionReason: expect.stringMatching(/^User suspended at 20/) },
      { ProcessName: 'HealthCheck', SuspensionReason: expect.any(String) },
    ]);
    await suspend();
    expect((await bench.group()).SuspendedProcesses).toHaveLength(9);
    await resume();
    expect((await bench.group()).SuspendedProcesses).toEqual([]);
  });

  test('must exist', async () => {
    await expect(suspend('Nap')).rejects.toMatchObject(refusal("'Nap' is not a valid scaling process"));
  });
});

function terminate(id: string, decrement: boolean) {
  return bench.client.send(
    new TerminateInstanceInAutoScalingGroupCommand({
      InstanceId: id,
      ShouldDecrementDesiredCapacity: decrement,
    }),
  );
}

function setDesired(DesiredCapacity: number, HonorCooldown = false) {
  return bench.client.send(
    new SetDesiredCapacityCommand({ AutoScalingGroupName: GROUP, DesiredCapacity, HonorCooldown }),
  );
}

describe('TerminateInstanceInAutoScalingGroup', () => {
  test('with decrement makes the group smaller, down to MinSize', async () => {
    await terminate('i-1', true);
    await reaches('i-1', undefined);
    expect((await bench.group()).DesiredCapacity).toBe(2);
    await expect(terminate('i-2', true)).rejects.toMatchObject(
      refusal('Currently, desiredSize equals minSize (2)'),
    );
    expect(Object.keys(await bench.states())).toEqual(['i-2', 'i-3']);
  });

  test('without decrement has it replaced in its zone', async () => {
    await terminate('i-3', false);
    await reaches('i-new1', 'InService');
    expect(bench.world.done).toContain('create in us-east-1b');
  });

  test('of an instance in standby leaves nothing to replace until the desired capacity is raised', async () => {
    await enter(['i-3']);
    await reaches('i-3', 'Standby');
    await terminate('i-3', false);
    await reaches('i-3', undefined);
    await looks();
    expect(Object.keys(await bench.states())).toEqual(['i-1', 'i-2']);
    expect((await bench.group()).DesiredCapacity).toBe(2);

    await setDesired(3);
    await reaches('i-new1', 'InService');
    expect(bench.world.done).toContain('create in us-east-1b');
    expect((await bench.group()).DesiredCapacity).toBe(3);
  });

  test('leaves the zone of an instance in standby to the instances that are at work', async () => {
    await enter(['i-1']);
    await reaches('i-1', 'Standby');
    await terminate('i-1', false);
    await setDesired(4);
    await reaches('i-new2', 'InService');
    const created = bench.world.done.filter((each) => each.startsWith('create'));
    expect(created.toSorted()).toEqual(['create in us-east-1a', 'create in us-east-1b']);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    [
      'decrement of an instance in standby',
      async () => {
        await enter(['i-1']);
        await reaches('i-1', 'Standby');
        await terminate('i-1', true);
      },
      'does not model TerminateInstanceInAutoScalingGroup with decrement of an instance in Standby',
    ],
    [
      'a suspended Terminate',
      async () => {
        await suspend('Terminate');
        await terminate('i-1', false);
      },
      'does not model TerminateInstanceInAutoScalingGroup while Terminate is suspended',
    ],
    [
      'several at once',
      () =>
        bench.client.send(
          new TerminateInstanceInAutoScalingGroupCommand({
            AutoScalingGroupName: GROUP,
            InstanceIds: ['i-1', 'i-2'],
            ShouldDecrementDesiredCapacity: false,
          }),
        ),
      'does not model TerminateInstanceInAutoScalingGroup with InstanceIds, AutoScalingGroupName',
    ],
  ])('refuses by name: %s', async (_, act, message) => {
    await expect(act()).rejects.toMatchObject(refusal(message));
  });

  test('refuses an instance that is on its way into standby', async () => {
    bench.world.drains = true;
    await enter(['i-1']);
    await expect(terminate('i-1', false)).rejects.toMatchObject({ name: 'ScalingActivityInProgressFault' });
    expect(await bench.states()).toMatchObject({ 'i-1': 'EnteringStandby' });
  });

  test('refuses a stranger', async () => {
    await expect(terminate('i-none', false)).rejects.toMatchObject(
      refusal('Instance Id not found - No managed instance found for instance ID: i-none'),
    );
  });
});

describe('SetDesiredCapacity', () => {
  test.each<[string, number, boolean, string]>([
    ['above MaxSize', 7, false, 'New SetDesiredCapacity value 7 is above max value 6'],
    ['below MinSize', 1, false, 'New SetDesiredCapacity value 1 is below min value 2'],
    ['that ends instances', 2, false, 'does not model SetDesiredCapacity below the present 3'],
    ['with a cooldown', 4, true, 'does not model SetDesiredCapacity with HonorCooldown'],
  ])('refuses one %s, and nothing changes', async (_, size, cooldown, message) => {
    await expect(setDesired(size, cooldown)).rejects.toMatchObject(refusal(message));
    expect((await bench.group()).DesiredCapacity).toBe(3);
  });

  test('up to MaxSize has instances launched, spread over the zones', async () => {
    await setDesired(6);
    await reaches('i-new3', 'InService');
    const created = bench.world.done.filter((each) => each.startsWith('create'));
    expect(created.toSorted()).toEqual([
      'create in us-east-1a',
      'create in us-east-1b',
      'create in us-east-1b',
    ]);
    await expect(setDesired(7)).rejects.toMatchObject(refusal('above max value 6'));
  });
});

describe('UpdateAutoScalingGroup', () => {
  const setMin = (MinSize: number) =>
    bench.client.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: GROUP, MinSize }));

  test('lets a group that is too small grow', async () => {
    await setMin(4);
    expect(await bench.group()).toMatchObject({ MinSize: 4, DesiredCapacity: 4 });
    await reaches('i-new1', 'InService');
    expect(bench.world.done).toContain('create in us-east-1b');
  });

  test('refuses a minimum above the maximum', async () => {
    await expect(setMin(7)).rejects.toMatchObject(
      refusal('Max bound, 6, must be greater than or equal to min bound, 7'),
    );
  });
});
