import type { UndoRecord } from '../records.ts';
import type { HostReport } from '../upgrade/host-report.ts';
import type { Batch, ZoneWork } from './zone-work.ts';

/** How far a batch has come, for whoever has to repair it. */
export interface Course {
  readonly batch: Batch;
  /** Knows the successors of hosts that were replaced. */
  work: ZoneWork;
  /** What is out of service: successors in the place of the hosts that were replaced. */
  records: readonly UndoRecord[];
  reports: readonly HostReport[];
  /** Whether the ledger was told that something is installed: nothing was before. */
  begun: boolean;
  /** Whether the hosts were being registered again. */
  returned: boolean;
}
