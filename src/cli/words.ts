import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { UserError } from '../runner/errors.ts';

/**
 * Reads the words of a command line.
 *
 * @throws UserError for an option that is unknown, or has a value too few or too many
 */
export function parseWords<T extends ParseArgsOptionsConfig>(words: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...words], allowPositionals: true, options });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${reason} (--help shows what there is)`, { cause });
  }
}
