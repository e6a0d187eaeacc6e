import { access, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import type { Ledger } from '../../src/ledger/document.ts';
import { openIntents } from '../../src/ledger/journal.ts';
import { A1, A2, type TestRange } from '../e2e/test-range.ts';

/** What must be the same at the end, however it came about. What was kept as evidence is not part of it. */
export interface EndState {
  readonly hosts: readonly object[];
  readonly targets: Readonly<Record<string, string>>;
  readonly ledger: object;
  /** Auto Scaling groups. */
  readonly groups: readonly object[];
}

/** @param ledger of the range; none before its first run */
export async function stateOf(world: TestRange, ledger: Ledger | undefined): Promise<EndState> {
  const hosts = await world.range.hosts();
  const state: EndState = {
    hosts: await Promise.all(
      hosts.map(async ({ host, release, process }) => ({
        host,
        release,
        runs: process !== undefined,
        ...(await keptOn(world, host)),
      })),
    ),
    targets: Object.fromEntries(Object.entries(await world.targets()).sort()),
    ledger: ledger === undefined ? {} : keptIn(ledger),
    groups: world.fleet.includes('auto-scaling: {') ? await groupsOf(world) : [],
  };
  // It goes from process to process, and what is not there is no longer a key then.
  return JSON.parse(JSON.stringify(state));
}

async function groupsOf({ range }: TestRange): Promise<readonly object[]> {
  const client = new AutoScalingClient(clientOptions(range));
  try {
    const { AutoScalingGroups = [] } = await client.send(new DescribeAutoScalingGroupsCommand({}));
    return AutoScalingGroups.map(({ MinSize, DesiredCapacity, SuspendedProcesses = [], Instances = [] }) => ({
      MinSize,
      DesiredCapacity,
      suspended: SuspendedProcesses.map(({ ProcessName }) => ProcessName).sort(),
      members: Instances.map(({ InstanceId, LifecycleState }) => `${InstanceId} ${LifecycleState}`).sort(),
    }));
  } finally {
    client.destroy();
  }
}

/** Of somebody who looks past the gateway. */
export function clientOptions({ endpoint, environment }: TestRange['range']) {
  return {
    endpoint,
    region: 'us-east-1',
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  };
}

function keptIn(ledger: Ledger): object {
  return {
    isLeased: ledger.lease !== undefined,
    zones: Object.fromEntries(
      Object.entries(ledger.zones).map(([zone, { state, release, before, runId, note }]) => [
        zone,
        { state, release, before, runId, isNoted: note !== undefined },
      ]),
    ),
    releases: ledger.releases.map(({ version, sha256, ordinal }) => ({ version, sha256, ordinal })),
    out: Object.keys(ledger.out ?? {}),
    open: openIntents(ledger).map(({ act, hosts }) => ({ act, hosts })),
  };
}

/** What is on the disk of a host: nothing of an interrupted work may stay. */
async function keptOn(world: TestRange, host: string): Promise<object> {
  const directory = join(rootOf(world, host), 'srv/storefront');
  return {
    recorded: await hasRecord(world, host),
    current: await readlink(join(directory, 'current')),
    directory: (await readdir(directory)).sort(),
    releases: (await readdir(join(directory, 'releases'))).sort(),
  };
}

export function rootOf({ folder }: TestRange, host: string): string {
  return join(folder, 'range', 'hosts', host);
}

function hasRecord(world: TestRange, host: string): Promise<boolean> {
  return access(join(rootOf(world, host), 'var/lib/zonewise/out-of-service.json')).then(
    () => true,
    () => false,
  );
}

/** Hosts of the zone that are not in service, and have no record of it. */
export async function unrecordedIn(world: TestRange): Promise<readonly string[]> {
  const targets = await world.targets();
  const found = await Promise.all(
    [A1, A2].map(async (host) => {
      const serves = host in targets && targets[host] !== 'draining';
      return serves || (await hasRecord(world, host)) ? [] : [host];
    }),
  );
  return found.flat();
}

/** In which parts a state is another one than expected, with both. */
export function differences(
  seen: EndState,
  expected: EndState,
  parts: readonly (keyof EndState)[] = ['hosts', 'targets', 'ledger', 'groups'],
): readonly string[] {
  return parts.flatMap((part) =>
    isDeepStrictEqual(seen[part], expected[part])
      ? []
      : [`${part} differ: ${JSON.stringify(seen[part])}, expected ${JSON.stringify(expected[part])}`],
  );
}
