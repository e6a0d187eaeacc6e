import type { FailureLadder } from '../../fleet/ladder.ts';
import type { Scaling } from '../../hosts/scaling.ts';
import type { ReleaseContext } from '../context.ts';
import type { ScalingRecord } from '../records.ts';
import type { HostReport } from './host-report.ts';
import { type Proof, proveRelease } from './prove.ts';
import {
  type ApplyResult,
  applyRelease,
  nameOf,
  type ServiceSettings,
  type Trace,
  type UpgradeHost,
  type Wanted,
} from './upgrade.ts';

/** For upgrading hosts; `scaling` is needed where a ladder says `replace`. */
export interface UpgradeContext extends ReleaseContext {
  readonly scaling?: Scaling;
}

export interface BatchUpgrade {
  readonly settings: ServiceSettings;
  readonly wanted: Wanted;
  readonly ladder: FailureLadder;
  readonly hosts: readonly UpgradeHost[];
  /** Release that each host's `current` pointed to before. */
  readonly from: ReadonlyMap<string, string>;
}

/** A host that took the place of another, with what keeps its group from touching it. */
export interface Successor {
  readonly replaced: string;
  readonly host: UpgradeHost;
  readonly scaling: ScalingRecord;
}

export interface UpgradedBatch {
  /** One per host, in no order. */
  readonly reports: readonly HostReport[];
  /** In standby; what they run is in the report of the host that each took the place of. */
  readonly successors: readonly Successor[];
}

/** A host whose upgrade failed so far; `touched` is whether its service may have been stopped or switched. */
export interface Failure {
  readonly target: UpgradeHost;
  readonly problem: string;
  readonly touched: boolean;
  readonly trace?: Trace;
  /** The host that took its place, and failed as well. */
  readonly successor?: string;
}

export interface Progress extends UpgradedBatch {
  readonly failures: readonly Failure[];
}

/** Applies what is wanted once and proves it. */
export async function attempt(
  context: UpgradeContext,
  batch: BatchUpgrade,
  hosts: readonly UpgradeHost[],
): Promise<Progress> {
  const { settings, wanted } = batch;
  const applied = await applyRelease(
    context,
    settings,
    hosts.map(({ host }) => ({ host, wanted })),
  );
  const { done, failures } = await prove(context, settings, hosts, applied);
  const reports = done.map(({ host, version, proof, sha256, trace }) => {
    context.log.info(`${host}: proven ${proof}`);
    return { ...reportOf(batch, host, { outcome: 'upgraded', proof, trace }), to: version, sha256 };
  });
  return { reports, successors: [], failures };
}

export interface Proven {
  readonly host: string;
  readonly version: string;
  readonly sha256: string;
  readonly proof: string;
  readonly trace: Trace;
}

/** Whether the hosts on which the installer succeeded run what it switched to. */
export async function prove(
  context: UpgradeContext,
  settings: ServiceSettings,
  hosts: readonly UpgradeHost[],
  applied: readonly ApplyResult[],
): Promise<{ readonly done: readonly Proven[]; readonly failures: readonly Failure[] }> {
  const targets = new Map(hosts.map((host) => [host.host, host]));
  const results = new Map(applied.map((result) => [result.host, result]));
  const proofs = hosts.flatMap((host): readonly Proof[] => {
    const result = results.get(host.host);
    if (result?.kind !== 'done') return [];
    const { version, sha256, switchedAt } = result.value;
    return [{ host, version, sha256, switchedAt }];
  });
  const done: Proven[] = [];
  const failures: Failure[] = applied.flatMap((result) => {
    const target = targets.get(result.host);
    return result.kind === 'done' || target === undefined ? [] : [{ ...result, target }];
  });
  for (const proven of proofs.length === 0 ? [] : await proveRelease(context, settings, proofs)) {
    const { host } = proven;
    const result = results.get(host);
    const target = targets.get(host);
    if (result?.kind !== 'done' || target === undefined) continue;
    const { version, sha256, trace } = result.value;
    if (proven.kind === 'done') done.push({ host, version, sha256, trace, proof: proven.value });
    else failures.push({ target, problem: `prove: ${proven.problem}`, touched: true, trace });
  }
  return { done, failures };
}

export function reportOf(
  { from, wanted }: BatchUpgrade,
  host: string,
  { outcome, proof, trace }: Pick<HostReport, 'outcome' | 'proof'> & { readonly trace?: Trace | undefined },
): HostReport {
  const report = { host, outcome, from: from.get(host) ?? 'nothing', to: nameOf(wanted), proof };
  return trace === undefined ? report : { ...report, trace };
}
