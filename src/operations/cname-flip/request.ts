import type { Authority, DnsProvider, NameServer } from '../../dns/port.ts';
import type { Edges } from '../context.ts';
import type { CheckResult } from '../smoke/smoke.ts';
import type { FlipPlan } from './decide.ts';
import type { Proof } from './prove.ts';
import type { ServerReport } from './servers.ts';

export interface FlipContext extends Pick<Edges, 'clock' | 'log' | 'signal'> {
  readonly provider: DnsProvider;
  readonly authority: Authority;
}

export interface FlipRequest extends FlipPlan {
  /** Id of the zone. */
  readonly zone: string;
  readonly verification: Verification;
  readonly revertOnFailure: boolean;
  /** Milliseconds until the change must be everywhere, and again until every server must answer by it. */
  readonly timeout: number;
}

export type Verification =
  /** The runner asks every server of the zone, or those that are given, and then the service itself. */
  | { readonly kind: 'servers'; readonly given?: readonly NameServer[]; readonly proof: Proof }
  /** Hosts in the network of the zone ask the service, by their own resolvers, once none may have the old answer. */
  | { readonly kind: 'hosts'; readonly proof: Proof }
  | { readonly kind: 'off' };

/** How a flip ended. Times are milliseconds since 1970. */
export interface FlipResult {
  readonly kind: 'flipped' | 'there' | 'failed';
  /** What was done and what became of it. */
  readonly says: string;
  /** Whether the record is another one now because of this run. */
  readonly changed: boolean;
  readonly change?: string;
  readonly swappedAt?: number;
  readonly inSyncAt?: number;
  /** From when on no resolver that keeps to TTLs sends anybody to the old side. */
  readonly safeToStopAt?: number;
  /** What every server said last. */
  readonly servers: readonly ServerReport[];
  /** Checks through the name. */
  readonly results: readonly CheckResult[];
}

/** What is told about the record when the run ends in the middle; changed with every step. */
export interface Course {
  state: string;
}
