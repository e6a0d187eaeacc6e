import type { BakePolicy, DrainPolicy, Fleet, Policy } from '../../src/fleet/fleet.ts';
import type { Context } from '../../src/operations/context.ts';
import type { Journal } from '../../src/operations/journal/journal.ts';
import { deployZone, type ZoneReport } from '../../src/operations/zone/deploy-zone.ts';
import type { ZoneRequest } from '../../src/operations/zone/prepare-zone.ts';
import { httpCheck } from '../checks/sample.ts';
import { DIRECTORY } from './fake-host.ts';
import { memoryJournal } from './journal/memory-journal.ts';
import { createWorld, type World } from './world.ts';

/** A fleet of two zones with two hosts each, all in the pool `web`. */
export function makeFleet(policy: Partial<Policy> = {}, hosts = 2): Fleet {
  return {
    service: 'storefront',
    release: { artifact: 's3://releases/storefront/{version}.tar.gz' },
    ledger: 's3://releases/storefront/ledger.json',
    hosts: {
      transport: 'ssm',
      directory: DIRECTORY,
      keepReleases: 5,
      hooks: { stop: './bin/stop', start: './bin/start' },
      hookTimeout: 20_000,
      startTimeout: 15_000,
      identity: {
        url: 'http://{address}:{port}/version',
        version: 'version',
        digest: 'digest',
        started: 'started_at',
        host: 'host',
      },
    },
    policy: {
      batch: [{ kind: 'count', value: 1 }],
      minHealthy: { kind: 'percent', value: 50 },
      drain: DRAIN,
      restore: { checks: 2, timeout: 30_000 },
      smoke: { from: 'host', attempts: 3, interval: 1_000, consecutive: 1, warmUp: 0, seenWithin: 30_000 },
      onFailure: [{ kind: 'roll-back' }],
      bake: BAKE,
      approvalMaxAge: 86_400_000,
      ...policy,
    },
    notify: { issue: false },
    smoke: [httpCheck({ text: [{ kind: 'contains', text: 'Welcome' }], within: 1_000 })],
    zones: ['a', 'b'].map((zone) => ({
      zone: `us-east-1${zone}`,
      region: 'us-east-1',
      environment: `storefront-us-east-1${zone}`,
      hosts: hostsOf(zone, hosts),
      pools: [{ targetGroup: 'web' }],
      alarms: [],
    })),
  };
}

/** Ids of the hosts of zone `a` or `b`. */
export function hostsOf(zone: string, hosts = 2): readonly string[] {
  return Array.from({ length: hosts }, (_, index) => `i-${zone}${index + 1}`);
}

/** A deployment of 1.1.0 to the first zone. */
export function toZone(changes: Partial<ZoneRequest> = {}): ZoneRequest {
  return { fleet: makeFleet(), zone: 'us-east-1a', version: '1.1.0', dryRun: false, ...changes };
}

/** Deploys with a journal that nobody else knows, unless one is given. */
export function deploy(
  context: Context,
  request: ZoneRequest,
  journal: Journal = memoryJournal(),
): Promise<ZoneReport> {
  return deployZone(context, request, journal);
}

const PUBLISHED = ['1.1.0', '1.1.1-broken', '1.1.2-shy', '1.1.3-crash', '1.1.4-migrating'];

/** The world of `makeFleet`, in which every host runs 1.0.0 and some later releases are published. */
export function createZones(hosts = 2): World {
  return createWorld({ web: [...hostsOf('a', hosts), ...hostsOf('b', hosts)] }, '1.0.0', PUBLISHED);
}

/** The release that each host's process is. */
export function releases(world: World): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...world.hosts.values()].map(({ id, process }) => [id, process?.version ?? 'none']),
  );
}

export function serving(world: World): readonly string[] {
  return world
    .inService('web')
    .map(({ id }) => id)
    .sort();
}

/** Hosts that left service, batch by batch. */
export function batches(world: World): readonly (readonly string[])[] {
  return world.calls
    .filter(({ what }) => what === 'deregister')
    .map(({ targets }) => targets.map(({ id }) => id));
}

/** Seconds as behind an ALB. */
export const DRAIN: DrainPolicy = {
  policy: 'observed',
  propagation: 15_000,
  quiet: 5_000,
  timeout: 60_000,
  onTimeout: 'return',
  autoScaling: 'standby',
  lowerMinSize: false,
};

/** The fleet file's own defaults. */
export const BAKE: BakePolicy = {
  wait: 0,
  stable: 300_000,
  firstZoneStable: 1_800_000,
  retry: 0,
  every: 10_000,
  zoneTimeout: 10_800_000,
  minDatapoints: 0,
  onFailure: 'roll-back',
};

/** The record of a host that an earlier run took out. */
export function record(host: string, more: object = { service: 'storefront', from: '1.0.0' }): string {
  const targets = [{ pool: 'web', id: host, port: 8080 }];
  const since = '2026-11-20T23:59:00Z';
  return JSON.stringify({ host, targets, reason: 'upgrade', run: 'an earlier run', since, ...more });
}

/** Every host of `createZones()`. */
export const ALL = ['i-a1', 'i-a2', 'i-b1', 'i-b2'];
