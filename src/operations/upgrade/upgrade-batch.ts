import type { FailureRung } from '../../fleet/ladder.ts';
import { enter } from '../pools.ts';
import {
  attempt,
  type BatchUpgrade,
  type Failure,
  type Progress,
  prove,
  reportOf,
  type Successor,
  type UpgradeContext,
  type UpgradedBatch,
} from './attempt.ts';
import type { HostReport } from './host-report.ts';
import { replaceHosts } from './replace.ts';
import { applyRelease, nameOf } from './upgrade.ts';

/** A new instance boots within minutes; on its way into standby its targets drain, for an hour at most. */
const SUCCESSOR_TIMEOUT = 75 * 60_000;

/**
 * Upgrades hosts that get no requests, together, and proves each. For those that fail the ladder is climbed, each host by
 * itself, until a rung helps; what nothing has helped is left as it is. A host on which nothing was stopped goes on with what
 * it ran: there is nothing to roll back, and no reason to end it.
 */
export async function upgradeBatch(context: UpgradeContext, batch: BatchUpgrade): Promise<UpgradedBatch> {
  const { reports, successors, failures } = await climb(
    context,
    batch,
    await attempt(context, batch, batch.hosts),
  );
  const left = failures.map(({ target, problem, touched, trace, successor }) => {
    if (touched) enter(context, [successor ?? target.host], 'held', problem.split('\n')[0]);
    const outcome = touched ? 'held' : 'untouched';
    const report = reportOf(batch, target.host, { outcome, proof: problem, trace });
    return successor === undefined ? report : { ...report, successor };
  });
  return { reports: [...reports, ...left], successors };
}

async function climb(context: UpgradeContext, batch: BatchUpgrade, first: Progress): Promise<Progress> {
  let progress = first;
  for (const rung of batch.ladder) {
    if (progress.failures.length === 0) break;
    for (const { target, problem } of progress.failures) {
      context.log.warning(`${target.host}: ${problem}`);
    }
    const { reports, successors, failures } = await step(context, batch, progress.failures, rung);
    progress = {
      reports: [...progress.reports, ...reports],
      successors: [...progress.successors, ...successors],
      failures,
    };
  }
  return progress;
}

function step(
  context: UpgradeContext,
  batch: BatchUpgrade,
  failures: readonly Failure[],
  rung: FailureRung,
): Promise<Progress> {
  switch (rung.kind) {
    case 'retry':
      return retry(context, batch, failures, rung.times);
    case 'roll-back':
      return rollBack(context, batch, failures);
    case 'replace':
      return replace(context, batch, failures);
    case 'hold':
      return Promise.resolve({ reports: [], successors: [], failures });
  }
}

async function retry(
  context: UpgradeContext,
  batch: BatchUpgrade,
  before: readonly Failure[],
  times: number,
): Promise<Progress> {
  const reports: HostReport[] = [];
  // A retry that ends early must not make a host that was stopped before look as if it had not been.
  const touched = new Set(before.filter((each) => each.touched).map(({ target }) => target.host));
  let failures = before;
  for (let time = 1; time <= times && failures.length > 0; time += 1) {
    context.log.info(`${namesOf(failures)}: trying ${nameOf(batch.wanted)} again, ${time} of ${times}`);
    const again = await attempt(
      context,
      batch,
      failures.map(({ target }) => target),
    );
    reports.push(...again.reports);
    failures = again.failures.map((failure) => {
      if (failure.touched) touched.add(failure.target.host);
      return { ...failure, touched: touched.has(failure.target.host) };
    });
  }
  const words = ` (after ${times + 1} attempts)`;
  return {
    reports,
    successors: [],
    failures: failures.map((failure) => ({ ...failure, problem: failure.problem + words })),
  };
}

async function rollBack(
  context: UpgradeContext,
  batch: BatchUpgrade,
  failures: readonly Failure[],
): Promise<Progress> {
  const wanted = batch.wanted.kind === 'previous' ? undefined : batch.wanted.version;
  const back = failures.flatMap((failure) => {
    const version = batch.from.get(failure.target.host);
    return failure.touched && version !== undefined && version !== wanted ? [{ failure, version }] : [];
  });
  if (back.length === 0) return { reports: [], successors: [], failures };
  const hosts = back.map(({ failure }) => failure.target);
  for (const { failure, version } of back) enter(context, [failure.target.host], 'rolling-back', version);
  const applied = await applyRelease(
    context,
    batch.settings,
    back.map(({ failure, version }) => ({
      host: failure.target.host,
      wanted: { kind: 'on-disk', version } as const,
    })),
  );
  const { done, failures: still } = await prove(context, batch.settings, hosts, applied);
  const why = new Map(back.map(({ failure }) => [failure.target.host, failure]));
  const reports = done.map(({ host, sha256 }) => {
    const { problem = '', trace } = why.get(host) ?? {};
    return { ...reportOf(batch, host, { outcome: 'rolled-back', proof: problem, trace }), sha256 };
  });
  const worse = still.map((failure) => {
    const first = why.get(failure.target.host)?.problem ?? '';
    return { ...failure, touched: true, problem: `${first}\nand going back failed too: ${failure.problem}` };
  });
  const kept = failures.filter((failure) => !hosts.includes(failure.target));
  return { reports, successors: [], failures: [...kept, ...worse] };
}

async function replace(
  context: UpgradeContext,
  batch: BatchUpgrade,
  failures: readonly Failure[],
): Promise<Progress> {
  const { scaling } = context;
  const ended = failures.filter(({ touched }) => touched);
  if (scaling === undefined || ended.length === 0) return { reports: [], successors: [], failures };
  enter(
    context,
    ended.map(({ target }) => target.host),
    'replacing',
  );
  const replacements = await replaceHosts(
    { ...context, scaling },
    { hosts: ended.map(({ target }) => target.host), timeout: SUCCESSOR_TIMEOUT },
  );
  const successors = replacements.flatMap((each): readonly Successor[] => {
    const old = ended.find(({ target }) => target.host === each.host)?.target;
    if (each.kind === 'failed' || old === undefined) return [];
    const host = { ...old, host: each.successor, address: each.address };
    return [{ replaced: each.host, host, scaling: each.scaling }];
  });
  const tried = await attempt(
    context,
    batch,
    successors.map(({ host }) => host),
  );
  const reports: HostReport[] = [];
  const left = failures.filter(({ touched }) => !touched);
  for (const failure of ended) {
    const { host } = failure.target;
    const refused = replacements.find((each) => each.host === host);
    const successor = successors.find(({ replaced }) => replaced === host)?.host.host ?? '';
    const report = tried.reports.find((each) => each.host === successor);
    if (report !== undefined) {
      const from = batch.from.get(host) ?? 'nothing';
      reports.push({ ...report, host, from, outcome: 'replaced', successor });
    } else if (refused?.kind === 'failed') {
      left.push(lost(failure, `replacing it failed: ${refused.problem}`));
    } else {
      const why = tried.failures.find(({ target }) => target.host === successor)?.problem ?? 'never tried';
      const problem = `its successor ${successor} is in standby and failed too: ${why}`;
      left.push({ ...lost(failure, problem), successor });
    }
  }
  return { reports, successors, failures: left };
}

function lost(failure: Failure, then: string): Failure {
  return { ...failure, problem: `${failure.problem}\nand ${then}` };
}

function namesOf(failures: readonly Failure[]): string {
  return failures.map(({ target }) => target.host).join(', ');
}
