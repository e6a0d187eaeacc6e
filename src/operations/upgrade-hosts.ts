import type { Policy } from '../fleet/fleet.ts';
import type { ReleaseContext } from './context.ts';
import { enter } from './pools.ts';
import { readStatus } from './records.ts';
import {
  installRelease,
  type Proof,
  proveRelease,
  type Release,
  type ServiceSettings,
  type StepResult,
  switchRelease,
  type UpgradeHost,
} from './upgrade.ts';
import type { HostReport } from './zone-work.ts';

export interface UpgradeRequest {
  readonly settings: ServiceSettings;
  readonly release: Release;
  readonly hosts: readonly UpgradeHost[];
  readonly onFailure: Policy['onFailure'];
  readonly dryRun: boolean;
}

/**
 * Installs a release on hosts that get no requests, switches to it and proves it. Each host is judged by itself: one that
 * fails returns to the release it came from, or is left as it is, and does not hide the others.
 *
 * @returns one report per host, in the order of the request
 */
export async function upgradeHosts(
  context: ReleaseContext,
  request: UpgradeRequest,
): Promise<readonly HostReport[]> {
  const { settings, release, hosts } = request;
  const names = hosts.map(({ host }) => host);
  const statuses = await readStatus(context, names, settings.directory);
  const from = new Map(statuses.map((status) => [status.host, status.release?.version ?? 'nothing']));
  const reports = new Map<string, HostReport>();
  const note = (host: string, outcome: HostReport['outcome'], proof: string): void => {
    reports.set(host, { host, outcome, from: from.get(host) ?? 'nothing', to: release.version, proof });
  };
  const open = () => hosts.filter(({ host }) => !reports.has(host));

  const current = hosts.filter(({ host }) => from.get(host) === release.version);
  const expected = { version: release.version, sha256: release.artifact.sha256 };
  const asked = current.map((host) => ({ host, ...expected }));
  for (const result of await proveRelease(context, { ...settings, startTimeout: 0 }, asked)) {
    if (result.kind === 'done') note(result.host, 'unchanged', result.value);
  }
  if (request.dryRun) {
    for (const { host } of open()) note(host, 'untouched', 'dry run');
    return names.flatMap((name) => reports.get(name) ?? []);
  }
  for (const result of await installRelease(
    context,
    settings,
    open().map(({ host }) => host),
    release,
  )) {
    if (result.kind === 'failed') note(result.host, 'untouched', result.problem);
  }
  for (const result of await switchAndProve(context, request, open())) {
    if (result.kind === 'done') note(result.host, 'upgraded', result.value);
    else note(result.host, ...(await afterFailure(context, request, result, from.get(result.host) ?? '')));
  }
  return names.flatMap((name) => reports.get(name) ?? []);
}

async function switchAndProve(
  context: ReleaseContext,
  { settings, release }: UpgradeRequest,
  hosts: readonly UpgradeHost[],
): Promise<readonly StepResult<string>[]> {
  const { version, artifact } = release;
  const switched = await switchRelease(
    context,
    settings,
    hosts.map(({ host }) => ({ host, version })),
  );
  const proofs = switched.flatMap((result): Proof[] => {
    const host = hosts.find((each) => each.host === result.host);
    if (result.kind === 'failed' || host === undefined) return [];
    return [{ host, version, sha256: artifact.sha256, switchedAt: result.value.switchedAt }];
  });
  const failed = switched.filter((result) => result.kind === 'failed');
  return [...failed, ...(await proveRelease(context, settings, proofs))];
}

/** Returns one host to the release it came from, proven; or leaves it, when that is asked for or cannot be done. */
async function afterFailure(
  context: ReleaseContext,
  { settings, hosts, onFailure, release }: UpgradeRequest,
  { host, problem }: { readonly host: string; readonly problem: string },
  previous: string,
): Promise<[HostReport['outcome'], string]> {
  const target = hosts.find((each) => each.host === host);
  context.log.warning(`${host}: ${problem}`);
  if (
    onFailure === 'hold' ||
    target === undefined ||
    previous === 'nothing' ||
    previous === release.version
  ) {
    enter(context, [host], 'held', problem.split('\n')[0]);
    return ['held', problem];
  }
  enter(context, [host], 'rolling-back', previous);
  const [switched] = await switchRelease(context, settings, [{ host, version: previous }]);
  if (switched?.kind !== 'done')
    return ['held', `${problem}\nand going back failed: ${switched?.problem ?? ''}`];
  const { sha256, switchedAt } = switched.value;
  const [proven] = await proveRelease(context, settings, [
    { host: target, version: previous, sha256, switchedAt },
  ]);
  if (proven?.kind !== 'done')
    return ['held', `${problem}\nand going back is not proven: ${proven?.problem ?? ''}`];
  return ['rolled-back', problem];
}
