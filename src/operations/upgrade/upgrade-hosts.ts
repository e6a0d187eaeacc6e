import { type Amount, atMost } from '../../fleet/amount.ts';
import type { FailureLadder } from '../../fleet/ladder.ts';
import { chunks } from '../../hosts/chunks.ts';
import { readStatus } from '../records.ts';
import type { BatchUpgrade, Successor, UpgradeContext } from './attempt.ts';
import { type HostReport, isGood, showOutput } from './host-report.ts';
import { proveRelease } from './prove.ts';
import { nameOf, type ServiceSettings, type UpgradeHost, type Wanted } from './upgrade.ts';
import { upgradeBatch } from './upgrade-batch.ts';

export interface UpgradeRequest {
  readonly settings: ServiceSettings;
  readonly wanted: Wanted;
  readonly hosts: readonly UpgradeHost[];
  readonly ladder: FailureLadder;
  /** The most hosts worked on at the same time. */
  readonly maxParallel: Amount;
  /** When more hosts than that have failed, no further ones are begun. */
  readonly maxFailures: number;
  readonly dryRun: boolean;
}

/** What became of every host, in the order of the request, and which hosts are new. */
export interface UpgradeReport {
  readonly hosts: readonly HostReport[];
  readonly successors: readonly Successor[];
}

/**
 * Installs a release on hosts that get no requests, switches to it and proves it. Each host is judged by itself: one that
 * fails does not hide the others, and what becomes of it the ladder says.
 */
export async function upgradeHosts(context: UpgradeContext, request: UpgradeRequest): Promise<UpgradeReport> {
  const { settings, hosts, wanted } = request;
  const names = hosts.map(({ host }) => host);
  const statuses = await readStatus(context, names, settings.directory);
  const from = new Map(
    statuses.flatMap(({ host, release }) =>
      release === undefined ? [] : [[host, release.version] as const],
    ),
  );
  const left = (host: string, proof: string): HostReport => {
    return { host, outcome: 'untouched', from: from.get(host) ?? 'nothing', to: nameOf(wanted), proof };
  };
  const reports = new Map<string, HostReport>();
  const note = (some: readonly HostReport[]): void => {
    for (const report of some) reports.set(report.host, report);
  };
  note(await proveCurrent(context, request, from));
  const open = hosts.filter(({ host }) => !reports.has(host));
  const batch = { settings, wanted, ladder: request.ladder, from };
  const successors = request.dryRun ? [] : await inWaves(context, { ...batch, hosts: open }, request, note);
  const failed = [...reports.values()].filter((report) => !isGood(report)).length;
  const why = request.dryRun
    ? 'dry run'
    : `not begun: ${failed} failed, max-failures is ${request.maxFailures}`;
  return { hosts: names.map((name) => reports.get(name) ?? left(name, why)), successors };
}

/** Hosts that already have the release and prove it are left alone. */
async function proveCurrent(
  context: UpgradeContext,
  { settings, wanted, hosts }: UpgradeRequest,
  from: ReadonlyMap<string, string>,
): Promise<readonly HostReport[]> {
  if (wanted.kind !== 'release') return [];
  const { version, artifact } = wanted;
  const current = hosts.filter(({ host }) => from.get(host) === version);
  if (current.length === 0) return [];
  const { sha256 } = artifact;
  const proofs = current.map((host) => ({ host, version, sha256 }));
  const results = await proveRelease(context, { ...settings, startTimeout: 0 }, proofs);
  return results.flatMap((result): readonly HostReport[] => {
    if (result.kind === 'failed') return [];
    const { host, value: proof } = result;
    context.log.info(`${host}: already on ${version}, proven ${proof}; nothing to do`);
    return [{ host, outcome: 'unchanged', from: version, to: version, proof, sha256 }];
  });
}

/** Waves of `max-parallel` hosts, until all are done or too many have failed. */
async function inWaves(
  context: UpgradeContext,
  batch: BatchUpgrade,
  { maxParallel, maxFailures }: UpgradeRequest,
  note: (reports: readonly HostReport[]) => void,
): Promise<readonly Successor[]> {
  const successors: Successor[] = [];
  const waves = chunks(batch.hosts, Math.max(1, atMost(maxParallel, batch.hosts.length)));
  let failures = 0;
  for (const [index, hosts] of waves.entries()) {
    if (failures > maxFailures) break;
    context.log.info(
      `Wave ${index + 1} of ${waves.length}: ${hosts.map(({ host }) => host).join(', ')} to ${nameOf(batch.wanted)}`,
    );
    const done = await upgradeBatch(context, { ...batch, hosts });
    await showOutput(context.log, done.reports);
    note(done.reports);
    successors.push(...done.successors);
    failures += done.reports.filter((report) => !isGood(report)).length;
  }
  return successors;
}
