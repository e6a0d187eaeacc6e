/** A host as its Auto Scaling group sees it. */
export interface ScalingMember {
  readonly host: string;
  readonly group: string;
  /** Availability zone name. */
  readonly zone: string;
  /** `InService`, `EnteringStandby`, `Standby`, `Pending`, …; new ones appear over time. */
  readonly lifecycle: string;
}

export interface ScalingGroup {
  readonly name: string;
  readonly minSize: number;
  readonly maxSize: number;
  /** How many hosts the group keeps at work; those in standby are not among them. */
  readonly desired: number;
  /** Names of the processes that are suspended now. */
  readonly suspended: readonly string[];
  /** All of its hosts, whatever they are doing; one that is ended stays for a while. */
  readonly members: readonly ScalingMember[];
}

/** Groups that keep the number of their hosts by themselves. Every method throws `PlatformError` or `UserError`. */
export interface Scaling {
  /** The hosts among these that are in a group. */
  members(hosts: readonly string[]): Promise<readonly ScalingMember[]>;
  group(name: string): Promise<ScalingGroup>;
  /** Takes hosts out of every pool of the group and lowers the desired size by as many; they are not replaced. */
  enterStandby(group: string, hosts: readonly string[]): Promise<void>;
  exitStandby(group: string, hosts: readonly string[]): Promise<void>;
  setMinSize(group: string, size: number): Promise<void>;
  /** Changes the desired size at once, without waiting for a cooldown. */
  setDesired(group: string, size: number): Promise<void>;
  suspend(group: string, processes: readonly string[]): Promise<void>;
  resume(group: string, processes: readonly string[]): Promise<void>;
  /** Takes back a mark of ill health, which the group never takes back by itself. */
  setHealthy(host: string): Promise<void>;
  /** Ends a host for good and leaves the desired size as it is; returns when that has begun. */
  terminate(host: string): Promise<void>;
}
