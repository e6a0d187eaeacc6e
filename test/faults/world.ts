import { access, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ledger } from '../../src/ledger/document.ts';
import { type Load, startLoad } from '../../src/rehearsal/probe-load.ts';
import type { Sample } from '../../src/rehearsal/probe-sample.ts';
import { isFailed } from '../../src/rehearsal/traffic.ts';
import { ledgerOf, writeLedger } from '../e2e/promoted.ts';
import { type BundleOptions, type Running, startBundle } from '../e2e/run-bundle.ts';
import { A1, A2, startTestRange, type TestRange } from '../e2e/test-range.ts';
import { type FaultGateway, startFaultGateway } from './gateway.ts';
import type { CommandName } from './points.ts';

const INPUTS = {
  // Without GitHub nobody can approve.
  'deploy-zone': { zone: 'us-east-1a', version: '1.1.0', 'allow-unprotected': 'true' },
  'promote-zone': { zone: 'us-east-1a', version: '1.1.0' },
} as const;

/** Requests a second at the entrance. */
const RATE = 40;

/** A range under load, of which bundles see the gateway alone. */
export interface FaultWorld {
  readonly range: TestRange;
  readonly gateway: FaultGateway;
  start(command: CommandName, attempt: number): Promise<Running>;
  state(): Promise<EndState>;
  /** Hosts of the zone that are not in service, and have no record of it. */
  unrecorded(): Promise<readonly string[]>;
  /** Requests so far, and what became of those that failed. */
  traffic(): Traffic;
  ledger(): Promise<Ledger>;
  /** Writes the ledger, whatever is there. */
  putLedger(ledger: Ledger): Promise<void>;
  stop(): Promise<void>;
}

export interface Traffic {
  readonly total: number;
  readonly failed: readonly string[];
}

/** What must be the same at the end, however it came about. */
export interface EndState {
  readonly hosts: readonly object[];
  readonly targets: Readonly<Record<string, string>>;
  readonly ledger: object;
}

export async function startWorld(): Promise<FaultWorld> {
  const range = await startTestRange([], '../faults/fleet.yml');
  const gateway = await startFaultGateway(range.range.endpoint);
  const samples: Sample[] = [];
  const load = startLoad(
    {
      entrances: range.range.entrances,
      path: '/',
      versionHeader: 'x-storefront-version',
      rate: RATE,
      seed: 1,
      timeout: 5_000,
    },
    (sample) => samples.push(sample),
  );
  return {
    range,
    gateway,
    start: (command, attempt) => startBundle(command, optionsOf(range, gateway, command, attempt)),
    state: () => stateOf(range),
    unrecorded: () => unrecordedIn(range),
    traffic: () => ({ total: samples.length, failed: samples.filter(isFailed).map(describe) }),
    ledger: () => ledgerOf(range),
    putLedger: (ledger) => writeLedger(range, ledger),
    stop: () => stopAll(load, gateway, range),
  };
}

async function stopAll(load: Load, gateway: FaultGateway, range: TestRange): Promise<void> {
  await load.stop();
  await gateway.stop();
  await range.stop();
}

/** A step of the same run each time, as it is when a person runs the failed job of a run again. */
function optionsOf(
  { range, folder, fleet }: TestRange,
  gateway: FaultGateway,
  command: CommandName,
  attempt: number,
): BundleOptions {
  const run = {
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'acme/storefront',
    GITHUB_RUN_ID: '7000000001',
    GITHUB_RUN_ATTEMPT: String(attempt),
  };
  const environment = { ...range.environment, AWS_ENDPOINT_URL: gateway.url, ...run };
  return { inputs: INPUTS[command], environment, folder, fleet };
}

async function stateOf(world: TestRange): Promise<EndState> {
  const hosts = await world.range.hosts();
  const ledger = await ledgerOf(world);
  const { zones, releases } = ledger;
  return {
    hosts: await Promise.all(
      hosts.map(async ({ host, release, process }) => ({
        host,
        release,
        runs: process !== undefined,
        ...(await keptOn(world, host)),
      })),
    ),
    targets: Object.fromEntries(Object.entries(await world.targets()).sort()),
    ledger: {
      isLeased: Object.hasOwn(ledger, 'lease'),
      zones: Object.fromEntries(
        Object.entries(zones).map(([zone, { state, release, before, runId, note }]) => [
          zone,
          { state, release, before, runId, note },
        ]),
      ),
      releases: releases.map(({ version, sha256, ordinal }) => ({ version, sha256, ordinal })),
    },
  };
}

/** What is on the disk of a host: nothing of an interrupted work may stay. */
async function keptOn(world: TestRange, host: string): Promise<object> {
  const root = join(world.folder, 'range', 'hosts', host);
  const directory = join(root, 'srv/storefront');
  return {
    recorded: await hasRecord(world, host),
    current: await readlink(join(directory, 'current')),
    directory: (await readdir(directory)).sort(),
    releases: (await readdir(join(directory, 'releases'))).sort(),
  };
}

function hasRecord({ folder }: TestRange, host: string): Promise<boolean> {
  return access(join(folder, 'range', 'hosts', host, 'var/lib/zonewise/out-of-service.json')).then(
    () => true,
    () => false,
  );
}

async function unrecordedIn(world: TestRange): Promise<readonly string[]> {
  const targets = await world.targets();
  const found = await Promise.all(
    [A1, A2].map(async (host) => {
      const serves = host in targets && targets[host] !== 'draining';
      return serves || (await hasRecord(world, host)) ? [] : [host];
    }),
  );
  return found.flat();
}

function describe({ start, outcome, host, version }: Sample): string {
  const what = outcome.kind === 'failed' ? `${outcome.reason}: ${outcome.detail}` : 'served';
  return `${new Date(start).toISOString()} ${what} (${host ?? 'no host'}, ${version ?? 'no version'})`;
}
