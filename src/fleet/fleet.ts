import type { Check } from '../checks/check.ts';
import type { Amount } from './amount.ts';
import type { FailureLadder } from './ladder.ts';

/** One service and everything that is needed to deploy it, as read from its fleet file. Durations are milliseconds. */
export interface Fleet {
  readonly service: string;
  readonly release: {
    /** `s3://bucket/key` or an https URL with `{version}` in it; the same with `.sha256` at its end holds the digest. */
    readonly artifact: string;
  };
  /** Where the ledger of the service is: `s3://bucket/key` or `file:path`, ending in `.json`. */
  readonly ledger: string;
  readonly hosts: HostSettings;
  readonly policy: Policy;
  readonly notify: NotifySettings;
  readonly smoke: readonly Check[];
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
  /** The systemd unit that is stopped, started or restarted where a hook for it is not given. */
  readonly unit?: string;
  readonly hookTimeout: number;
  /** How long the service may take from `start` until it answers as the new release. */
  readonly startTimeout: number;
  readonly identity?: Identity;
}

/**
 * Programs of the new release, in the order in which they run, each in the release's own folder. The switch comes between
 * `stop` and `start`. One that is not given is not run.
 */
export interface Hooks {
  readonly beforeInstall?: string;
  readonly stop?: string;
  readonly start?: string;
  readonly afterInstall?: string;
  readonly verify?: string;
}

/** Where a running process says who it is, and by which markers: each a JSON field, or `header:<name>` (marker.ts). */
export interface Identity {
  /** `{address}` and `{port}` are the host's own. */
  readonly url: string;
  readonly version: string;
  /** The sha256 of the artifact the process was started from. */
  readonly digest?: string;
  /** The ISO 8601 time the process started. */
  readonly started?: string;
  /** Which host answered: its instance id, address, address and port, or EC2 host name. */
  readonly host?: string;
}

export interface Policy {
  /** The most hosts of a zone worked on together; later batches use the later entries, the last one repeats. */
  readonly batch: readonly Amount[];
  readonly minHealthy: Amount;
  /** `undefined`: true for zones of a region with three zones or more. */
  readonly surviveZone?: boolean;
  readonly drain: DrainPolicy;
  readonly restore: RestorePolicy;
  readonly smoke: SmokePolicy;
  readonly onFailure: FailureLadder;
  readonly bake: BakePolicy;
  /** How long an approval holds: a zone does not begin later than this after it was let through. */
  readonly approvalMaxAge: number;
  /** How long a deployment may take from its plan to its last promotion; for ever when not given. */
  readonly deploymentTimeout?: number;
}

/** What a zone must stand after its deployment before the next zone may begin, and what happens when it does not. */
export interface BakePolicy {
  /** Before the first look. */
  readonly wait: number;
  /** For how long, without a break, every gate must be open. */
  readonly stable: number;
  /** The same for the first zone. */
  readonly firstZoneStable: number;
  /** How long gates may be closed, all breaks together, before that counts; 0 is at once. */
  readonly retry: number;
  /** Between two looks. */
  readonly every: number;
  /** From the beginning of the zone's deployment to its promotion. */
  readonly zoneTimeout: number;
  /** A URL that opens the gate with any 2xx; none when not given. */
  readonly gate?: string;
  /** Data points that each metric alarm's metric must have had during the bake; 0 asks for none. */
  readonly minDatapoints: number;
  readonly onFailure: (typeof BAKE_FAILURES)[number];
}

/** `hold`: the zone stays as it is, for people to look at. `roll-back`: it returns to the release promoted there before. */
export const BAKE_FAILURES = ['hold', 'roll-back'] as const;

/** Who is told when a deployment halts, beside the job summary. */
export interface NotifySettings {
  /** Whether a GitHub issue is opened or updated. */
  readonly issue: boolean;
  /** ARN of an SNS topic. */
  readonly sns?: string;
}

/**
 * How a drain ends. `observed`: withdrawal shown, propagation over, and the host quiet. `delay`: the balancer shows the
 * target gone, which takes its whole deregistration delay. `fixed`: only `propagation` is waited for, nothing is proven.
 */
export const DRAIN_POLICIES = ['observed', 'delay', 'fixed'] as const;

/**
 * What a member of an Auto Scaling group goes through. `standby`: EnterStandby and ExitStandby. `suspend`: the processes
 * that would replace it are suspended meanwhile. `ignore`: nothing; the group may terminate it.
 */
export const AUTO_SCALING_MODES = ['standby', 'suspend', 'ignore'] as const;

