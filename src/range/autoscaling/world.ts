import type { TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Instance, isIll } from './members.ts';

/** What a group sees of the world and does to it. */
export interface World {
  /** Makes an instance in a zone; it does not run yet. */
  create(zone: string): Promise<Instance>;
  /** Starts an instance and waits until it answers. */
  boot(id: string, signal: AbortSignal): Promise<void>;
  terminate(id: string): Promise<void>;
  register(targetGroup: string, instance: Instance): void;
  deregister(targetGroup: string, instance: Instance): void;
  health(targetGroup: string, instance: Instance): TargetHealth;
}

/** A target group that an Auto Scaling group is attached to. */
export interface AttachedPool {
  readonly targetGroup: string;
  /** Zones whose instances are registered in it. */
  readonly zones: readonly string[];
}

/** An instance in all pools of its group. */
export interface Pools {
  join(instance: Instance): void;
  leave(instance: Instance): void;
  isIll(instance: Instance): boolean;
  isDraining(instance: Instance): boolean;
}

export function attach(pools: readonly AttachedPool[], world: World): Pools {
  const of = ({ zone }: Instance): readonly string[] =>
    pools.filter(({ zones }) => zones.includes(zone)).map(({ targetGroup }) => targetGroup);
  const health = (instance: Instance) => of(instance).map((pool) => world.health(pool, instance));
  return {
    join(instance) {
      for (const pool of of(instance)) world.register(pool, instance);
    },
    leave(instance) {
      for (const pool of of(instance)) world.deregister(pool, instance);
    },
    isIll: (instance) => health(instance).some(isIll),
    isDraining: (instance) => health(instance).some(({ State }) => State === 'draining'),
  };
}
