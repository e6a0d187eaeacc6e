import type { Scaling } from '../../src/hosts/scaling.ts';
import { PlatformError } from '../../src/runner/errors.ts';

/** An Auto Scaling group of the fake world. */
export interface FakeGroup {
  readonly name: string;
  minSize: number;
  desired: number;
  readonly suspended: Set<string>;
  /** Life-cycle state of each host. */
  readonly members: Map<string, string>;
  /** Hosts that were marked healthy. */
  readonly blessed: string[];
}

/** Every group call, with what it is about. */
export type GroupCall = (what: 'members' | 'group' | 'scaling', subject: string, effect: () => void) => void;

export function fakeGroup(name: string, hosts: readonly string[], minSize: number): FakeGroup {
  const members = new Map(hosts.map((host) => [host, 'InService']));
  return { name, minSize, desired: hosts.length, suspended: new Set(), members, blessed: [] };
}

/** Groups as AWS has them: standby below MinSize is refused, a host that is not in standby cannot leave it. */
export function fakeScaling(
  groups: readonly FakeGroup[],
  zoneOf: ReadonlyMap<string, string>,
  call: GroupCall,
): Scaling {
  const named = (name: string): FakeGroup => {
    const found = groups.find((group) => group.name === name);
    if (found === undefined) throw new Error(`The world has no group ${name}.`);
    return found;
  };
  const act = async (what: string, name: string, effect: (group: FakeGroup) => void): Promise<void> =>
    call('scaling', `${what} ${name}`, () => effect(named(name)));
  return {
    members: async (hosts) => {
      call('members', hosts.join(' '), () => {});
      return groups.flatMap(({ name, members }) =>
        [...members]
          .filter(([host]) => hosts.includes(host))
          .map(([host, lifecycle]) => ({ host, group: name, zone: zoneOf.get(host) ?? '', lifecycle })),
      );
    },
    group: async (name) => {
      call('group', name, () => {});
      const { minSize, desired, suspended } = named(name);
      return { name, minSize, desired, suspended: [...suspended] };
    },
    enterStandby: (name, hosts) =>
      act(`enter ${hosts.join(' ')} of`, name, (group) => {
        if (group.desired - hosts.length < group.minSize)
          throw new PlatformError('desired would fall below MinSize');
        for (const host of hosts) move(group, host, 'InService', 'Standby');
        group.desired -= hosts.length;
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
    suspend: (name, processes) =>
      act('suspend', name, ({ suspended }) => processes.forEach((each) => void suspended.add(each))),
    resume: (name, processes) =>
      act('resume', name, ({ suspended }) => processes.forEach((each) => void suspended.delete(each))),
    setHealthy: async (host) =>
      call('scaling', `healthy ${host}`, () =>
        groups.find(({ members }) => members.has(host))?.blessed.push(host),
      ),
  };
}

function move({ members }: FakeGroup, host: string, from: string, to: string): void {
  if (members.get(host) !== from) throw new PlatformError(`${host} is ${members.get(host)}, not ${from}`);
  members.set(host, to);
}
