import { hasRung } from '../../fleet/ladder.ts';
import type { LeftOut } from '../../ledger/document.ts';
import { CancelledError, UserError } from '../../runner/errors.ts';
import type { Context } from '../context.ts';
import { drain } from '../drain/drain.ts';
import { restoreBeside } from '../drain/shared-groups.ts';
import { enter } from '../pools.ts';
import type { UndoRecord } from '../records.ts';
import type { HostReport } from '../upgrade/host-report.ts';
import { proveRelease } from '../upgrade/prove.ts';
import { applyRelease } from '../upgrade/upgrade.ts';
import type { Course } from './course.ts';
import { allDone, type BatchOutcome, drainRequest, upgradeHost } from './zone-work.ts';

/**
 * Brings a failed batch to a state that is safe and known: back on the release it came from and in service, or held out
 * of service with a record, as the ladder says. Hosts that were held already stay as they are.
 */
export async function recover(context: Context, course: Course, error: unknown): Promise<BatchOutcome> {
  const why = error instanceof Error ? error.message : String(error);
  const hosts = namesOf(course.records);
  const { release, fleet, journal } = course.work;
  if (context.signal.aborted) {
    const state = course.returned
      ? `Cancelled while returning ${hosts}: registered again on ${release.version}, not yet proven to serve.`
      : `Cancelled while upgrading ${hosts}: out of service, each with a record on the host.`;
    const problem = new CancelledError(`${state}\nRun the same step again: it continues from what it finds.`);
    await journal.end('failed', unheld(course.records));
    return held(context, course, why, problem);
  }
  context.log.warning(`${hosts}: ${why}`);
  try {
    if (!course.begun) return await returnAsFound(context, course, why);
    if (course.returned) await withdrawAgain(context, course);
    if (!hasRung(fleet.policy.onFailure, 'roll-back')) {
      const problem = new UserError(`${why}\n${hosts} held out of service, as on-failure says.`);
      await journal.end('failed', heldBack(course.records, why));
      return held(context, course, why, problem);
    }
    return await returnBatch(context, course, why);
  } catch (second) {
    const then = second instanceof Error ? second.message : String(second);
    const problem = new UserError(
      `${why}\nBringing ${hosts} back to a known state failed too: ${then}\nA host that is out of service has its ` +
        'record on it; mend the cause and run the same step again.',
      { cause: error },
    );
    // A release that failed there, or half of the way back from it, is nothing to return by itself.
    await journal.end('failed', course.begun ? heldBack(course.records, why) : unheld(course.records));
    return held(context, course, why, problem);
  }
}

/**
 * A batch on which nothing was installed goes back to service as it is, whatever the ladder says; hosts that were out before
 * may be half upgraded and stay out.
 */
async function returnAsFound(context: Context, course: Course, why: string): Promise<BatchOutcome> {
  const { work, records, batch } = course;
  const stay = records.filter(({ host }) => batch.adopted.has(host));
  const back = records.filter((record) => !stay.includes(record));
  if (back.length > 0) await work.journal.beginBack('return', releaseBefore(back), records);
  const left = await restoreBeside(context, { records: back, policy: work.fleet.policy.restore }, stay);
  await work.journal.end('failed', unheld(left));
  const state = [
    ...(back.length === 0 ? [] : [`${namesOf(back)} back in service`]),
    ...(stay.length === 0 ? [] : [`${namesOf(stay)} out of service as before, each with its record`]),
    'nothing was installed; later zones were not touched.',
  ];
  const to = work.release.version;
  return {
    kind: 'failed',
    problem: new UserError(`${why}\n${state.join('; ')}`),
    hosts: records.map((record) =>
      report(course, record, { outcome: stay.includes(record) ? 'held' : 'untouched', proof: why, to }),
    ),
  };
}

/** Hosts that serve a release that failed leave service again before anything else is done to them. */
async function withdrawAgain(context: Context, { work, records }: Course): Promise<void> {
  const adopted = new Map(records.map((record) => [record.host, record]));
  const reason = `return of ${work.fleet.service} from ${work.release.version}`;
  const hosts = [...adopted.keys()];
  await drain(context, { ...drainRequest(work, hosts, adopted, reason), unproven: hosts }, (leaving) =>
    work.journal.beginBack('withdraw', releaseBefore(leaving), leaving),
  );
}

