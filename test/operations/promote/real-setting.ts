import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { pack } from '../../../examples/storefront/pack.ts';
import { openSource } from '../../../src/artifacts/open.ts';
import { createElbv2Balancer } from '../../../src/balancers/elbv2.ts';
import { parseFleet } from '../../../src/fleet/load.ts';
import { createAutoScaling } from '../../../src/hosts/auto-scaling.ts';
import { createSsmTransport } from '../../../src/hosts/ssm.ts';
import type { ZoneEntry } from '../../../src/ledger/document.ts';
import { changeLedger, readLedger } from '../../../src/ledger/ledger.ts';
import { openLedger } from '../../../src/ledger/open.ts';
import { zoneBegan, zoneEnded } from '../../../src/ledger/order.ts';
import { type ForkedRange, forkRange } from '../../../src/range/fork.ts';
import { parseFileCommands, parseWorkflowCommand } from '../../../src/rehearsal/runner-files.ts';
import { systemClock } from '../../../src/runner/clock.ts';
import { deploy } from '../zone.ts';

export const ZONE = 'us-east-1a';
/** One over the other's answers: one that is deleted is gone for the rest of the tests. */
export const [ALARM, DOOMED] = ['storefront-5xx', 'storefront-5xx-doomed'] as const;
const REGION = 'us-east-1';
const POOL = `arn:aws:elasticloadbalancing:${REGION}:000000000000:targetgroup/storefront/6d0ecf831eec9f09`;
const ENTRY = resolve(import.meta.dirname, '../../../src/entries/promote-zone.ts');

/** What a fleet file says of the bake, and the alarms of the first zone. */
export interface FleetChanges {
  readonly bake: string;
  readonly alarms?: readonly string[];
}

function fleetFile({ bake, alarms = [ALARM] }: FleetChanges): string {
  return `
service: storefront
release: { artifact: 's3://releases/storefront/{version}.tar.gz' }
ledger: s3://releases/storefront/ledger.json
hosts:
  directory: /srv/storefront
  hooks: { stop: ./bin/stop, start: ./bin/start }
  hook-timeout: 20s
  start-timeout: 10s
  identity:
    url: http://{address}:{port}/version
    version: version
    digest: digest
    started: started_at
    host: host
policy:
  batch: 100%
  min-healthy: 50%
  drain: { propagation: 500ms, quiet: 400ms, timeout: 20s }
  restore: { checks: 2, timeout: 20s }
  bake: { ${bake} }
smoke:
  - { name: home, path: /, status: 200, contains: Welcome, within: 2s }
zones:
  - zone: ${ZONE}
    environment: storefront-a
    hosts: [i-0a000000000000001, i-0a000000000000002]
    pools: [{ target-group: '${POOL}' }]
    alarms: [${alarms.join(', ')}]
  - zone: us-east-1b
    environment: storefront-b
    hosts: [i-0b000000000000003, i-0b000000000000004]
    pools: [{ target-group: '${POOL}' }]
range:
  from: 1.0.0
  to: 1.1.0
  releases: ./releases
  balancer:
    propagation: 200ms
    deregistration-delay: 2s
    health-check-interval: 200ms
    health-check-path: /healthz
  alarms:
    - { name: ${ALARM}, window: 1s }
    - { name: ${DOOMED}, window: 1s }
`;
}

export interface Ended {
  readonly exitCode: number | null;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** Messages of the `::error::` lines. */
  readonly errors: readonly string[];
  readonly log: string;
}

export interface PromoteSetting {
  readonly alarms: CloudWatchClient;
  /** Brings the zone to 1.1.0 and tells the ledger. */
  deploy(): Promise<void>;
  /**
   * Runs the entry from its source.
   *
   * @param during what happens once the gates have been read and found open; `cancel` is what the runner does first
   */
  promote(changes: FleetChanges, during?: (cancel: () => void) => Promise<unknown>): Promise<Ended>;
  entry(): Promise<ZoneEntry | undefined>;
  /** The release of each host of the zone. */
  releases(): Promise<readonly (string | undefined)[]>;
  /** Requests since it was last asked, and those that did not get 200. */
  load(): { readonly requests: number; readonly failures: readonly string[] };
  stop(): Promise<void>;
}

