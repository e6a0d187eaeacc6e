import * as sdk from '@aws-sdk/client-auto-scaling';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createAutoScaling } from '../../src/hosts/auto-scaling.ts';
import type { Scaling } from '../../src/hosts/scaling.ts';
import { type Operation, WireError } from '../../src/range/wire/service.ts';
import { UserError } from '../../src/runner/errors.ts';
import { type Setting, startSetting } from '../range/wire/builder.ts';
import { useEndpoint } from './aws-environment.ts';

let setting: Setting;
let scaling: Scaling;
/** What arrived, in order. */
let inputs: object[];
let isDenied: boolean;

beforeEach(async () => {
  inputs = [];
  isDenied = false;
  const operations = { SetDesiredCapacity: answer, TerminateInstanceInAutoScalingGroup: answer };
  setting = await startSetting([{ scope: 'autoscaling', sdk, operations }]);
  useEndpoint(setting.endpoint.url);
  scaling = createAutoScaling({ region: 'us-east-1' });
});

afterEach(() => setting.endpoint.stop());

const answer: Operation = (input: object) => {
  inputs.push(input);
  if (isDenied) throw new WireError('AccessDenied', 'You are not authorized.', 403);
  return {};
};

const CALLS: readonly [string, object, () => Promise<void>][] = [
  [
    'SetDesiredCapacity',
    { AutoScalingGroupName: 'web', DesiredCapacity: 3, HonorCooldown: false },
    () => scaling.setDesired('web', 3),
  ],
  [
    'TerminateInstanceInAutoScalingGroup',
    { InstanceId: 'i-1', ShouldDecrementDesiredCapacity: false },
    () => scaling.terminate('i-1'),
  ],
];

test.each(CALLS)('%s says on the wire what is not to be guessed', async (_, input, act) => {
  await act();
  expect(inputs).toEqual([input]);
});

test.each(CALLS)('%s: a refusal names the permission', async (name, _, act) => {
  isDenied = true;
  const refused = act();
  await expect(refused).rejects.toThrow(UserError);
  await expect(refused).rejects.toThrow(`autoscaling:${name}`);
});
