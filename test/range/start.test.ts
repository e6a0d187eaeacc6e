import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  SendCommandCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { create } from 'tar';
import type { Fleet, RangeSettings } from '../../src/fleet/fleet.ts';
import type { Range, RangeOptions } from '../../src/range/range.ts';
import { startRange } from '../../src/range/start.ts';
import { HOSTS, makeSmallFleet, POOL } from './small-fleet.ts';
import { isAlive, until } from './support.ts';

let home: string;
let fleet: Fleet;
let range: Range | undefined;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'start-'));
  ({ fleet } = await makeSmallFleet(home));
});

afterEach(async () => {
  await range?.stop();
  range = undefined;
  await rm(home, { recursive: true });
});

function options(changes: Partial<RangeOptions> = {}): RangeOptions {
  return { fleet, fleetFolder: home, folder: join(home, 'range'), seed: 1, faults: [], ...changes };
}

async function start(changes: Partial<RangeOptions> = {}): Promise<Range> {
  range = await startRange(options(changes));
  return range;
}

/** Settings of an AWS client that has the range's environment. */
function settings({ environment, endpoint }: Range) {
  return {
    endpoint,
    region: environment['AWS_REGION'] ?? '',
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  };
}

async function targetStates(running: Range): Promise<Record<string, string | undefined>> {
  const client = new ElasticLoadBalancingV2Client(settings(running));
  const { TargetHealthDescriptions = [] } = await client.send(
    new DescribeTargetHealthCommand({ TargetGroupArn: POOL }),
  );
  client.destroy();
  return Object.fromEntries(TargetHealthDescriptions.map((one) => [one.Target?.Id, one.TargetHealth?.State]));
}

async function run(running: Range, host: string, command: string): Promise<string | undefined> {
  const client = new SSMClient(settings(running));
  const { Command } = await client.send(
    new SendCommandCommand({
      DocumentName: 'AWS-RunShellScript',
      InstanceIds: [host],
      Parameters: { commands: [command] },
    }),
  );
  const read = new GetCommandInvocationCommand({ CommandId: Command?.CommandId, InstanceId: host });
  let output: string | undefined;
  await until(async () => {
    const seen = await client.send(read).catch(() => undefined);
    output = seen?.StandardOutputContent;
    return seen?.Status === 'Success' || seen?.Status === 'Failed';
  }, `${command} has ended`);
  client.destroy();
  return output;
}

async function processOf(running: Range, host: string): Promise<number | undefined> {
  return (await running.hosts()).find((one) => one.host === host)?.process;
}