/** Puts the batch back on the release it came from and into service, except for hosts that could not get there. */
async function returnBatch(context: Context, course: Course, why: string): Promise<BatchOutcome> {
  const { work, records, reports } = course;
  const { journal } = work;
  const outcomeOf = (host: string) => reportFor(reports, host)?.outcome;
  // A successor has no release to go back to, and stays where it is as well.
  const stuck = records.filter(({ host }) => ['held', 'replaced'].includes(outcomeOf(host) ?? ''));
  const back = records.filter(
    ({ host }) => outcomeOf(host) === 'rolled-back' || outcomeOf(host) === 'untouched',
  );
  const ahead = records.filter((record) => !stuck.includes(record) && !back.includes(record));
  await rollBack(context, course, ahead);
  const returned = records.filter((record) => !stuck.includes(record));
  const to = releaseBefore(returned);
  if (returned.length > 0) await journal.beginBack('return', to, records);
  const left = await restoreBeside(context, { records: returned, policy: work.fleet.policy.restore }, stuck);
  await journal.end('failed', heldBack(left, why));
  const state = [
    ...(returned.length === 0 ? [] : [`${namesOf(returned)} back on ${to} and in service`]),
    ...(stuck.length === 0 ? [] : [`${namesOf(stuck)} held out of service, each with its record`]),
    'later zones were not touched.',
  ];
  enter(
    context,
    stuck.map(({ host }) => host),
    'held',
    why.split('\n')[0],
  );
  return {
    kind: 'failed',
    problem: new UserError(`${why}\n${state.join('; ')}`),
    hosts: records.map((record) =>
      stuck.includes(record)
        ? report(course, record, { outcome: 'held', proof: why, to: work.release.version })
        : report(course, record, { outcome: 'rolled-back', proof: why, to: record.from }),
    ),
  };
}

/** Returns hosts to the release they came from and proves it. */
async function rollBack(context: Context, course: Course, records: readonly UndoRecord[]): Promise<void> {
  const { work } = course;
  if (records.length === 0) return;
  const { settings, release } = work;
  const unknown = records.filter(({ from }) => from === undefined || from === release.version);
  if (unknown.length > 0) throw new UserError(`${namesOf(unknown)} had no other release before.`);
  await work.journal.beginBack('install', releaseBefore(records), course.records);
  enter(
    context,
    records.map(({ host }) => host),
    'rolling-back',
  );
  const changes = records.map(({ host, from = '' }) => {
    return { host, wanted: { kind: 'on-disk', version: from } as const };
  });
  const applied = allDone(await applyRelease(context, settings, changes), 'switch back');
  const proofs = records.map(({ host, targets }) => {
    const { version = '', sha256 = '', switchedAt = 0 } = applied.get(host) ?? {};
    return { host: upgradeHost(work, host, targets), version, sha256, switchedAt };
  });
  allDone(await proveRelease(context, settings, proofs), 'prove after switching back');
}

function held(context: Context, course: Course, why: string, problem: Error): BatchOutcome {
  const { records, work } = course;
  enter(
    context,
    records.map(({ host }) => host),
    'held',
    why.split('\n')[0],
  );
  return {
    kind: 'failed',
    problem,
    hosts: records.map((record) =>
      report(course, record, { outcome: 'held', proof: why, to: work.release.version }),
    ),
  };
}

function report(
  { reports }: Course,
  { host, from }: UndoRecord,
  what: Pick<HostReport, 'outcome' | 'proof'> & { readonly to: string | undefined },
): HostReport {
  const known = reportFor(reports, host);
  const { trace } = known ?? {};
  const found = {
    ...(known?.successor === host ? { successor: host } : {}),
    host: known?.host ?? host,
    from: from ?? 'nothing',
    ...what,
    to: what.to ?? 'nothing',
  };
  return trace === undefined ? found : { ...found, trace };
}

/** What was reported of a host, or of the one whose place it took. */
function reportFor(reports: readonly HostReport[], host: string): HostReport | undefined {
  return reports.find((each) => each.host === host || each.successor === host);
}

/** What hosts ran when they left; they leave together, so it is one release but for what somebody did by hand. */
function releaseBefore(records: readonly UndoRecord[]): string {
  return [...new Set(records.map(({ from }) => from ?? 'nothing'))].join(', ');
}

function unheld(records: readonly UndoRecord[]): readonly LeftOut[] {
  return records.map((record) => ({ record }));
}

function heldBack(records: readonly UndoRecord[], held: string): readonly LeftOut[] {
  return records.map((record) => ({ record, held }));
}

function namesOf(records: readonly UndoRecord[]): string {
  return records.map(({ host }) => host).join(', ');
}
