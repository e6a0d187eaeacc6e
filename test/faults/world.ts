import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Ledger } from '../../src/ledger/document.ts';
import { takeLease } from '../../src/ledger/lease.ts';
import { renderLedger } from '../../src/ledger/parse.ts';
import { type Load, startLoad } from '../../src/rehearsal/probe-load.ts';
import type { Sample } from '../../src/rehearsal/probe-sample.ts';
import { isFailed } from '../../src/rehearsal/traffic.ts';
import { ledgerOf } from '../e2e/promoted.ts';
import { type Running, startBundle } from '../e2e/run-bundle.ts';
import { startTestRange, type TestRange } from '../e2e/test-range.ts';
import { type CommandName, TERMS } from './commands.ts';
import { type FaultGateway, startFaultGateway } from './gateway.ts';
import { clientOptions, type EndState, stateOf, unrecordedIn } from './state.ts';

/** Runs of workflows: the one that is disturbed, one that began later, one that began earlier, and one on a schedule. */
export const RUN = 7_000_000_001;
export const OTHER_RUN = RUN + 1;
export const OLDER_RUN = RUN - 1;
export const JANITOR_RUN = RUN + 100;

/** Requests a second at the entrance. */
const RATE = 20;
/** Milliseconds: a machine that is busy answers late, and a request that is lost ends at once. */
const REQUEST_TIMEOUT = 15_000;
/** Milliseconds for which another run has its lease. */
const OTHER_LEASE = 600_000;

/** What is run, and by whom. */
export interface Start {
  readonly command: CommandName | 'return-hosts';
  /** Number of the workflow run; `RUN` when not given. */
  readonly run?: number;
  /** Through the gateway of the second run. */
  readonly beside?: boolean;
  readonly inputs?: Readonly<Record<string, string>>;
}

/** A range under load, of which bundles see the gateways alone. */
export interface FaultWorld {
  readonly range: TestRange;
  readonly gateway: FaultGateway;
  /** For a second run at the same time. */
  readonly beside: FaultGateway;
  /** Starts a bundle as the next attempt of a run, as it is when a person runs the failed job of a run again. */
  start(what: Start): Promise<Running>;
  state(): Promise<EndState>;
  /** Hosts of the zone that are not in service, and have no record of it. */
  unrecorded(): Promise<readonly string[]>;
  /** Requests so far, and what became of those that failed. */
  traffic(): Traffic;
  /** None before the first run. */
  ledger(): Promise<Ledger | undefined>;
  /** Writes the ledger, whatever is there; none removes it. */
  putLedger(ledger: Ledger | undefined): Promise<void>;
  /**
   * Has another run take the lease, as if it had ended.
   *
   * @returns whether it was held by the run that is disturbed
   */
  takeOver(): Promise<boolean>;
  /** Has that other run give it back. */
  giveBack(): Promise<void>;
  stop(): Promise<void>;
}

export interface Traffic {
  readonly total: number;
  readonly failed: readonly FailedRequest[];
}

export interface FailedRequest {
  /** Which host did not answer it, when the balancer said so. */
  readonly host?: string;
  /** When, in milliseconds since 1970. */
  readonly sent: number;
  readonly text: string;
}

/** Those that are open now, also those that are being made. */
const open = new Set<Promise<FaultWorld>>();

/** Stops every world: for a harness that is ended from outside. */
export async function stopWorlds(): Promise<void> {
  await Promise.allSettled([...open].map(async (world) => (await world).stop()));
}

/** @param fleet fleet file beside this one */
export async function startWorld(fleet: string = TERMS['deploy-zone'].fleet): Promise<FaultWorld> {
  const starting = makeWorld(fleet, () => open.delete(starting));
  open.add(starting);
  return starting;
}

async function makeWorld(file: string, forget: () => void): Promise<FaultWorld> {
  const range = await startTestRange([], `../faults/${file}`);
  const [gateway, beside] = await Promise.all([
    startFaultGateway(range.range.endpoint),
    startFaultGateway(range.range.endpoint),
  ]);
  const samples: Sample[] = [];
  const load = startLoad(
    {
      entrances: range.range.entrances,
      path: '/',
      versionHeader: 'x-storefront-version',
      rate: RATE,
      seed: 1,
      timeout: REQUEST_TIMEOUT,
    },
    (sample) => samples.push(sample),
  );
  let attempts = 0;
  let stopped: Promise<void> | undefined;
  const ledger = () => ledgerIn(range);
  const putLedger = (text: Ledger | undefined) => writeLedger(range, text);
  return {
    range,
    gateway,
    beside,
    start: (what) => {
      attempts += 1;
      return startStep(range, what.beside === true ? beside : gateway, what, attempts);
    },
    state: async () => stateOf(range, await ledger()),
    unrecorded: () => unrecordedIn(range),
    traffic: () => ({ total: samples.length, failed: samples.filter(isFailed).map(describe) }),
    ledger,
    putLedger,
    takeOver: async () => {
      const found = await ledger();
      const { lease, ...free } = found ?? { schema: 1, service: 'storefront', zones: {}, releases: [] };
      const claim = { run: urlOf(OTHER_RUN), runId: OTHER_RUN, zone: 'us-east-1a' };
      await putLedger(takeLease(free, { ...claim, now: Date.now(), duration: OTHER_LEASE }));
      return lease?.runId === RUN;
    },
    giveBack: async () => {
      const { lease, ...free } = (await ledger()) ?? {};
      if (lease?.runId === OTHER_RUN) await putLedger(free as Ledger);
    },
    stop: () => {
      stopped ??= stopAll(load, [gateway, beside], range).finally(forget);
      return stopped;
    },
  };
}

async function stopAll(load: Load, gateways: readonly FaultGateway[], range: TestRange): Promise<void> {
  await load.stop();
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await range.stop();
}

export function urlOf(run: number): string {
  return `https://github.com/acme/storefront/actions/runs/${run}`;
}

function startStep(
  { range, folder, fleet }: TestRange,
  gateway: FaultGateway,
  { command, run = RUN, inputs = {} }: Start,
  attempt: number,
): Promise<Running> {
  const environment = {
    ...range.environment,
    AWS_ENDPOINT_URL: gateway.url,
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'acme/storefront',
    GITHUB_RUN_ID: String(run),
    GITHUB_RUN_ATTEMPT: String(attempt),
  };
  const [bundle, own] =
    command === 'return-hosts' ? [command, {}] : [TERMS[command].bundle, TERMS[command].inputs];
  return startBundle(bundle, { inputs: { ...own, ...inputs }, environment, folder, fleet });
}

async function ledgerIn(range: TestRange): Promise<Ledger | undefined> {
  try {
    return await ledgerOf(range);
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
    throw error;
  }
}

/** As every run writes it: one that changes nothing must find the very same text. */
async function writeLedger({ range }: TestRange, ledger: Ledger | undefined): Promise<void> {
  const place = { Bucket: 'releases', Key: 'storefront/ledger.json' };
  const client = new S3Client(clientOptions(range));
  try {
    await (ledger === undefined
      ? client.send(new DeleteObjectCommand(place))
      : client.send(new PutObjectCommand({ ...place, Body: renderLedger(ledger) })));
  } finally {
    client.destroy();
  }
}

function describe({ start, outcome, host, version }: Sample): FailedRequest {
  const what = outcome.kind === 'failed' ? `${outcome.reason}: ${outcome.detail}` : 'served';
  const text = `${new Date(start).toISOString()} ${what} (${host ?? 'no host'}, ${version ?? 'no version'})`;
  return { ...(host === undefined ? {} : { host }), sent: start, text };
}
