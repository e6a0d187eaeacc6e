import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CancelCommandCommand,
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  type GetCommandInvocationResult,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  SendCommandCommand,
  type SendCommandCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createStore, type Store } from '../../../src/range/s3/store.ts';
import type { SsmHost } from '../../../src/range/ssm/host.ts';
import { createSsm, type Ssm } from '../../../src/range/ssm/service.ts';
import { type Endpoint, startEndpoint } from '../../../src/range/wire/endpoint.ts';
import { isAlive, until } from '../support.ts';

const REGION = 'us-east-1';
const credentials = { accessKeyId: 'AKIARANGE', secretAccessKey: 'secret' };

let folder: string;
let hosts: SsmHost[];
let store: Store;
let ssm: Ssm;
let endpoint: Endpoint;
let client: SSMClient;
let clock: () => number;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'ssm-')));
  clock = Date.now;
  hosts = [
    await host('i-1'),
    await host('i-2'),
    await host('i-dead', { agent: 'dead' }),
    await host('i-far', { region: 'eu-west-1' }),
    await host('i-twice', { deliversTwice: true }),
  ];
  store = createStore();
  ssm = createSsm({ hosts, store, now: () => clock() });
  endpoint = await startEndpoint({
    services: [ssm.service],
    s3: async (_, response) => void response.end(),
    ...credentials,
  });
  client = clientIn(REGION);
});

afterEach(async () => {
  client.destroy();
  await endpoint.stop();
  await ssm.stop();
  await rm(folder, { recursive: true });
});

async function host(id: string, changes: Partial<SsmHost> = {}): Promise<SsmHost> {
  const root = join(folder, id);
  await mkdir(root);
  const environment = { PATH: '/usr/bin:/bin', HOST_NAME: id };
  return { id, root, environment, region: REGION, address: '127.0.0.1', agent: 'online', ...changes };
}

function clientIn(region: string): SSMClient {
  return new SSMClient({ region, endpoint: endpoint.url, credentials, maxAttempts: 1 });
}

async function send(
  commands: readonly string[],
  changes: Partial<SendCommandCommandInput> & { executionTimeout?: string } = {},
): Promise<string> {
  const { executionTimeout, ...input } = changes;
  const { Command } = await client.send(
    new SendCommandCommand({
      DocumentName: 'AWS-RunShellScript',
      InstanceIds: ['i-1'],
      Parameters: {
        commands: [...commands],
        ...(executionTimeout === undefined ? {} : { executionTimeout: [executionTimeout] }),
      },
      ...input,
    }),
  );
  return Command?.CommandId ?? '';
}

function invocation(id: string, instance = 'i-1'): Promise<GetCommandInvocationResult> {
  return client.send(new GetCommandInvocationCommand({ CommandId: id, InstanceId: instance }));
}

/** Looks at an invocation until it has one of these states. */
async function reaches(id: string, ...states: readonly string[]): Promise<GetCommandInvocationResult> {
  let seen: GetCommandInvocationResult = {};
  await until(
    async () => {
      seen = await invocation(id).catch((error: Error) => {
        if (error.name !== 'InvocationDoesNotExist') throw error;
        return {};
      });
      return states.includes(seen.Status ?? '');
    },
    `the command is ${states.join(' or ')}`,
  );
  return seen;
}

