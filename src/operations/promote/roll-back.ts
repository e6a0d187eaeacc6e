import type { Fleet, Zone } from '../../fleet/fleet.ts';
import type { ReleaseKey } from '../../ledger/document.ts';
import { UserError } from '../../runner/errors.ts';
import { proveZone } from '../plan/prove-zone.ts';
import type { HostReport } from '../upgrade/host-report.ts';
import { deployZone } from '../zone/deploy-zone.ts';
import type { HeldPorts } from './request.ts';

/** How a roll-back ended. */
export type RollBack =
  | { readonly kind: 'done'; readonly hosts: readonly HostReport[] }
  | { readonly kind: 'stopped'; readonly hosts: readonly HostReport[]; readonly problem: Error };

/**
 * Returns a zone to the release that was promoted there before, as a deployment: the host that got the new release last
 * first, and as many together as the floor allows. It is done when every host serves that release and proves it.
 *
 * @throws CancelledError when the context's signal aborts
 */
export async function rollBackZone(
  { context, journal }: Pick<HeldPorts, 'context' | 'journal'>,
  forward: Fleet,
  { zone: name }: Zone,
  { version, sha256, ordinal }: ReleaseKey,
): Promise<RollBack> {
  const fleet = backward(forward, name);
  let hosts: readonly HostReport[] = [];
  try {
    const request = { fleet, zone: name, version, sha256, ordinal, dryRun: false };
    const report = await deployZone(context, request, journal);
    hosts = report.hosts;
    if (report.problem !== undefined) throw report.problem;
    const zone = fleet.zones.find((each) => each.zone === name);
    const problems = zone === undefined ? [] : await proveZone(context, fleet, zone, { version, sha256 });
    if (problems.length > 0) throw new UserError(problems.join('\n'));
    return { kind: 'done', hosts };
  } catch (error) {
    context.signal.throwIfAborted();
    const problem = error instanceof Error ? error : new Error(String(error));
    return { kind: 'stopped', hosts, problem };
  }
}

/**
 * The same fleet for the way back. The checks are made of what returns alone: hosts that wait for their turn serve the
 * release that did not pass, and may fail them.
 */
function backward(fleet: Fleet, name: string): Fleet {
  return {
    ...fleet,
    policy: { ...fleet.policy, batch: [{ kind: 'percent', value: 100 }] },
    smoke: fleet.smoke.flatMap((check) =>
      check.against.includes('new') ? [{ ...check, against: ['new'] as const }] : [],
    ),
    zones: fleet.zones.map((zone) =>
      zone.zone === name ? { ...zone, hosts: zone.hosts.toReversed() } : zone,
    ),
  };
}
