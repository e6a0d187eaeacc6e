import { type GetCommandInvocationResult, SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { HostResult } from '../../src/hosts/port.ts';
import { judge } from '../../src/hosts/ssm-result.ts';
import { WireError } from '../../src/range/wire/service.ts';
import { CancelledError } from '../../src/runner/errors.ts';
import { until } from '../range/support.ts';
import { failure, type Setting, ssmService, startSetting } from '../range/wire/builder.ts';

let setting: Setting;
let client: SSMClient;
/** What the service answers, one after the other, and the last for ever. */
let answers: readonly (GetCommandInvocationResult | WireError)[];
let asked: number;

beforeEach(async () => {
  asked = 0;
  const GetCommandInvocation = () => {
    const answer = answers[Math.min(asked, answers.length - 1)] ?? {};
    asked += 1;
    if (answer instanceof WireError) throw answer;
    return answer;
  };
  setting = await startSetting([ssmService({ GetCommandInvocation })]);
  // One attempt each: what the SDK would try again comes through.
  client = new SSMClient(setting.client);
});

afterEach(async () => {
  client.destroy();
  await setting.endpoint.stop();
});

const throttled = new WireError('ThrottlingException', 'Rate exceeded');
const missing = new WireError('InvocationDoesNotExist', 'not yet');
const printed = { Status: 'Success', StandardOutputContent: 'out', StandardErrorContent: '' } as const;

function read(signal = new AbortController().signal): Promise<HostResult> {
  const ending = { kind: 'ended', invocation: { Status: 'Success', StatusDetails: 'Success' } } as const;
  return judge(client, { id: 'c-1', host: 'i-1', ending }, undefined, signal);
}

test.each([
  ['the rate of calls is limited', throttled],
  ['the invocation cannot be read yet', missing],
  ['the invocation is listed as ended and shown as running', { Status: 'InProgress' } as const],
])('what a command printed is asked for again when %s', async (_, first) => {
  answers = [first, first, printed];
  expect(await read()).toEqual({ host: 'i-1', outcome: 'done', stdout: 'out', stderr: '' });
  expect(asked).toBe(3);
});

test('another error is an error at once', async () => {
  answers = [new WireError('InternalServerError', 'no', 500)];
  expect((await failure(read())).message).toContain('Could not read what a command printed');
  expect(asked).toBe(1);
});

test('a cancelled run does not wait for it', async () => {
  answers = [missing];
  const controller = new AbortController();
  const result = read(controller.signal);
  await until(() => asked > 1, 'it is asked for again');
  const reason = new CancelledError('The person asked to stop.');
  controller.abort(reason);
  expect(await failure(result)).toBe(reason);
});

test('a command that never arrived and one that was given up are told apart', async () => {
  const signal = new AbortController().signal;
  const lost = { kind: 'lost', reason: 'its agent is silent' } as const;
  expect(await judge(client, { id: 'c-1', host: 'i-1', ending: undefined }, undefined, signal)).toEqual({
    host: 'i-1',
    outcome: 'lost',
    reason: 'command c-1 never reached it',
  });
  expect(await judge(client, { id: 'c-1', host: 'i-1', ending: lost }, undefined, signal)).toEqual({
    host: 'i-1',
    outcome: 'lost',
    reason: 'its agent is silent',
  });
  expect(asked).toBe(0);
});
