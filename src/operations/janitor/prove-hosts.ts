import type { Fleet } from '../../fleet/fleet.ts';
import type { Ledger } from '../../ledger/document.ts';
import { PlatformError, UserError } from '../../runner/errors.ts';
import type { HostContext } from '../context.ts';
import type { UndoRecord } from '../records.ts';
import { proveRelease } from '../upgrade/prove.ts';
import { smokeHosts } from '../zone/zone-smoke.ts';
import { upgradeHost } from '../zone/zone-work.ts';
import type { FoundHost, FoundZone, HostProof } from './found.ts';
import { judgeHost, type ProvableStatus } from './judge-host.ts';

interface Candidate {
  readonly record: UndoRecord;
  readonly status: ProvableStatus;
}

/**
 * The same zone, in which every host that may go back has been asked to prove what it runs: the process is the release that
 * `current` names, and the fleet's checks pass at the host itself. Nothing is started for that.
 *
 * @throws CancelledError when the signal aborts
 */
export async function withProofs(
  context: HostContext,
  fleet: Fleet,
  found: FoundZone,
  ledger: Ledger,
): Promise<FoundZone> {
  const candidates = found.hosts.flatMap((host): readonly Candidate[] => {
    const verdict = judgeHost(host, fleet, ledger);
    return verdict.kind === 'prove' ? [verdict] : [];
  });
  if (candidates.length === 0) return found;
  const proofs = await proveAll(context, fleet, found, candidates);
  const hosts = found.hosts.map((host): FoundHost => {
    const proof = proofs.get(host.host);
    return proof === undefined ? host : { ...host, proof };
  });
  return { ...found, hosts };
}

async function proveAll(
  context: HostContext,
  fleet: Fleet,
  found: FoundZone,
  candidates: readonly Candidate[],
): Promise<ReadonlyMap<string, HostProof>> {
  const { transport: _, ...settings } = fleet.hosts;
  const targets = candidates.map(({ record, status: { host } }) => upgradeHost(found, host, record.targets));
  const results = await proveRelease(
    context,
    { ...settings, service: fleet.service, zone: found.zone.zone },
    candidates.map(({ status: { host, release, switchedAt } }) => ({
      host: targets.find((each) => each.host === host) ?? upgradeHost(found, host, []),
      ...release,
      ...(switchedAt === undefined ? {} : { switchedAt }),
    })),
  );
  const proofs = results.map(async (result): Promise<readonly [string, HostProof]> => {
    if (result.kind === 'failed') return [result.host, { kind: 'unproven', problem: result.problem }];
    try {
      // Each by itself: one that fails says nothing of the others.
      await smokeHosts(
        context,
        { fleet },
        targets.filter(({ host }) => host === result.host),
      );
      return [result.host, { kind: 'proven', seen: result.value }];
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof UserError || error instanceof PlatformError)) throw error;
      return [result.host, { kind: 'unproven', problem: error.message }];
    }
  });
  return new Map(await Promise.all(proofs));
}
