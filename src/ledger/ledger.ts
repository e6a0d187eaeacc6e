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

/** A ledger after a change. */
export interface Changed {
  readonly ledger: Ledger;
  /** None when the storage did not tell its revision. */
  readonly stored?: Stored;
}

/**
 * Changes the ledger: reads it, changes it, and writes it if nobody else has written in between; otherwise once more from
 * what is there then.
 *
 * @param known what was written last by the caller, who believes that nobody has written since: then it is not read first. If
 *   somebody has, the write is refused, and it is read
 * @param change gives the new ledger from the one that is there, every time anew; what it throws ends it, with nothing written
 * @returns the ledger as it is then; a change that changes nothing writes nothing
 * @throws UserError when what is there cannot be used, PlatformError when others wrote first every time; when a write fails
 *   it is unknown whether it was done
 */
export async function changeLedger(
  store: LedgerStore,
  service: string,
  change: (ledger: Ledger) => Ledger,
  { clock, signal }: Pick<Edges, 'clock' | 'signal'>,
  known?: Stored,
): Promise<Changed> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    signal.throwIfAborted();
    const believed = attempt === 1 ? known : undefined;
    const stored = believed ?? (await store.read(signal));
    const found = fromStored(stored, store.place, service);
    const ledger = change(found);
    const text = renderLedger(ledger);
    if (ledger === found || text === stored?.text) {
      // Without a write nothing has shown that it still is so.
      if (believed !== undefined) continue;
      return { ledger, ...(stored === undefined ? {} : { stored }) };
    }
    const written = await store.write(text, stored?.revision, signal);
    if (written.kind === 'written') {
      const { revision } = written;
      return { ledger, ...(revision === undefined ? {} : { stored: { text, revision } }) };
    }
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
