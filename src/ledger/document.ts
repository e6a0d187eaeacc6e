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
}

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
