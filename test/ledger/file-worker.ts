import { link } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { createFileLedger } from '../../src/ledger/file.ts';
import type { LedgerStore } from '../../src/ledger/port.ts';
import { raise } from './raise.ts';

/**
 * A process that raises a number in a ledger, and says `raised` each time: `node file-worker.ts PLACE TIMES MODE`. Once it has
 * read for the first time it says `read` and waits for a line, so that several begin from the same revision.
 *
 * Modes: `compare`, as everybody writes; `blind`, which writes over whatever is there; `killed-before` and `killed-after`, which
 * dies as by kill -9 just before or after link(2).
 */
const [place = '', times = '', mode = ''] = process.argv.slice(2);

const say = (text: string) => void process.stdout.write(`${text}\n`);
const die = () => process.kill(process.pid, 'SIGKILL');

const store = createFileLedger(place, {
  hardLink: async (file, name) => {
    if (mode === 'killed-before') die();
    await link(file, name);
    if (mode === 'killed-after') die();
  },
});
const used = waitingOnce(mode === 'blind' ? blind(store) : store);
for (let time = 1; time <= Number(times); time += 1) {
  await raise(used);
  say('raised');
}

function waitingOnce(each: LedgerStore): LedgerStore {
  let isFirst = true;
  return {
    ...each,
    read: async (aborted) => {
      const found = await each.read(aborted);
      if (!isFirst) return found;
      isFirst = false;
      say('read');
      const lines = createInterface({ input: process.stdin });
      for await (const _ of lines) break;
      return found;
    },
  };
}

function blind(each: LedgerStore): LedgerStore {
  return {
    ...each,
    write: async (text, _, aborted) => {
      const newest = async () => (await each.read(aborted))?.revision;
      while ((await each.write(text, await newest(), aborted)).kind === 'conflict');
      return { kind: 'written' };
    },
  };
}
