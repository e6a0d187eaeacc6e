import type { Fleet, Zone } from '../../fleet/fleet.ts';
import type { PoolView } from '../../fleet/floor.ts';
import type { ReleaseKey } from '../../ledger/document.ts';
import type { PoolContext } from '../context.ts';
import { observePools, registrationsOf } from '../pools.ts';
import { askStatus, type HostStatus } from '../records.ts';
import { proveRelease } from '../upgrade/prove.ts';
import { upgradeHost } from '../zone/zone-work.ts';

type WantedRelease = Pick<ReleaseKey, 'version' | 'sha256'>;

/**
 * Whether every host of a zone serves a release, asked of the balancer, the hosts and their processes now. A host has proven it
 * when all its registrations are healthy, no record says that it is out of service, `current` is this version and digest, and
 * the process itself says version, digest and a start after `current` was made to point there.
 *
 * @returns what was seen instead, each sentence with its host's name; none when the zone is proven
 * @throws PlatformError when the balancer cannot be asked, CancelledError when the context's signal aborts
 */
export async function proveZone(
  context: PoolContext,
  fleet: Fleet,
  zone: Zone,
  release: WantedRelease,
): Promise<readonly string[]> {
  const { directory } = fleet.hosts;
  const [views, facts, answers] = await Promise.all([
    observePools(
      context,
      zone.pools.map(({ targetGroup }) => targetGroup),
    ),
    context.transport.facts(zone.hosts),
    askStatus(context, zone.hosts, directory),
  ]);
  const addresses = new Map(facts.map(({ host, address }) => [host, address ?? '127.0.0.1']));
  const seen = zone.hosts.map((host, index) => {
    const answer = answers[index];
    if (answer?.kind !== 'told') {
      return {
        host,
        problems: [`${host} of ${zone.zone} cannot be asked: ${answer?.problem ?? 'no answer'}`],
      };
    }
    return {
      host,
      status: answer.status,
      problems: statusProblems(views, fleet, zone, answer.status, release),
    };
  });
  const sound = seen.flatMap(({ status, problems }) =>
    status === undefined || problems.length > 0 ? [] : [status],
  );
  const unproven = await proveProcesses(context, fleet, { zone, views, addresses, sound, release });
  return seen.flatMap(({ host, problems }) => [...problems, ...(unproven.get(host) ?? [])]);
}

interface Sound {
  readonly zone: Zone;
  readonly views: readonly PoolView[];
  readonly addresses: ReadonlyMap<string, string>;
  readonly sound: readonly HostStatus[];
  readonly release: WantedRelease;
}

/** @returns problems by host; the processes are looked at once, without patience */
async function proveProcesses(
  context: PoolContext,
  { hosts: settings, service }: Fleet,
  { zone, views, addresses, sound, release }: Sound,
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (sound.length === 0) return new Map();
  const results = await proveRelease(
    // These hosts go through nothing: the timeline is not to say so.
    { ...context, timeline: () => undefined },
    { ...settings, service, zone: zone.zone, startTimeout: 0 },
    sound.map(({ host, switchedAt }) => ({
      host: upgradeHost({ addresses, views }, host, registrationsOf(views, host)),
      version: release.version,
      sha256: release.sha256,
      ...(switchedAt === undefined ? {} : { switchedAt }),
    })),
  );
  return new Map(
    results.flatMap((result) =>
      result.kind === 'done'
        ? []
        : [
            [
              result.host,
              [`${result.host} of ${zone.zone} does not prove ${release.version}: ${result.problem}`],
            ] as const,
          ],
    ),
  );
}

function statusProblems(
  views: readonly PoolView[],
  { hosts }: Fleet,
  { zone }: Zone,
  { host, release, switchedAt, record }: HostStatus,
  wanted: WantedRelease,
): readonly string[] {
  const registrations = registrationsOf(views, host);
  const away = registrations.filter(({ state }) => state !== 'healthy');
  const name = (pool: string) => views.find(({ settings }) => settings.pool === pool)?.settings.name ?? pool;
  const same = release?.version === wanted.version && release.sha256 === wanted.sha256;
  const rules: readonly (readonly [broken: boolean, seen: string])[] = [
    [registrations.length === 0, 'is in none of the pools of its zone'],
    ...away.map(
      ({ pool, port, state }) =>
        [true, `is ${state} in ${name(pool)} at port ${port}, expected healthy`] as const,
    ),
    [
      record !== undefined,
      `is recorded as out of service since ${record?.since ?? ''} (${record?.reason ?? ''}, ${record?.run ?? ''}): finish its ` +
        'return with restore-target',
    ],
    [!same, `runs ${described(release)}, expected ${described(wanted)}`],
    [
      same && switchedAt === undefined && hosts.identity?.started !== undefined,
      `does not tell since when ${wanted.version} is current, so that a process older than it would not be noticed`,
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, seen]) => `${host} of ${zone} ${seen}`);
}

function described(release: WantedRelease | undefined): string {
  return release === undefined ? 'no release' : `${release.version} (sha256 ${release.sha256 || 'unknown'})`;
}
