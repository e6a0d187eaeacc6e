import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { HostCommand, Transport } from '../../src/hosts/port.ts';
import { createSsmTransport } from '../../src/hosts/ssm.ts';
import { createStore, type Store } from '../../src/range/s3/store.ts';
import type { SsmHost } from '../../src/range/ssm/host.ts';
import { createSsm, type Ssm } from '../../src/range/ssm/service.ts';
import { type Operation, WireError } from '../../src/range/wire/service.ts';
import { CancelledError, UserError } from '../../src/runner/errors.ts';
import { isAlive, until } from '../range/support.ts';
import { failure, type Setting, ssmService, startSetting } from '../range/wire/builder.ts';
import { useEndpoint, withoutCredentials } from './aws-environment.ts';

const REGION = 'us-east-1';

let folder: string;
let ssm: Ssm;
let store: Store;
let setting: Setting;
let transport: Transport;
/** Names of the operations that were called, in order. */
let calls: string[];
/** Milliseconds by which the service's clock is ahead. */
let ahead: number;
/** What a test wants to be answered instead. */
let stands: Record<string, Operation>;

const MANY = Array.from({ length: 51 }, (_, index) => `i-many-${index}`);
const NAMES = ['i-1', 'i-2', 'i-3', 'i-dead', ...MANY];

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'zonewise-ssm-')));
  calls = [];
  ahead = 0;
  stands = {};
  store = createStore();
  const hosts = await Promise.all(NAMES.map(host));
  ssm = createSsm({ hosts, store, consistencyWindow: 50, now: () => Date.now() + ahead });
  setting = await startSetting([ssmService(watched(ssm.service.operations))]);
  useEndpoint(setting.endpoint.url);
  transport = createSsmTransport({ region: REGION });
});

afterEach(async () => {
  await ssm.stop();
  await setting.endpoint.stop();
  await rm(folder, { recursive: true });
});

async function host(id: string): Promise<SsmHost> {
  const root = join(folder, id);
  await mkdir(root);
  return {
    id,
    root,
    environment: { PATH: '/usr/bin:/bin', HOST_NAME: id },
    region: REGION,
    address: `10.0.0.${NAMES.indexOf(id)}`,
    agent: id === 'i-dead' ? 'dead' : 'online',
  };
}

