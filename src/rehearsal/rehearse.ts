import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Fleet, Policy } from '../fleet/fleet.ts';
import type { RangeGitHub } from '../range/github/github.ts';
import type { RangeGitHubOptions } from '../range/github/options.ts';
import type { Range, RangeOptions } from '../range/range.ts';
import { UserError } from '../runner/errors.ts';
import { type Fault, firstAlarm, refuseMisfits } from './faults.ts';
import { findHosts } from './find-hosts.ts';
import { writeFirstLedger } from './first-ledger.ts';
import { flipCourse } from './flip-course.ts';
import { type CourseRecord, follow, recordOf } from './follow.ts';
import { judge } from './judge.ts';
import { aftermath, entrancesOf, warmUp } from './load.ts';
import { type MarkWatch, watchMarks } from './marks.ts';
import { type ControlProof, forkProbe, type Probe } from './probe.ts';
import { REQUEST_TIMEOUT } from './probe-sample.ts';
import type { Progress } from './progress.ts';
import { type RangedFleet, requireRange } from './ranged-fleet.ts';
import { requireReleases } from './releases.ts';
import type { Patience } from './runner.ts';
import type { ActionName, Approval, Course, Site } from './stages.ts';
import { createTrouble, type TroublePlan } from './trouble.ts';
import type { NameVerdict, Verdict } from './verdict.ts';
import { zoneCourse } from './zone-course.ts';

/** What is rehearsed. */
export interface RehearsalOptions {
  readonly fleetFile: string;
  /** Release to deploy; `range.to` of the fleet when not given. */
  readonly to?: string;
  readonly seed: number;
  readonly faults: readonly Fault[];
  /** Path of an action's bundle. */
  readonly bundle: (action: ActionName) => string;
  /** Fewest requests of a rehearsal that ended well; it goes on for them, but not beyond a minute. */
  readonly leastRequests: number;
  /** Milliseconds of load after everything was settled, in which everything that is to serve must be seen serving. */
  readonly aftermath: number;
  readonly patience: Patience;
}

/** What a rehearsal reaches out to. */
export interface RehearsalWorld {
  readonly loadFleet: (file: string) => Promise<Fleet>;
  readonly withPolicy: (fleet: Fleet, changes: Partial<Policy>) => Fleet;
  readonly renderFleet: (fleet: Fleet) => string;
  readonly forkRange: (options: RangeOptions) => Promise<Range>;
  readonly startGitHub: (options: RangeGitHubOptions) => Promise<RangeGitHub>;
  readonly approve: (approval: Approval, signal: AbortSignal) => Promise<boolean>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly progress: Progress;
  /** Aborting it stops the rehearsal; the verdict then says so. */
  readonly signal: AbortSignal;
}

/**
 * Follows a fleet's course on the range under load and judges what the load saw. Everything it started has stopped
 * when it returns or throws.
 *
 * @throws UserError when the rehearsal cannot begin: nothing was touched
 * @throws PlatformError when the range or the probe cannot be started
 */
export async function rehearse(options: RehearsalOptions, world: RehearsalWorld): Promise<Verdict> {
  refuseIgnoredEndpoints(world.environment);
  const { faults } = options;
  const fleet = requireRange(await world.loadFleet(options.fleetFile), options.fleetFile);
  refuseMisfits(faults, fleet);
  const to = options.to ?? faults.find((fault) => fault.to !== undefined)?.to ?? fleet.range.to;
  const derived = deriveFleet(fleet, faults, world);
  const course = courseOf(derived, faults);
  await requireBundles(options, course);
  await requireReleases(fleet, dirname(options.fleetFile), to);
  const started = new AsyncDisposableStack();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'zonewise-rehearsal-'));
    started.defer(() => rm(folder, { recursive: true, force: true }));
    const fleetFile = join(folder, 'fleet.yml');
    await writeFile(fleetFile, world.renderFleet(derived));
    world.progress({
      kind: 'course',
      stages: course.stages,
      sharesBy: course.kind === 'zones' ? 'version' : 'pool',
    });
    world.progress({
      kind: 'step',
      text: `starting the range with release ${fleet.range.from} on every host`,
    });
    const range = await world.forkRange({
      fleet: derived,
      fleetFolder: dirname(options.fleetFile),
      folder: join(folder, 'range'),
      seed: options.seed,
      faults: faults.flatMap(({ rangeFaults }) => rangeFaults?.(fleet) ?? []),
    });
    started.defer(() => range.stop());
    for (const fault of faults) await fault.disturb?.(range);
    if (course.kind === 'zones') await writeFirstLedger(fleet, dirname(options.fleetFile), range);
    const github = course.kind === 'zones' ? await startGitHub(fleet, faults, world) : undefined;
    started.defer(() => github?.stop());
    const probe = await forkProbe((samples) => world.progress({ kind: 'samples', samples }));
    started.defer(() => probe.close());
    const made = { fleetFile, folder, range, probe, ...(github === undefined ? {} : { github }) };
    return await underLoad({ options, world, fleet, derived, course, to, ...made });
  } finally {
    await started.disposeAsync();
  }
}

