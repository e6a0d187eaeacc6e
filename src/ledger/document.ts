/** What is known of a service's zones across runs. Schema 1; `parseLedger` refuses a newer one. */
export interface Ledger {
  readonly schema: 1;
  readonly service: string;
  /** By zone name. */
  readonly zones: Readonly<Record<string, ZoneEntry>>;
  /** The newest last, `MOST_RELEASES` at most. */
  readonly releases: readonly KnownRelease[];
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
