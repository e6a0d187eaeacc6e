import type { Act, LeftOut } from '../../ledger/document.ts';
import type { UndoRecord } from '../records.ts';

/**
 * What is about to be done to the hosts of a batch, written down before it is done, where the next run reads it. A batch
 * without trouble is four writes: each of the three acts, and its end.
 */
export interface Journal {
  /** Hosts of the zone that are out of service by what earlier runs wrote, with their records. */
  readonly known: ReadonlyMap<string, UndoRecord>;
  /**
   * Notes that an act begins; the one before it is done by that.
   *
   * @param version that the hosts are to run
   * @param records of every host of the batch that is out of service, or is about to be
   * @throws LostLeaseError, CancelledError; for `withdraw` and `install` also what `changeLedger` throws: the act does not begin then.
   *   A return is not kept from hosts because the ledger cannot be written: that is said in the log
   */
  begin(act: Act, version: string, records: readonly UndoRecord[]): Promise<void>;
  /**
   * The same on the way back from something that failed: no act is kept from hosts because the ledger cannot be written, since
   * it knows already that they are out.
   *
   * @throws LostLeaseError, CancelledError
   */
  beginBack(act: Act, version: string, records: readonly UndoRecord[]): Promise<void>;
  /**
   * Notes that the batch has come to its end, also when the step is being cancelled. Does not throw: what cannot be written is
   * said in the log, and written with what is written next.
   *
   * @param left hosts of the batch that are out of service still; the others serve
   */
  end(kind: 'done' | 'failed', left: readonly LeftOut[]): Promise<void>;
}
