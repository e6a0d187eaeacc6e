import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Fleet, RangeSettings } from '../fleet/fleet.ts';
import { UserError } from '../runner/errors.ts';
import { type Archive, findFirstArchive, uploadArchives } from './archives.ts';
import { type Balancing, startBalancing } from './elbv2/balancing.ts';
import { createHost, type RangeHost, snapshot } from './hosts/host.ts';
import { installFirstRelease } from './hosts/install.ts';
import { freePorts } from './hosts/ports.ts';
import { startServiceManager } from './hosts/service-manager.ts';
import type { Range, RangeOptions } from './range.ts';
import { s3Handler } from './s3/handler.ts';
import { createStore } from './s3/store.ts';
import { allOrNone, type PoolPlan, untilAnswering, untilHealthy } from './settle.ts';
import { createSsm } from './ssm/service.ts';
import { stsService } from './sts/sts.ts';
import { startEndpoint } from './wire/endpoint.ts';

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
  requireFaultyHosts(options);
  const releases = resolve(options.fleetFolder, settings.releases);
  const first = await findFirstArchive(settings, releases);

  await using started = new AsyncDisposableStack();
  await claimFolder(options.folder);
  started.defer(() => rm(options.folder, { recursive: true, force: true, maxRetries: 3 }));
  const hosts = await startHosts(options, first, started);
  const limit = fleet.hosts.startTimeout + START_ALLOWANCE;
  await allOrNone(hosts, signal, (host, either) =>
    untilAnswering(host, fleet.service, settings.balancer.healthCheckPath, { limit, signal: either }),
  );
  const api = await startApi(options, settings, releases, hosts, started);
  await joinPools(api, poolsOf(fleet, hosts), settings, signal);
  return asRange(options, hosts, api, started.move());
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
  if (fleet.range !== undefined) return fleet.range;
  throw new UserError(
    `The fleet file of ${fleet.service} has no "range:", which says what a range is made of. ` +
      'Add range.from, range.to and range.releases; examples/storefront/fleet.yml has all of it.',
  );
}

function requireFaultyHosts({ fleet, faults }: RangeOptions): void {
  const hosts = fleet.zones.flatMap((zone) => zone.hosts);
  for (const { kind, host } of faults) {
    if (hosts.includes(host)) continue;
    throw new UserError(`The fault ${kind} is for the host ${host}, which is none of ${hosts.join(', ')}.`);
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

async function startHosts(
  { fleet, folder, faults }: RangeOptions,
  first: Archive,
  started: AsyncDisposableStack,
): Promise<readonly RangeHost[]> {
  const places = fleet.zones.flatMap((zone) => zone.hosts.map((id) => ({ id, zone })));
  const ports = await freePorts(places.length);
  const hosts = await Promise.all(
    places.map(({ id, zone }, index) =>
      createHost({ id, zone, port: ports[index] ?? 0, folder: join(folder, 'hosts') }, fleet, faults),
    ),
  );
  started.defer(async () => {
    await Promise.all(hosts.map((host) => host.unit.kill()));
  });
  const manager = await startServiceManager(
    hosts.map((host) => ({ ...host, service: fleet.service, stale: host.faults.includes('stale-process') })),
  );
  started.defer(() => manager.stop());
  await Promise.all(
    hosts.map(async (host) => {
      await installFirstRelease(join(host.root, fleet.hosts.directory), first);
      await host.unit.start();
    }),
  );
  return hosts;
}

interface Api {
  readonly endpoint: string;
  readonly balancing: Balancing;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

async function startApi(
  options: RangeOptions,
  settings: RangeSettings,
  releases: string,
  hosts: readonly RangeHost[],
  started: AsyncDisposableStack,
): Promise<Api> {
  const store = createStore();
  await uploadArchives(options.fleet, releases, store);
  const ssm = createSsm({
    hosts: hosts.map((host) => ({ ...host, agent: host.faults.includes('dead-agent') ? 'dead' : 'online' })),
  });
  started.defer(() => ssm.stop());
  const generator = xoroshiro128plus(options.seed);
  const balancing = await startBalancing({
    groups: poolsOf(options.fleet, hosts).map(({ targetGroup, region, zones }) => ({
      targetGroup,
      region,
      zones,
    })),
    settings: settings.balancer,
    locate: (id) => hosts.find((host) => host.id === id),
    random: () => uniformFloat64(generator),
  });
  started.defer(() => balancing.stop());
  const credentials = throwAwayCredentials();
  const endpoint = await startEndpoint({
    services: [balancing.service, ssm.service, stsService()],
    s3: s3Handler(store),
    ...credentials,
  });
  started.defer(() => endpoint.stop());
  return { endpoint: endpoint.url, balancing, credentials };
}

/** Shaped like real ones and of no use anywhere else. */
function throwAwayCredentials(): Api['credentials'] {
  return {
    accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
  };
}

interface FleetPool extends PoolPlan {
  readonly zones: readonly string[];
}

/** The fleet's pools; zones of one region may share one. */
function poolsOf(fleet: Fleet, hosts: readonly RangeHost[]): readonly FleetPool[] {
  const groups = new Set(fleet.zones.flatMap((zone) => zone.pools.map((pool) => pool.targetGroup)));
  return [...groups].map((targetGroup) => {
    const members = fleet.zones.filter((zone) => zone.pools.some((pool) => pool.targetGroup === targetGroup));
    const zones = members.map(({ zone }) => zone);
    const region = members[0]?.region ?? '';
    return { targetGroup, region, zones, hosts: hosts.filter((host) => zones.includes(host.zone)) };
  });
}

async function joinPools(
  { endpoint, balancing, credentials }: Api,
  pools: readonly FleetPool[],
  { balancer }: RangeSettings,
  signal: AbortSignal,
): Promise<void> {
  const limit = 20 * balancer.healthCheckInterval + START_ALLOWANCE;
  await allOrNone(pools, signal, (pool, either) => {
    balancing.register(
      pool.targetGroup,
      pool.hosts.map(({ id, port }) => ({ id, port })),
    );
    const well = pool.hosts.filter((host) => !host.faults.includes('sick'));
    return untilHealthy({ ...pool, hosts: well }, endpoint, credentials, { limit, signal: either });
  });
}

function asRange(
  { fleet }: RangeOptions,
  hosts: readonly RangeHost[],
  { endpoint, balancing, credentials }: Api,
  started: AsyncDisposableStack,
): Range {
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
    entrances: balancing.entrances.map(({ region, url }) => ({ region, url })),
    hosts: () => Promise.all(hosts.map((host) => snapshot(host, fleet.hosts.directory))),
    stop: () => {
      stopped ??= started.disposeAsync();
      return stopped;
    },
  };
}
