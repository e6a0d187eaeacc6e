import type { TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { RangeBalancer } from '../../fleet/fleet.ts';

/** Identity of a registration: one instance may be registered under several ports. */
export interface TargetKey {
  readonly id: string;
  readonly port: number;
}

export interface CheckFailure {
  readonly reason: 'Target.ResponseCodeMismatch' | 'Target.Timeout' | 'Target.FailedHealthChecks';
  readonly description: string;
}

export type CheckOutcome =
  | { readonly passed: true }
  | { readonly passed: false; readonly failure: CheckFailure };

/** Where a registration stands. Times are milliseconds on the group's clock. */
export type Phase =
  | { readonly kind: 'registering' }
  | { readonly kind: 'checking'; readonly failures: number }
  | { readonly kind: 'healthy'; readonly failures: number }
  | { readonly kind: 'unhealthy'; readonly passes: number; readonly failure: CheckFailure }
  | Draining;

export interface Draining {
  readonly kind: 'draining';
  /** When the deregistration delay ends and the API forgets the target. */
  readonly until: number;
  /** When each node (by zone) hears of the deregistration. */
  readonly leavesAt: ReadonlyMap<string, number>;
  /** What the nodes that have not heard yet still believe. */
  readonly wasHealthy: boolean;
}

export interface CheckThresholds {
  /** Consecutive passes that make an unhealthy target healthy. */
  readonly healthy: number;
  /** Consecutive failures that make a target unhealthy. */
  readonly unhealthy: number;
}

/** A registration that was just made: the balancer has not looked at the target yet. */
export const REGISTERING: Phase = { kind: 'registering' };

/** The balancer starts to check the target. */
export function beginChecks(phase: Phase): Phase {
  return phase.kind === 'registering' ? { kind: 'checking', failures: 0 } : phase;
}

/**
 * What one health check changes. After a registration one pass is enough; later the thresholds count. A
 * draining target is not checked, so that a check which was under way changes nothing.
 */
export function afterCheck(phase: Phase, outcome: CheckOutcome, thresholds: CheckThresholds): Phase {
  switch (phase.kind) {
    case 'draining':
      return phase;
    case 'unhealthy': {
      if (!outcome.passed) return { kind: 'unhealthy', passes: 0, failure: outcome.failure };
      const passes = phase.passes + 1;
      return passes >= thresholds.healthy ? { kind: 'healthy', failures: 0 } : { ...phase, passes };
    }
    default: {
      if (outcome.passed) return { kind: 'healthy', failures: 0 };
      const failures = (phase.kind === 'registering' ? 0 : phase.failures) + 1;
      if (failures >= thresholds.unhealthy) return { kind: 'unhealthy', passes: 0, failure: outcome.failure };
      return phase.kind === 'healthy' ? { kind: 'healthy', failures } : { kind: 'checking', failures };
    }
  }
}

/** Deregisters a target; one that is draining already keeps its times. */
export function drain(phase: Phase, times: Pick<Draining, 'until' | 'leavesAt'>): Draining {
  if (phase.kind === 'draining') return phase;
  return { kind: 'draining', ...times, wasHealthy: phase.kind === 'healthy' };
}

/** When the last trace of a drained target is gone: the API has forgotten it and every node has left it. */
export function endOf(draining: Draining): number {
  return Math.max(draining.until, ...draining.leavesAt.values());
}

/** Whether the API shows this registration at all. */
export function isShown(phase: Phase, now: number): boolean {
  return phase.kind !== 'draining' || now < phase.until;
}

/** What besides its phase says how a target is shown. */
export interface Showing {
  readonly type: RangeBalancer['type'];
  /** Whether an unhealthy target still has time for the connections it has. */
  readonly keepsConnections: boolean;
}

/** The target health that `DescribeTargetHealth` shows for a target the balancer can use. */
export function shownHealth(phase: Phase, { type, keepsConnections }: Showing): TargetHealth {
  switch (phase.kind) {
    case 'registering':
      return {
        State: 'initial',
        Reason: 'Elb.RegistrationInProgress',
        Description: 'Target registration is in progress',
      };
    case 'checking':
      return {
        State: 'initial',
        Reason: 'Elb.InitialHealthChecking',
        Description: 'Initial health checks in progress',
      };
    case 'healthy':
      return { State: 'healthy' };
    case 'unhealthy':
      return {
        State: keepsConnections ? 'unhealthy.draining' : 'unhealthy',
        ...(type === 'network'
          ? FAILED
          : { Reason: phase.failure.reason, Description: phase.failure.description }),
      };
    case 'draining':
      return {
        State: 'draining',
        Reason: 'Target.DeregistrationInProgress',
        Description: 'Target deregistration is in progress',
      };
  }
}

/** All that a network load balancer says of a check that failed. */
const FAILED = { Reason: 'Target.FailedHealthChecks', Description: 'Health checks failed' } as const;
