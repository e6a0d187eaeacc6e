import type { Scaling } from '../../src/hosts/scaling.ts';
import { PlatformError } from '../../src/runner/errors.ts';

/** An Auto Scaling group of the fake world. */
export interface FakeGroup {
  readonly name: string;
  minSize: number;
  maxSize: number;
  desired: number;
  readonly suspended: Set<string>;
  /** Life-cycle state of each host. */
  readonly members: Map<string, string>;
  /** Hosts that were marked healthy. */
  readonly blessed: string[];
  /** Milliseconds until a new host is in service, one is ended, and one has arrived in standby. */
  boot: number;
  ending: number;
  drain: number;
  /** Zones of hosts that were ended and not followed yet; the next hosts come up in them, in this order. */
  readonly vacancies: string[];
  /** What its hosts are in the middle of; an end without a next state takes them out of the group. */
  readonly changes: { readonly host: string; readonly at: number; readonly to: string | undefined }[];
}

/** What a group needs of the world around it. */
export interface Surroundings {
  now(): number;
  /** A host comes up, with its image's release. */
  launch(id: string, zone: string): void;
}

/** Every group call, with what it is about. */
export type GroupCall = (what: 'members' | 'group' | 'scaling', subject: string, effect: () => void) => void;

export function fakeGroup(name: string, hosts: readonly string[], minSize: number): FakeGroup {
  return {
    name,
    minSize,
    maxSize: 2 * hosts.length,
    desired: hosts.length,
    suspended: new Set(),
    members: new Map(hosts.map((host) => [host, 'InService'])),
    blessed: [],
    boot: 60_000,
    ending: 30_000,
    drain: 0,
    vacancies: [],
    changes: [],
  };
}

/**
 * Groups as AWS has them: standby below MinSize is refused, a host that is not in standby cannot leave it, and one that is
 * ended is followed by another when the group has fewer at work than it wants, which in standby none is.
 */
export function fakeScaling(
  groups: readonly FakeGroup[],
  zoneOf: ReadonlyMap<string, string>,
  call: GroupCall,
  world: Surroundings,
): Scaling {
  const named = (name: string): FakeGroup => {
    const found = groups.find((group) => group.name === name);
    if (found === undefined) throw new Error(`The world has no group ${name}.`);
    catchUp(found, zoneOf, world);
    return found;
  };
  const act = async (what: string, name: string, effect: (group: FakeGroup) => void): Promise<void> =>
    call('scaling', `${what} ${name}`, () => effect(named(name)));
  return {
    members: async (hosts) => {
      call('members', hosts.join(' '), () => {});
      return groups
        .flatMap(({ name }) => membersOf(named(name), zoneOf))
        .filter(({ host }) => hosts.includes(host));
    },
    group: async (name) => {
      call('group', name, () => {});
      const group = named(name);
      const { minSize, maxSize, desired, suspended } = group;
      return {
        name,
        minSize,
        maxSize,
        desired,
        suspended: [...suspended],
        members: membersOf(group, zoneOf),
      };
    },
    enterStandby: (name, hosts) =>
      act(`enter ${hosts.join(' ')} of`, name, (group) => {
        if (group.desired - hosts.length < group.minSize)
          throw new PlatformError('desired would fall below MinSize');
        for (const host of hosts) {
          move(group, host, 'InService', 'EnteringStandby');
          group.changes.push({ host, at: world.now() + group.drain, to: 'Standby' });
        }
        group.desired -= hosts.length;
        catchUp(group, zoneOf, world);
      }),
    exitStandby: (name, hosts) =>
      act(`exit ${hosts.join(' ')} of`, name, (group) => {
        for (const host of hosts) move(group, host, 'Standby', 'InService');
        group.desired += hosts.length;
      }),
    setMinSize: (name, size) =>
      act(`min-size ${size} of`, name, (group) => {
        if (size > group.desired) throw new PlatformError('MinSize would exceed the desired size');
        group.minSize = size;
      }),
    setDesired: (name, size) =>
      act(`desired ${size} of`, name, (group) => {
        if (size < group.minSize || size > group.maxSize)
          throw new PlatformError(`desired ${size} is out of bounds`);
        group.desired = size;
      }),
    suspend: (name, processes) =>
      act('suspend', name, ({ suspended }) => processes.forEach((each) => void suspended.add(each))),
    resume: (name, processes) =>
      act('resume', name, ({ suspended }) => processes.forEach((each) => void suspended.delete(each))),
    setHealthy: async (host) =>
      call('scaling', `healthy ${host}`, () =>
        groups.find(({ members }) => members.has(host))?.blessed.push(host),
      ),
    terminate: async (host) =>
      call('scaling', `terminate ${host}`, () => {
        const group = groups.find(({ members }) => members.has(host));
        const lifecycle = group?.members.get(host) ?? '';
        if (group === undefined || !['InService', 'Standby', 'Terminating'].includes(lifecycle))
          throw new PlatformError(`${host} cannot be terminated: ${lifecycle || 'not managed'}.`);
        group.members.set(host, 'Terminating');
        group.vacancies.push(zoneOf.get(host) ?? '');
        group.changes.push({ host, at: world.now() + group.ending, to: undefined });
      }),
  };
}

function membersOf({ name, members }: FakeGroup, zoneOf: ReadonlyMap<string, string>) {
  return [...members].map(([host, lifecycle]) => ({
    host,
    group: name,
    zone: zoneOf.get(host) ?? '',
    lifecycle,
  }));
}

/** Does what a group would have done by now. */
function catchUp(group: FakeGroup, zoneOf: ReadonlyMap<string, string>, world: Surroundings): void {
  const { members, changes, vacancies } = group;
  for (const change of [...changes]) {
    if (change.at > world.now()) continue;
    changes.splice(changes.indexOf(change), 1);
    if (change.to === undefined) members.delete(change.host);
    else if (members.has(change.host)) members.set(change.host, change.to);
  }
  const atWork = () => [...members.values()].filter((each) => each === 'InService' || each === 'Pending');
  while (vacancies.length > 0 && atWork().length < group.desired && !group.suspended.has('Launch')) {
    const host = `i-new${[...zoneOf.keys()].filter((id) => id.startsWith('i-new')).length + 1}`;
    world.launch(host, vacancies.shift() ?? '');
    members.set(host, 'Pending');
    changes.push({ host, at: world.now() + group.boot, to: 'InService' });
  }
}

function move({ members }: FakeGroup, host: string, from: string, to: string): void {
  if (members.get(host) !== from) throw new PlatformError(`${host} is ${members.get(host)}, not ${from}`);
  members.set(host, to);
}