/** A GitHub whose environments ask for a review, except those that a fault leaves unprotected. */
function startGitHub(
  fleet: RangedFleet,
  faults: readonly Fault[],
  world: Pick<RehearsalWorld, 'startGitHub'>,
): Promise<RangeGitHub> {
  const open = new Set(faults.flatMap(({ unprotected }) => unprotected?.(fleet) ?? []));
  const names = [...new Set(fleet.zones.map(({ environment }) => environment))];
  return world.startGitHub({
    repository: repositoryOf(fleet),
    environments: names.map((name) => (open.has(name) ? { name } : { name, reviewers: [REVIEWER] })),
  });
}

/** Who approves on the stand-in for GitHub what is approved here. */
const REVIEWER = 'you';

function repositoryOf({ service }: Fleet): string {
  return `rehearsal/${service}`;
}

/** @throws UserError when the AWS clients were told to ignore the address of the range */
function refuseIgnoredEndpoints(environment: RehearsalWorld['environment']): void {
  if (environment['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']?.toLowerCase() !== 'true') return;
  throw new UserError(
    'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true is set: AWS clients would pass by the range and reach the real AWS. ' +
      'Nothing was started. Unset it (`unset AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`) and run the rehearsal again.',
  );
}

/** @throws UserError when an action of the course was not built */
async function requireBundles({ bundle }: RehearsalOptions, { stages }: Course): Promise<void> {
  const actions = new Set(stages.flatMap((stage) => stage.actions.map(({ action }) => action)));
  for (const file of [...actions].map(bundle)) {
    const there = await access(file).then(
      () => true,
      () => false,
    );
    if (there) continue;
    throw new UserError(
      `The action's bundle ${file} is missing. Build it with \`npm run build\`, then run again.`,
    );
  }
}

function deriveFleet(fleet: RangedFleet, faults: readonly Fault[], world: RehearsalWorld): RangedFleet {
  const rehearsed = world.withPolicy(fleet, fleet.range.policy);
  const changed = faults.reduce((each, fault) => fault.changeFleet?.(each) ?? each, rehearsed);
  return { ...changed, range: fleet.range };
}

function courseOf(fleet: RangedFleet, faults: readonly Fault[]): Course {
  const { secondPool } = fleet.range;
  if (secondPool === undefined) return zoneCourse(fleet);
  const changes = faults.map(({ flip }) => flip ?? {});
  return flipCourse(fleet, secondPool, Object.assign({ testBefore: true }, ...changes));
}

interface Scene {
  readonly options: RehearsalOptions;
  readonly world: RehearsalWorld;
  readonly fleet: RangedFleet;
  /** What the actions are given. */
  readonly derived: RangedFleet;
  readonly course: Course;
  readonly fleetFile: string;
  readonly to: string;
  readonly folder: string;
  readonly range: Range;
  readonly probe: Probe;
  /** None where no action asks it. */
  readonly github?: RangeGitHub;
}

