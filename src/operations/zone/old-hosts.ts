import { addressesOf } from '../ask/addresses.ts';
import type { HostContext } from '../context.ts';
import { registrationsOf } from '../pools.ts';
import { readStatus } from '../records.ts';
import type { UpgradeHost } from '../upgrade/upgrade.ts';
import { upgradeHost, type ZoneWork } from './zone-work.ts';

/** Hosts that are asked: a second one so that the oddities of a single host do not decide. */
const MOST = 2;

/**
 * Hosts on which the release before still serves while returned ones serve the new: those of the zone that wait for their
 * batch, or else of the later zones of the region. That there are none is said in the log.
 *
 * @param waiting hosts of the zone that serve another release
 * @returns at most two
 */
export async function findOldHosts(
  context: HostContext,
  work: ZoneWork,
  waiting: readonly string[],
): Promise<readonly UpgradeHost[]> {
  const here = waiting
    .filter((host) => serves(work, host))
    .slice(0, MOST)
    .map((host) => upgradeHost(work, host, registrationsOf(work.views, host)));
  const found = here.length > 0 ? here : await findLater(context, work);
  if (found.length === 0) {
    context.log.info(
      `no host that serves another release than ${work.release.version} was found in ${work.zone.zone} or the later zones ` +
        `of ${work.zone.region}: the checks against old were not made`,
    );
  }
  return found;
}

/** Only hosts in the same pools are known without asking AWS about more of them. */
async function findLater(context: HostContext, work: ZoneWork): Promise<readonly UpgradeHost[]> {
  const { fleet, zone, release, settings, views } = work;
  const names = fleet.zones.map((each) => each.zone);
  const candidates = fleet.zones
    .slice(names.indexOf(zone.zone) + 1)
    .filter(({ region }) => region === zone.region)
    .flatMap(({ hosts }) => hosts)
    .filter((host) => serves(work, host))
    .slice(0, MOST);
  if (candidates.length === 0) return [];
  try {
    const [addresses, statuses] = await Promise.all([
      addressesOf(context, candidates),
      readStatus(context, candidates, settings.directory),
    ]);
    const old = statuses.filter(({ release: current }) => current?.version !== release.version);
    return old.map(({ host }) => upgradeHost({ ...work, addresses }, host, registrationsOf(views, host)));
  } catch (error) {
    context.signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    context.log.info(`${candidates.join(', ')} could not be asked which release they serve: ${why}`);
    return [];
  }
}

/** One that was ill before says nothing about two releases side by side. */
function serves({ views }: ZoneWork, host: string): boolean {
  return registrationsOf(views, host).some(({ state }) => state === 'healthy');
}
