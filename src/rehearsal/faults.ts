import type { Amount } from '../fleet/amount.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { HostFault, Range, RangeFault } from '../range/range.ts';
import { UserError } from '../runner/errors.ts';
import { deleteAlarm, type PlacedAlarm, setAlarm } from './alarms.ts';
import type { FlipCourseOptions } from './flip-course.ts';
import type { Course } from './stages.ts';

/** Trouble that a rehearsal is told to make, and what it is for. */
export interface Fault {
  readonly name: string;
  readonly description: string;
  /** Why it makes no sense for this fleet; nothing when it does. */
  readonly misfit?: (fleet: Fleet) => string | undefined;
  /** What it changes in the fleet that the actions are given. */
  readonly changeFleet?: (fleet: Fleet) => Fleet;
  /** What it changes in the course of a big flip. */
  readonly flip?: Partial<FlipCourseOptions>;
  /** Release that is deployed, unless another one was asked for. */
  readonly to?: string;
  /** What it tells the range to do from the start. */
  readonly rangeFaults?: (fleet: Fleet) => readonly RangeFault[];
  /** What it does to the range once it runs. */
  readonly disturb?: (range: Range) => Promise<void>;
  /** What it does to the first zone's first alarm in the middle of its bake. */
  readonly inBake?: (range: Range, alarm: PlacedAlarm) => Promise<void>;
  /** Environments that nobody protects. */
  readonly unprotected?: (fleet: Fleet) => readonly string[];
  /** What it changes in the fleet file when the plan is made. */
  readonly changeAfterPlan?: (fleet: Fleet) => Fleet;
}

/** Every fault there is. Each is a negative control: a rehearsal with it must not end well. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'skip-quiet',
    description: 'drains without waiting or proving quiet; requests must fail and be seen',
    misfit: (fleet) => onlyFor('zones', fleet, 'nothing is drained'),
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
    description:
      'all hosts of the first zone, or of the second pool, but one are unhealthy from the start; the floor, or the flip, must refuse',
    rangeFaults: (fleet) =>
      firstHosts(fleet)
        .slice(1)
        .map((host) => ({ kind: 'sick', host })),
  },
  {
    name: 'dead-agent',
    description: 'the agent of one host does not answer; the deployment must stop before it is touched',
    rangeFaults: (fleet) => lastHost(fleet, 'dead-agent'),
  },
  {
    name: 'new-side-broken',
    description:
      'big flip: 1.1.1-broken, healthy and of no use, is not tested before users see it; the flip must bring them back',
    misfit: (fleet) => onlyFor('big-flip', fleet, 'there is no other side'),
    flip: { testBefore: false },
    to: '1.1.1-broken',
  },
  {
    name: 'stuck-name-server',
    description:
      'big flip: one name server never hears of a change; the flip must name it and put the record back',
    misfit: (fleet) =>
      onlyFor('big-flip', fleet, 'no name is changed') ??
      (fleet.range?.secondBalancer === undefined || fleet.range.dns === undefined
        ? 'the fleet has no range.second-balancer or no range.dns, so no name is changed'
        : undefined),
    disturb: async ({ dns }) => {
      const last = dns?.nameServers.at(-1);
      if (last !== undefined) await dns?.stick(last.name);
    },
  },
  {
    name: 'alarm',
    description: 'an alarm of the first zone goes to ALARM in its bake; the zone must be taken back',
    misfit: withoutAlarm,
    inBake: (range, alarm) => setAlarm(range, alarm, 'ALARM'),
  },
  {
    name: 'no-data',
    description: 'an alarm of the first zone has no data any more in its bake; the zone must be taken back',
    misfit: withoutAlarm,
    inBake: (range, alarm) => setAlarm(range, alarm, 'INSUFFICIENT_DATA'),
  },
  {
    name: 'alarm-vanishes',
    description: 'an alarm of the first zone is deleted in its bake; the zone must be taken back',
    misfit: withoutAlarm,
    inBake: deleteAlarm,
  },
  {
    name: 'unprotected',
    description: 'the environment of the last zone asks nobody; plan-zones must refuse before the first zone',
    misfit: (fleet) => onlyFor('zones', fleet, 'no environment is named'),
    unprotected: ({ zones }) => zones.slice(-1).map(({ environment }) => environment),
  },
  {
    name: 'plan-changed',
    description: 'the floor is lowered when the plan is made; deploy-zone must refuse after the approval',
    misfit: (fleet) => onlyFor('zones', fleet, 'nothing is planned'),
    changeAfterPlan: (fleet) => ({
      ...fleet,
      policy: { ...fleet.policy, minHealthy: otherFloor(fleet.policy.minHealthy) },
    }),
  },
];

function withoutAlarm(fleet: Fleet): string | undefined {
  return (
    onlyFor('zones', fleet, 'nothing is baked') ??
    (firstAlarm(fleet) === undefined ? 'the first zone has no alarms' : undefined)
  );
}

/** The alarm that faults in a bake are about; none when the first zone has none. */
export function firstAlarm({ zones }: Fleet): PlacedAlarm | undefined {
  const [zone] = zones;
  const [name] = zone?.alarms ?? [];
  return zone === undefined || name === undefined ? undefined : { name, region: zone.region };
}

function otherFloor({ kind, value }: Amount): Amount {
  return kind === 'count' && value === 1 ? { kind, value: 2 } : { kind: 'count', value: 1 };
}

/**
 * Finds faults by name.
 *
 * @throws UserError naming every unknown one and all there are
 */
export function faultsNamed(names: readonly string[]): readonly Fault[] {
  const unknown = names.filter((name) => !FAULTS.some((fault) => fault.name === name));
  if (unknown.length > 0) {
    const known = FAULTS.map(({ name, description }) => `  ${name.padEnd(18)}${description}`).join('\n');
    throw new UserError(
      `There is no fault named ${unknown.map((name) => `"${name}"`).join(', ')}. Choose from:\n${known}`,
    );
  }
  return FAULTS.filter(({ name }) => names.includes(name));
}

/** @throws UserError naming every fault that makes no sense for a fleet, and why */
export function refuseMisfits(faults: readonly Fault[], fleet: Fleet): void {
  const misfits = faults.flatMap(({ name, misfit }) => {
    const why = misfit?.(fleet);
    return why === undefined ? [] : [`${name}: ${why}`];
  });
  if (misfits.length === 0) return;
  throw new UserError(
    `The rehearsal of ${fleet.service} cannot make this trouble, so nothing was started. ` +
      `Leave it out or name another fleet file.\n${misfits.map((each) => `  ${each}`).join('\n')}`,
  );
}

function onlyFor(kind: Course['kind'], fleet: Fleet, why: string): string | undefined {
  const here = fleet.range?.secondPool === undefined ? 'zones' : 'big-flip';
  if (here === kind) return undefined;
  return here === 'zones'
    ? `the fleet has no range.second-pool and is deployed zone after zone, where ${why}`
    : `the fleet has a range.second-pool and is flipped to it, where ${why}`;
}

function lastHost(fleet: Fleet, kind: HostFault['kind']): readonly RangeFault[] {
  const host = firstHosts(fleet).at(-1);
  return host === undefined ? [] : [{ kind, host }];
}

/** The hosts that get the release first. */
function firstHosts(fleet: Fleet): readonly string[] {
  const [zone] = fleet.zones;
  if (zone === undefined) throw new UserError('The fleet has no zones, so there is nothing to rehearse.');
  const second = fleet.range?.secondPool;
  return second === undefined ? zone.hosts : Object.values(second.hosts).flat();
}
