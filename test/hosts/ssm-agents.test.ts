import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListCommandInvocationsCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { HostCommand, HostResult } from '../../src/hosts/port.ts';
import { createSsmTransport } from '../../src/hosts/ssm.ts';
import { createStore } from '../../src/range/s3/store.ts';
import type { SsmHost } from '../../src/range/ssm/host.ts';
import { createSsm, type Ssm } from '../../src/range/ssm/service.ts';
import { type Operation, WireError } from '../../src/range/wire/service.ts';
import { isAlive, until } from '../range/support.ts';
import { type Setting, ssmService, startSetting } from '../range/wire/builder.ts';
import { useEndpoint } from './aws-environment.ts';

const REGION = 'us-east-1';
/** A dead agent is named well before the command's own limit of a minute. */
const SOON = 45_000;
const PATIENCE = 55_000;

let folder: string;
let hosts: SsmHost[];
let ssm: Ssm;
let setting: Setting;
let calls: string[];
let stands: Record<string, Operation>;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'zonewise-agents-')));
  calls = [];
  stands = {};
  const names = Array.from({ length: 120 }, (_, index) => `i-${index}`);
  hosts = await Promise.all(names.map((id) => host(id)));
  hosts.push(await host('i-dead', 'dead'));
  ssm = createSsm({ hosts, store: createStore(), consistencyWindow: 50 });
  setting = await startSetting([ssmService(counted(ssm.service.operations))]);
  useEndpoint(setting.endpoint.url);
});

afterEach(async () => {
  await ssm.stop();
  await setting.endpoint.stop();
  await rm(folder, { recursive: true });
});

async function host(id: string, agent: SsmHost['agent'] = 'online'): Promise<SsmHost> {
  const root = join(folder, id);
  await mkdir(root);
  const environment = { PATH: '/usr/bin:/bin', HOST_NAME: id };
  return { id, root, environment, region: REGION, address: '10.0.0.1', agent };
}

function counted(operations: Readonly<Record<string, Operation>>): Readonly<Record<string, Operation>> {
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]): [string, Operation] => [
      name,
      (input, call) => {
        calls.push(name);
        return (stands[name] ?? operation)(input, call);
      },
    ]),
  );
}

function count(name: string): number {
  return calls.filter((each) => each === name).length;
}

function run(commands: readonly HostCommand[]): Promise<readonly HostResult[]> {
  return createSsmTransport({ region: REGION }).run(commands, new AbortController().signal);
}

function command(host: string, script: string, changes: Partial<HostCommand> = {}): HostCommand {
  return { host, script, arguments: [], timeout: 60_000, ...changes };
}

const done = (host: string, stdout = '') => ({ host, outcome: 'done', stdout, stderr: '' });

/** The process that a script wrote to a file of its host. */
async function processOn(host: string): Promise<number> {
  let text = '';
  await until(async () => {
    text = await readFile(join(folder, host, 'pid'), 'utf8').catch(() => '');
    return text.endsWith('\n');
  }, `${host} runs the script`);
  return Number(text);
}

test(
  'a host whose agent is dead is named soon, with its last ping, and the others are followed on',
  async () => {
    const before = Date.now();
    const script = 'until [ -e go ]; do sleep 0.05; done';
    const results = run([command('i-dead', script), command('i-1', script)]);
    await until(() => count('CancelCommand') > 0, 'the command is cancelled', PATIENCE);
    expect(Date.now() - before).toBeLessThan(SOON);
    await writeFile(join(folder, 'i-1', 'go'), '');
    expect(await results).toEqual([
      {
        host: 'i-dead',
        outcome: 'lost',
        reason: expect.stringMatching(
          /^its Systems Manager agent is ConnectionLost, last heard of \d{4}-\d\d-\d\dT\S+Z; whether the command still runs there is not known \(command \S+\)$/,
        ),
      },
      done('i-1'),
    ]);
    expect(count('CancelCommand')).toBe(1);
  },
  PATIENCE,
);

test(
  'a host whose agent dies while nobody needs to look is named soon, and what runs there goes on',
  async () => {
    const script = 'echo $$ >pid; [ "$HOST_NAME" != i-1 ] || exec sleep 60; echo well';
    const quiet = { earliest: 60_000 };
    const results = run([command('i-1', script, quiet), command('i-2', script, quiet)]);
    const cancelled = until(() => count('CancelCommand') > 0, 'the command is cancelled', PATIENCE);
    const process = await processOn('i-1');
    const before = Date.now();
    ssm.stopAgent('i-1');
    await cancelled;
    expect(Date.now() - before).toBeLessThan(SOON);
    const [lost, well] = await results;
    const reason = lost?.outcome === 'lost' ? lost.reason : '';
    const lastPing = Date.parse(/last heard of (\S+);/.exec(reason)?.[1] ?? '');
    expect(lastPing).toBeGreaterThanOrEqual(before);
    expect(lastPing).toBeLessThan(before + SOON);
    expect(well).toEqual(done('i-2', 'well\n'));
    // The first look, and one because of the agent, which found the other host finished.
    expect(count('ListCommandInvocations')).toBe(2);
    expect(isAlive(process)).toBe(true);
  },
  PATIENCE,
);

