import { link, open } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { CancelledError, PlatformError, UserError } from './errors.ts';

/** Something that is done with files, for messages. */
export interface DiskWork {
  /** After "Could not", such as `read the ledger file:/srv/ledger.json`. */
  readonly purpose: string;
  /** What holds when it failed, as a sentence. */
  readonly state: string;
}

/** Makes the second name of a file, refused with EEXIST when that name is taken: link(2). */
export type HardLink = (file: string, name: string) => Promise<void>;

/** How link(2), and file systems in user space, say that they make no hard links. */
const LINKLESS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);
const FORBIDDEN = new Set(['EACCES', 'EPERM', 'EROFS']);
const MISPLACED = new Set(['EEXIST', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'ENOENT', 'ENOTDIR']);
const FULL = new Set(['EDQUOT', 'ENOSPC']);

/**
 * Writes a file that is not there yet, and waits until the disk has its content.
 *
 * @throws the error of the file system
 */
export async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Gives a file its final name unless that is taken, in one step: nobody sees half a file, and of several who try it at once one
 * succeeds. rename(2) would take the name from whoever has it.
 *
 * @returns whether it has the name; otherwise the name is taken, or the file or its folder is gone
 * @throws UserError where the file system makes no hard links, otherwise the error of the file system
 */
export async function nameOnce(
  file: string,
  name: string,
  { hardLink = link }: { readonly hardLink?: HardLink },
): Promise<boolean> {
  try {
    await hardLink(file, name);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    if (!LINKLESS.has(code)) throw error;
    throw new UserError(
      `The file system of ${name} makes no hard links (${code}), so of two deployments that write at once one would undo what ` +
        'the other one wrote. Nothing was changed. Put the ledger on a local disk of this machine, or on S3: correct `ledger` ' +
        'in the fleet file.',
      { cause: error },
    );
  }
}

/** Waits until the disk knows the names in a folder. Windows opens no folder, and keeps names in a journal of its own. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Does something with files, and says what its error means.
 *
 * @throws UserError for what the user can mend, CancelledError for an aborted signal, PlatformError for the rest; errors of
 *   these kinds are passed on
 */
export async function onDisk<T>(work: DiskWork, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw explainDisk(error, work);
  }
}

/** The path in `file:path`, as it was written; none when a place is of another form, as `file://host/path` is. */
export function filePath(place: string): string | undefined {
  return /^file:(?!\/\/)(?<path>\P{Cc}{1,1100})$/u.exec(place)?.groups?.['path'];
}

/** Code of a system error, such as `ENOENT`. */
export function codeOf(error: unknown): string {
  const code: unknown = Object(error).code;
  return typeof code === 'string' ? code : '';
}

function explainDisk(error: unknown, { purpose, state }: DiskWork): Error {
  if (error instanceof UserError || error instanceof PlatformError || error instanceof CancelledError) {
    return error;
  }
  if (Object(error).name === 'AbortError') {
    return new CancelledError(`Cancelled while trying to ${purpose}.`, { cause: error });
  }
  const code = codeOf(error);
  const seen = error instanceof Error ? error.message : String(error);
  const cure = cureOf(code);
  const text = `Could not ${purpose}: ${seen}. ${state}`;
  return cure === undefined
    ? new PlatformError(`${text} Look at the disk, and run it again.`, { cause: error })
    : new UserError(`${text} ${cure}`, { cause: error });
}

function cureOf(code: string): string | undefined {
  if (FORBIDDEN.has(code)) {
    return `Let the user ${userName()} read and write there, or correct \`ledger\` in the fleet file.`;
  }
  if (MISPLACED.has(code)) return 'Correct `ledger` in the fleet file, or what is in its way.';
  return FULL.has(code) ? 'Make room on that disk.' : undefined;
}

/** By number where the user has no name, as in some containers. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.geteuid?.() ?? '');
  }
}
