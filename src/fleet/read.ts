import { readFile } from 'node:fs/promises';
import { UserError } from '../runner/errors.ts';

/**
 * Reads a text that somebody named.
 *
 * @param what it should be, such as `the fleet file`
 * @throws UserError when it cannot be read
 */
export async function readText(file: string, what: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UserError(`${file}: ${unreadable(what, cause)}`, { cause });
  });
}

function unreadable(what: string, cause: unknown): string {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT') return `saw no such file; expected ${what} there; create it or name the right file`;
  if (code === 'EISDIR') return `saw a folder; expected ${what}; name the file in it`;
  return `saw a file that cannot be read (${String(code ?? cause)}); expected ${what}; let this user read it`;
}
