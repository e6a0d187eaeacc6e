import { mkdir, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Fleet, Zone } from '../../fleet/fleet.ts';
import type { HostSnapshot, RangeFault } from '../range.ts';
import { createUnit, type Unit } from './unit.ts';

/** One host of the range: a folder that stands for its root file system, and one service. */
export interface RangeHost {
  readonly id: string;
  readonly zone: string;
  readonly region: string;
  readonly address: string;
  readonly port: number;
  /** Folder that stands for `/`. */
  readonly root: string;
  readonly unit: Unit;
  /** What the SSM agent's commands find in their environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly faults: readonly RangeFault['kind'][];
  /** Whether the host's SSM agent answers. */
  readonly agent: 'online' | 'dead';
  /** Whether that agent runs every command twice. */
  readonly deliversTwice: boolean;
}

/** Every host of the range is on loopback and has a port of its own. */
const ADDRESS = '127.0.0.1';
const STOP_TIMEOUT = 10_000;

export interface HostPlace {
  readonly id: string;
  readonly zone: Zone;
  readonly port: number;
  /** Folder of all hosts. */
  readonly folder: string;
}

/** Makes a host with an empty file system and a service that is not running yet. */
export async function createHost(
  place: HostPlace,
  fleet: Fleet,
  allFaults: readonly RangeFault[],
): Promise<RangeHost> {
  const { id, zone, port } = place;
  await mkdir(join(place.folder, id), { recursive: true });
  const root = await realpath(join(place.folder, id));
  for (const path of ['bin', 'root', 'tmp', 'var/lib', 'var/log', join('.', fleet.hosts.directory)]) {
    await mkdir(join(root, path), { recursive: true });
  }
  const faults = allFaults.filter((fault) => 'host' in fault && fault.host === id).map(({ kind }) => kind);
  const environment = hostEnvironment(root);
  const unit = createUnit({
    program: async () => join(await realpath(join(root, fleet.hosts.directory, 'current')), 'bin', 'serve'),
    environment: {
      ...environment,
      PORT: String(port),
      HOST_ID: id,
      ZONE: zone.zone,
      REGION: zone.region,
      BIND: ADDRESS,
      ...(faults.includes('sick') ? { STOREFRONT_SICK: '1' } : {}),
    },
    log: join(root, 'var', 'log', `${fleet.service}.log`),
    stopTimeout: STOP_TIMEOUT,
  });
  return {
    id,
    zone: zone.zone,
    region: zone.region,
    address: ADDRESS,
    port,
    root,
    unit,
    environment: { ...environment, ZONEWISE_HOST_ROOT: root },
    faults,
    agent: faults.includes('dead-agent') ? 'dead' : 'online',
    deliversTwice: faults.includes('double-delivery'),
  };
}

/** Nothing of the range's own environment reaches a host. */
function hostEnvironment(root: string): Readonly<Record<string, string>> {
  const node = dirname(process.execPath);
  return {
    PATH: [join(root, 'bin'), node, '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
    HOME: join(root, 'root'),
    TMPDIR: join(root, 'tmp'),
  };
}

/** What a host is now, read from its file system and its service. */
export async function snapshot(host: RangeHost, directory: string): Promise<HostSnapshot> {
  const link = await readlink(join(host.root, directory, 'current')).catch(() => undefined);
  const process = host.unit.process();
  return {
    host: host.id,
    zone: host.zone,
    region: host.region,
    address: host.address,
    port: host.port,
    ...(link === undefined ? {} : { release: basename(link) }),
    ...(process === undefined ? {} : { process }),
  };
}
