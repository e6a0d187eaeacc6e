import { changeLedger } from '../../src/ledger/ledger.ts';
import type { LedgerStore } from '../../src/ledger/port.ts';
import { systemClock } from '../../src/runner/clock.ts';
import { PlatformError } from '../../src/runner/errors.ts';

const { signal } = new AbortController();
/** Many at once shall not wait as long as those on S3. */
const clock = {
  ...systemClock,
  sleep: (milliseconds: number) => systemClock.sleep(Math.min(milliseconds, 10), signal),
};

/** Raises the number in a ledger by one, as often as it takes until nobody else is first. */
export async function raise(store: LedgerStore): Promise<number> {
  try {
    const {
      ledger: { fence = 0 },
    } = await changeLedger(store, 'storefront', (ledger) => ({ ...ledger, fence: (ledger.fence ?? 0) + 1 }), {
      clock,
      signal,
    });
    return fence;
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    return raise(store);
  }
}
