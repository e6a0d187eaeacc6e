import { CancelledError, UserError } from '../runner/errors.ts';
import type { Context } from './context.ts';
import { drain } from './drain.ts';
import { enter } from './pools.ts';
import type { UndoRecord } from './records.ts';
import { restore } from './restore.ts';
import { proveRelease, switchRelease } from './upgrade.ts';
import {
  allDone,
  type BatchOutcome,
  drainRequest,
  type HostReport,
  upgradeHost,
  type ZoneWork,
} from './zone-work.ts';

/**
 * Brings a failed batch to a state that is safe and known: back on the release it came from and in service, or held out
 * of service with a record, as the policy says.
 *
 * @param failure what went wrong, and whether the hosts had been registered again by then
 */
export async function recover(
  context: Context,
  work: ZoneWork,
  records: readonly UndoRecord[],
  failure: { readonly error: unknown; readonly returned: boolean },
): Promise<BatchOutcome> {
  const why = failure.error instanceof Error ? failure.error.message : String(failure.error);
  const hosts = records.map(({ host }) => host).join(', ');
  if (context.signal.aborted) {
    const state = failure.returned
      ? `Cancelled while returning ${hosts}: registered again on ${work.release.version}, not yet proven to serve.`
      : `Cancelled while upgrading ${hosts}: out of service, each with a record on the host.`;
    const problem = new CancelledError(`${state}\nRun the same step again: it continues from what it finds.`);
    return held(context, records, work, why, problem);
  }
  context.log.warning(`${hosts}: ${why}`);
  try {
    if (failure.returned) await withdrawAgain(context, work, records);
    if (work.fleet.policy.onFailure === 'hold') {
      const problem = new UserError(`${why}\n${hosts} held out of service, as on-failure says.`);
      return held(context, records, work, why, problem);
    }
    const to = await rollBack(context, work, records);
    const problem = new UserError(
      `${why}\n${hosts} back on ${to} and in service; later zones were not touched.`,
    );
    return {
      kind: 'failed',
      problem,
      hosts: records.map((record) => report(record, 'rolled-back', why, record.from)),
    };
  } catch (second) {
    const then = second instanceof Error ? second.message : String(second);
    const problem = new UserError(
      `${why}\nBringing ${hosts} back to a known state failed too: ${then}\nA host that is out of service has its ` +
        'record on it; mend the cause and run the same step again.',
      { cause: failure.error },
    );
    return held(context, records, work, why, problem);
  }
}

/** Hosts that serve a release that failed leave service again before anything else is done to them. */
async function withdrawAgain(
  context: Context,
  work: ZoneWork,
  records: readonly UndoRecord[],
): Promise<void> {
  const adopted = new Map(records.map((record) => [record.host, record]));
  const reason = `return of ${work.fleet.service} from ${work.release.version}`;
  const hosts = [...adopted.keys()];
  await drain(context, { ...drainRequest(work, hosts, adopted, reason), unproven: hosts });
}

/** Returns every host of the batch to the release it came from, proves it, and puts it back into service. */
async function rollBack(context: Context, work: ZoneWork, records: readonly UndoRecord[]): Promise<string> {
  const { settings, fleet } = work;
  const versions = new Map(records.map(({ host, from }) => [host, from]));
  const unknown = records.filter(({ from }) => from === undefined || from === work.release.version);
  if (unknown.length > 0) {
    throw new UserError(`${unknown.map(({ host }) => host).join(', ')} had no other release before.`);
  }
  enter(context, [...versions.keys()], 'rolling-back');
  const back = [...versions].map(([host, version]) => ({ host, version: version ?? '' }));
  const switched = allDone(await switchRelease(context, settings, back), 'switch back');
  const proofs = records.map((record) => {
    const { sha256, switchedAt } = switched.get(record.host) ?? { sha256: '', switchedAt: 0 };
    return {
      host: upgradeHost(work, record.host, record.targets),
      version: record.from ?? '',
      sha256,
      switchedAt,
    };
  });
  allDone(await proveRelease(context, settings, proofs), 'prove after switching back');
  await restore(context, { records, policy: fleet.policy.restore });
  return [...new Set(versions.values())].join(', ');
}

function held(
  context: Context,
  records: readonly UndoRecord[],
  work: ZoneWork,
  why: string,
  problem: Error,
): BatchOutcome {
  enter(
    context,
    records.map(({ host }) => host),
    'held',
    why.split('\n')[0],
  );
  return {
    kind: 'failed',
    problem,
    hosts: records.map((record) => report(record, 'held', why, work.release.version)),
  };
}

function report(
  { host, from }: UndoRecord,
  outcome: HostReport['outcome'],
  proof: string,
  to: string | undefined,
): HostReport {
  return { host, outcome, from: from ?? 'nothing', to: to ?? 'nothing', proof };
}