async function underLoad(scene: Scene): Promise<Verdict> {
  const { options, world, fleet, course, range, probe, to } = scene;
  const began = Date.now();
  const control: ControlProof[] = [await probe.control()];
  const { path, versionHeader, rate } = fleet.range.probe;
  world.progress({ kind: 'step', text: `sending ${rate} requests a second` });
  probe.start({
    ...{ entrances: entrancesOf(fleet, range), path, versionHeader, rate },
    ...{ seed: options.seed, timeout: REQUEST_TIMEOUT },
  });
  const { marks, ...record } = await marked(scene, () => followUnderLoad(scene));
  const ttl = course.entrances.length === 0 ? 0 : (fleet.range.dns?.ttl ?? 0);
  await aftermath(scene, {
    least: record.outcome.kind === 'promoted' ? options.leastRequests : 0,
    duration: ttl + options.aftermath,
    signal: AbortSignal.any([world.signal, probe.lost]),
  });
  const samples = probe.lost.aborted ? probe.samples : await probe.stop();
  if (!probe.lost.aborted) control.push(await probe.control());
  const name = await askedOf(fleet, range);
  world.progress({ kind: 'step', text: 'asking every host what it runs' });
  const hosts = await findHosts(fleet, await range.hosts());
  return judge({
    ...{ service: fleet.service, from: fleet.range.from, to, seed: options.seed, began, ended: Date.now() },
    ...{ course, ...record, marks, hosts, samples, control, ttl },
    faults: options.faults.map(({ name: fault }) => fault),
    balancers: new Map(range.balancers.map(({ address, port, name: each }) => [`${address}:${port}`, each])),
    ...(name === undefined ? {} : { name }),
  });
}

/** Does the work while the ways of the traffic are watched, where the course changes them. */
async function marked(
  { course, fleet, range }: Scene,
  work: () => Promise<CourseRecord>,
): Promise<CourseRecord & { readonly marks: Awaited<ReturnType<MarkWatch['stop']>> }> {
  const pool = fleet.range.secondPool?.targetGroup;
  if (course.kind === 'zones' || pool === undefined) return { ...(await work()), marks: [] };
  const watch = watchMarks(range, pool);
  const record = await work();
  return { ...record, marks: await watch.stop() };
}

async function followUnderLoad(scene: Scene): Promise<CourseRecord> {
  const { options, world, fleet, course, folder, range, probe, github } = scene;
  const signal = AbortSignal.any([world.signal, probe.lost]);
  const cold = await warmUp(scene, signal);
  if (cold !== undefined) return notBegun(course, cold);
  const trouble = createTrouble(troubleOf(scene));
  const record = await follow({
    ...{ course, bundle: options.bundle, signal, site: await siteOf(scene), trouble },
    ...(github === undefined ? {} : { gates: github }),
    environment: { ...range.environment, ...github?.environment },
    folder: join(folder, 'steps'),
    repository: repositoryOf(fleet),
    approve: world.approve,
    progress: world.progress,
    patience: options.patience,
  });
  await trouble.stop();
  return record;
}

function troubleOf({ options, world, derived, range, fleetFile }: Scene): TroublePlan {
  const alarm = firstAlarm(derived);
  const { wait, firstZoneStable } = derived.policy.bake;
  return {
    bake: wait + firstZoneStable,
    inBake: options.faults.flatMap(({ inBake }) =>
      inBake === undefined || alarm === undefined ? [] : [() => inBake(range, alarm)],
    ),
    afterPlan: options.faults.flatMap(({ changeAfterPlan: change }) =>
      change === undefined ? [] : [() => writeFile(fleetFile, world.renderFleet(change(derived)))],
    ),
  };
}

async function siteOf({ range, fleetFile, to, github }: Scene): Promise<Site> {
  const hosts = await range.hosts();
  return {
    ...{ fleetFile, version: to, balancers: range.balancers },
    ports: new Map(hosts.map(({ host, port }) => [host, port])),
    nameServers: range.dns?.nameServers.map(({ address, port }) => `${address}:${port}`) ?? [],
    ...(github === undefined ? {} : { token: github.token }),
  };
}

function notBegun({ stages }: Course, why: string): CourseRecord {
  return {
    outcome: { kind: 'stopped', where: 'the warm-up', why },
    stages: stages.map((stage) => recordOf(stage, 'untouched', undefined)),
    activities: [],
    events: [],
  };
}

/** How often the name that users know was asked for, and was not there. */
async function askedOf({ range: settings }: RangedFleet, { dns }: Range): Promise<NameVerdict | undefined> {
  const record = settings.dns?.record;
  if (record === undefined || dns === undefined) return undefined;
  const counts = await Promise.all(['A', 'CNAME'].map((type) => dns.answers(record, type)));
  return {
    record,
    asked: counts.reduce((sum, { asked }) => sum + asked, 0),
    absent: counts.reduce((sum, { absent }) => sum + absent, 0),
  };
}
