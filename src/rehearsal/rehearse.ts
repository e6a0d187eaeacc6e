import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet, Policy, Zone } from '../fleet/fleet.ts';
import type { Range, RangeOptions } from '../range/range.ts';
import { UserError } from '../runner/errors.ts';
import type { Fault } from './faults.ts';
import { findHosts } from './find-hosts.ts';
import { judge } from './judge.ts';
import { type ControlProof, forkProbe, type Probe } from './probe.ts';
import { CONNECTIONS, REQUEST_TIMEOUT } from './probe-sample.ts';
import type { Progress } from './progress.ts';
import { type RangedFleet, requireRange } from './ranged-fleet.ts';
import { requireReleases } from './releases.ts';
import type { Patience } from './runner.ts';
import { isFailed } from './traffic.ts';
import type { Verdict } from './verdict.ts';
import { type RolloutRecord, reasonToStop, rollOut } from './zones.ts';

/** What is rehearsed. */
export interface RehearsalOptions {
  readonly fleetFile: string;
  /** Release to deploy; `range.to` of the fleet when not given. */
  readonly to?: string;
  readonly seed: number;
  readonly faults: readonly Fault[];
  /** Path of the deploy-zone bundle. */
  readonly bundle: string;
  /** Fewest requests of a rehearsal that deployed every zone; it goes on for them, but not beyond a minute. */
  readonly leastRequests: number;
  /** Milliseconds of load after the last action, in which every host must be seen serving. */
  readonly aftermath: number;
  readonly patience: Patience;
}

/** What a rehearsal reaches out to. */
export interface RehearsalWorld {
  readonly loadFleet: (file: string) => Promise<Fleet>;
  readonly withPolicy: (fleet: Fleet, changes: Partial<Policy>) => Fleet;
  readonly renderFleet: (fleet: Fleet) => string;
  readonly forkRange: (options: RangeOptions) => Promise<Range>;
  readonly approve: (zone: Zone, signal: AbortSignal) => Promise<boolean>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly progress: Progress;
  /** Aborting it stops the rehearsal; the verdict then says so. */
  readonly signal: AbortSignal;
}

/** Milliseconds. A small fleet is deployed so quickly that the wanted requests need some time more. */
const LONGEST_AFTERMATH = 60_000;

/** Successes that every region must show over each kind of connection before the first zone. */
const WARM_UP = { successes: 10, limit: 30_000 };

/**
 * Deploys a fleet on the range under load and judges what the load saw. Everything it started has stopped when
 * it returns or throws.
 *
 * @throws UserError when the rehearsal cannot begin: nothing was touched
 * @throws PlatformError when the range or the probe cannot be started
 */
export async function rehearse(options: RehearsalOptions, world: RehearsalWorld): Promise<Verdict> {
  refuseIgnoredEndpoints(world.environment);
  await requireBundle(options.bundle);
  const fleet = requireRange(await world.loadFleet(options.fleetFile), options.fleetFile);
  const to = options.to ?? fleet.range.to;
  await requireReleases(fleet, dirname(options.fleetFile), to);
  const derived = deriveFleet(fleet, options.faults, world);
  const started = new AsyncDisposableStack();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'zonewise-rehearsal-'));
    started.defer(() => rm(folder, { recursive: true, force: true }));
    const fleetFile = join(folder, 'fleet.yml');
    await writeFile(fleetFile, world.renderFleet(derived));
    world.progress({ kind: 'fleet', zones: fleet.zones });
    world.progress({
      kind: 'step',
      text: `starting the range with release ${fleet.range.from} on every host`,
    });
    const range = await world.forkRange({
      fleet: derived,
      fleetFolder: dirname(options.fleetFile),
      folder: join(folder, 'range'),
      seed: options.seed,
      faults: options.faults.flatMap(({ rangeFaults }) => rangeFaults?.(fleet) ?? []),
    });
    started.defer(() => range.stop());
    const probe = await forkProbe((samples) => world.progress({ kind: 'samples', samples }));
    started.defer(() => probe.close());
    return await underLoad({ options, world, fleet, derived, fleetFile, to, folder, range, probe });
  } finally {
    await started.disposeAsync();
  }
}

/** @throws UserError when the AWS clients were told to ignore the address of the range */
function refuseIgnoredEndpoints(environment: RehearsalWorld['environment']): void {
  if (environment['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']?.toLowerCase() !== 'true') return;
  throw new UserError(
    'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true is set: AWS clients would pass by the range and reach the real AWS. ' +
      'Nothing was started. Unset it (`unset AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`) and run the rehearsal again.',
  );
}

