import type { Context } from './context.ts';
import { drain } from './drain.ts';
import type { UndoRecord } from './records.ts';
import { recover } from './recover.ts';
import { restore } from './restore.ts';
import { installRelease, proveRelease, switchRelease } from './upgrade.ts';
import { smokeHosts, smokeThroughBalancer } from './zone-smoke.ts';
import {
  allDone,
  type Batch,
  type BatchOutcome,
  drainRequest,
  upgradeHost,
  type ZoneWork,
} from './zone-work.ts';

/**
 * Takes one batch of hosts through the whole sequence: drain, install, switch, prove, smoke test, return, smoke test
 * through the balancer. On failure the batch returns to the release it came from and to service, or is held, as the
 * policy says.
 */
export async function deployBatch(context: Context, work: ZoneWork, batch: Batch): Promise<BatchOutcome> {
  const reason = `upgrade of ${work.fleet.service} to ${work.release.version}`;
  const records = await drain(context, drainRequest(work, batch.hosts, batch.adopted, reason));
  const progress = { returned: false };
  try {
    const proofs = await upgradeQuietHosts(context, work, records);
    progress.returned = true;
    await restore(context, { records, policy: work.fleet.policy.restore });
    await smokeThroughBalancer(context, work, batch.hosts);
    return {
      kind: 'done',
      hosts: records.map(({ host, from }) => ({
        host,
        outcome: 'upgraded',
        from: from ?? 'nothing',
        to: work.release.version,
        proof: proofs.get(host) ?? '',
      })),
    };
  } catch (error) {
    return recover(context, work, records, { error, returned: progress.returned });
  }
}

/** Installs, switches, proves and tests hosts that get no requests. */
async function upgradeQuietHosts(
  context: Context,
  work: ZoneWork,
  records: readonly UndoRecord[],
): Promise<ReadonlyMap<string, string>> {
  const { settings, release } = work;
  const hosts = records.map(({ host }) => host);
  allDone(await installRelease(context, settings, hosts, release), 'install');
  const switched = allDone(
    await switchRelease(
      context,
      settings,
      hosts.map((host) => ({ host, version: release.version })),
    ),
    'switch',
  );
  const upgraded = records.map((record) => upgradeHost(work, record.host, record.targets));
  const expected = { version: release.version, sha256: release.artifact.sha256 };
  const proofs = allDone(
    await proveRelease(
      context,
      settings,
      upgraded.map((host) => {
        const switchedAt = switched.get(host.host)?.switchedAt;
        return { host, ...expected, ...(switchedAt === undefined ? {} : { switchedAt }) };
      }),
    ),
    'prove',
  );
  for (const [host, seen] of proofs) context.log.info(`${host}: proven ${seen}`);
  await smokeHosts(context, work, upgraded);
  return proofs;
}
