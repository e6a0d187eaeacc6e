import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Load } from '../../src/rehearsal/probe-load.ts';
import { startLoad } from '../../src/rehearsal/probe-load.ts';
import type { Sample } from '../../src/rehearsal/probe-sample.ts';
import { isFailed } from '../../src/rehearsal/traffic.ts';
import { ledgerOf, writeLedger } from '../e2e/promoted.ts';
import { A1, startTestRange, type TestRange } from '../e2e/test-range.ts';
import { until } from '../range/support.ts';
import { type EntryEnd, runEntry, runEntryAlongside } from './run-entry.ts';

jest.setTimeout(120_000);

const GROUP = 'storefront-us-east-1';
const ENTRY = resolve(import.meta.dirname, '../../src/entries/deploy-zone.ts');
const GITHUB = { GITHUB_SERVER_URL: 'https://github.test', GITHUB_REPOSITORY: 'acme/storefront' };

describe('what is wrong with the inputs', () => {
  test('is said at once, secrets are masked first, and nothing is loaded', () => {
    const secrets = { token: 'ghs_hunter2', webhook: 'https://hooks.test/hunter3' };
    const { exitCode, errors, stdout } = runEntry(
      'return-hosts',
      { ...secrets, 'dry-run': 'maybe' },
      { GITHUB_ACTIONS: 'true' },
    );
    expect(exitCode).toBe(1);
    expect(errors).toEqual([expect.stringContaining('`dry-run` is "maybe"')]);
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      '::add-mask::ghs_hunter2',
      '::add-mask::https://hooks.test/hunter3',
    ]);
  });

  test('without a fleet file is that there is none', () => {
    const { exitCode, errors } = runEntry('return-hosts', {});
    expect(exitCode).toBe(1);
    expect(errors).toEqual([expect.stringContaining('.github/fleet.yml: saw no such file')]);
  });
});

describe('a deployment that is killed when its host is out of service', () => {
  let world: TestRange;
  let client: AutoScalingClient;
  let load: Load;
  let folder: string;
  const samples: Sample[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'return-hosts-'));
    world = await startTestRange([], '../entries/return-fleet.yml');
    const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } =
      world.range.environment;
    client = new AutoScalingClient({
      endpoint: world.range.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId, secretAccessKey },
    });
    await world.untilAllHealthy();
    load = startLoad(
      {
        entrances: world.range.entrances,
        path: '/',
        versionHeader: 'x-storefront-version',
        rate: 40,
        seed: 1,
        timeout: 5_000,
      },
      (sample) => samples.push(sample),
    );
  });
  afterAll(async () => {
    await load?.stop();
    client?.destroy();
    await world?.stop();
    await rm(folder, { recursive: true });
  });

  async function group(): Promise<AutoScalingGroup> {
    const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [GROUP] });
    const [found] = (await client.send(command)).AutoScalingGroups ?? [];
    if (found === undefined) throw new Error(`The range has no group ${GROUP}.`);
    return found;
  }

  async function shape(): Promise<object> {
    const { MinSize, MaxSize, DesiredCapacity, SuspendedProcesses = [], Instances = [] } = await group();
    const members = Instances.map((each) => `${each.InstanceId} ${each.LifecycleState}`).sort();
    return { MinSize, MaxSize, DesiredCapacity, members, suspended: SuspendedProcesses.length };
  }

  /** Runs deploy-zone and kills it when its first host proves the new release: it is in no pool, and in standby. */
  async function deployAndDie(): Promise<void> {
    const timeline = join(folder, 'timeline');
    await writeFile(timeline, '');
    const inputs = { zone: 'us-east-1a', version: '1.1.0', 'allow-unprotected': 'true', timeline };
    const child = spawn(process.execPath, [ENTRY], {
      env: {
        PATH: process.env['PATH'],
        ...world.range.environment,
        ...GITHUB,
        GITHUB_RUN_ID: '6',
        INPUT_FLEET: join(world.folder, 'fleet.yml'),
        ...Object.fromEntries(
          Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
        ),
      },
      stdio: 'ignore',
    });
    const closed = once(child, 'close');
    await until(
      async () => (await readFile(timeline, 'utf8')).includes('"proving"'),
      `${A1} proves its release`,
    );
    child.kill('SIGKILL');
    await closed;
  }

  function returnHosts(inputs: Readonly<Record<string, string>> = {}): Promise<EntryEnd> {
    const given = { fleet: join(world.folder, 'fleet.yml'), ...inputs };
    const environment = { ...world.range.environment, ...GITHUB, GITHUB_RUN_ID: '9' };
    return runEntryAlongside('return-hosts', given, () => undefined, environment);
  }

  function isRecorded(): Promise<boolean> {
    const file = join(world.folder, 'range/hosts', A1, 'var/lib/zonewise/out-of-service.json');
    return access(file).then(
      () => true,
      () => false,
    );
  }

  async function everything(): Promise<object> {
    return { ...(await world.everything()), group: await shape(), ledger: await ledgerOf(world) };
  }

  test('is let be while its lease goes on; then its host serves again, with its group as before, and no request fails', async () => {
    const group = await shape();
    await deployAndDie();
    await until(async () => !(A1 in (await world.targets())), `${A1} is deregistered`);
    const left = await everything();
    expect(left).toMatchObject({ group: { MinSize: 3 }, ledger: { out: { [A1]: { zone: 'us-east-1a' } } } });

    const busy = await returnHosts();
    expect(busy).toMatchObject({ exitCode: 0, errors: [], outputs: { state: 'busy', results: '[]' } });
    expect(busy.summary).toContain('https://github.test/acme/storefront/actions/runs/6');
    expect(await everything()).toEqual(left);

    const ledger = await ledgerOf(world);
    if (ledger.lease === undefined) throw new Error('the killed run has left no lease');
    const over = new Date(Date.now() - 60_000).toISOString();
    await writeLedger(world, { ...ledger, lease: { ...ledger.lease, expires: over } });
    const planned = await returnHosts({ 'dry-run': 'true' });
    expect(planned).toMatchObject({ exitCode: 0, outputs: { state: 'planned' } });
    expect(planned.summary).toContain('would be returned');
    expect(await world.targets()).not.toHaveProperty(A1);

    const returned = await returnHosts();
    expect([returned.errors, returned.outputs['state']]).toEqual([[], 'returned']);
    expect(JSON.parse(returned.outputs['results'] ?? '')).toEqual([
      expect.objectContaining({
        zone: 'us-east-1a',
        host: A1,
        done: 'returned',
        found: expect.stringMatching(/^proven 1\.1\.0/),
      }),
    ]);
    expect(Object.values(await world.targets())).toEqual(['healthy', 'healthy', 'healthy', 'healthy']);
    expect(await shape()).toEqual(group);
    expect(await isRecorded()).toBe(false);
    const { zones, out, lease } = await ledgerOf(world);
    expect(zones['us-east-1a']).toMatchObject({
      state: 'stopped',
      runId: 6,
      note: expect.stringContaining(`${A1} returned`),
    });
    expect([out, lease]).toEqual([undefined, undefined]);

    const clean = await returnHosts();
    expect(clean).toMatchObject({ exitCode: 0, outputs: { state: 'clean', results: '[]' } });
    expect(samples.length).toBeGreaterThan(50);
    expect(samples.filter(isFailed)).toEqual([]);
  });
});