/** How hosts leave service. */
export interface DrainPolicy {
  readonly policy: (typeof DRAIN_POLICIES)[number];
  /** Least time from deregistration until the data plane has heard of it; by the kind of balancer when not given. */
  readonly propagation?: number;
  /** For how long the host must be seen without work, with `observed`. */
  readonly quiet: number;
  /** Where the service tells how much it is working on; connections are counted when not given. */
  readonly gauge?: Gauge;
  /** When this is over the deployment stops. */
  readonly timeout: number;
  /** What becomes of the hosts then. */
  readonly onTimeout: 'return' | 'hold';
  readonly autoScaling: (typeof AUTO_SCALING_MODES)[number];
  /** Whether an Auto Scaling group's MinSize may be lowered for the time that hosts are in standby. */
  readonly lowerMinSize: boolean;
}

/** A URL that answers JSON with a number in `field`; 0 means that the service is working on nothing. */
export interface Gauge {
  /** `{address}` and `{port}` are the host's own. */
  readonly url: string;
  readonly field: string;
}

/** When a returned host counts as serving. */
export interface RestorePolicy {
  /** Health checks in a row that must find the host healthy. */
  readonly checks: number;
  readonly timeout: number;
  /** How long the first real request may take after that; not waited for when not given. */
  readonly firstRequest?: number;
}

export const SMOKE_PLACES = ['host', 'runner'] as const;

/** How the checks of a smoke test are made, and when one counts as passed or failed. */
export interface SmokePolicy {
  /** Whether they are asked from the hosts themselves or from the runner, which then needs a route to them. */
  readonly from: (typeof SMOKE_PLACES)[number];
  readonly attempts: number;
  readonly interval: number;
  /** Attempts in a row that must pass. */
  readonly consecutive: number;
  /** Wait before the first attempt. */
  readonly warmUp: number;
  /** How long it may take until each returned host has answered through the balancer. */
  readonly seenWithin: number;
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
  /** Names of CloudWatch alarms of the zone's region that must be OK before it is deployed and while it bakes. */
  readonly alarms: readonly string[];
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
  /** Makes the hosts of each region one Auto Scaling group; without it they are in none. */
  readonly autoScaling?: RangeAutoScaling;
  /** Another pool behind the balancer of the first zone, at weight 0 at first. */
  readonly secondPool?: RangeSecondPool;
  /** Another load balancer with the hosts of `secondPool`; never without it. */
  readonly secondBalancer?: { readonly targetGroup: string };
  readonly dns?: RangeDnsSettings;
  readonly alarms: readonly RangeAlarmSettings[];
  /** Whether the API refuses calls that come faster than AWS allows. */
  readonly throttling: boolean;
  readonly probe: RangeProbe;
  /** What the rehearsal changes in `policy`, so that it takes minutes. */
  readonly policy: Partial<Policy>;
}

export interface RangeSecondPool {
  readonly targetGroup: string;
  /** Instance ids by zone; the zones are of the first zone's region. */
  readonly hosts: Readonly<Record<string, readonly string[]>>;
}

/** A hosted zone of the range and the name servers that answer for it. Names have no dot at their end. */
export interface RangeDnsSettings {
  readonly zone: string;
  readonly zoneId: string;
  /** Name in the zone that is a CNAME to the first load balancer at first. */
  readonly record: string;
  /** Whole seconds, in milliseconds. */
  readonly ttl: number;
  readonly nameServers: number;
  /** Longest time by which a name server lags behind the others. */
  readonly lag: number;
  /** Longest time until a change is INSYNC. */
  readonly propagation: number;
}

/** An alarm of CloudWatch: too large a share of the answers are server errors. */
export interface RangeAlarmSettings {
  readonly name: string;
  /** Whose answers count; those of all balancers of the first zone's region when not given. */
  readonly targetGroup?: string;
  /** Percent; more of the answers being 5xx is an alarm. */
  readonly threshold: number;
  /** How long is looked back. */
  readonly window: number;
}

export interface RangeAutoScaling {
  /** Of each group. */
  readonly minSize: number;
  /** How long a host in service may be ill or out of its pools until its group marks it unhealthy. */
  readonly unhealthyAfter: number;
}

export interface RangeBalancer {
  readonly type: 'application' | 'network';
  /** Longest time a balancer node goes on using a target after its deregistration. */
  readonly propagation: number;
  readonly deregistrationDelay: number;
  readonly healthCheckInterval: number;
  readonly healthCheckPath: string;
  readonly crossZone: boolean;
  /** How long the share of a target that has become healthy grows; 0 is off. */
  readonly slowStart: number;
}

/** What the rehearsal's probes ask for, over and over, as users would. */
export interface RangeProbe {
  readonly path: string;
  /** Response header in which the service says its version. */
  readonly versionHeader: string;
  /** Requests a second, all regions together. */
  readonly rate: number;
}