describe('SendCommand', () => {
  test('runs the lines with sh on the host, from its root and in its environment', async () => {
    const id = await send([
      'pwd',
      'echo "$HOST_NAME" in',
      'echo aside >&2',
      'touch made',
      'env | cut -d= -f1',
    ]);
    const done = await reaches(id, 'Success', 'Failed');
    expect(done).toMatchObject({
      Status: 'Success',
      StatusDetails: 'Success',
      ResponseCode: 0,
      StandardErrorContent: 'aside\n',
      PluginName: 'aws:runShellScript',
      DocumentName: 'AWS-RunShellScript',
    });
    expect(done.StandardOutputContent).toContain(`${folder}/i-1\ni-1 in\n`);
    expect(done.StandardOutputContent).not.toContain('JEST');
    expect(await readFile(join(folder, 'i-1', 'made'), 'utf8')).toBe('');
    expect(done.ExecutionElapsedTime).toMatch(/^PT[\d.]+S$/);
  });

  test('runs on every host that is named, each with its own result', async () => {
    const id = await send(['[ "$HOST_NAME" = i-1 ] || exit 7'], { InstanceIds: ['i-1', 'i-2'] });
    expect(await reaches(id, 'Success')).toMatchObject({ ResponseCode: 0 });
    await until(async () => (await invocation(id, 'i-2')).Status === 'Failed', 'the other has failed');
    expect(await invocation(id, 'i-2')).toMatchObject({
      StatusDetails: 'Failed',
      ResponseCode: 7,
      StandardErrorContent: 'failed to run commands: exit status 7',
    });
  });

  test('hands the lines over byte for byte', async () => {
    const id = await send(['cat <<"END"', '  \'quotes\' "$HOME" `id` \\ ünïcode', 'END']);
    expect((await reaches(id, 'Success')).StandardOutputContent).toBe(
      '  \'quotes\' "$HOME" `id` \\ ünïcode\n',
    );
  });

  test('stops what takes longer than executionTimeout, with everything it started', async () => {
    const id = await send(['sleep 600 & echo $! >child', 'wait'], { executionTimeout: '1' });
    expect(await reaches(id, 'TimedOut')).toMatchObject({
      StatusDetails: 'ExecutionTimedOut',
      ResponseCode: 137,
    });
    const child = Number(await readFile(join(folder, 'i-1', 'child'), 'utf8'));
    await until(() => !isAlive(child), 'the child is gone');
  });

  test('does not wait for what the script leaves in the background, and stop ends that too', async () => {
    const id = await send(['sleep 600 &', 'echo $! >child']);
    await reaches(id, 'Success');
    const child = Number(await readFile(join(folder, 'i-1', 'child'), 'utf8'));
    expect(isAlive(child)).toBe(true);
    await ssm.stop();
    await until(() => !isAlive(child), 'the child is gone');
  });

  test.each<[string, Partial<SendCommandCommandInput>, string, RegExp]>([
    ['another document', { DocumentName: 'AWS-RunPatchBaseline' }, 'InvalidDocument', /AWS-RunPatchBaseline/],
    ['an unknown instance', { InstanceIds: ['i-1', 'i-nobody'] }, 'InvalidInstanceId', /\[\[i-nobody\]\]/],
    ["another region's instance", { InstanceIds: ['i-far'] }, 'InvalidInstanceId', /i-far/],
    ['no instance', { InstanceIds: [] }, 'ValidationException', /InstanceIds/],
    [
      '51 instances',
      { InstanceIds: Array.from({ length: 51 }, (_, index) => `i-${index}`) },
      'ValidationException',
      /less than or equal to 50/,
    ],
    ['a short timeout', { TimeoutSeconds: 29 }, 'ValidationException', /29/],
    ['no commands', { Parameters: {} }, 'InvalidParameters', /"commands".*required/],
    [
      'a strange execution timeout',
      { Parameters: { commands: ['true'], executionTimeout: ['soon'] } },
      'InvalidParameters',
      /soon/,
    ],
    [
      'other parameters',
      { Parameters: { commands: ['true'], workingDirectory: ['/'] } },
      'InvalidParameters',
      /workingDirectory/,
    ],
    [
      'a reference to Parameter Store',
      { Parameters: { commands: ['echo {{ssm:secret}}'] } },
      'ParameterNotFound',
      /\{\{ssm:secret\}\}/,
    ],
    ['a bucket that does not exist', { OutputS3BucketName: 'logs' }, 'InvalidOutputFolder', /logs/],
    ['what is not modelled', { OutputS3Region: 'us-east-1' }, 'ValidationException', /OutputS3Region/],
  ])('refuses %s', async (_, changes, name, message) => {
    await expect(send(['touch made'], changes)).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
    });
    await expect(readFile(join(folder, 'i-1', 'made'))).rejects.toThrow('ENOENT');
  });
});

describe('output in S3', () => {
  const kept = (key: string) => {
    const [version] = store.versions('logs', key);
    return version?.kind === 'object' ? version.body.toString() : undefined;
  };

  test.each([
    ['below a prefix', 'of/a', 'of/a/'],
    ['at the top', undefined, ''],
  ])('is kept whole, %s', async (_, prefix, folder) => {
    store.createBucket('logs');
    const place = {
      OutputS3BucketName: 'logs',
      ...(prefix === undefined ? {} : { OutputS3KeyPrefix: prefix }),
    };
    const id = await send(['head -c 30000 /dev/zero | tr "\\0" o', 'echo why >&2', 'exit 3'], place);
    const done = await reaches(id, 'Failed');
    const key = `${folder}${id}/i-1/awsrunShellScript/0.awsrunShellScript`;
    expect(done).toMatchObject({
      StandardOutputContent: 'o'.repeat(24_000),
      StandardOutputUrl: `https://s3.us-east-1.amazonaws.com/logs/${key}/stdout`,
      StandardErrorUrl: `https://s3.us-east-1.amazonaws.com/logs/${key}/stderr`,
    });
    expect(kept(`${key}/stdout`)).toBe('o'.repeat(30_000));
    expect(kept(`${key}/stderr`)).toMatch(/^why\n/);
  });

  test('is not kept when nobody asks for it, nor when there is none', async () => {
    store.createBucket('logs');
    expect(await reaches(await send(['echo out']), 'Success')).toMatchObject({ StandardOutputUrl: '' });
    await reaches(await send(['true'], { OutputS3BucketName: 'logs' }), 'Success');
    expect(store.allVersions('logs')).toEqual([]);
  });
});