function watched(operations: Readonly<Record<string, Operation>>): Readonly<Record<string, Operation>> {
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

function command(host: string, script = 'echo "$HOST_NAME $1"', ...values: readonly string[]): HostCommand {
  return { host, script, arguments: values, timeout: 60_000 };
}

function run(commands: readonly HostCommand[], signal = new AbortController().signal) {
  return transport.run(commands, signal);
}

const done = (host: string, stdout: string) => ({ host, outcome: 'done', stdout, stderr: '' });

describe('run', () => {
  test('sends what is alike in one call and gives the results in the order of the commands', async () => {
    const commands = [
      command('i-3', undefined, 'a'),
      command('i-1', undefined, 'b'),
      command('i-2', undefined, 'a'),
    ];
    expect(await run(commands)).toEqual([
      done('i-3', 'i-3 a\n'),
      done('i-1', 'i-1 b\n'),
      done('i-2', 'i-2 a\n'),
    ]);
    expect(count('SendCommand')).toBe(2);
  });

  test('does nothing when there is nothing to do', async () => {
    expect(await run([])).toEqual([]);
    expect(calls).toEqual([]);
  });

  test('runs the same command twice on one host when it is asked twice', async () => {
    const twice = [
      command('i-1', 'echo x >>log'),
      command('i-2', 'echo x >>log'),
      command('i-1', 'echo x >>log'),
    ];
    expect(await run(twice)).toEqual([done('i-1', ''), done('i-2', ''), done('i-1', '')]);
    expect(await readFile(join(folder, 'i-1', 'log'), 'utf8')).toBe('x\nx\n');
    expect(count('SendCommand')).toBe(2);
  });

  test('hands the data over byte for byte', async () => {
    const value = 'a "b" \'c\' $(touch run) `id` {{ssm:x}}\n\n';
    const [result] = await run([command('i-1', 'printf "%s|" "$@"', value, '', '-n')]);
    expect(result).toEqual(done('i-1', `${value}||-n|`));
  });

  test('judges every host by itself: one fails, the other does not', async () => {
    const script = '[ "$HOST_NAME" = i-1 ] || { echo out; echo why >&2; exit 7; }';
    expect(await run([command('i-1', script), command('i-2', script)])).toEqual([
      done('i-1', ''),
      {
        host: 'i-2',
        outcome: 'failed',
        exitCode: 7,
        stdout: 'out\n',
        stderr: expect.stringMatching(/^why\n/),
      },
    ]);
    expect(count('SendCommand')).toBe(1);
  });

  test('gives more than 50 hosts to several calls', async () => {
    const results = await run(MANY.map((name) => command(name, 'echo "$HOST_NAME"')));
    expect(results).toEqual(MANY.map((name) => done(name, `${name}\n`)));
    expect(count('SendCommand')).toBe(2);
  });

  test('gives a host up whose agent does not take the command, and only that one', async () => {
    const results = run([command('i-dead'), command('i-1')]);
    await until(() => count('ListCommandInvocations') > 0, 'the command is followed');
    ahead = 31_000;
    expect(await results).toEqual([
      {
        host: 'i-dead',
        outcome: 'lost',
        reason: expect.stringMatching(/^command \S+ ended as DeliveryTimedOut$/),
      },
      done('i-1', 'i-1 \n'),
    ]);
  });

  test('gives a host up whose command takes too long', async () => {
    const [result] = await run([{ ...command('i-1', 'sleep 600'), timeout: 1_000 }]);
    expect(result).toMatchObject({ outcome: 'lost', reason: expect.stringContaining('ExecutionTimedOut') });
  });

  test('loses only the host that Systems Manager takes no commands for', async () => {
    expect(await run([command('i-1'), command('i-gone'), command('i-2')])).toEqual([
      done('i-1', 'i-1 \n'),
      { host: 'i-gone', outcome: 'lost', reason: expect.stringMatching(/InvalidInstanceId: .*i-gone/) },
      done('i-2', 'i-2 \n'),
    ]);
  });
});

describe('a cancelled run', () => {
  const reason = new CancelledError('The person asked to stop.');

  test('rejects with the reason of the signal while a command runs', async () => {
    const controller = new AbortController();
    const results = run([command('i-1', 'sleep 600')], controller.signal);
    await until(() => count('ListCommandInvocations') > 1, 'the command is followed');
    controller.abort(reason);
    expect(await failure(results)).toBe(reason);
  });

  const LOOP = 'echo $$ >pid.new; mv pid.new pid; while sleep 0.1; do :; done';

  async function processOn(host: string): Promise<number> {
    const file = join(folder, host, 'pid');
    let text = '';
    await until(async () => {
      text = await readFile(file, 'utf8').catch(() => '');
      return text !== '';
    }, `${host} runs the script`);
    return Number(text);
  }

  test('leaves what runs on the hosts alone, unless the command is to be stopped', async () => {
    const controller = new AbortController();
    const results = run(
      [command('i-1', LOOP), { ...command('i-2', LOOP), onCancel: 'stop' }],
      controller.signal,
    );
    const [left, stopped] = [await processOn('i-1'), await processOn('i-2')];
    controller.abort(reason);
    expect(await failure(results)).toBe(reason);
    expect(count('CancelCommand')).toBe(1);
    await until(() => !isAlive(stopped), 'the second is stopped');
    expect(isAlive(left)).toBe(true);
  });

  test('does not wait for commands that cannot be stopped', async () => {
    stands = { CancelCommand: () => new Promise<object>(() => undefined) };
    const controller = new AbortController();
    const results = run([{ ...command('i-1', LOOP), onCancel: 'stop' }], controller.signal);
    const process = await processOn('i-1');
    controller.abort(reason);
    expect(await failure(results)).toBe(reason);
    expect(count('CancelCommand')).toBe(1);
    expect(isAlive(process)).toBe(true);
  });

  test('does so even when the service does not answer', async () => {
    stands = { ListCommandInvocations: () => new Promise<object>(() => undefined) };
    const controller = new AbortController();
    const results = run([command('i-1')], controller.signal);
    await until(() => count('ListCommandInvocations') > 0, 'the service is asked');
    controller.abort(reason);
    expect(await failure(results)).toBe(reason);
  });

  test('sends nothing when it is cancelled already', async () => {
    expect(await failure(run([command('i-1')], AbortSignal.abort(reason)))).toBe(reason);
    expect(calls).toEqual([]);
  });
});

describe('what a command printed', () => {
  test('is asked for again while Systems Manager does not know it yet', async () => {
    const real = ssm.service.operations['GetCommandInvocation'];
    const early: readonly Operation[] = [
      () => {
        throw new WireError('InvocationDoesNotExist', 'not yet');
      },
      () => ({ Status: 'InProgress', StandardOutputContent: '' }),
    ];
    stands = {
      GetCommandInvocation: (input, call) =>
        (early[count('GetCommandInvocation') - 1] ?? real ?? early[0])?.(input, call) ?? {},
    };
    expect(await run([command('i-1', 'echo late')])).toEqual([done('i-1', 'late\n')]);
    expect(count('GetCommandInvocation')).toBe(3);
  });

  test('is an error at once when it may not be read', async () => {
    stands = {
      GetCommandInvocation: () => {
        throw new WireError('AccessDeniedException', 'User: deployer is not authorized');
      },
    };
    const error = await failure(run([command('i-1')]));
    expect(error.message).toContain('Add the action ssm:GetCommandInvocation');
    expect(count('GetCommandInvocation')).toBe(1);
  });

  const PRINT = 'head -c "$1" /dev/zero | tr "\\0" o; exit "$2"';

  test.each([
    { exit: '0', outcome: 'done' },
    { exit: '3', outcome: 'failed' },
  ])('is kept in a bucket when it is too long to be shown: $outcome', async ({ exit, outcome }) => {
    store.createBucket('logs');
    transport = createSsmTransport({ region: REGION, output: { bucket: 'logs', prefix: 'of/zonewise/' } });
    const [long, short] = await run([
      command('i-1', PRINT, '30000', exit),
      command('i-2', PRINT, '23999', exit),
    ]);
    expect(long).toMatchObject({
      outcome,
      stdout: 'o'.repeat(24_000),
      full: expect.stringMatching(
        /^s3:\/\/logs\/of\/zonewise\/[0-9a-f-]{36}\/i-1\/awsrunShellScript\/0\.awsrunShellScript\/stdout$/,
      ),
    });
    const address = long !== undefined && 'full' in long ? long.full : undefined;
    const [kept] = store.versions('logs', address?.replace('s3://logs/', '') ?? '');
    expect(kept?.kind === 'object' && kept.body.toString()).toBe('o'.repeat(30_000));
    expect(short).toMatchObject({ outcome, stdout: 'o'.repeat(23_999) });
    expect(short).not.toHaveProperty('full');
  });

  test('is cut without a word of where the rest is when there is no bucket', async () => {
    const [result] = await run([command('i-1', PRINT, '30000', '0')]);
    expect(result).toEqual(done('i-1', 'o'.repeat(24_000)));
  });

  test('cannot be kept in a bucket that does not exist, and nothing is run', async () => {
    transport = createSsmTransport({ region: REGION, output: { bucket: 'nowhere', prefix: '' } });
    const error = await failure(run([command('i-1', 'touch made')]));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(/bucket nowhere.*Nothing was sent/s);
    await expect(readFile(join(folder, 'i-1', 'made'))).rejects.toThrow('ENOENT');
  });
});

describe('facts', () => {
  test('tell the address of each host, in the order asked', async () => {
    expect(await transport.facts(['i-2', 'i-1'])).toEqual([
      { host: 'i-2', address: '10.0.0.1', reachable: true },
      { host: 'i-1', address: '10.0.0.0', reachable: true },
    ]);
  });

  test('say why a host cannot be reached', async () => {
    expect(await transport.facts(['i-dead', 'i-nobody'])).toEqual([
      {
        host: 'i-dead',
        address: '10.0.0.3',
        reachable: false,
        problem: expect.stringMatching(
          /agent is ConnectionLost, last heard of \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
        ),
      },
      {
        host: 'i-nobody',
        reachable: false,
        problem: expect.stringContaining('does not know it in this region: its agent never registered'),
      },
    ]);
  });

  test('of more than 50 hosts are asked for in several calls', async () => {
    const facts = await transport.facts(NAMES);
    expect(facts.map(({ host }) => host)).toEqual(NAMES);
    expect(facts.filter(({ reachable }) => !reachable).map(({ host }) => host)).toEqual(['i-dead']);
    expect(count('DescribeInstanceInformation')).toBe(2);
  });
});

describe('what AWS refuses', () => {
  test('is explained when there are no credentials', async () => {
    withoutCredentials();
    const poor = createSsmTransport({ region: REGION });
    const never = new AbortController().signal;
    for (const attempt of [() => poor.facts(['i-1']), () => poor.run([command('i-1')], never)]) {
      const error = await failure(attempt());
      expect(error).toBeInstanceOf(UserError);
      expect(error.message).toContain('there are no AWS credentials');
      expect(error.message).toContain('aws-actions/configure-aws-credentials');
    }
    expect(calls).toEqual([]);
  });

  test('is explained when the role may not do it', async () => {
    const refuse: Operation = () => {
      throw new WireError('AccessDeniedException', 'User: deployer is not authorized');
    };
    stands = { DescribeInstanceInformation: refuse, SendCommand: refuse };
    for (const [attempt, action] of [
      [() => transport.facts(['i-1']), 'ssm:DescribeInstanceInformation'],
      [() => run([command('i-1'), command('i-2')]), 'ssm:SendCommand'],
    ] as const) {
      const error = await failure(attempt());
      expect(error).toBeInstanceOf(UserError);
      expect(error.message).toContain(`Add the action ${action}`);
    }
    expect(count('SendCommand')).toBe(1);
  });
});
