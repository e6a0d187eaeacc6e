import { createInterface } from 'node:readline/promises';
import type { Fleet } from '../fleet/fleet.ts';
import { loadFleet } from '../fleet/load.ts';
import { findZone } from '../fleet/zones.ts';
import { breakLease, describeLease } from '../ledger/lease.ts';
import { changeLedger, readLedger } from '../ledger/ledger.ts';
import { openLedger } from '../ledger/open.ts';
import type { LedgerStore } from '../ledger/port.ts';
import { systemClock } from '../runner/clock.ts';
import { UserError } from '../runner/errors.ts';
import type { Command } from './commands.ts';
import { LEDGER_HELP, type LedgerArguments, parseLedgerArguments } from './ledger/arguments.ts';
import { showLedger } from './ledger/show.ts';
import { explainLedger } from './ledger/why.ts';

/** `zonewise ledger`: shows and explains the ledger of a fleet, and breaks its lease. */
export const LEDGER: Command = {
  name: 'ledger',
  summary: 'shows and explains what the ledger of a fleet says, and breaks its lease',
  run: async (words) => {
    const given = parseLedgerArguments(words);
    if (given === 'help') process.stdout.write(LEDGER_HELP);
    else await run(given);
    return 0;
  },
};

async function run(given: LedgerArguments): Promise<void> {
  const fleet = await loadFleet(given.fleetFile);
  if (given.verb === 'why' && given.zone !== undefined) findZone(fleet, given.zone);
  const store = await openLedger(fleet.ledger, { region: fleet.zones[0]?.region ?? '' });
  const { signal } = new AbortController();
  if (given.verb === 'release') return release(fleet, store, given);
  const ledger = await readLedger(store, fleet.service, signal);
  const now = systemClock.now();
  process.stdout.write(`${fleet.service}, ${store.place}\n\n`);
  const text =
    given.verb === 'show' ? showLedger(fleet, ledger, now) : explainLedger(fleet, ledger, now, given.zone);
  process.stdout.write(text);
}

async function release(
  { service }: Fleet,
  store: LedgerStore,
  { reason, yes }: Extract<LedgerArguments, { readonly verb: 'release' }>,
): Promise<void> {
  const { signal } = new AbortController();
  const { lease } = await readLedger(store, service, signal);
  if (lease === undefined)
    throw new UserError(`Nobody holds the lease of ${service}. The ledger was not changed.`);
  process.stdout.write(`${describeLease(lease)}.\n`);
  if (!yes && !(await agreed())) throw new UserError('The lease was not broken.');
  const by = process.env['GITHUB_ACTOR'] ?? process.env['USER'] ?? process.env['USERNAME'];
  const at = new Date(systemClock.now()).toISOString();
  const { ledger } = await changeLedger(
    store,
    service,
    (found) => {
      if (found.lease?.token !== lease.token) {
        throw new UserError(
          'The lease has changed hands meanwhile. The ledger was not changed. Look at it again.',
        );
      }
      return breakLease(found, { ...(by === undefined ? {} : { by }), at, reason });
    },
    { clock: systemClock, signal },
  );
  process.stdout.write(
    `The lease is broken. Whoever held it notices before its next change, and changes nothing more; the fencing token is ` +
      `${ledger.fence} now. What that run had under way on hosts may still end.\n`,
  );
}

async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new UserError('Nobody can be asked here. The lease was not broken. Add --yes if you are sure.');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(
      'Break it? Two deployments at once take hosts out of service twice. [y/N] ',
    );
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