describe('a range', () => {
  test('has every host running the first release, healthy in its pool and behind the entrance', async () => {
    const running = await start();
    const hosts = await running.hosts();
    expect(hosts).toMatchObject([
      {
        host: HOSTS[0],
        zone: 'us-east-1a',
        region: 'us-east-1',
        release: '1.0.0',
        process: expect.any(Number),
      },
      { host: HOSTS[1], zone: 'us-east-1a', release: '1.0.0' },
      { host: HOSTS[2], zone: 'us-east-1b', release: '1.0.0' },
    ]);
    expect(await targetStates(running)).toEqual(Object.fromEntries(HOSTS.map((host) => [host, 'healthy'])));
    expect(running.entrances).toMatchObject([{ region: 'us-east-1' }]);
    const served = await fetch(running.entrances[0]?.url ?? '');
    expect(served.status).toBe(200);
    expect(served.headers.get('x-storefront-version')).toBe('1.0.0');
    const identity = await fetch(`http://${hosts[2]?.address}:${hosts[2]?.port}/version`);
    const digest = (await readFile(join(home, 'releases', '1.0.0.tar.gz.sha256'), 'utf8')).split(' ')[0];
    expect(await identity.json()).toMatchObject({
      version: '1.0.0',
      digest,
      host: HOSTS[2],
      zone: 'us-east-1b',
    });
  });

  test('has the releases in S3 where the fleet file says', async () => {
    const client = new S3Client(settings(await start()));
    for (const name of ['1.1.0.tar.gz', '1.1.0.tar.gz.sha256']) {
      const found = await client.send(
        new GetObjectCommand({ Bucket: 'releases', Key: `storefront/${name}` }),
      );
      const bytes = await found.Body?.transformToByteArray();
      expect(Buffer.from(bytes ?? []).equals(await readFile(join(home, 'releases', name)))).toBe(true);
    }
    client.destroy();
  });

  test("lets a command run the release's own hooks on its host", async () => {
    const running = await start();
    const before = await processOf(running, HOSTS[0]);
    const other = await processOf(running, HOSTS[1]);
    await run(running, HOSTS[0], 'cd srv/storefront/current && ./bin/stop');
    expect(await processOf(running, HOSTS[0])).toBeUndefined();
    await run(running, HOSTS[0], 'cd srv/storefront/current && ./bin/start');
    expect(await processOf(running, HOSTS[0])).not.toBe(before);
    expect(await processOf(running, HOSTS[1])).toBe(other);
    await until(async () => (await targetStates(running))[HOSTS[0]] === 'healthy', 'it is healthy again');
  });

  test('counts the calls of each operation from the moment it is ready', async () => {
    const running = await start();
    expect(await running.calls()).toEqual({});
    await targetStates(running);
    await targetStates(running);
    expect(await running.calls()).toEqual({ DescribeTargetHealth: 2 });
  });

  test('throttles as AWS does when told to, in a way that clients wait for', async () => {
    if (fleet.range === undefined) throw new Error('The small fleet has no range.');
    const running = await start({ fleet: { ...fleet, range: { ...fleet.range, throttling: true } } });
    const impatient = new ElasticLoadBalancingV2Client({ ...settings(running), maxAttempts: 1 });
    const look = () => impatient.send(new DescribeTargetHealthCommand({ TargetGroupArn: POOL }));
    const outcomes = await Promise.allSettled(Array.from({ length: 60 }, look));
    impatient.destroy();
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.reason).toMatchObject({ name: 'Throttling', message: 'Rate exceeded' });
    expect(Object.values(await targetStates(running))).toEqual(['healthy', 'healthy', 'healthy']);
  });

  test('stops a host for good when told to', async () => {
    const running = await start();
    const process = await processOf(running, HOSTS[1]);
    await running.stopHost(HOSTS[1]);
    expect(isAlive(process ?? 0)).toBe(false);
    await until(async () => (await targetStates(running))[HOSTS[1]] === 'unhealthy', 'it is unhealthy');
    await run(running, HOSTS[1], 'systemctl start storefront');
    expect(await processOf(running, HOSTS[1])).toBeUndefined();
    await expect(running.stopHost('i-none')).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('i-none'),
    });
  });

  test("cuts off a host's agent for good when told to, and nothing else of it", async () => {
    const running = await start();
    await running.stopAgent(HOSTS[1]);
    const client = new SSMClient(settings(running));
    const { InstanceInformationList = [] } = await client.send(new DescribeInstanceInformationCommand({}));
    client.destroy();
    expect(InstanceInformationList.map((one) => one.PingStatus)).toEqual([
      'Online',
      'ConnectionLost',
      'Online',
    ]);
    expect(isAlive((await processOf(running, HOSTS[1])) ?? 0)).toBe(true);
    await expect(running.stopAgent('i-none')).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('i-none'),
    });
  });

  test('may have network load balancers, which say nothing of their own in an answer', async () => {
    if (fleet.range === undefined) throw new Error('The small fleet has no range.');
    const balancer = { ...fleet.range.balancer, type: 'network' as const };
    const running = await start({ fleet: { ...fleet, range: { ...fleet.range, balancer } } });
    const served = await fetch(running.entrances[0]?.url ?? '', { headers: { connection: 'close' } });
    expect(served.status).toBe(200);
    expect(served.headers.get('x-range-target')).toBeNull();
  });

  test('leaves no process, no server and no folder', async () => {
    const running = await start();
    const processes = (await running.hosts()).map((host) => host.process ?? 0);
    expect(processes.every(isAlive)).toBe(true);
    await Promise.all([running.stop(), running.stop()]);
    expect(processes.some(isAlive)).toBe(false);
    await expect(fetch(running.endpoint)).rejects.toThrow();
    await expect(access(join(home, 'range'))).rejects.toThrow('ENOENT');
  });
});

