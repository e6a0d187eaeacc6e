import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Fleet } from '../../src/fleet/fleet.ts';
import { forkRange } from '../../src/range/fork.ts';
import type { RangeOptions } from '../../src/range/range.ts';
import { HOSTS, makeSmallFleet } from './small-fleet.ts';
import { isAlive, until } from './support.ts';

let home: string;
let file: string;
let fleet: Fleet;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'fork-'));
  ({ file, fleet } = await makeSmallFleet(home));
});

afterEach(() => rm(home, { recursive: true }));

function options(changes: Partial<RangeOptions> = {}): RangeOptions {
  return { fleet, fleetFolder: home, folder: join(home, 'range'), seed: 1, faults: [], ...changes };
}

test('a range in a process of its own serves, tells its hosts and stops', async () => {
  const range = await forkRange(options());
  const hosts = await range.hosts();
  expect(hosts.map(({ host }) => host)).toEqual([...HOSTS]);
  expect(range.environment).toMatchObject({ AWS_ENDPOINT_URL: range.endpoint, AWS_REGION: 'us-east-1' });
  expect((await fetch(range.entrances[0]?.url ?? '')).status).toBe(200);
  expect(await range.calls()).toEqual({});
  await range.stopHost(HOSTS[0]);
  await until(() => !isAlive(hosts[0]?.process ?? 0), 'its service is dead');
  await expect(range.stopHost('i-none')).rejects.toMatchObject({ name: 'UserError' });
  await range.stopAgent(HOSTS[1]);
  await expect(range.stopAgent('i-none')).rejects.toMatchObject({ name: 'UserError' });
  await range.stop();
  await range.stop();
  expect(hosts.some((host) => isAlive(host.process ?? 0))).toBe(false);
  await expect(access(join(home, 'range'))).rejects.toThrow('ENOENT');
  await expect(range.hosts()).rejects.toMatchObject({ name: 'PlatformError' });
});

test('what is published to the topic of the fleet is told', async () => {
  const sns = 'arn:aws:sns:us-east-1:000000000000:deployments';
  const range = await forkRange(options({ fleet: { ...fleet, notify: { issue: false, sns } } }));
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } =
    range.environment;
  const client = new SNSClient({
    endpoint: range.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey },
  });
  expect(await range.published()).toEqual([]);
  await client.send(new PublishCommand({ TopicArn: sns, Message: 'held' }));
  await expect(
    client.send(new PublishCommand({ TopicArn: `${sns}-2`, Message: 'held' })),
  ).rejects.toMatchObject({ name: 'NotFoundException' });
  expect(await range.published()).toMatchObject([{ topic: sns, message: 'held' }]);
  await range.stop();
});

test("the user's error stays the user's error", async () => {
  await expect(forkRange(options({ faults: [{ kind: 'sick', host: 'i-none' }] }))).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringContaining('i-none'),
  });
});

async function startParent() {
  const program = fileURLToPath(new URL('./fork-parent.ts', import.meta.url));
  return spawn(process.execPath, [program, file], { stdio: ['ignore', 'pipe', 'inherit'] });
}

test('when its parent is killed it stops everything', async () => {
  const parent = await startParent();
  const [line] = await once(createInterface(parent.stdout), 'line');
  const processes: readonly number[] = JSON.parse(line);
  expect(processes).toHaveLength(3);
  expect(processes.every(isAlive)).toBe(true);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  await until(() => !processes.some(isAlive), 'the services are gone');
  await until(async () => !(await readdir(home)).includes('range'), 'the folder is gone');
});

test('when its parent is killed while it starts it stops everything', async () => {
  const parent = await startParent();
  await until(async () => (await readdir(home)).includes('range'), 'it is starting');
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  await until(async () => !(await readdir(home)).includes('range'), 'the folder is gone');
});
