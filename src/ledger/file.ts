import { createHash, randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  codeOf,
  filePath,
  type HardLink,
  nameOnce,
  onDisk,
  syncFolder,
  writeSynced,
} from '../runner/disk.ts';
import { PlatformError, UserError } from '../runner/errors.ts';
import type { LedgerStore, Stored, Written } from './port.ts';

/** Revisions that are kept, so that what the ledger said before can be looked up. */
const KEPT = 100;
/** Digits of a revision in the name of its file, so that names sort as numbers do. */
const DIGITS = 12;
const REVISION = /^(?<number>\d{12})\.json$/;
const TEMPORARY = /^(?<number>\d{12})-[0-9a-f-]{36}\.tmp$/;
/** A revision that was listed is gone when it is opened only if `KEPT` others were written in between. */
const READS = 5;

interface Place {
  readonly place: string;
  /** Where the fleet file says that the ledger is; nothing is there, and only the folder beside it is used. */
  readonly path: string;
  /** Holds the revisions. */
  readonly folder: string;
}

interface Revision extends Stored {
  readonly number: number;
}

/**
 * A ledger on a disk of one machine: numbered revisions in the folder `<path>.d`, of which the newest is the ledger. There is
 * no lock, so a process that was killed leaves nothing that blocks another.
 *
 * A write makes a temporary file that bears the number it is to have, then sees that the newest revision still is the one
 * expected, then gives the file its name with link(2), which only one of several can do. Killed before that, it has changed
 * nothing; after it, the revision is whole and on the disk.
 *
 * Old revisions are removed, which must not let a writer that stood still meanwhile take a number that became free. It cannot:
 * temporary files with numbers that are taken are removed before any revision is, and whoever has seen that its number is not
 * taken had made its temporary file before. So when the number becomes free again that file is gone, and link(2) fails.
 * (This takes it that less than 100 revisions are written while one reads the names in the folder.)
 *
 * @param place `file:path`, absolute or from the working directory, which is the workspace in an action
 * @param options.hardLink stands in for link(2)
 * @throws UserError when the place is no such location
 */
export function createFileLedger(place: string, options: { readonly hardLink?: HardLink } = {}): LedgerStore {
  const at = parsePlace(place);
  return {
    place: at.place,
    read: (signal) => {
      const work = { purpose: `read the ledger ${at.place}`, state: 'Nothing was touched.' };
      return onDisk(work, async () => {
        signal.throwIfAborted();
        const found = await newest(at);
        return found && { text: found.text, revision: found.revision };
      });
    },
    write: async (text, expected, signal) => {
      const purpose = `write the ledger ${at.place}`;
      const write = { text, expected, signal, ...options };
      const result = await onDisk({ purpose, state: 'The ledger was not changed.' }, () => put(at, write));
      if (result.kind === 'conflict') return result;
      const state = 'The new revision is there, but may be lost with the power of the machine.';
      await onDisk({ purpose, state }, () => syncFolder(at.folder));
      // The ledger is written, whatever becomes of this; the next write tries it again.
      await tidy(at).catch(() => undefined);
      return result;
    },
  };
}

function parsePlace(place: string): Place {
  const given = filePath(place);
  if (given === undefined) {
    throw new UserError(
      `ledger ${place} is not of the form file:path. Nothing was touched. Correct it in the fleet file.`,
    );
  }
  const path = resolve(given);
  return { place: `file:${path}`, path, folder: `${path}.d` };
}

interface Write {
  readonly text: string;
  readonly expected: string | undefined;
  readonly signal: AbortSignal;
  readonly hardLink?: HardLink;
}

