import { atMost } from '../../fleet/amount.ts';
import { largestBatch } from '../../fleet/floor.ts';
import { UserError } from '../../runner/errors.ts';
import type { Context } from '../context.ts';
import { refusal } from '../drain/drain-plan.ts';
import { restore } from '../drain/restore.ts';
import { readReturning, withRamping } from '../drain/returning.ts';
import type { Journal } from '../journal/journal.ts';
import { enter, observePools, registrationsOf } from '../pools.ts';
import { type HostReport, showOutput } from '../upgrade/host-report.ts';
import { proveRelease } from '../upgrade/prove.ts';
import { deployBatch } from './deploy-batch.ts';
import { type PreparedZone, prepareZone, type ZoneRequest } from './prepare-zone.ts';
import type { HostStep } from './zone-plan.ts';
import { smokeReturned } from './zone-smoke.ts';
import { type Batch, upgradeHost, type ZoneWork } from './zone-work.ts';

/** What became of a zone. `problem` is there when it stopped. */
export interface ZoneReport {
  readonly zone: string;
  readonly version: string;
  readonly sha256: string;
  readonly state: 'deployed' | 'unchanged' | 'planned' | 'stopped';
  readonly hosts: readonly HostReport[];
  readonly problem?: Error;
}

/**
 * Brings every host of a zone to a release, batch after batch, each host proven before the next batch starts. Run again
 * after an interruption it continues from what it observes.
 *
 * @param journal is told of each act before it begins; that of a dry run of none
 * @returns the report, also when the deployment stopped on the way
 * @throws UserError or PlatformError when it could not start; nothing was touched then
 */
export async function deployZone(
  context: Context,
  request: ZoneRequest,
  journal: Journal,
): Promise<ZoneReport> {
  const prepared = await prepareZone(context, request, journal);
  const { work } = prepared;
  const done = await proveDone(context, prepared);
  const proven = new Set(done.map(({ host }) => host));
  const open = prepared.steps.filter(({ host }) => !proven.has(host));
  if (!request.dryRun) await finishReturns(context, prepared, proven);
  if (open.length === 0) return confirm(context, work, done);
  const first = await nextBatch(context, work, open, 0);
  if (request.dryRun) return report(work, 'planned', [...done, ...planned(context, work, open, first)]);
  return rollForward(context, work, done, open);
}

/** Hosts that already have the release are proven and left alone; one that cannot prove it is upgraded again. */
async function proveDone(context: Context, { work, steps }: PreparedZone): Promise<readonly HostReport[]> {
  const claimed = steps.filter(({ kind }) => kind === 'prove');
  const { version, artifact } = work.release;
  const results = await proveRelease(
    context,
    { ...work.settings, startTimeout: 0 },
    claimed.map(({ host }) => {
      const target = upgradeHost(work, host, registrationsOf(work.views, host));
      return { host: target, version, sha256: artifact.sha256 };
    }),
  );
  const done = results.flatMap((result): HostReport[] => {
    const { host } = result;
    if (result.kind === 'failed') {
      context.log.warning(
        `${host}: current is ${version}, and the process does not prove it: ${result.problem}`,
      );
      return [];
    }
    context.log.info(`${host}: already on ${version} and in service, proven ${result.value}; skipped`);
    return [{ host, outcome: 'unchanged', from: version, to: version, proof: result.value }];
  });
  enter(
    context,
    done.map(({ host }) => host),
    'serving',
  );
  return done;
}

/** An earlier run may have been stopped between registering a host and seeing it serve. */
async function finishReturns(
  context: Context,
  { work, steps }: PreparedZone,
  proven: ReadonlySet<string>,
): Promise<void> {
  const records = steps.flatMap((step) =>
    step.kind === 'prove' && step.record !== undefined && proven.has(step.host) ? [step.record] : [],
  );
  if (records.length === 0) return;
  await work.journal.begin('return', work.release.version, records);
  try {
    await restore(context, { records, policy: work.fleet.policy.restore });
  } catch (error) {
    await work.journal.end(
      'failed',
      records.map((record) => ({ record })),
    );
    throw error;
  }
  await work.journal.end('done', []);
}

/** An earlier run may have been stopped before users' side of the zone was tested. */
async function confirm(context: Context, work: ZoneWork, done: readonly HostReport[]): Promise<ZoneReport> {
  try {
    const hosts = work.zone.hosts.map((host) => upgradeHost(work, host, registrationsOf(work.views, host)));
    await smokeReturned(context, work, hosts, []);
    return report(work, 'unchanged', done);
  } catch (error) {
    const problem = error instanceof Error ? error : new Error(String(error));
    return { ...report(work, 'stopped', done), problem };
  }
}

