import type { Amount } from './amount.ts';

/** One service and everything that is needed to deploy it, as read from its fleet file. Durations are milliseconds. */
export interface Fleet {
  readonly service: string;
  readonly release: {
    /** `s3://bucket/key` with `{version}` in the key; `<key>.sha256` beside it holds the digest. */
    readonly artifact: string;
  };
  readonly hosts: HostSettings;
  readonly policy: Policy;
  readonly smoke: readonly SmokeCheck[];
  /** In rollout order. */
  readonly zones: readonly Zone[];
  /** How the rehearsal's stand-in for AWS is built; nothing on GitHub reads it. */
  readonly range?: RangeSettings;
}

/** How releases live on a host and how the service is stopped and started there. */
export interface HostSettings {
  readonly transport: 'ssm';
  /** Absolute folder that holds `releases/<version>/` and the symlink `current`. */
  readonly directory: string;
  readonly keepReleases: number;
  readonly hooks: Hooks;
  readonly hookTimeout: number;
  /** How long the service may take from `start` until it answers as the new release. */
  readonly startTimeout: number;
  readonly identity?: Identity;
}

/** Commands run from the folder of the new release; `undefined` is not run. */
export interface Hooks {
  readonly stop?: string;
  readonly start?: string;
}

/** Where a running process says who it is, and in which JSON fields. */
export interface Identity {
  /** `{address}` and `{port}` are the host's own. */
  readonly url: string;
  readonly version: string;
  /** Field with the sha256 of the artifact the process was started from. */
  readonly digest?: string;
  /** Field with the ISO 8601 time the process started. */
  readonly started?: string;
}

export interface Policy {
  /** The most hosts of a zone worked on together; later batches use the later entries, the last one repeats. */
  readonly batch: readonly Amount[];
  readonly minHealthy: Amount;
  /** `undefined`: true for zones of a region with three zones or more. */
  readonly surviveZone?: boolean;
  readonly drain: DrainPolicy;
  readonly restore: RestorePolicy;
  readonly onFailure: 'roll-back' | 'hold';
}

/** When a host counts as quiet. */
export interface DrainPolicy {
  /** Least time from deregistration until the data plane has heard of it. */
  readonly propagation: number;
  /** For how long no connection may be seen on the host. 0 turns the proof off. */
  readonly quiet: number;
  /** When this is over the host goes back into service and the deployment stops. */
  readonly timeout: number;
}

/** When a returned host counts as serving. */
export interface RestorePolicy {
  /** Consecutive looks that must all show `healthy`. */
  readonly checks: number;
  readonly timeout: number;
}

/** One request and what its answer must be. */
export interface SmokeCheck {
  readonly name: string;
  readonly path: string;
  readonly status: number;
  /** Text that the body must contain. */
  readonly contains?: string;
  /** Longest time to the end of the body. */
  readonly within: number;
}

export interface Zone {
  /** Availability zone name such as `us-east-1a`. */
  readonly zone: string;
  readonly region: string;
  /** GitHub environment that a person must approve. */
  readonly environment: string;
  /** Instance ids of the zone's hosts. */
  readonly hosts: readonly string[];
  readonly pools: readonly Pool[];
}

export interface Pool {
  readonly targetGroup: string;
  /** URL at which users reach the pool, without a path; read from the balancer's HTTP listener when not given. */
  readonly entrance?: string;
}

/** Settings of the local stand-in for AWS; the defaults are real ALB behaviour, sped up. */
export interface RangeSettings {
  /** Release that is installed on every host before a rehearsal. */
  readonly from: string;
  readonly to: string;
  /** Folder with the release archives, relative to the fleet file. */
  readonly releases: string;
  readonly balancer: RangeBalancer;
  readonly probe: RangeProbe;
  /** What the rehearsal changes in `policy`, so that it takes minutes. */
  readonly policy: Partial<Policy>;
}

export interface RangeBalancer {
  /** Longest time a balancer node goes on using a target after its deregistration. */
  readonly propagation: number;
  readonly deregistrationDelay: number;
  readonly healthCheckInterval: number;
  readonly healthCheckPath: string;
  readonly crossZone: boolean;
}

/** What the rehearsal's probes ask for, over and over, as users would. */
export interface RangeProbe {
  readonly path: string;
  /** Response header in which the service says its version. */
  readonly versionHeader: string;
  /** Requests a second, all regions together. */
  readonly rate: number;
}
