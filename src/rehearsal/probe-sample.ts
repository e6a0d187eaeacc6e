import type { ProbedName } from './probe-names.ts';

/** How a probe reaches the balancer: over a connection it keeps, or over a new one for each request. */
export const CONNECTIONS = ['keep-alive', 'new'] as const;
export type Connection = (typeof CONNECTIONS)[number];

/** Why a request counts as failed. */
export type FailureReason =
  /** Answered, but not with 2xx. */
  | 'status'
  /** The connection was closed before an answer began. */
  | 'reset'
  /** No complete answer within the limit. */
  | 'timeout'
  /** The answer ended before its body did. */
  | 'truncated'
  /** The entrance's name led to no address. */
  | 'name'
  /** No connection could be made. */
  | 'connection'
  /** The request was due, but too many others were still unanswered. */
  | 'not-sent';

export type Outcome =
  | { readonly kind: 'served' }
  | { readonly kind: 'failed'; readonly reason: FailureReason; readonly detail: string };

/** One request and how it ended. Times are milliseconds since the epoch. */
export interface Sample {
  readonly region: string;
  readonly connection: Connection;
  readonly start: number;
  /** When the last byte was read, or when the request was known to have failed. */
  readonly end: number;
  /** How long after its due instant the probe sent it. */
  readonly late: number;
  /** What the answer's version header said. */
  readonly version?: string;
  /** The host that answered, when the balancer said so. */
  readonly host?: string;
  /** ARN of the target group that the balancer chose, when it said so. */
  readonly pool?: string;
  /** Where it was sent, as `address:port`, when the entrance has a name; none when that led nowhere. */
  readonly entrance?: string;
  readonly outcome: Outcome;
}

/** Where users reach a region. */
export interface ProbedEntrance {
  readonly region: string;
  readonly url: string;
  /** Name in the place of the URL's host. */
  readonly name?: ProbedName;
}

/** What the load asks for, and where. */
export interface LoadOptions {
  readonly entrances: readonly ProbedEntrance[];
  readonly path: string;
  readonly versionHeader: string;
  /** Requests a second, all regions and both kinds of connection together. */
  readonly rate: number;
  readonly seed: number;
  /** Milliseconds until a request without a complete answer has failed. */
  readonly timeout: number;
}

/** Milliseconds until a request without a complete answer has failed: longer than people wait for a page. */
export const REQUEST_TIMEOUT = 3_000;

/** What the rehearsal tells its probe process. */
export type ProbeOrder =
  | { readonly kind: 'start'; readonly options: LoadOptions }
  | { readonly kind: 'stop' }
  | { readonly kind: 'control'; readonly url: string; readonly timeout: number };

/** What the probe process reports. */
export type ProbeReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'samples'; readonly samples: readonly Sample[] }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'control'; readonly outcome: Outcome };
