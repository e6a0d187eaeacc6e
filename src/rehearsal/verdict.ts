import type { TimelineEvent } from '../operations/context.ts';
import type { Activity, Circumstance, HostPhase } from './course.ts';
import type { ControlProof } from './probe.ts';
import type { Connection, FailureReason, Sample } from './probe-sample.ts';
import type { Traffic } from './traffic.ts';

/**
 * What a rehearsal showed, as plain JSON. Instants are milliseconds since the epoch, everything else that
 * measures time is milliseconds.
 */
export interface Verdict {
  readonly service: string;
  /** Release that was on every host before. */
  readonly from: string;
  readonly to: string;
  readonly seed: number;
  readonly faults: readonly string[];
  readonly began: number;
  readonly ended: number;
  readonly outcome: RehearsalOutcome;
  /** True only when nothing is in `problems`. */
  readonly good: boolean;
  /** Everything that speaks against the deployment, in words. */
  readonly problems: readonly string[];
  readonly zones: readonly ZoneVerdict[];
  readonly traffic: Traffic;
  readonly failures: readonly FailedRequest[];
  /** Failures left out of `failures`, which holds the first ones. */
  readonly failuresNotListed: number;
  readonly activities: readonly Activity[];
  /** The probe asked a dead port, before and after the load; each must have failed. */
  readonly control: readonly ControlProof[];
}

export type RehearsalOutcome =
  | { readonly kind: 'promoted' }
  /** `where` is a zone, or the step before the first zone. */
  | { readonly kind: 'stopped'; readonly where: string; readonly why: string };

/** How far a zone came. */
export type ZoneState = 'untouched' | 'refused' | 'failed' | 'promoted';

export interface ZoneVerdict {
  readonly zone: string;
  readonly region: string;
  readonly environment: string;
  readonly state: ZoneState;
  /** Milliseconds from the start of the action to its end; none when it was not started. */
  readonly duration?: number;
  readonly hosts: readonly HostVerdict[];
}

export interface HostVerdict {
  readonly host: string;
  /** What the process itself said at the end; none when it did not answer. */
  readonly version?: string;
  /** Why the process's version is not known. */
  readonly silent?: string;
  /** What `current` pointed to at the end. */
  readonly release?: string;
  /** Requests it answered with success after the last zone's action had ended. */
  readonly servedAtEnd: number;
  readonly phases: readonly HostPhase[];
}

/** One failed request and what was being done at that moment. */
export interface FailedRequest extends Circumstance {
  readonly at: number;
  readonly end: number;
  readonly region: string;
  readonly connection: Connection;
  readonly reason: FailureReason;
  readonly detail: string;
  readonly version?: string;
  readonly host?: string;
}

/** A host as it was found after the last action had ended, asked directly. */
export interface FoundHost {
  readonly host: string;
  readonly zone: string;
  readonly release?: string;
  readonly version?: string;
  readonly silent?: string;
}

/** What a rehearsal collected. */
export interface Evidence {
  readonly service: string;
  readonly from: string;
  readonly to: string;
  readonly seed: number;
  readonly faults: readonly string[];
  readonly began: number;
  readonly ended: number;
  readonly outcome: RehearsalOutcome;
  readonly zones: readonly {
    readonly zone: string;
    readonly region: string;
    readonly environment: string;
    readonly state: ZoneState;
    readonly duration?: number;
  }[];
  readonly hosts: readonly FoundHost[];
  readonly samples: readonly Sample[];
  readonly events: readonly TimelineEvent[];
  readonly activities: readonly Activity[];
  readonly control: readonly ControlProof[];
}
