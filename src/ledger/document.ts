import type { UndoRecord } from '../operations/records.ts';

/** What is known of a service's zones across runs. Schema 1; `parseLedger` refuses a newer one. */
export interface Ledger {
  readonly schema: 1;
  readonly service: string;
  /** By zone name. */
  readonly zones: Readonly<Record<string, ZoneEntry>>;
  /** The newest last, `MOST_RELEASES` at most. */
  readonly releases: readonly KnownRelease[];
  /** The last fencing token that was handed out; grows by one with each taking of the lease, never falls. None before the first. */
  readonly fence?: number;
  /** Who works on the service now. */
  readonly lease?: Lease;
  /** How the last lease ended when a person broke it; kept until the next one is taken. */
  readonly broken?: BrokenLease;
  /** By host: those that a deployment has taken out of service, from just before they leave until they serve again. */
  readonly out?: Readonly<Record<string, OutHost>>;
  /** What was about to be done to hosts, and whether it was: the newest last, `MOST_INTENTS` at most. */
  readonly journal?: readonly Intent[];
}

/** A host that a deployment has taken out of service. */
export interface OutHost extends LeftOut {
  readonly zone: string;
}

/** A host that is out of service, and how to bring it back. */
export interface LeftOut {
  /** The same as on the host itself. */
  readonly record: UndoRecord;
  /**
   * Why it is to stay out until somebody has looked at it: what it was to run has failed there, or the policy says so. A
   * deployment that works on it forgets that when it returns the host. None when it was never so, also after a step that was
   * cancelled or killed: it may be returned then.
   */
  readonly held?: string;
  /** ISO 8601: when people were told that it could not be returned. */
  readonly told?: string;
}

export const ACTS = ['withdraw', 'install', 'return'] as const;

/** `withdraw`: taken out of every pool and proven quiet. `install`: given a release. `return`: tested, and put back until it serves. */
export type Act = (typeof ACTS)[number];

/** Something that is done to the hosts of a batch together; written before, and closed after. */
export interface Intent {
  readonly act: Act;
  readonly zone: string;
  readonly hosts: readonly string[];
  /** The version that the hosts are to run. */
  readonly version: string;
  /** URL of the workflow run, and the fencing token that it had. */
  readonly run: string;
  readonly token: number;
  /** ISO 8601. */
  readonly at: string;
  /** How it ended; none while it goes on, or when the run was killed. */
  readonly end?: IntentEnd;
}

export const INTENT_ENDS = ['done', 'failed', 'abandoned'] as const;

/** `failed`: the hosts were brought back, or left out. `abandoned`: its run did not close it, and a later one has. */
export interface IntentEnd {
  readonly kind: (typeof INTENT_ENDS)[number];
  /** ISO 8601. */
  readonly at: string;
}

export const MOST_INTENTS = 12;

/** The right of one run to change the hosts of a service, and to write in its ledger. */
export interface Lease {
  /** Fencing token: greater than that of every lease before. */
  readonly token: number;
  /** URL of the workflow run that holds it, and its number; 0 outside of GitHub. */
  readonly run: string;
  readonly runId: number;
  /** What it works on. */
  readonly zone: string;
  /** ISO 8601: when it was taken, and when it ends unless it is renewed. */
  readonly since: string;
  readonly expires: string;
}

export interface BrokenLease {
  /** Who did it, when it is known. */
  readonly by?: string;
  /** ISO 8601. */
  readonly at: string;
  readonly reason: string;
  /** URL of the run that held it. */
  readonly run: string;
}

export const MOST_RELEASES = 50;

export interface ReleaseKey {
  readonly version: string;
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  /** Grows with every release; the one of its first deployment. */
  readonly ordinal: number;
}

export interface KnownRelease extends ReleaseKey {
  /** ISO 8601 time at which its first zone began. */
  readonly since: string;
}

export const ZONE_STATES = ['deploying', 'deployed', 'stopped', 'promoted', 'held', 'rolled-back'] as const;

/**
 * `deploying`: began, and did not say how it ended. `deployed`: every host proven; the bake is to come. `stopped`: the
 * deployment failed on the way. `promoted`: the bake was passed. `held`, `rolled-back`: it was not, and what was done.
 */
export type ZoneState = (typeof ZONE_STATES)[number];

/** The last thing that happened to a zone. */
export interface ZoneEntry {
  readonly state: ZoneState;
  /** What was being deployed; after `rolled-back` the release that it went back from. */
  readonly release: ReleaseKey;
  /** The release that was promoted here before, to which the zone goes back. */
  readonly before?: ReleaseKey;
  /** URL of the workflow run. */
  readonly run: string;
  /** Number of that run on GitHub, growing with time; 0 outside of GitHub. */
  readonly runId: number;
  /** ISO 8601: when the deployment of the zone began, and when this was written. */
  readonly began: string;
  readonly at: string;
  /** Who approved, as GitHub says. */
  readonly approvedBy?: readonly string[];
  readonly note?: string;
}
