import type { Identity } from '../fleet/fleet.ts';
import type { FloorPolicy } from '../fleet/floor.ts';
import type { BakeEvidence } from '../operations/bake/bake-evidence.ts';

/** Anything that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What was done to a zone, and what that rests on: one document for each action. Schema 1; `parseBundle` refuses another. */
export interface EvidenceBundle extends EvidenceFacts {
  readonly schema: 1;
  /** How many observations were left out so that the whole stays small; none that stands beside a mutation. */
  readonly thinned: number;
  readonly entries: readonly EvidenceEntry[];
  /** sha256 of everything else, the last entry's own included. */
  readonly head: string;
}

/** Everything that is not an entry. Times are ISO 8601, durations milliseconds. */
export interface EvidenceFacts {
  readonly service: string;
  readonly zone: string;
  readonly action: 'deploy' | 'promote';
  readonly release: { readonly version: string; readonly sha256: string };
  readonly run: { readonly url: string; readonly id: number; readonly attempt: number };
  /** sha256 of the plan that was approved; none when there was no plan. */
  readonly plan?: string;
  /** Fencing token of the lease under which everything was changed; none of a step that took no lease. */
  readonly fencingToken?: number;
  readonly approvals: readonly EvidenceApproval[];
  readonly guards: EvidenceGuards;
  /** In the order of the fleet file, successors behind the hosts that they replaced. */
  readonly hosts: readonly EvidenceHost[];
  readonly bake?: BakeEvidence;
  readonly began: string;
  readonly ended: string;
  readonly milliseconds: number;
  readonly outcome: EvidenceOutcome;
}

export const OUTCOMES = [
  'deployed',
  'unchanged',
  'promoted',
  'rolled-back',
  'held',
  'stopped',
  'cancelled',
] as const;

/**
 * How a step ended. `cancelled`: it was stopped from outside, whatever it had reached, and did not look at the zone again: the
 * bundle is a record of what was done, and claims nothing of how the zone was left.
 */
export interface EvidenceOutcome {
  readonly state: (typeof OUTCOMES)[number];
  readonly problem?: string;
}

export interface EvidenceApproval {
  readonly login: string;
  readonly environment: string;
  readonly letThrough: string;
}

/** What the guards went by. */
export interface EvidenceGuards {
  readonly floor: FloorPolicy;
  /** Zone of each host that is known. */
  readonly zoneOf: Readonly<Record<string, string>>;
  /** Pools of the zone. */
  readonly pools: readonly string[];
  /** How a process proves its release; none when the fleet file says nothing of it. */
  readonly identity?: Identity;
}

/** A host of the zone, with the release that `current` named at the first and at the last look. */
export interface EvidenceHost {
  readonly host: string;
  readonly outcome?: string;
  readonly replaced?: string;
  readonly before?: EvidenceRelease;
  readonly after?: EvidenceRelease;
}

export interface EvidenceRelease {
  readonly version: string;
  readonly sha256: string;
}

export const PORTS = ['balancer', 'scaling', 'transport', 'alarms', 'artifacts'] as const;

/** One call through a port: something that was looked at, or something that was changed. */
export interface Recorded {
  readonly kind: 'observation' | 'mutation';
  readonly port: (typeof PORTS)[number];
  readonly call: string;
  /** What it was about: a pool, a group, a host, a location. */
  readonly subject: string;
  /** ISO 8601: when it was asked; of equal observations in a row, the first one. */
  readonly at: string;
  /** ISO 8601: when a mutation was answered; when the last of equal observations was asked. */
  readonly until: string;
  /** How many equal observations in a row this stands for. */
  readonly count: number;
  readonly given: Json;
  readonly answer?: Json;
  /** Why there is no answer. */
  readonly error?: string;
}

export interface EvidenceEntry extends Recorded {
  /** From 1 on. */
  readonly n: number;
  /** Of this entry and the digest of the one before. */
  readonly sha256: string;
}