describe('reading a command', () => {
  test('knows nothing of it inside the consistency window', async () => {
    let time = Date.now();
    clock = () => time;
    const id = await send(['true']);
    time += 149;
    await expect(invocation(id)).rejects.toMatchObject({ name: 'InvocationDoesNotExist' });
    const list = new ListCommandInvocationsCommand({ CommandId: id });
    expect((await client.send(list)).CommandInvocations).toEqual([]);
    time += 1;
    expect((await invocation(id)).CommandId).toBe(id);
    expect((await client.send(list)).CommandInvocations).toHaveLength(1);
  });

  test('shows no output before the end', async () => {
    const id = await send(['echo early', 'while [ ! -e go ]; do sleep 0.05; done']);
    expect(await reaches(id, 'InProgress')).toMatchObject({ StandardOutputContent: '', ResponseCode: -1 });
    await send(['touch go']);
    expect(await reaches(id, 'Success')).toMatchObject({ StandardOutputContent: 'early\n' });
  });

  test('cuts long output as the service does', async () => {
    const id = await send([
      'head -c 200000 /dev/zero | tr "\\0" o',
      'head -c 20000 /dev/zero | tr "\\0" e >&2',
    ]);
    const done = await reaches(id, 'Success');
    expect(done.StandardOutputContent).toBe('o'.repeat(24_000));
    expect(done.StandardErrorContent).toBe('e'.repeat(8_000));
    const { CommandInvocations } = await client.send(
      new ListCommandInvocationsCommand({ CommandId: id, Details: true }),
    );
    expect(CommandInvocations?.[0]?.CommandPlugins?.[0]?.Output).toBe('o'.repeat(2_500));
  });

  test('lists by command and instance, with plugins only when asked', async () => {
    const id = await send(['echo out; echo err >&2'], { InstanceIds: ['i-1', 'i-2'], Comment: 'both' });
    await send(['true']);
    await reaches(id, 'Success');
    const list = async (input: object) =>
      (await client.send(new ListCommandInvocationsCommand({ CommandId: id, ...input }))).CommandInvocations;
    expect((await list({}))?.map((one) => one.InstanceId).sort()).toEqual(['i-1', 'i-2']);
    const [one, ...others] = (await list({ InstanceId: 'i-1' })) ?? [];
    expect(others).toEqual([]);
    expect(one).toMatchObject({ InstanceId: 'i-1', Status: 'Success', Comment: 'both', CommandPlugins: [] });
    const [detailed] = (await list({ InstanceId: 'i-1', Details: true })) ?? [];
    expect(detailed?.CommandPlugins).toMatchObject([
      {
        Name: 'aws:runShellScript',
        Status: 'Success',
        ResponseCode: 0,
        Output: 'out\n\n----------ERROR-------\nerr\n',
      },
    ]);
  });

  test('knows no command of another region or another plugin', async () => {
    const id = await send(['true']);
    await reaches(id, 'Success');
    const far = clientIn('eu-west-1');
    await expect(
      far.send(new GetCommandInvocationCommand({ CommandId: id, InstanceId: 'i-1' })),
    ).rejects.toMatchObject({ name: 'InvocationDoesNotExist' });
    far.destroy();
    await expect(
      client.send(new GetCommandInvocationCommand({ CommandId: id, InstanceId: 'i-1', PluginName: 'other' })),
    ).rejects.toMatchObject({ name: 'InvalidPluginName' });
  });
});