test('faults: a sick service, a process that does not restart, a dead agent', async () => {
  const running = await start({
    faults: [
      { kind: 'sick', host: HOSTS[0] },
      { kind: 'stale-process', host: HOSTS[1] },
      { kind: 'dead-agent', host: HOSTS[2] },
    ],
  });
  await until(
    async () => (await targetStates(running))[HOSTS[0]] === 'unhealthy',
    'the sick one is unhealthy',
  );
  expect(await targetStates(running)).toMatchObject({ [HOSTS[1]]: 'healthy', [HOSTS[2]]: 'healthy' });

  const before = await processOf(running, HOSTS[1]);
  const said = await run(
    running,
    HOSTS[1],
    'for verb in stop start restart is-active; do systemctl $verb storefront; echo $?; done',
  );
  expect(said).toBe('0\n0\n0\nactive\n0\n');
  expect(await processOf(running, HOSTS[1])).toBe(before);

  const client = new SSMClient(settings(running));
  const { InstanceInformationList = [] } = await client.send(new DescribeInstanceInformationCommand({}));
  client.destroy();
  expect(InstanceInformationList.map((one) => one.PingStatus)).toEqual([
    'Online',
    'Online',
    'ConnectionLost',
  ]);
});

test('a fault: an agent that runs every command twice', async () => {
  const running = await start({ faults: [{ kind: 'double-delivery', host: HOSTS[0] }] });
  const script = 'echo run >>srv/runs; sleep 0.2; wc -l <srv/runs';
  expect((await run(running, HOSTS[0], script))?.trim()).toBe('2');
  expect((await run(running, HOSTS[1], script))?.trim()).toBe('1');
});

describe('a range that cannot be', () => {
  const withRange = (changes: Partial<RangeSettings>): Fleet => {
    if (fleet.range === undefined) throw new Error('The small fleet has no range.');
    return { ...fleet, range: { ...fleet.range, ...changes } };
  };

  test.each<[string, () => Partial<RangeOptions>, string]>([
    ['a first release that is not there', () => ({ fleet: withRange({ from: '0.9.0' }) }), '0.9.0.tar.gz'],
    [
      'a releases folder that is not there',
      () => ({ fleet: withRange({ releases: './none' }) }),
      'range.releases',
    ],
    [
      'a fleet file without a range',
      () => {
        const { range: _, ...bare } = fleet;
        return { fleet: bare };
      },
      'has no "range:"',
    ],
    ['a fault on a host that is not there', () => ({ faults: [{ kind: 'sick', host: 'i-none' }] }), 'i-none'],
    [
      'a zonal shift of a zone that is not there',
      () => ({ faults: [{ kind: 'zonal-shift', zone: 'us-east-1z' }] }),
      'us-east-1z, which is none of us-east-1a, us-east-1b',
    ],
    [
      'slow start of a network load balancer',
      () => {
        if (fleet.range === undefined) throw new Error('The small fleet has no range.');
        return {
          fleet: withRange({ balancer: { ...fleet.range.balancer, type: 'network', slowStart: 30_000 } }),
        };
      },
      'range.balancer.slow-start is 30s',
    ],
    ['a folder with something in it', () => ({ folder: home }), 'must be empty'],
  ])('is refused: %s', async (_, changes, message) => {
    await expect(start(changes())).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining(message),
    });
    expect(await readFile(join(home, 'fleet.yml'), 'utf8')).not.toBe('');
    await expect(access(join(home, 'range'))).rejects.toThrow('ENOENT');
  });

  test('is refused: clients that would pass it by', async () => {
    process.env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] = 'true';
    try {
      await expect(start()).rejects.toThrow('Unset it');
    } finally {
      delete process.env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'];
    }
  });

  async function packBad(version: string, program: string): Promise<void> {
    const folder = join(home, version);
    await mkdir(join(folder, 'bin'), { recursive: true });
    await writeFile(join(folder, 'bin', 'serve'), program, { mode: program === '' ? 0o644 : 0o755 });
    await create({ cwd: folder, file: join(home, 'releases', `${version}.tar.gz`), gzip: true }, ['bin']);
  }

  test('a release that does not start: says what it logged and leaves nothing', async () => {
    await packBad('2.0.0', '#!/bin/sh\necho no bread today\nexit 1\n');
    await expect(start({ fleet: withRange({ from: '2.0.0' }) })).rejects.toMatchObject({
      name: 'PlatformError',
      message: expect.stringContaining('no bread today'),
    });
    await expect(access(join(home, 'range'))).rejects.toThrow('ENOENT');
  });

  test('a release without a program to run is refused', async () => {
    await packBad('2.0.1', '');
    await expect(start({ fleet: withRange({ from: '2.0.1' }) })).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('bin/serve'),
    });
  });
});
