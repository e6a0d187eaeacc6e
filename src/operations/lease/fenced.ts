import { onCondition } from '../../runner/attempts.ts';
import type { RegionContext } from '../context.ts';
import type { HeldLease } from './hold-lease.ts';

/**
 * The same surroundings for somebody who holds a lease: whatever changes pools, groups or hosts asks first whether it is still
 * held, and again before each time that AWS is asked anew. Reading does not; a command on a host does, whatever it is for. A change that was under way when the lease was lost is
 * not taken back.
 */
export function fenced<C extends Pick<RegionContext, 'balancer' | 'scaling' | 'transport' | 'signal'>>(
  context: C,
  lease: Pick<HeldLease, 'check' | 'signal'>,
): C {
  const { balancer, scaling, transport } = context;
  const guarded =
    <A extends readonly unknown[], T>(change: (...given: A) => Promise<T>) =>
    async (...given: A): Promise<T> => {
      await lease.check();
      return onCondition(lease.check, () => change(...given));
    };
  return {
    ...context,
    signal: lease.signal,
    balancer: {
      ...balancer,
      register: guarded(balancer.register),
      deregister: guarded(balancer.deregister),
    },
    scaling: {
      members: scaling.members,
      group: scaling.group,
      enterStandby: guarded(scaling.enterStandby),
      exitStandby: guarded(scaling.exitStandby),
      setMinSize: guarded(scaling.setMinSize),
      setDesired: guarded(scaling.setDesired),
      suspend: guarded(scaling.suspend),
      resume: guarded(scaling.resume),
      setHealthy: guarded(scaling.setHealthy),
      terminate: guarded(scaling.terminate),
    },
    transport: { facts: transport.facts, run: guarded(transport.run) },
  };
}