/** @throws UserError when the action was not built */
async function requireBundle(bundle: string): Promise<void> {
  const there = await access(bundle).then(
    () => true,
    () => false,
  );
  if (there) return;
  throw new UserError(
    `The action's bundle ${bundle} is missing. Build it with \`npm run build\`, then run again.`,
  );
}

function deriveFleet(fleet: RangedFleet, faults: readonly Fault[], world: RehearsalWorld): Fleet {
  const rehearsed = world.withPolicy(fleet, fleet.range.policy);
  return faults.reduce((changed, fault) => fault.changeFleet?.(changed) ?? changed, rehearsed);
}

interface Stage {
  readonly options: RehearsalOptions;
  readonly world: RehearsalWorld;
  readonly fleet: RangedFleet;
  /** The fleet as the action sees it. */
  readonly derived: Fleet;
  readonly fleetFile: string;
  readonly to: string;
  readonly folder: string;
  readonly range: Range;
  readonly probe: Probe;
}

async function underLoad(stage: Stage): Promise<Verdict> {
  const { options, world, fleet, range, probe, to } = stage;
  const began = Date.now();
  const control: ControlProof[] = [await probe.control()];
  const { path, versionHeader, rate } = fleet.range.probe;
  world.progress({ kind: 'step', text: `sending ${rate} requests a second` });
  probe.start({
    ...{ entrances: range.entrances, path, versionHeader, rate },
    seed: options.seed,
    timeout: REQUEST_TIMEOUT,
  });
  const record = await deployUnderLoad(stage);
  await aftermath(stage, record.outcome.kind === 'promoted');
  const samples = probe.lost.aborted ? probe.samples : await probe.stop();
  if (!probe.lost.aborted) control.push(await probe.control());
  world.progress({ kind: 'step', text: 'asking every host what it runs' });
  const hosts = await findHosts(fleet, await range.hosts());
  return judge({
    ...{ service: fleet.service, from: fleet.range.from, to, seed: options.seed, began, ended: Date.now() },
    faults: options.faults.map(({ name }) => name),
    ...record,
    ...{ hosts, samples, control },
  });
}

async function deployUnderLoad(stage: Stage): Promise<RolloutRecord> {
  const { options, world, derived, fleetFile, to, folder, range, probe } = stage;
  const signal = AbortSignal.any([world.signal, probe.lost]);
  const cold = await warmUp(stage, signal);
  if (cold !== undefined) return notDeployed(derived, cold);
  return rollOut({
    ...{ fleet: derived, fleetFile, version: to, bundle: options.bundle, signal },
    environment: range.environment,
    folder: join(folder, 'steps'),
    approve: world.approve,
    progress: world.progress,
    patience: options.patience,
  });
}

/** Waits until the service answers everywhere; gives the reason when it does not. */
async function warmUp(stage: Stage, signal: AbortSignal): Promise<string | undefined> {
  const deadline = Date.now() + WARM_UP.limit;
  while (!signal.aborted) {
    const cold = coldStreams(stage);
    if (cold.length === 0) return undefined;
    if (Date.now() > deadline) {
      return `the service did not answer ${WARM_UP.successes} requests at ${cold.join(', ')} before anything was deployed.`;
    }
    await sleep(100);
  }
  return reasonToStop(signal);
}

function coldStreams({ range, probe }: Stage): readonly string[] {
  return range.entrances.flatMap(({ region }) =>
    CONNECTIONS.filter((connection) => {
      const served = probe.samples.filter(
        (sample) => sample.region === region && sample.connection === connection && !isFailed(sample),
      );
      return served.length < WARM_UP.successes;
    }).map((connection) => `${region} (${connection})`),
  );
}

function notDeployed(fleet: Fleet, why: string): RolloutRecord {
  return {
    outcome: { kind: 'stopped', where: 'the warm-up', why },
    zones: fleet.zones.map(({ zone, region, environment }) => ({
      zone,
      region,
      environment,
      state: 'untouched',
    })),
    activities: [],
    events: [],
  };
}

/** Lets the load run on, so that the end state is measured too; being told to stop ends it at once. */
async function aftermath(stage: Stage, promoted: boolean): Promise<void> {
  const { options, world, probe } = stage;
  const signal = AbortSignal.any([world.signal, probe.lost]);
  const least = promoted ? options.leastRequests : 0;
  const begin = Date.now();
  const isOver = (): boolean => {
    const lasted = Date.now() - begin;
    if (lasted < options.aftermath) return false;
    return probe.samples.length >= least || lasted >= LONGEST_AFTERMATH;
  };
  if (!signal.aborted) world.progress({ kind: 'step', text: 'measuring what the deployment left behind' });
  while (!signal.aborted && !isOver()) await sleep(100);
}
