import type { Check } from '../../checks/check.ts';
import type { Fleet } from '../../fleet/fleet.ts';
import { UserError } from '../../runner/errors.ts';
import { askerFor } from '../ask/asker.ts';
import type { HostContext } from '../context.ts';
import { seeThrough } from '../smoke/sightings.ts';
import {
  type CheckResult,
  describeCheck,
  type SmokeContext,
  type SmokeRequest,
  smokeTest,
} from '../smoke/smoke.ts';
import { checkTrial, type SmokeTarget } from '../smoke/smoke-trial.ts';
import type { UpgradeHost } from '../upgrade/upgrade.ts';
import { findOldHosts } from './old-hosts.ts';
import { entrancesOf, type ZoneWork } from './zone-work.ts';

/** Failed checks that an error lists, since the runner cuts an annotation at 4,096 characters. */
const LISTED = 10;

/**
 * Makes the fleet's checks at each host directly.
 *
 * @throws UserError with what every failed check saw and expected
 */
export async function smokeHosts(
  context: HostContext,
  work: Pick<ZoneWork, 'fleet'>,
  hosts: readonly UpgradeHost[],
): Promise<void> {
  const asking = contextFor(context, work);
  conclude(context, await make(asking, work, work.fleet.smoke, targetsOf(work, hosts)));
}

/**
 * What has to be true of hosts that just returned, all of it asked together: the fleet's checks through the balancer, that
 * each of the hosts answers there as the release, and, while another release still serves, that both do what the checks
 * against the old one ask.
 *
 * @param waiting hosts of the zone that serve another release
 * @throws UserError with what every failed check saw and expected
 */
export async function smokeReturned(
  context: HostContext,
  work: ZoneWork,
  hosts: readonly UpgradeHost[],
  waiting: readonly string[],
): Promise<void> {
  const asking = contextFor(context, work);
  const results = await Promise.all([
    make(asking, work, work.fleet.smoke, throughTargets(work, hosts)),
    see(asking, work, hosts),
    compare(context, asking, work, { hosts, waiting }),
  ]);
  conclude(context, results.flat());
}

/** The fleet's checks through the balancer, for whoever makes them again and again. */
export function checksThrough(work: ZoneWork, hosts: readonly UpgradeHost[]): Checks {
  return { ...checksOf(work.fleet, work.fleet.smoke), targets: throughTargets(work, hosts) };
}

type Checks = Pick<SmokeRequest, 'targets' | 'trials' | 'patience'>;

function checksOf({ hosts, policy }: Fleet, checks: readonly Check[]): Omit<Checks, 'targets'> {
  const { attempts, interval, consecutive, warmUp } = policy.smoke;
  return {
    trials: checks.map((check) => checkTrial(check, hosts.directory)),
    patience: { attempts, interval, consecutive, warmUp },
  };
}

/** Only what names its host is asked for: users may have no way to the identity URL, and versions alone prove no host. */
async function see(
  asking: SmokeContext,
  work: ZoneWork,
  hosts: readonly UpgradeHost[],
): Promise<readonly CheckResult[]> {
  const { identity } = work.fleet.hosts;
  const { from, seenWithin } = work.fleet.policy.smoke;
  const entrances = entrancesOf(work);
  const [asker] = hosts;
  if (identity?.host === undefined || entrances.length === 0 || asker === undefined) return [];
  return seeThrough(asking, {
    from: from === 'runner' ? from : asker.host,
    entrances,
    hosts: hosts.map(({ host, address, ports: [port, ...others] }) =>
      port === undefined || others.length > 0 ? { host, address } : { host, address, port },
    ),
    identity,
    expected: { version: work.release.version, sha256: work.release.artifact.sha256 },
    patience: seenWithin,
  });
}

/** Two releases at the same time. */
async function compare(
  context: HostContext,
  asking: SmokeContext,
  work: ZoneWork,
  { hosts, waiting }: { readonly hosts: readonly UpgradeHost[]; readonly waiting: readonly string[] },
): Promise<readonly CheckResult[]> {
  const checks = work.fleet.smoke.filter(({ against }) => against.includes('old'));
  if (checks.length === 0) return [];
  const old = await findOldHosts(context, work, waiting);
  if (old.length === 0) return [];
  const sides = [
    ...targetsOf(work, old).map((target) => ({ ...target, side: 'old' as const })),
    ...targetsOf(work, hosts).map((target) => ({ ...target, side: 'new' as const })),
  ];
  return make(asking, work, checks, sides);
}

function targetsOf(work: Pick<ZoneWork, 'fleet'>, hosts: readonly UpgradeHost[]): readonly SmokeTarget[] {
  return hosts.flatMap(({ host, address, ports }) =>
    ports.map((port) => ({ host, subject: host, base: `http://${address}:${port}`, ...placeOf(work) })),
  );
}

/** The entrances as users see them, asked from the first of the hosts or from the runner. */
function throughTargets(work: ZoneWork, hosts: readonly UpgradeHost[]): readonly SmokeTarget[] {
  const place = placeOf(work);
  return hosts.slice(0, 1).flatMap(({ host }) =>
    entrancesOf(work).map((base) => ({
      host: place.from ?? host,
      subject: `the balancer at ${base}`,
      base,
      entrance: true,
      ...place,
    })),
  );
}

function placeOf({ fleet }: Pick<ZoneWork, 'fleet'>): Pick<SmokeTarget, 'from'> {
  const { from } = fleet.policy.smoke;
  return from === 'runner' ? { from } : {};
}

function contextFor(context: HostContext, work: Pick<ZoneWork, 'fleet'>): SmokeContext {
  return { ...context, ask: askerFor(work.fleet.policy.smoke.from, context) };
}

function make(
  asking: SmokeContext,
  { fleet }: Pick<ZoneWork, 'fleet'>,
  checks: readonly Check[],
  targets: readonly SmokeTarget[],
): Promise<readonly CheckResult[]> {
  return smokeTest(asking, { ...checksOf(fleet, checks), targets, negativeControl: true });
}

function conclude({ log }: Pick<HostContext, 'log'>, results: readonly CheckResult[]): void {
  for (const result of results) log.info(describeCheck(result));
  const failed = results.filter(({ passed }) => !passed);
  if (failed.length === 0) return;
  const more = failed.length - LISTED;
  throw new UserError(
    [
      ...failed.slice(0, LISTED).map(describeCheck),
      ...(more > 0 ? [`and ${more} more checks failed: all of them are in the log`] : []),
    ].join('\n'),
  );
}
