import type { Fleet, Zone } from '../fleet/fleet.ts';
import type { HostFault, RangeFault } from '../range/range.ts';
import { UserError } from '../runner/errors.ts';

/** Trouble that a rehearsal is told to make, and what it is for. */
export interface Fault {
  readonly name: string;
  readonly description: string;
  /** What it changes in the fleet that the action is given. */
  readonly changeFleet?: (fleet: Fleet) => Fleet;
  /** What it tells the range to do. */
  readonly rangeFaults?: (fleet: Fleet) => readonly RangeFault[];
}

/** Every fault there is. Each is a negative control: a rehearsal with it must not end well. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'skip-quiet',
    description: 'drains without waiting or proving quiet; requests must fail and be seen',
    changeFleet: (fleet) => ({
      ...fleet,
      policy: { ...fleet.policy, drain: { ...fleet.policy.drain, policy: 'fixed', propagation: 0 } },
    }),
  },
  {
    name: 'skip-identity',
    description: 'asks no process who it is, and one keeps running the old release; the end must show it',
    changeFleet: (fleet) => {
      const { identity: _, ...hosts } = fleet.hosts;
      return { ...fleet, hosts };
    },
    rangeFaults: (fleet) => lastHost(fleet, 'stale-process'),
  },
  {
    name: 'stale-process',
    description:
      'one host keeps running the old process after its restart; the identity proof must refuse it',
    rangeFaults: (fleet) => lastHost(fleet, 'stale-process'),
  },
  {
    name: 'sick-host',
    description: 'all hosts of the first zone but one are unhealthy from the start; the floor must refuse',
    rangeFaults: (fleet) =>
      firstZone(fleet)
        .hosts.slice(1)
        .map((host) => ({ kind: 'sick', host })),
  },
  {
    name: 'dead-agent',
    description: 'the agent of one host does not answer; the deployment must stop before it is drained',
    rangeFaults: (fleet) => lastHost(fleet, 'dead-agent'),
  },
];

/**
 * Finds faults by name.
 *
 * @throws UserError naming every unknown one and all there are
 */
export function faultsNamed(names: readonly string[]): readonly Fault[] {
  const unknown = names.filter((name) => !FAULTS.some((fault) => fault.name === name));
  if (unknown.length > 0) {
    const known = FAULTS.map(({ name, description }) => `  ${name.padEnd(15)}${description}`).join('\n');
    throw new UserError(
      `There is no fault named ${unknown.map((name) => `"${name}"`).join(', ')}. Choose from:\n${known}`,
    );
  }
  return FAULTS.filter(({ name }) => names.includes(name));
}

function lastHost(fleet: Fleet, kind: HostFault['kind']): readonly RangeFault[] {
  const host = firstZone(fleet).hosts.at(-1);
  return host === undefined ? [] : [{ kind, host }];
}

function firstZone(fleet: Fleet): Zone {
  const [zone] = fleet.zones;
  if (zone === undefined) throw new UserError('The fleet has no zones, so there is nothing to rehearse.');
  return zone;
}
