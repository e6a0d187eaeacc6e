import type { LeftOut } from '../../ledger/document.ts';
import { UserError } from '../../runner/errors.ts';
import type { Context } from '../context.ts';
import { drain } from '../drain/drain.ts';
import { restore } from '../drain/restore.ts';
import type { UndoRecord } from '../records.ts';
import { isGood } from '../upgrade/host-report.ts';
import { succeedRecords } from '../upgrade/succeed.ts';
import { upgradeBatch } from '../upgrade/upgrade-batch.ts';
import type { Course } from './course.ts';
import { recover } from './recover.ts';
import { smokeHosts, smokeReturned } from './zone-smoke.ts';
import {
  type Batch,
  type BatchOutcome,
  drainRequest,
  upgradeHost,
  withSuccessors,
  type ZoneWork,
} from './zone-work.ts';

/**
 * Takes one batch of hosts through the whole sequence: drain, upgrade, smoke test, return, smoke test through the
 * balancer and, while the old release still serves elsewhere, of both. A host whose upgrade fails climbs the fleet's ladder; when one of them does not get the release, or a smoke test
 * fails, the batch returns to the release it came from and to service, or is held, as the ladder says. Each act is in the
 * journal before it begins.
 */
export async function deployBatch(context: Context, work: ZoneWork, batch: Batch): Promise<BatchOutcome> {
  const { journal, release } = work;
  const records = await withdraw(context, work, batch);
  const course: Course = { batch, work, records, reports: [], begun: false, returned: false };
  try {
    await journal.begin('install', release.version, records);
    course.begun = true;
    await upgradeQuietHosts(context, course);
    await journal.begin('return', release.version, course.records);
    const hosts = course.records.map(({ host, targets }) => upgradeHost(course.work, host, targets));
    await smokeHosts(context, course.work, hosts);
    course.returned = true;
    await restore(context, { records: course.records, policy: work.fleet.policy.restore });
    await smokeReturned(context, course.work, hosts, batch.waiting);
    await journal.end('done', []);
    return { kind: 'done', hosts: course.reports, work: course.work };
  } catch (error) {
    return recover(context, course, error);
  }
}

async function withdraw(context: Context, work: ZoneWork, batch: Batch): Promise<readonly UndoRecord[]> {
  const { journal, release, fleet } = work;
  const request = drainRequest(
    work,
    batch.hosts,
    batch.adopted,
    `upgrade of ${fleet.service} to ${release.version}`,
  );
  let left: readonly LeftOut[] | undefined;
  try {
    return await drain(
      context,
      request,
      (records) => journal.begin('withdraw', release.version, records),
      (hosts) => {
        left = hosts;
      },
    );
  } catch (error) {
    if (left !== undefined) await journal.end('failed', left);
    throw error;
  }
}

/** @throws UserError with every host that does not run the release */
async function upgradeQuietHosts(context: Context, course: Course): Promise<void> {
  const { work, records } = course;
  const { reports, successors } = await upgradeBatch(context, {
    settings: work.settings,
    wanted: { kind: 'release', ...work.release },
    ladder: work.fleet.policy.onFailure,
    hosts: records.map(({ host, targets }) => upgradeHost(work, host, targets)),
    from: new Map(records.flatMap(({ host, from }) => (from === undefined ? [] : [[host, from] as const]))),
  });
  course.reports = records.flatMap(({ host }) => reports.find((report) => report.host === host) ?? []);
  course.work = withSuccessors(work, successors);
  course.records = await succeedRecords(context, records, successors);
  for (const { replaced, host } of successors) {
    context.log.warning(
      `${replaced} was replaced by ${host.host}: write the new id into the fleet file before the next deployment.`,
    );
  }
  const failed = course.reports.filter((report) => !isGood(report));
  if (failed.length > 0) throw new UserError(failed.map(({ host, proof }) => `${host}: ${proof}`).join('\n'));
}
