import type { Ask } from '../../checks/question.ts';
import type { Fleet, Zone } from '../../fleet/fleet.ts';
import type { ReleaseKey, ZoneEntry } from '../../ledger/document.ts';
import type { LedgerStore } from '../../ledger/port.ts';
import type { AlarmMetrics } from '../../signals/port.ts';
import type { BakeEvidence } from '../bake/bake-evidence.ts';
import type { RegionContext } from '../context.ts';
import type { KeptJournal } from '../journal/keep-journal.ts';
import type { HeldLease } from '../lease/hold-lease.ts';
import type { LeaseTiming } from '../lease/timing.ts';
import type { Plan } from '../plan/plan.ts';
import type { HostReport } from '../upgrade/host-report.ts';

/** What a promotion needs of its surroundings. */
export interface PromotePorts {
  /** Of the zone's region. */
  readonly context: RegionContext;
  readonly ledger: LedgerStore;
  readonly metrics: AlarmMetrics;
  /** Asks from the runner. */
  readonly askFromRunner: Ask;
  /** For tests; that of `withLease` when not given. */
  readonly leaseTiming?: LeaseTiming;
}

/** The same for a promotion that holds the lease: its context changes nothing without it. */
export interface HeldPorts extends PromotePorts {
  readonly lease: HeldLease;
  readonly journal: KeptJournal;
}

export interface PromoteRequest {
  readonly fleet: Fleet;
  readonly zone: Zone;
  readonly version: string;
  /** Digest of the release; that of its archive when not given. */
  readonly sha256?: string;
  /** What was approved; says since when the whole deployment goes on. */
  readonly plan?: Plan;
  /** Number of the workflow run; 0 outside of GitHub. */
  readonly runId: number;
  /** Milliseconds to wait while another run holds the lease of the service; 0 refuses at once. */
  readonly leaseWait: number;
  /** Read everything once, change nothing. */
  readonly dryRun: boolean;
}

/** A zone of which the ledger and its hosts say that it may be promoted. */
export interface Candidate {
  readonly release: ReleaseKey;
  readonly entry: ZoneEntry;
}

/** What became of a promotion. `problem` is there when the zone is not promoted and should be. */
export interface PromotionReport {
  readonly zone: string;
  readonly version: string;
  readonly sha256: string;
  readonly state: 'promoted' | 'held' | 'rolled-back' | 'planned';
  /** What was done, in one sentence. */
  readonly done: string;
  /** None when nothing was baked: it was promoted before, or the roll-back of an earlier run was finished. */
  readonly evidence?: BakeEvidence;
  /** Of a roll-back. */
  readonly hosts: readonly HostReport[];
  readonly problem?: Error;
}