async function rollForward(
  context: Context,
  found: ZoneWork,
  before: readonly HostReport[],
  steps: readonly HostStep[],
): Promise<ZoneReport> {
  let work = found;
  let done = before;
  let open = steps;
  for (let index = 0; open.length > 0; index += 1) {
    const outcome = await attemptBatch(context, work, open, index);
    if (outcome.kind === 'done') work = outcome.work;
    done = [...done, ...outcome.hosts];
    const reported = new Set(done.map(({ host }) => host));
    open = open.filter(({ host }) => !reported.has(host));
    if (outcome.kind === 'failed') {
      const rest = await observeRest(context, work, open);
      return { ...report(work, 'stopped', [...done, ...rest]), problem: outcome.problem };
    }
  }
  return report(work, 'deployed', done);
}

/** One batch; whatever it throws is a way for the zone to stop, with the report of what was done before. */
async function attemptBatch(
  context: Context,
  work: ZoneWork,
  open: readonly HostStep[],
  index: number,
): Promise<Awaited<ReturnType<typeof deployBatch>>> {
  try {
    const batch = await nextBatch(context, work, open, index);
    const title = `${work.zone.zone}, batch ${index + 1}: ${batch.hosts.join(', ')} to ${work.release.version}`;
    const outcome = await context.log.group(title, () => deployBatch(context, work, batch));
    await showOutput(context.log, outcome.hosts);
    return outcome;
  } catch (error) {
    const problem = error instanceof Error ? error : new Error(String(error));
    return { kind: 'failed', hosts: [], problem };
  }
}

/**
 * The next hosts: those already out of service first, because they cost capacity until they are back; otherwise as many
 * as the policy and the floor allow.
 *
 * @throws UserError when the floor allows none
 */
async function nextBatch(
  context: Context,
  work: ZoneWork,
  open: readonly HostStep[],
  index: number,
): Promise<Batch> {
  const adopted = new Map(
    open.flatMap((step) => (step.kind === 'continue' ? [[step.host, step.record] as const] : [])),
  );
  const waitingBeside = (hosts: readonly string[]) =>
    open.filter(({ kind, host }) => kind === 'upgrade' && !hosts.includes(host)).map(({ host }) => host);
  if (adopted.size > 0) {
    const hosts = [...adopted.keys()];
    return { hosts, adopted, waiting: waitingBeside(hosts) };
  }
  const { batch } = work.fleet.policy;
  const amount = batch[Math.min(index, batch.length - 1)] ?? { kind: 'count', value: 1 };
  const candidates = open.map(({ host }) => host);
  const views = await observePools(
    context,
    work.zone.pools.map(({ targetGroup }) => targetGroup),
  );
  const limit = atMost(amount, work.zone.hosts.length);
  const ramped = withRamping(views, await readReturning(context, views, candidates));
  const chosen = largestBatch(ramped, candidates, limit, work.zoneOf, work.floor);
  if (chosen.hosts.length > 0) return { hosts: chosen.hosts, adopted, waiting: waitingBeside(chosen.hosts) };
  throw new UserError(refusal(candidates.slice(0, 1), chosen.verdict.reasons));
}

function planned(
  context: Context,
  work: ZoneWork,
  open: readonly HostStep[],
  first: Batch,
): readonly HostReport[] {
  context.log.info(`dry run: ${first.hosts.join(', ')} would leave service first; nothing was touched`);
  return untouched(work, open);
}

/** The hosts that a stopped deployment did not finish: one that is not seen in service must not pass for untouched. */
async function observeRest(
  context: Context,
  work: ZoneWork,
  open: readonly HostStep[],
): Promise<readonly HostReport[]> {
  const pools = work.zone.pools.map(({ targetGroup }) => targetGroup);
  const views = await observePools(context, pools).catch(() => []);
  return untouched(work, open).map((rest) => {
    const serves = registrationsOf(views, rest.host).some(({ state }) => state !== 'draining');
    return serves ? rest : { ...rest, outcome: 'held', proof: 'the balancer does not show it in service' };
  });
}

function untouched(work: ZoneWork, open: readonly HostStep[]): readonly HostReport[] {
  return open.map(({ host }) => {
    const from = work.releases.get(host) ?? 'nothing';
    return { host, outcome: 'untouched', from, to: work.release.version, proof: '' };
  });
}

function report(work: ZoneWork, state: ZoneReport['state'], hosts: readonly HostReport[]): ZoneReport {
  const { version, artifact } = work.release;
  return { zone: work.zone.zone, version, sha256: artifact.sha256, state, hosts };
}