test(
  'a host whose agent died after it had told the end is not lost',
  async () => {
    const results = run([
      command('i-1', 'while [ ! -e go ]; do sleep 0.05; done; echo well', { earliest: 30_000 }),
    ]);
    await until(() => count('ListCommandInvocations') > 0, 'the first look is over');
    await writeFile(join(folder, 'i-1', 'go'), '');
    await until(async () => (await statusOf('i-1')) === 'Success', 'it has ended');
    ssm.stopAgent('i-1');
    expect(await results).toEqual([done('i-1', 'well\n')]);
    expect(count('CancelCommand')).toBe(0);
  },
  PATIENCE,
);

async function statusOf(host: string): Promise<string | undefined> {
  const client = new SSMClient({ ...setting.client, region: REGION });
  const answer = await client.send(new ListCommandInvocationsCommand({ InstanceId: host }));
  client.destroy();
  return answer.CommandInvocations?.[0]?.Status;
}

test(
  'a host that Systems Manager does not list any more is lost',
  async () => {
    const results = run([command('i-1', 'echo $$ >pid; exec sleep 60')]);
    await processOn('i-1');
    hosts.splice(1, 1);
    expect(await results).toEqual([
      {
        host: 'i-1',
        outcome: 'lost',
        reason: expect.stringMatching(/does not list it any more.*stopped or terminated/),
      },
    ]);
    await ssm.endRuns('i-1');
  },
  PATIENCE,
);

test(
  'neither a watch that is refused nor a cancellation that is refused hides how the others end',
  async () => {
    const refuse: Operation = () => {
      throw new WireError('AccessDeniedException', 'User: deployer is not authorized');
    };
    stands = { CancelCommand: refuse };
    const results = await run([command('i-dead', 'echo well'), command('i-1', 'echo well')]);
    expect(results).toEqual([
      {
        host: 'i-dead',
        outcome: 'lost',
        reason: expect.stringMatching(/ConnectionLost.*Add the action ssm:CancelCommand/s),
      },
      done('i-1', 'well\n'),
    ]);
    stands = { DescribeInstanceInformation: refuse };
    expect(await run([command('i-1', 'sleep 3.5; echo well')])).toEqual([done('i-1', 'well\n')]);
  },
  PATIENCE,
);

test(
  'commands that differ from host to host share the calls that watch their agents',
  async () => {
    const each = hosts
      .slice(0, 60)
      .map(({ id }) => command(id, 'until [ -e go ]; do sleep 0.3; done', { arguments: [id] }));
    const results = run(each);
    await until(() => count('DescribeInstanceInformation') > 1, 'the agents are watched', PATIENCE);
    await Promise.all(each.map(({ host }) => writeFile(join(folder, host, 'go'), '')));
    expect(await results).toEqual(each.map(({ host }) => done(host)));
    expect(count('SendCommand')).toBe(60);
    // One for each of them would be 60 at every look.
    expect(count('DescribeInstanceInformation')).toBeLessThan(60);
  },
  2 * PATIENCE,
);

test(
  'each of 120 hosts is judged by itself: one fails, one takes too long, one is lost',
  async () => {
    const script = `case $HOST_NAME in
      i-7) echo why >&2; exit 7 ;;
      i-60) exec sleep 600 ;;
      i-119) echo $$ >pid; exec sleep 600 ;;
      esac
      echo "$HOST_NAME is well"`;
    const results = run(
      hosts.slice(0, 120).map(({ id }) => command(id, script, id === 'i-60' ? { timeout: 3_000 } : {})),
    );
    await processOn('i-119');
    ssm.stopAgent('i-119');
    const expected = new Map<string, object>([
      ['i-7', { outcome: 'failed', exitCode: 7, stdout: '', stderr: expect.stringMatching(/^why\n/) }],
      ['i-60', { outcome: 'lost', reason: expect.stringMatching(/ended as ExecutionTimedOut$/) }],
      [
        'i-119',
        { outcome: 'lost', reason: expect.stringMatching(/agent is ConnectionLost, last heard of 2/) },
      ],
    ]);
    expect(await results).toEqual(
      hosts.slice(0, 120).map(({ id }) => ({ ...done(id, `${id} is well\n`), ...lostWith(id, expected) })),
    );
    expect(count('SendCommand')).toBe(4);
  },
  2 * PATIENCE,
);

/** What is told of a host instead. */
function lostWith(id: string, expected: ReadonlyMap<string, object>): object {
  const instead = expected.get(id);
  if (instead === undefined) return {};
  return 'stdout' in instead ? instead : { stdout: undefined, stderr: undefined, ...instead };
}