describe('CancelCommand', () => {
  test('ends the whole process group', async () => {
    const id = await send(['sleep 600 & echo $! >child.new', 'mv child.new child', 'wait']);
    await reaches(id, 'InProgress');
    const file = join(folder, 'i-1', 'child');
    await until(async () => (await readFile(file, 'utf8').catch(() => '')) !== '', 'the child runs');
    await client.send(new CancelCommandCommand({ CommandId: id }));
    expect(await reaches(id, 'Cancelled')).toMatchObject({ StatusDetails: 'Cancelled' });
    const child = Number(await readFile(file, 'utf8'));
    await until(() => !isAlive(child), 'the child is gone');
  });

  test('leaves the other instances and finished commands alone', async () => {
    const id = await send(['while [ ! -e go ]; do sleep 0.05; done'], { InstanceIds: ['i-1', 'i-2'] });
    await reaches(id, 'InProgress');
    await client.send(new CancelCommandCommand({ CommandId: id, InstanceIds: ['i-2'] }));
    await send(['touch go']);
    await reaches(id, 'Success');
    await client.send(new CancelCommandCommand({ CommandId: id }));
    expect(await invocation(id)).toMatchObject({ Status: 'Success' });
    await until(async () => (await invocation(id, 'i-2')).Status === 'Cancelled', 'the other is cancelled');
  });

  test('refuses a command it does not know', async () => {
    await expect(
      client.send(new CancelCommandCommand({ CommandId: '00000000-0000-0000-0000-000000000000' })),
    ).rejects.toMatchObject({ name: 'InvalidCommandId' });
  });
});

describe('a dead agent', () => {
  test('leaves a command pending until its delivery times out', async () => {
    let time = Date.now();
    clock = () => time;
    const id = await send(['touch made'], { InstanceIds: ['i-dead'], TimeoutSeconds: 30 });
    time += 29_999;
    expect(await invocation(id, 'i-dead')).toMatchObject({ Status: 'Pending', StandardOutputContent: '' });
    time += 1;
    expect(await invocation(id, 'i-dead')).toMatchObject({
      Status: 'TimedOut',
      StatusDetails: 'DeliveryTimedOut',
    });
    await expect(readFile(join(folder, 'i-dead', 'made'))).rejects.toThrow('ENOENT');
  });

  test('a command waiting for it can be cancelled', async () => {
    const id = await send(['true'], { InstanceIds: ['i-dead'] });
    await client.send(new CancelCommandCommand({ CommandId: id }));
    await until(
      async () => (await invocation(id, 'i-dead').catch(() => undefined))?.Status === 'Cancelled',
      'the command is cancelled',
    );
  });
});

describe('an agent that is cut off', () => {
  const pid = async () => Number(await readFile(join(folder, 'i-1', 'pid'), 'utf8').catch(() => ''));

  test('reports no end, hears of no cancellation, and what runs on its host goes on', async () => {
    const id = await send(['echo $$ >pid', 'until [ -e go ]; do sleep 0.05; done', 'touch finished']);
    await until(async () => (await pid()) > 0, 'it runs');
    ssm.stopAgent('i-1');
    await client.send(new CancelCommandCommand({ CommandId: id }));
    expect(isAlive(await pid())).toBe(true);
    await writeFile(join(folder, 'i-1', 'go'), '');
    const file = join(folder, 'i-1', 'finished');
    await until(async () => (await readFile(file).catch(() => undefined)) !== undefined, 'it has finished');
    await until(async () => !isAlive(await pid()), 'it has ended');
    expect(await reaches(id, 'Cancelling')).toMatchObject({ StandardOutputContent: '' });
  });

  test('takes no command', async () => {
    ssm.stopAgent('i-1');
    const id = await send(['touch made'], { InstanceIds: ['i-1', 'i-2'] });
    await until(
      async () => (await invocation(id, 'i-2').catch(() => undefined))?.Status === 'Success',
      'the other has run it',
    );
    expect(await invocation(id)).toMatchObject({ Status: 'Pending' });
    await expect(readFile(join(folder, 'i-1', 'made'))).rejects.toThrow('ENOENT');
  });

  test('was last heard of when it was cut off', async () => {
    const seen = async () => {
      const filter = { Key: 'InstanceIds', Values: ['i-1'] };
      const answer = await client.send(new DescribeInstanceInformationCommand({ Filters: [filter] }));
      return answer.InstanceInformationList?.[0];
    };
    let time = Date.parse('2026-01-02T03:04:05Z');
    clock = () => time;
    expect(await seen()).toMatchObject({ PingStatus: 'Online', LastPingDateTime: new Date(time) });
    ssm.stopAgent('i-1');
    time += 60_000;
    ssm.stopAgent('i-1');
    expect(await seen()).toMatchObject({
      PingStatus: 'ConnectionLost',
      LastPingDateTime: new Date('2026-01-02T03:04:05Z'),
    });
  });

  test('must be there', () => {
    expect(() => ssm.stopAgent('i-none')).toThrow(/no host i-none whose agent.*i-1, i-2/);
  });
});

