/** One thing that must be true of a service, and how it is found out. Durations are milliseconds. */
export type Check = HttpCheck | TcpCheck | TlsCheck | DnsCheck | CommandCheck;

/** Two releases that serve at the same time: the one before the deployment and the one after it. */
export const SIDES = ['old', 'new'] as const;
export type Side = (typeof SIDES)[number];

interface Common {
  /** What it is called in reports; unique in its list. */
  readonly name: string;
  /** Longest time until it is decided. */
  readonly within: number;
  /** Releases on whose hosts it must hold while both serve. */
  readonly against: readonly Side[];
}

/** A text that must equal, hold, or match. */
export type TextRule =
  | { readonly kind: 'equals' | 'contains'; readonly text: string }
  /** Source of an ECMAScript regular expression with the flag `u`. */
  | { readonly kind: 'matches'; readonly text: string };

/** A scalar as JSON has it. */
export type JsonScalar = string | number | boolean | null;

/** HTTP statuses from the one to the other, both included. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** One HTTP request and what its answer must be. */
export interface HttpCheck extends Common {
  readonly type: 'http';
  readonly method: (typeof METHODS)[number];
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** One of them must hold the answer's. */
  readonly status: readonly StatusRange[];
  /** Response headers by lower-case name. */
  readonly header: Readonly<Record<string, TextRule>>;
  /** Every one of these must be true of the body. */
  readonly text: readonly TextRule[];
  /** JSONPath and the scalar that its first and only result must equal. */
  readonly json: readonly { readonly path: string; readonly equals: JsonScalar }[];
  readonly redirects: 'follow' | 'refuse';
  readonly tls: 'verify' | 'ignore';
  /** Name for `Host` and SNI; the target's own address when not given. */
  readonly host?: string;
}

/** A connection, and what the server says first when somebody wants to know. */
export interface TcpCheck extends Common {
  readonly type: 'tcp';
  /** The target's own when not given. */
  readonly port?: number;
  /** Every one of these must be true of the first bytes that the server sends; nothing is awaited when there is none. */
  readonly text: readonly TextRule[];
}

/** A TLS handshake and the certificate that the server shows. */
export interface TlsCheck extends Common {
  readonly type: 'tls';
  /** The target's own when not given. */
  readonly port?: number;
  /** Name for SNI that the certificate must be for; the target's own address when not given. */
  readonly host?: string;
  /** Whether the chain must be trusted and the name right. */
  readonly tls: 'verify' | 'ignore';
  /** Least days until the certificate expires. */
  readonly daysLeft: number;
}

export const RECORD_TYPES = ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'SRV', 'TXT'] as const;

/** A DNS record set, asked once wherever it is asked from, not at each target. */
export interface DnsCheck extends Common {
  readonly type: 'dns';
  /** Name of the record, without a dot at its end. */
  readonly record: string;
  readonly kind: (typeof RECORD_TYPES)[number];
  /** All values of the set, in any order, each as `canonicalValue` writes it: as `dig +short`, but TXT without quotes. */
  readonly values: readonly string[];
  /** Address of the server, with a port when it is not 53; the system's own resolver when not given. */
  readonly server?: string;
}

/** A program of the release that is run on the host; "can it reach its database". */
export interface CommandCheck extends Common {
  readonly type: 'command';
  /** Path inside the release, without arguments. */
  readonly run: string;
  readonly exitCode: number;
  /** Every one of these must be true of what it printed. */
  readonly text: readonly TextRule[];
}

/** What came back from a check; `milliseconds` to the end of it. */
export type Observation =
  | {
      readonly kind: 'http';
      readonly status: number;
      /** By lower-case name. */
      readonly headers: Readonly<Record<string, string>>;
      /** The first 8 kB. */
      readonly body: string;
      readonly milliseconds: number;
    }
  | {
      readonly kind: 'command';
      readonly exitCode: number;
      /** The first 8 kB of what it printed, errors included. */
      readonly output: string;
      readonly milliseconds: number;
    }
  | {
      readonly kind: 'tcp';
      /** The first 8 kB that the server sent within 200 ms of its first bytes, when that was awaited. */
      readonly banner: string;
      readonly milliseconds: number;
    }
  | {
      readonly kind: 'tls';
      /** Why the certificate is not trusted for the name; empty when it is. */
      readonly distrust: string;
      /** ISO 8601 time at which it expires. */
      readonly expires: string;
      /** Whole days from the handshake to that time, negative when it is over. */
      readonly daysLeft: number;
      readonly milliseconds: number;
    }
  | {
      readonly kind: 'dns';
      /** As `DnsCheck.values`; none when the name exists without such a record, or does not exist. */
      readonly values: readonly string[];
      readonly milliseconds: number;
    }
  /** Several answers to one question. */
  | { readonly kind: 'answers'; readonly answers: readonly ShortAnswer[]; readonly milliseconds: number }
  /** Nothing came: refused, timed out, no such name. */
  | { readonly kind: 'silent'; readonly problem: string; readonly milliseconds: number };

/** One of many answers, as much of it as tells who gave it. */
export type ShortAnswer =
  | {
      readonly status: number;
      /** By lower-case name. */
      readonly headers: Readonly<Record<string, string>>;
      /** The first 400 bytes. */
      readonly body: string;
    }
  | { readonly status: 0; readonly problem: string };

/** Whether an observation is what a check asks for, and what was seen, in words. */
export interface Judgement {
  readonly passed: boolean;
  readonly seen: string;
}
