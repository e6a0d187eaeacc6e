import { join } from 'node:path';
import type { Fleet, Zone } from '../../fleet/fleet.ts';
import { UserError } from '../../runner/errors.ts';
import type { HostSnapshot, RangeFault } from '../range.ts';
import { createHost, type RangeHost, snapshot } from './host.ts';
import { type FirstRelease, installFirstRelease } from './install.ts';
import { freePorts } from './ports.ts';
import { startServiceManager } from './service-manager.ts';

export interface ParkOptions {
  readonly fleet: Fleet;
  /** Where the hosts' folders are made. */
  readonly folder: string;
  readonly first: FirstRelease;
  readonly faults: readonly RangeFault[];
}

/** All hosts of a range. They come and go. */
export interface Park {
  /** The hosts that exist; this very list changes. */
  readonly hosts: readonly RangeHost[];
  find(id: string): RangeHost | undefined;
  /** Makes hosts whose service does not run yet. */
  add(places: readonly Place[]): Promise<readonly RangeHost[]>;
  /** Installs the first release on a host and starts it, without waiting until it answers. */
  boot(host: RangeHost): Promise<void>;
  /** Stops a host's service and takes the host out of `hosts`; its folder stays, for whoever wants to look. */
  terminate(host: RangeHost): Promise<void>;
  /** See `Range.stopHost`. */
  stopHost(id: string): Promise<void>;
  snapshots(): Promise<readonly HostSnapshot[]>;
  /** Ends every service; no host may be in the making any more. */
  stop(): Promise<void>;
}

/** A host to be. */
export interface Place {
  readonly id: string;
  readonly zone: Zone;
}

/** Starts a park without hosts: the service manager that all of them ask. */
export async function startPark({ fleet, folder, first, faults }: ParkOptions): Promise<Park> {
  const manager = await startServiceManager();
  const hosts: RangeHost[] = [];
  const everyHost: RangeHost[] = [];
  /** Ports of terminated hosts, by zone: a service listens on the port that its image says, also on the next machine. */
  const vacant = new Map<string, number[]>();

  const make = async (place: Place, port: number): Promise<RangeHost> => {
    const host = await createHost({ ...place, port, folder }, fleet, faults);
    await manager.add({ ...host, service: fleet.service, stale: host.faults.includes('stale-process') });
    return host;
  };

  return {
    hosts,
    find: (id) => hosts.find((host) => host.id === id),
    async add(places) {
      const free = await freePorts(places.length);
      const made = await Promise.all(
        places.map((place, index) => make(place, vacant.get(place.zone.zone)?.shift() ?? free[index] ?? 0)),
      );
      hosts.push(...made);
      everyHost.push(...made);
      return made;
    },
    async boot(host) {
      await installFirstRelease(join(host.root, fleet.hosts.directory), first);
      await host.unit.start();
    },
    async terminate(host) {
      await host.unit.stop();
      await host.unit.kill();
      manager.remove(host.id);
      const index = hosts.indexOf(host);
      if (index >= 0) hosts.splice(index, 1);
      vacant.set(host.zone, [...(vacant.get(host.zone) ?? []), host.port]);
    },
    async stopHost(id) {
      const host = hosts.find((each) => each.id === id);
      if (host === undefined) {
        const known = hosts.map((each) => each.id).join(', ');
        throw new UserError(`The range has no host ${id} to stop; it has ${known}.`);
      }
      await host.unit.kill();
    },
    snapshots: () =>
      Promise.all(
        everyHost.map(async (host) => ({
          ...(await snapshot(host, fleet.hosts.directory)),
          ...(hosts.includes(host) ? {} : { terminated: true as const }),
        })),
      ),
    async stop() {
      await Promise.all(everyHost.map((host) => host.unit.kill()));
      await manager.stop();
    },
  };
}
