import type { TimelineEvent } from '../operations/context.ts';
import type { Activity, Circumstance, HostPhase } from './activities.ts';
import type { Mark } from './marks.ts';
import type { ControlProof } from './probe.ts';
import type { Connection, FailureReason, Sample } from './probe-sample.ts';
import type { Course } from './stages.ts';
import type { Traffic } from './traffic.ts';

/**
 * What a rehearsal showed, as plain JSON. Instants are milliseconds since the epoch, everything else that
 * measures time is milliseconds.
 */
export interface Verdict {
  readonly service: string;
  readonly course: Course['kind'];
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
  readonly stages: readonly StageRecord[];
  readonly groups: readonly GroupVerdict[];
  /** The balancers between which users were moved; none when they were not. */
  readonly entrances: readonly EntranceVerdict[];
  /** What the name servers said of the name that users know; none without DNS. */
  readonly name?: NameVerdict;
  readonly traffic: Traffic;
  readonly failures: readonly FailedRequest[];
  /** Failures left out of `failures`, which holds the first ones. */
  readonly failuresNotListed: number;
  readonly activities: readonly Activity[];
  /** When the way of the traffic was changed. */
  readonly marks: readonly Mark[];
  /** From then on everything must be where it is to stay: the last action has ended, and no answer of DNS is older. */
  readonly settled: number;
  /** The probe asked a dead port, before and after the load; each must have failed. */
  readonly control: readonly ControlProof[];
}

export type RehearsalOutcome =
  | { readonly kind: 'promoted' }
  /** `where` is a stage, or what comes before the first one. */
  | { readonly kind: 'stopped'; readonly where: string; readonly why: string };

/**
 * How far a stage came. `rolled-back`: its bake was not passed, and its hosts are to be on the old release again. `held`: the
 * same, and its hosts stay on the new one for people to look at.
 */
export type StageState = 'untouched' | 'refused' | 'failed' | 'rolled-back' | 'held' | 'done';

export interface StageRecord {
  /** A zone, or what was done. */
  readonly stage: string;
  readonly region: string;
  /** GitHub environment in which it is approved. */
  readonly environment?: string;
  readonly state: StageState;
  /** Milliseconds that its actions took; none when none was started. */
  readonly duration?: number;
}

/** Requests that somebody got. */
export interface Share {
  readonly requests: number;
  readonly failed: number;
  /** Milliseconds since the epoch at which the first and the last of them were sent; none when there were none. */
  readonly first?: number;
  readonly last?: number;
  /** Those that were sent after everything was settled. */
  readonly atEnd: number;
}

/** Hosts with one fate: those of a zone, or of a pool. */
export interface GroupVerdict extends Share {
  readonly group: string;
  readonly region: string;
  /** Stage that gave them the release; none when they keep the one of before. */
  readonly upgradedBy?: string;
  /** Whether they were to serve in the end. */
  readonly toServe: boolean;
  /** Whether no request was to come to them before some stage. */
  readonly newSide: boolean;
  readonly hosts: readonly HostVerdict[];
}

export interface EntranceVerdict extends Share {
  readonly balancer: string;
  readonly toServe: boolean;
  readonly newSide: boolean;
}

export interface NameVerdict {
  readonly record: string;
  /** Questions for its address or its CNAME. */
  readonly asked: number;
  /** Answers without any: the name was absent. */
  readonly absent: number;
}

export interface HostVerdict {
  readonly host: string;
  readonly zone: string;
  /** What the process itself said at the end; none when it did not answer. */
  readonly version?: string;
  /** Why the process's version is not known. */
  readonly silent?: string;
  /** What `current` pointed to at the end. */
  readonly release?: string;
  /** Requests it answered with success after everything was settled. */
  readonly servedAtEnd: number;
  /** When the first and the last request that it answered was sent. */
  readonly first?: number;
  readonly last?: number;
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
  readonly course: Pick<Course, 'kind' | 'groups' | 'entrances'>;
  readonly outcome: RehearsalOutcome;
  readonly stages: readonly StageRecord[];
  readonly hosts: readonly FoundHost[];
  readonly samples: readonly Sample[];
  /** Name of the balancer behind each `address:port`. */
  readonly balancers: ReadonlyMap<string, string>;
  /** Milliseconds for which users keep what DNS told them; 0 without DNS. */
  readonly ttl: number;
  readonly name?: NameVerdict;
  readonly marks: readonly Mark[];
  readonly events: readonly TimelineEvent[];
  readonly activities: readonly Activity[];
  readonly control: readonly ControlProof[];
}