describe('an agent that is given every command twice', () => {
  test('runs it once more while it runs, and tells the result of the second run', async () => {
    const id = await send(
      [
        'if mkdir begun 2>/dev/null; then',
        '  until [ -e again ]; do sleep 0.05; done; echo first; exit 0',
        'fi',
        'touch again; echo second; exit 3',
      ],
      { InstanceIds: ['i-twice'] },
    );
    await until(
      async () => (await invocation(id, 'i-twice').catch(() => undefined))?.Status === 'Failed',
      'the command has failed',
    );
    expect(await invocation(id, 'i-twice')).toMatchObject({
      ResponseCode: 3,
      StandardOutputContent: 'second\n',
    });
  });

  test('cancels both', async () => {
    const id = await send(['echo $$ >>pids; exec sleep 60'], { InstanceIds: ['i-twice'] });
    const pids = async () =>
      (await readFile(join(folder, 'i-twice', 'pids'), 'utf8').catch(() => '')).split('\n').filter(Boolean);
    await until(async () => (await pids()).length === 2, 'both run');
    await client.send(new CancelCommandCommand({ CommandId: id }));
    await until(async () => !(await pids()).some((each) => isAlive(Number(each))), 'both are gone');
    await until(
      async () => (await invocation(id, 'i-twice').catch(() => undefined))?.Status === 'Cancelled',
      'it is cancelled',
    );
  });
});

test('a host that goes away reports no end of what it was doing', async () => {
  const id = await send(['echo $$ > pid', 'sleep 60']);
  const pid = async () => Number(await readFile(join(folder, 'i-1', 'pid'), 'utf8').catch(() => ''));
  await until(async () => (await pid()) > 0, 'it runs');
  hosts.shift();
  await ssm.endRuns('i-1');
  expect(isAlive(await pid())).toBe(false);
  expect(await reaches(id, 'InProgress')).toMatchObject({ StandardOutputContent: '' });
  await expect(send(['true'])).rejects.toMatchObject({ name: 'InvalidInstanceId' });
});

describe('DescribeInstanceInformation', () => {
  const describeHosts = async (input: object) =>
    client.send(new DescribeInstanceInformationCommand({ ...input }));

  test('tells the hosts of the region and which agents answer', async () => {
    const { InstanceInformationList = [] } = await describeHosts({});
    expect(InstanceInformationList.map(({ InstanceId, PingStatus }) => [InstanceId, PingStatus])).toEqual([
      ['i-1', 'Online'],
      ['i-2', 'Online'],
      ['i-dead', 'ConnectionLost'],
      ['i-twice', 'Online'],
    ]);
    expect(InstanceInformationList[0]).toMatchObject({
      IPAddress: '127.0.0.1',
      ComputerName: 'i-1',
      PlatformType: 'Linux',
      LastPingDateTime: expect.any(Date),
    });
  });

  test.each([
    [
      'the old form',
      { InstanceInformationFilterList: [{ key: 'InstanceIds', valueSet: ['i-2', 'i-far'] }] },
      ['i-2'],
    ],
    ['the new form', { Filters: [{ Key: 'InstanceIds', Values: ['i-2', 'i-none'] }] }, ['i-2']],
    ['the ping status', { Filters: [{ Key: 'PingStatus', Values: ['ConnectionLost'] }] }, ['i-dead']],
  ])('filters by %s', async (_, input, ids) => {
    const { InstanceInformationList = [] } = await describeHosts(input);
    expect(InstanceInformationList.map((one) => one.InstanceId)).toEqual(ids);
  });

  test('gives pages', async () => {
    const first = await describeHosts({ MaxResults: 2 });
    expect(first.InstanceInformationList).toHaveLength(2);
    const second = await describeHosts({ MaxResults: 2, NextToken: first.NextToken });
    expect(second.InstanceInformationList?.map((one) => one.InstanceId)).toEqual(['i-dead', 'i-twice']);
    expect(second.NextToken).toBeUndefined();
  });

  test.each([
    ['an unknown filter', { Filters: [{ Key: 'tag:Name', Values: ['x'] }] }, 'InvalidFilterKey'],
    [
      'both forms',
      {
        Filters: [{ Key: 'InstanceIds', Values: ['i-1'] }],
        InstanceInformationFilterList: [{ key: 'InstanceIds', valueSet: ['i-1'] }],
      },
      'InvalidInstanceInformationFilterValue',
    ],
    ['a made-up token', { NextToken: 'made-up' }, 'InvalidNextToken'],
    ['an impossible page', { MaxResults: 51 }, 'ValidationException'],
  ])('refuses %s', async (_, input, name) => {
    await expect(describeHosts(input)).rejects.toMatchObject({ name });
  });
});

test('an operation that is not modelled is refused by name', async () => {
  await expect(client.send(new ListCommandsCommand({}))).rejects.toThrow('ListCommands');
});
