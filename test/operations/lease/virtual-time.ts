import type { Clock } from '../../../src/operations/context.ts';
import { LEASE_TIMING, type LeaseTiming } from '../../../src/operations/lease/timing.ts';

interface Beat {
  readonly pause: number;
  readonly work: () => Promise<void>;
}

/**
 * A lease's time on a clock on which nothing takes time but sleeping: what is done in the background is done while others
 * sleep.
 */
export function onVirtualTime(clock: Clock): { readonly clock: Clock; readonly leaseTiming: LeaseTiming } {
  const beats = new Set<Beat>();
  let beating = false;
  const beatAll = async (): Promise<void> => {
    if (beating) return;
    beating = true;
    for (const { work } of beats) await work();
    beating = false;
  };
  return {
    clock: {
      ...clock,
      async sleep(milliseconds, signal) {
        let left = milliseconds;
        do {
          const piece = Math.min(left, ...[...beats].map(({ pause }) => pause));
          await clock.sleep(piece, signal);
          left -= piece;
          await beatAll();
        } while (left > 0);
      },
    },
    leaseTiming: {
      ...LEASE_TIMING,
      every: (pause, work) => {
        const beat = { pause, work };
        beats.add(beat);
        return () => beats.delete(beat);
      },
    },
  };
}