/** A range under load, whose zones run 1.0.0, which the ledger says was promoted in the first one. */
export async function startPromoteSetting(): Promise<PromoteSetting> {
  const home = await mkdtemp(join(tmpdir(), 'promote-'));
  await pack(join(home, 'releases'));
  const fleet = parseFleet(fleetFile({ bake: '' }), 'fleet.yml');
  const range = await forkRange({
    fleet,
    fleetFolder: home,
    folder: join(home, 'range'),
    seed: 1,
    faults: [],
  });
  Object.assign(process.env, range.environment);
  const load = startLoad(range.entrances[0]?.url ?? '');
  const alarms = new CloudWatchClient({ region: REGION });
  const { signal } = new AbortController();
  const store = await openLedger(fleet.ledger, { region: REGION });
  const artifacts = await openSource(fleet.release.artifact, { region: REGION, mask: () => undefined });
  const context = {
    ...{ clock: systemClock, signal, run: 'local', timeline: () => undefined },
    log: quiet,
    balancer: createElbv2Balancer({ region: REGION }),
    transport: createSsmTransport({ region: REGION }),
    scaling: createAutoScaling({ region: REGION }),
    artifacts,
  };
  const tell = async (version: string, ordinal: number, state: 'promoted' | 'deployed') => {
    const location = fleet.release.artifact.replace('{version}', version);
    const { sha256 } = await artifacts.find(location, undefined);
    const note = { zone: ZONE, run: 'local', runId: 0, at: new Date().toISOString() };
    await changeLedger(
      store,
      fleet.service,
      (ledger) =>
        zoneEnded(zoneBegan(ledger, { ...note, release: { version, sha256, ordinal } }), { ...note, state }),
      context,
    );
  };
  await tell('1.0.0', 1, 'promoted');
  return {
    alarms,
    async deploy() {
      const report = await deploy(context, { fleet, zone: ZONE, version: '1.1.0', dryRun: false });
      if (report.problem !== undefined) throw report.problem;
      await tell('1.1.0', 2, 'deployed');
    },
    promote: (changes, during) => runEntry(range, home, fleetFile(changes), during),
    entry: async () => (await readLedger(store, fleet.service, signal)).zones[ZONE],
    releases: async () =>
      (await range.hosts()).filter(({ zone }) => zone === ZONE).map(({ release }) => release),
    load: load.seen,
    async stop() {
      await load.stop();
      alarms.destroy();
      await range.stop();
      await rm(home, { recursive: true, maxRetries: 3 });
    },
  };
}

const quiet = {
  info: () => undefined,
  warning: () => undefined,
  group: <T>(_: string, work: () => Promise<T>) => work(),
};

async function runEntry(
  range: ForkedRange,
  home: string,
  fleet: string,
  during: (cancel: () => void) => Promise<unknown> = async () => undefined,
): Promise<Ended> {
  const folder = await mkdtemp(join(home, 'step-'));
  const files = {
    fleet: join(folder, 'fleet.yml'),
    output: join(folder, 'output'),
    summary: join(folder, 'summary.md'),
  };
  await writeFile(files.fleet, fleet);
  for (const file of [files.output, files.summary]) await writeFile(file, '');
  const child = spawn(process.execPath, [ENTRY], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      GITHUB_ACTIONS: 'true',
      GITHUB_OUTPUT: files.output,
      GITHUB_STEP_SUMMARY: files.summary,
      INPUT_FLEET: files.fleet,
      INPUT_ZONE: ZONE,
      INPUT_VERSION: '1.1.0',
      ...range.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  let log = '';
  let happened: Promise<unknown> | undefined;
  const listen = (part: Buffer) => {
    log += part;
    if (/(\d+) of \1 gates open/.test(log)) happened ??= during(() => void child.kill('SIGINT'));
  };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', listen);
  await closed;
  await happened;
  const commands = log.split('\n').flatMap((line) => parseWorkflowCommand(line) ?? []);
  return {
    exitCode: child.exitCode,
    outputs: parseFileCommands(await readFile(files.output, 'utf8')),
    summary: await readFile(files.summary, 'utf8'),
    errors: commands.filter(({ command }) => command === 'error').map(({ message }) => message),
    log,
  };
}

/** Milliseconds between two requests of a user: others need the machine too. */
const BREATH = 40;

function startLoad(url: string) {
  let open = true;
  let requests = 0;
  let failures: string[] = [];
  const user = async (): Promise<void> => {
    while (open) {
      const status = await statusOf(url);
      requests += 1;
      if (status !== '200') failures.push(status);
      await sleep(BREATH);
    }
  };
  const users = Promise.all([user(), user()]);
  return {
    seen: () => {
      const seen = { requests, failures };
      requests = 0;
      failures = [];
      return seen;
    },
    stop: async () => {
      open = false;
      await users;
    },
  };
}

function statusOf(url: string): Promise<string> {
  return new Promise((done) => {
    get(url, { agent: false }, (response) => {
      response.resume();
      response.on('close', () => done(String(response.statusCode)));
    }).on('error', ({ message }) => done(message));
  });
}
