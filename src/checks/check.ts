/** One thing that must be true of a service, and how it is found out. Durations are milliseconds. */
export type Check = HttpCheck | CommandCheck;

interface Common {
  /** What it is called in reports; unique in its list. */
  readonly name: string;
  /** Longest time until it is decided. */
  readonly within: number;
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
  /** Nothing came: refused, timed out, no such name. */
  | { readonly kind: 'silent'; readonly problem: string; readonly milliseconds: number };

/** Whether an observation is what a check asks for, and what was seen, in words. */
export interface Judgement {
  readonly passed: boolean;
  readonly seen: string;
}
