import type { Edges } from '../operations/context.ts';
import { PlatformError } from '../runner/errors.ts';
import type { Ledger } from './document.ts';
import { parseLedger, renderLedger } from './parse.ts';
import type { LedgerStore, Stored } from './port.ts';

/** Every attempt but the last one of somebody else fails, so this is more than the zones that change it at once. */
const ATTEMPTS = 20;
/** Milliseconds: pauses between attempts are below this, which doubles up to the limit. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5_000;

/**
 * Reads the ledger of a service.
 *
 * @returns an empty one when there is none yet
 * @throws UserError when what is there cannot be used; UserError or PlatformError when it cannot be read
 */
export async function readLedger(store: LedgerStore, service: string, signal: AbortSignal): Promise<Ledger> {
  return fromStored(await store.read(signal), store.place, service);
}

/**
 * Changes the ledger: reads it, changes it, and writes it if nobody else has written in between; otherwise once more from
 * what is there then.
 *
 * @param change gives the new ledger from the one that is there, every time anew; what it throws ends it, with nothing written
 * @returns the ledger as it was written; a change that changes nothing writes nothing
 * @throws UserError when what is there cannot be used, PlatformError when others wrote first every time; when a write fails
 *   it is unknown whether it was done
 */
export async function changeLedger(
  store: LedgerStore,
  service: string,
  change: (ledger: Ledger) => Ledger,
  { clock, signal }: Pick<Edges, 'clock' | 'signal'>,
): Promise<Ledger> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    signal.throwIfAborted();
    const stored = await store.read(signal);
    const changed = change(fromStored(stored, store.place, service));
    const text = renderLedger(changed);
    if (text === stored?.text) return changed;
    if ((await store.write(text, stored?.revision, signal)) === 'written') return changed;
    const limit = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1));
    await clock.sleep(Math.ceil(clock.jitter() * limit), signal);
  }
  throw new PlatformError(
    `The ledger ${store.place} was changed by others in between ${ATTEMPTS} times in a row, so this change was not ` +
      'written. Run the job again when fewer deployments of the service are running.',
  );
}

function fromStored(stored: Stored | undefined, place: string, service: string): Ledger {
  return stored === undefined
    ? { schema: 1, service, zones: {}, releases: [] }
    : parseLedger(stored.text, { place, service });
}