/** Writes the text as the next revision, if the expected one still is the newest. */
async function put(at: Place, { text, expected, signal, ...options }: Write): Promise<Written> {
  signal.throwIfAborted();
  if (expected === undefined) await makeFolder(at);
  const number = Number(expected?.slice(0, DIGITS) ?? 0) + 1;
  const temporary = join(at.folder, `${written(number)}-${randomUUID()}.tmp`);
  try {
    await writeSynced(temporary, text);
    if ((await newest(at))?.revision !== expected) return { kind: 'conflict' };
    signal.throwIfAborted();
    const isNamed = await nameOnce(temporary, join(at.folder, `${written(number)}.json`), options);
    return isNamed ? { kind: 'written', revision: revisionOf(number, text) } : { kind: 'conflict' };
  } catch (error) {
    // The ledger was removed after it was read.
    if (expected !== undefined && codeOf(error) === 'ENOENT') return { kind: 'conflict' };
    throw error;
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** @throws UserError where something else is in the way */
async function makeFolder(at: Place): Promise<void> {
  if ((await newest(at)) !== undefined) return;
  if ((await mkdir(at.folder, { recursive: true })) !== undefined) await syncFolder(dirname(at.folder));
}

/** The newest revision, which is the ledger. */
async function newest(at: Place): Promise<Revision | undefined> {
  for (let attempt = 1; attempt <= READS; attempt += 1) {
    const number = (await numbersOf(at.folder, REVISION)).at(-1);
    if (number === undefined) return nothing(at);
    const text = await unlessGone(readFile(join(at.folder, `${written(number)}.json`), 'utf8'));
    if (text !== undefined) return { number, text, revision: revisionOf(number, text) };
  }
  throw new PlatformError(
    `The newest revision of the ledger in ${at.folder} was gone ${READS} times in a row when it was opened. Nothing was ` +
      'touched. See that nothing but Zonewise removes files there, and run it again.',
  );
}

/**
 * That there is no ledger yet is believed only where one could be: else a disk that is not mounted, or a ledger that was put
 * there by hand, would look like a service that was never deployed.
 *
 * @throws UserError when its folder is missing, or something has its path
 */
async function nothing({ place, path, folder }: Place): Promise<undefined> {
  const parent = dirname(path);
  if ((await unlessGone(stat(parent))) === undefined) {
    throw new UserError(
      `The folder ${parent} of the ledger ${place} does not exist. Nothing was touched. Create it, mount the disk that has it, ` +
        'or correct `ledger` in the fleet file.',
    );
  }
  const found = await unlessGone(lstat(path));
  if (found === undefined) return;
  throw new UserError(
    found.isDirectory()
      ? `${path} of the ledger ${place} is a folder. Nothing was touched. Name a file that is not there yet: its revisions are ` +
          'kept beside it, in a folder with .d at its end.'
      : `${path} is there, but the ledger ${place} is kept in revisions in ${folder}, which has none. Nothing was touched. ` +
          `To begin from that file: mkdir -p ${folder} && mv ${path} ${join(folder, `${written(1)}.json`)}. Otherwise move it away.`,
  );
}

/** Removes what nobody needs: temporary files whose number is taken, and after them, ascending, revisions that are old. */
async function tidy({ folder }: Place): Promise<void> {
  const numbers = await numbersOf(folder, REVISION);
  const last = numbers.at(-1) ?? 0;
  // Read anew: a temporary file of one of these numbers that is to be named yet was made before the number was taken.
  for (const name of await readdir(folder)) {
    const number = TEMPORARY.exec(name)?.groups?.['number'];
    if (number !== undefined && Number(number) <= last) await rm(join(folder, name), { force: true });
  }
  for (const number of numbers.filter((each) => each <= last - KEPT)) {
    await rm(join(folder, `${written(number)}.json`), { force: true });
  }
}

/** Numbers of the files that have such a name, ascending; none where there is no folder. */
async function numbersOf(folder: string, pattern: RegExp): Promise<readonly number[]> {
  const names = (await unlessGone(readdir(folder))) ?? [];
  return names
    .flatMap((name) => pattern.exec(name)?.groups?.['number'] ?? [])
    .map(Number)
    .toSorted((one, other) => one - other);
}

async function unlessGone<T>(looked: Promise<T>): Promise<T | undefined> {
  try {
    return await looked;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The number alone would be that of another revision in a folder that was made anew. */
function revisionOf(number: number, text: string): string {
  return `${written(number)}-${createHash('sha256').update(text).digest('hex')}`;
}

function written(number: number): string {
  return String(number).padStart(DIGITS, '0');
}
