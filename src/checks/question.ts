import type { METHODS, Observation, RECORD_TYPES } from './check.ts';

/** What is asked, wherever it is asked from. */
export type Question =
  | { readonly kind: 'http'; readonly url: string; readonly manner?: Manner }
  /**
   * The same request many times, each over a connection of its own, to every address of the name in turn; for finding out
   * who is behind a balancer.
   */
  | {
      readonly kind: 'repeated';
      readonly url: string;
      readonly manner?: Manner;
      readonly times: number;
      /** Lower-case names of the response headers that the answers are to hold; none when not given. */
      readonly wanted?: readonly string[];
    }
  /** `listen`: whether the server has to say something first. */
  | { readonly kind: 'tcp'; readonly address: string; readonly port: number; readonly listen: boolean }
  /** `name` is sent as SNI, and what the certificate is judged by. */
  | { readonly kind: 'tls'; readonly address: string; readonly port: number; readonly name: string }
  | {
      readonly kind: 'dns';
      readonly record: string;
      readonly type: (typeof RECORD_TYPES)[number];
      readonly server?: string;
    }
  /** Only a host can answer it. `directory` is the absolute folder that holds `current`. */
  | { readonly kind: 'command'; readonly directory: string; readonly program: string };

/** How an URL is asked, when not by a plain GET. */
export interface Manner {
  readonly method: (typeof METHODS)[number];
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Address to connect to in the place of the URL's own name, which stays the name for `Host` and SNI. */
  readonly connect?: string;
  readonly redirects: 'follow' | 'refuse';
  readonly tls: 'verify' | 'ignore';
}

/** What is meant when nothing is said. */
export const PLAIN: Manner = { method: 'GET', headers: {}, redirects: 'refuse', tls: 'verify' };

/** A question, and the host that it is asked from or about. */
export interface Asked {
  readonly host: string;
  /** Milliseconds until it counts as not answered. */
  readonly limit: number;
  readonly question: Question;
}

/**
 * Asks questions at the same time, never more of them than its own bound, and gives the observations in their order. What
 * does not answer is `silent` with the reason. It throws a cancellation, and a PlatformError for a host's report that cannot
 * be understood.
 */
export type Ask = (asked: readonly Asked[], signal: AbortSignal) => Promise<readonly Observation[]>;

/** One question in words, such as `POST http://10.0.0.1:8080/cart`. */
export function describeQuestion(question: Question): string {
  switch (question.kind) {
    case 'http':
    case 'repeated':
      return `${question.manner?.method ?? 'GET'} ${question.url}`;
    case 'tcp':
      return `connection to ${question.address}:${question.port}`;
    case 'tls':
      return `TLS to ${question.address}:${question.port} for ${question.name}`;
    case 'dns':
      return `${question.type} of ${question.record}${question.server === undefined ? '' : ` at ${question.server}`}`;
    case 'command':
      return `${question.program} in ${question.directory}/current`;
  }
}
