/** The types of records that can be flipped. */
export const FLIPPABLE = ['CNAME', 'A', 'AAAA'] as const;
export type FlippableType = (typeof FLIPPABLE)[number];

/** What a record points at: values of its own, or those of another name. */
export type RecordValue =
  /** As they are written in the zone. */
  | { readonly kind: 'values'; readonly values: readonly string[] }
  | {
      readonly kind: 'alias';
      /** Zone of the target, a load balancer's own for load balancers. */
      readonly zoneId: string;
      readonly target: string;
      readonly evaluateTargetHealth: boolean;
    };

export type Content =
  /** `ttl` in seconds. */
  | (Extract<RecordValue, { readonly kind: 'values' }> & { readonly ttl: number })
  | Extract<RecordValue, { readonly kind: 'alias' }>;

/** The records of one name and type, or one of several such sets, exactly as the provider lists it. */
export interface RecordSet {
  readonly name: string;
  readonly type: string;
  readonly content: Content;
  /** Which of several sets it is; a simple one has none. `other` is a way of choosing that this version does not know. */
  readonly routing:
    | { readonly kind: 'simple' }
    | { readonly kind: 'weighted'; readonly identifier: string; readonly weight: number }
    | { readonly kind: 'other'; readonly identifier: string };
  /** Everything else that the provider says of it, to be written back as it is. */
  readonly native: Readonly<Record<string, unknown>>;
}

export interface Zone {
  readonly id: string;
  /** Lower case, without the dot at the end. */
  readonly name: string;
  /** Nobody outside of its network can ask for its names. */
  readonly isPrivate: boolean;
  /** Names of its servers; none when it is private. */
  readonly nameServers: readonly string[];
}

/** A type of a name that nobody may change. */
export interface Protection {
  readonly type: string;
  readonly comment?: string;
}

/** What a compare-and-swap came to. */
export type SwapOutcome =
  /** `change` is for asking whether it is everywhere. */
  | { readonly kind: 'done'; readonly change: string }
  /** Nothing was changed: something else was there already, which `now` shows. */
  | { readonly kind: 'lost'; readonly now: readonly RecordSet[] }
  /** Nothing was changed, and nothing will be however often it is tried. */
  | { readonly kind: 'refused'; readonly problem: string }
  /** `busy`: nothing was changed, and it may be tried again. `unknown`: no answer came, so that it may have happened. */
  | { readonly kind: 'busy' | 'unknown'; readonly problem: string };

/**
 * Where a zone is kept. Every method throws `UserError` for what is not there or not allowed and `PlatformError` when the
 * provider does not answer.
 */
export interface DnsProvider {
  zone(id: string): Promise<Zone>;
  /** Every record set of a name as it is now, of whatever type, changes that are not everywhere yet included. */
  read(zoneId: string, name: string): Promise<readonly RecordSet[]>;
  protections(zoneId: string, name: string): Promise<readonly Protection[]>;
  /** Puts `next` in the place of `old` if all of `old` is still there exactly as it was listed; all of it or nothing. */
  swap(zoneId: string, old: readonly RecordSet[], next: readonly RecordSet[]): Promise<SwapOutcome>;
  /** Whether a change has reached every server of the provider. */
  isInSync(change: string): Promise<boolean>;
}

/** One address of a name server. */
export interface NameServer {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/** What a server said to one question. */
export type Reply =
  /** `values` of the name itself in canonical form, sorted; `addresses` of the name and of what it leads to. */
  | { readonly kind: 'answer'; readonly values: readonly string[]; readonly addresses: readonly string[] }
  /** It answered something else than an authoritative answer, or not at all. */
  | { readonly kind: 'none'; readonly problem: string }
  /** This machine has no way to such an address, such as to IPv6. */
  | { readonly kind: 'unreachable'; readonly problem: string };

/** Whoever answers for a zone, and the way of clients to a name. */
export interface Authority {
  /**
   * Names of the servers to which the users of a zone are led, as the resolver of this machine gives them.
   *
   * @throws Error of the resolver when it gives none
   */
  delegation(zone: string): Promise<readonly string[]>;
  /**
   * Every address of these servers.
   *
   * @throws PlatformError for a server whose name has none
   */
  servers(names: readonly string[]): Promise<readonly NameServer[]>;
  ask(server: NameServer, name: string, type: FlippableType, signal: AbortSignal): Promise<Reply>;
  /**
   * Addresses of a name: as one of these servers gives them when it can, else as the resolver of this machine does. Of
   * IPv6 only when there is nothing of IPv4 or `type` says so; none when the name leads nowhere.
   */
  resolve(
    name: string,
    type: FlippableType,
    servers: readonly NameServer[],
    signal: AbortSignal,
  ): Promise<readonly string[]>;
}
