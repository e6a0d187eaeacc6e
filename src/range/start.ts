import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeDuration } from '../fleet/duration.ts';
import type { Fleet, RangeSettings } from '../fleet/fleet.ts';
import { UserError } from '../runner/errors.ts';
import { type Api, startApi } from './api.ts';
import { findFirstArchive } from './archives.ts';
import { type Park, startPark } from './hosts/park.ts';
import { namesOf } from './names.ts';
import { placesOf, poolsOf, type RangePool } from './pools.ts';
import type { Range, RangeOptions } from './range.ts';
import { allOrNone, untilAnswering, untilHealthy } from './settle.ts';

/** Milliseconds on top of the fleet's own limits, for a machine that is busy starting everything at once. */
const START_ALLOWANCE = 30_000;

/**
 * Starts a whole range in this process: every host with its first release running, registered and healthy.
 * When it cannot, everything it started is stopped before it rejects.
 *
 * @param signal stops a start that is still going on
 * @throws UserError for a fleet, folder, fault or environment that no range can be made of
 * @throws PlatformError when a host does not become healthy
 */
export async function startRange(
  options: RangeOptions,
  signal: AbortSignal = new AbortController().signal,
): Promise<Range> {
  const { fleet } = options;
  refuseIgnoredEndpoint(process.env);
  const settings = requireSettings(fleet);
  requireFaultyPlaces(options);
  const releases = resolve(options.fleetFolder, settings.releases);
  const first = await findFirstArchive(settings, releases);

  await using started = new AsyncDisposableStack();
  await claimFolder(options.folder);
  started.defer(() => rm(options.folder, { recursive: true, force: true, maxRetries: 3 }));
  const park = await startPark({
    fleet,
    folder: join(options.folder, 'hosts'),
    first,
    faults: options.faults,
  });
  started.defer(() => park.stop());
  const startLimit = fleet.hosts.startTimeout + START_ALLOWANCE;
  const hosts = await park.add(placesOf(fleet));
  await Promise.all(hosts.map(park.boot));
  await allOrNone(hosts, signal, (host, either) =>
    untilAnswering(host, fleet.service, settings.balancer.healthCheckPath, {
      limit: startLimit,
      signal: either,
    }),
  );
  const pools = poolsOf(fleet, settings, hosts);
  const api = await startApi({ options, settings, releases, park, pools, startLimit }, started);
  await untilAllHealthy(api, pools, settings, signal);
  api.gate.open();
  return asRange(options, park, api, { pools, started: started.move() });
}

/** @throws UserError when clients would pass the range by and call real AWS */
function refuseIgnoredEndpoint(environment: NodeJS.ProcessEnv): void {
  if (environment['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']?.toLowerCase() !== 'true') return;
  throw new UserError(
    'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true in the environment: AWS clients would call real AWS and not the ' +
      'range. Nothing was started. Unset it and try again.',
  );
}

function requireSettings(fleet: Fleet): RangeSettings {
  if (fleet.range !== undefined) {
    const { type, slowStart } = fleet.range.balancer;
    if (type === 'application' || slowStart === 0) return fleet.range;
    throw new UserError(
      `range.balancer.slow-start is ${writeDuration(slowStart)}, but only balancers of the type application have it. ` +
        'Remove it or range.balancer.type.',
    );
  }
  throw new UserError(
    `The fleet file of ${fleet.service} has no "range:", which says what a range is made of. ` +
      'Add range.from, range.to and range.releases; examples/storefront/fleet.yml has all of it.',
  );
}

function requireFaultyPlaces({ fleet, faults }: RangeOptions): void {
  const hosts = placesOf(fleet).map(({ id }) => id);
  const zones = fleet.zones.map(({ zone }) => zone);
  for (const fault of faults) {
    const [what, where, known] = 'host' in fault ? ['host', fault.host, hosts] : ['zone', fault.zone, zones];
    if (known.includes(where)) continue;
    throw new UserError(
      `The fault ${fault.kind} is for the ${what} ${where}, which is none of ${known.join(', ')}.`,
    );
  }
}

/** `stop` removes the folder, so it must hold nothing that somebody else put there. */
async function claimFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const [found] = await readdir(folder);
  if (found === undefined) return;
  throw new UserError(
    `The folder of a range must be empty, but ${folder} holds ${found}. Give it one of its own.`,
  );
}

async function untilAllHealthy(
  { endpoint, credentials }: Api,
  pools: readonly RangePool[],
  { balancer }: RangeSettings,
  signal: AbortSignal,
): Promise<void> {
  const limit = 20 * balancer.healthCheckInterval + START_ALLOWANCE;
  await allOrNone(pools, signal, (pool, either) => {
    const well = pool.hosts.filter((host) => !host.faults.includes('sick'));
    return untilHealthy({ ...pool, hosts: well }, endpoint, credentials, { limit, signal: either });
  });
}

function asRange(
  { fleet }: RangeOptions,
  park: Park,
  { endpoint, balancing, ssm, sns, dns, gate, credentials }: Api,
  { pools, started }: { readonly pools: readonly RangePool[]; readonly started: AsyncDisposableStack },
): Range {
  const own = pools.filter(({ role }) => role === 'own').length;
  const region = fleet.zones[0]?.region ?? '';
  let stopped: Promise<void> | undefined;
  return {
    endpoint,
    environment: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: region,
      // boto3 and the AWS CLI 1 read only this one.
      AWS_DEFAULT_REGION: region,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    entrances: balancing.balancers
      .slice(0, own)
      .map(({ region, address, port }) => ({ region, url: `http://${address}:${port}` })),
    balancers: balancing.balancers,
    ...(dns && { dns: namesOf(dns) }),
    hosts: () => park.snapshots(),
    calls: async () => gate.calls(),
    published: async () => sns.published(),
    stopHost: (host) => park.stopHost(host),
    stopAgent: async (host) => ssm.stopAgent(host),
    stop: () => {
      stopped ??= started.disposeAsync();
      return stopped;
    },
  };
}
