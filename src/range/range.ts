import type { Fleet } from '../fleet/fleet.ts';
import type { RangeNames } from './names.ts';
import type { PublishedMessage } from './sns/service.ts';

/** Response header in which the range's balancers name the host that answered; the rehearsal's probes read it. */
export const TARGET_HEADER = 'x-range-target';

/** Response header with the ARN of the target group that the range's application load balancers chose for a request. */
export const TARGET_GROUP_HEADER = 'x-range-target-group';

/** Trouble that a range is told to make. */
export type RangeFault =
  | HostFault
  /** Traffic has been shifted away from this zone: its targets are healthy and receive nothing. */
  | { readonly kind: 'zonal-shift'; readonly zone: string };

/** Trouble with one host. */
export type HostFault =
  /** The service manager says it restarted the service of this host, and did not. */
  | { readonly kind: 'stale-process'; readonly host: string }
  /** The host's service fails its health check from the start. */
  | { readonly kind: 'sick'; readonly host: string }
  /** The host's SSM agent does not answer. */
  | { readonly kind: 'dead-agent'; readonly host: string }
  /** The host's SSM agent runs every command that it gets twice, the second time while the first is still running. */
  | { readonly kind: 'double-delivery'; readonly host: string };

export interface RangeOptions {
  readonly fleet: Fleet;
  /** Folder of the fleet file; `range.releases` is relative to it. */
  readonly fleetFolder: string;
  /** Empty folder for host folders and state; removed by `stop`. */
  readonly folder: string;
  /** Seeds every random decision of the range. */
  readonly seed: number;
  readonly faults: readonly RangeFault[];
}

/** One host as it really is, seen from outside the API. */
export interface HostSnapshot {
  readonly host: string;
  readonly zone: string;
  readonly region: string;
  readonly address: string;
  readonly port: number;
  /** What `current` points to. */
  readonly release?: string;
  /** Process id of the running service. */
  readonly process?: number;
  /** Its Auto Scaling group has terminated it; another host took its place. */
  readonly terminated?: true;
}

/** A load balancer as clients reach it. */
export interface RangeBalancerPlace {
  readonly name: string;
  /** With `range.dns` a name, otherwise the address. */
  readonly dnsName: string;
  readonly address: string;
  /** With `range.dns` the same for all. */
  readonly port: number;
  /** ARN. */
  readonly listener: string;
  readonly region: string;
}

/** A running range. */
export interface Range {
  /** Wire endpoint, always `http://127.0.0.1:port`. */
  readonly endpoint: string;
  /** Environment variables that point any AWS client at the range. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where clients reach the balancer of each of the fleet's own pools. */
  readonly entrances: readonly { readonly region: string; readonly url: string }[];
  /** Every balancer: those of `entrances` in the same order, then the second one of `range.second-balancer`. */
  readonly balancers: readonly RangeBalancerPlace[];
  /** None without `range.dns`. */
  readonly dns?: RangeNames;
  /** Every host there was: those of the fleet first, then those that an Auto Scaling group launched. */
  hosts(): Promise<readonly HostSnapshot[]>;
  /** Calls of each API operation since the range was ready, refused ones included. S3 is not counted. */
  calls(): Promise<Readonly<Record<string, number>>>;
  /** What was published to the topic of `notify.sns`, in the order in which it came. */
  published(): Promise<readonly PublishedMessage[]>;
  /**
   * Kills the service of a host for good; its service manager starts it no more. Its agent goes on answering.
   *
   * @throws UserError for a host that the range does not have
   */
  stopHost(host: string): Promise<void>;
  /**
   * Cuts the SSM agent of a host off for good, as a lost network does: it takes no command and reports no end, and what
   * runs on the host goes on running.
   *
   * @throws UserError for a host that the range does not have
   */
  stopAgent(host: string): Promise<void>;
  /** Stops every server and process of the range and removes its folder. */
  stop(): Promise<void>;
}
