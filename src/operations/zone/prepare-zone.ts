import type { Fleet } from '../../fleet/fleet.ts';
import { findZone } from '../../fleet/zones.ts';
import { UserError } from '../../runner/errors.ts';
import { addressesOf } from '../ask/addresses.ts';
import type { Context } from '../context.ts';
import type { Journal } from '../journal/journal.ts';
import { observePools, registrationsOf } from '../pools.ts';
import { type HostStatus, readStatus } from '../records.ts';
import { refusePointless } from '../smoke/smoke-trial.ts';
import { type HostStep, planZone, withKnown } from './zone-plan.ts';
import { entranceProblem, entrancesOf, floorFor, type ZoneWork } from './zone-work.ts';

export interface ZoneRequest {
  readonly fleet: Fleet;
  readonly zone: string;
  readonly version: string;
  /** Digest the archive must have; read from beside the archive when not given. */
  readonly sha256?: string;
  /** Grows with every release; kept beside it on the hosts. */
  readonly ordinal?: number;
  /** Observe and decide only. */
  readonly dryRun: boolean;
}

/** A zone as it was found, and what is to be done about each host. */
export interface PreparedZone {
  readonly work: ZoneWork;
  readonly steps: readonly HostStep[];
  /** What every host said about itself. */
  readonly statuses: readonly HostStatus[];
}

/**
 * Observes a zone and decides about every host of it, without touching anything.
 *
 * @param journal tells of hosts that are out; nothing is written in it here
 * @throws UserError or PlatformError for whatever can be known to be wrong by now
 */
export async function prepareZone(
  context: Context,
  request: ZoneRequest,
  journal: Journal,
): Promise<PreparedZone> {
  const work = await readWorld(context, request, journal);
  return observeHosts(context, work);
}

async function readWorld(context: Context, request: ZoneRequest, journal: Journal): Promise<ZoneWork> {
  const { fleet, version, ordinal } = request;
  refusePointless(fleet.smoke);
  const zone = findZone(fleet, request.zone);
  const location = fleet.release.artifact.replaceAll('{version}', version);
  const [artifact, addresses, views] = await Promise.all([
    context.artifacts.find(location, request.sha256),
    addressesOf(context, zone.hosts),
    observePools(
      context,
      zone.pools.map(({ targetGroup }) => targetGroup),
    ),
  ]);
  const { transport: _, ...hosts } = fleet.hosts;
  const work: ZoneWork = {
    fleet,
    zone,
    settings: { service: fleet.service, zone: zone.zone, ...hosts },
    release: { version, artifact, ...(ordinal === undefined ? {} : { ordinal }) },
    views,
    addresses,
    zoneOf: new Map(fleet.zones.flatMap((each) => each.hosts.map((host) => [host, each.zone] as const))),
    floor: floorFor(fleet, zone),
    releases: new Map(),
    unsettled: new Map(),
    journal,
  };
  const blocked = entranceProblem(work);
  if (blocked !== undefined) throw new UserError(blocked);
  warnOfBlindness(context, work);
  return work;
}

/** What the smoke test will not be able to see. */
function warnOfBlindness(context: Context, work: ZoneWork): void {
  const { hosts, policy } = work.fleet;
  const entrances = entrancesOf(work);
  const network = work.views.filter(({ settings }) => settings.balancerType === 'network');
  if (network.length > 0 && entrances.length > 0 && policy.smoke.from === 'host') {
    context.log.warning(
      `${network.map(({ settings }) => settings.name).join(', ')} is behind a network load balancer, and policy.smoke.from is ` +
        'host: where it preserves client addresses, a host cannot reach itself through it, and the smoke test fails. Write ' +
        '`from: runner`, or turn preserve_client_ip.enabled off.',
    );
  }
  if (hosts.identity === undefined) {
    context.log.warning('The fleet file has no hosts.identity: nothing proves which release a process runs.');
  } else if (hosts.identity.host === undefined && entrances.length > 0) {
    context.log.warning(
      'The fleet file has no hosts.identity.host: behind the balancer hosts cannot be told apart, so that nothing shows ' +
        'that each of them answers users.',
    );
  }
}

async function observeHosts(context: Context, work: ZoneWork): Promise<PreparedZone> {
  const told = await readStatus(context, work.zone.hosts, work.settings.directory);
  const hosts = told.map((status) =>
    withKnown({ status, registrations: registrationsOf(work.views, status.host) }, work.journal.known),
  );
  const statuses = hosts.map(({ status }) => status);
  const plan = planZone(hosts, {
    service: work.fleet.service,
    version: work.release.version,
    sha256: work.release.artifact.sha256,
  });
  if (plan.kind === 'impossible') {
    const lines = plan.problems.map((problem) => `- ${problem}`);
    throw new UserError([`${work.zone.zone} cannot be deployed; nothing was touched.`, ...lines].join('\n'));
  }
  for (const step of plan.steps) {
    if (step.kind !== 'continue') continue;
    const { run, since, reason } = step.record;
    const from = work.journal.known.get(step.host) === step.record ? ', by the ledger alone' : '';
    context.log.info(`${step.host}: out of service since ${since} (${reason}, ${run})${from}; continuing`);
  }
  const releases = new Map(
    statuses.flatMap(({ host, release }) =>
      release === undefined ? [] : [[host, release.version] as const],
    ),
  );
  const unsettled = new Map(
    plan.steps.flatMap(({ kind, host, record }) =>
      kind === 'upgrade' && record?.scaling !== undefined ? [[host, record.scaling] as const] : [],
    ),
  );
  return { work: { ...work, releases, unsettled }, steps: plan.steps, statuses };
}
