import type { TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2';

/** An instance that exists. */
export interface Instance {
  readonly id: string;
  readonly zone: string;
  readonly port: number;
}

/** An instance of a group. Times are milliseconds on the group's clock. */
export interface Member extends Instance {
  lifecycle: 'Pending' | 'InService' | 'EnteringStandby' | 'Standby' | 'Terminating';
  /** The group's own mark; it never takes `Unhealthy` back by itself. */
  health: 'Healthy' | 'Unhealthy';
  /** Whether something is under way that ends the lifecycle state: it starts, or it is being terminated. */
  busy: boolean;
  /** Since when its pools have called it ill, while it is in service. */
  illSince?: number;
}

export interface Sizes {
  readonly min: number;
  readonly desired: number;
  readonly max: number;
}

/**
 * How many instances are missing; those in standby and those that are ending do not count.
 *
 * @param coming zones of the instances that are being made
 */
export function missing(members: readonly Member[], coming: readonly string[], desired: number): number {
  return Math.max(0, desired - members.filter(isAtWork).length - coming.length);
}

/**
 * The zone with the fewest instances at work; the first of them when there are several. Documented is that a group
 * launches in the zone with the fewest instances (user guide, "Availability Zone distribution"). That those in standby
 * and those that are ending do not count for it is inferred from their not counting in the desired capacity.
 *
 * @param coming zones of the instances that are being made
 */
export function fewestIn(
  zones: readonly string[],
  members: readonly Member[],
  coming: readonly string[],
): string {
  const taken = [...members.filter(isAtWork).map(({ zone }) => zone), ...coming];
  const count = (zone: string): number => taken.filter((each) => each === zone).length;
  return zones.toSorted((a, b) => count(a) - count(b))[0] ?? '';
}

function isAtWork({ lifecycle }: Member): boolean {
  return lifecycle === 'Pending' || lifecycle === 'InService';
}

/**
 * Whether the health check type ELB takes a target for ill: the balancer calls it unhealthy, or does not know it, or
 * somebody else has deregistered it. A target that is being checked for the first time is not ill.
 */
export function isIll({ State: state, Reason: reason }: TargetHealth): boolean {
  if (state === 'unused') return reason === 'Target.NotRegistered' || reason === 'Target.InvalidState';
  return state === 'unhealthy' || state === 'unhealthy.draining' || state === 'draining';
}
