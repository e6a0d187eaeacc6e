import type { Ledger } from '../../../src/ledger/document.ts';
import { openIntents } from '../../../src/ledger/journal.ts';
import { PlatformError } from '../../../src/runner/errors.ts';
import { fakeGroup } from '../fake-groups.ts';
import { type MemoryJournal, memoryJournal } from '../journal/memory-journal.ts';
import type { World } from '../world.ts';
import { ALL, record } from '../zone.ts';

/** A journal on the world's clock and signal, of which the log is the world's. */
export function journalOf({ context, now }: World, found?: Ledger): MemoryJournal {
  const { signal, log } = context;
  return memoryJournal({ signal, log, now, ...(found === undefined ? {} : { found }) });
}

export function actsOf({ ledger: { journal = [] } }: MemoryJournal): readonly string[] {
  return journal.map(
    ({ act, version, hosts, end }) => `${act} ${version} ${hosts.join(' ')} ${end?.kind ?? 'open'}`,
  );
}

export function outOf({ ledger: { out = {} } }: MemoryJournal): readonly string[] {
  return Object.entries(out).map(([host, { held }]) => (held === undefined ? host : `${host} held`));
}

export function failWrite(journal: MemoryJournal, isIt: (next: Ledger) => boolean): void {
  journal.beforeWrite = (next) => {
    if (isIt(next)) throw new PlatformError('S3 answered 503');
  };
}

export function isOpen(act: string) {
  return (next: Ledger) => openIntents(next).some((intent) => intent.act === act);
}

/** What a run that was killed while it did something left in the ledger. */
export function leftBy(act: 'withdraw' | 'install' | 'return', hosts: readonly string[]): Ledger {
  const written = memoryJournal({ run: 'an earlier run', token: 3 });
  void written.begin(
    act,
    '1.1.0',
    hosts.map((host) => JSON.parse(record(host))),
  );
  return written.ledger;
}

/** Puts every host into one group, so that one that cannot start anything any more can be replaced. */
export function breakHost(world: World, host: string): void {
  for (const id of ALL) world.zones.set(id, `us-east-1${id[2]}`);
  world.groups.push(fakeGroup('web-group', ALL, 2));
  world.host(host).bootless = true;
}
