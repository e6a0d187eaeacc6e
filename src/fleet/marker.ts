/**
 * Where a running process says one thing about itself: the name of a field of its JSON answer, or `header:` and the name
 * of a response header. A field whose own name begins with `header:` cannot be named.
 */
export const MARKER_PATTERN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  /^(?:[Hh]eader:[A-Za-z0-9._-]{1,100}|(?![Hh]eader:)(?=.*\S)[^\u0000-\u001f\u007f]+)$/;

/** What a marker must be, as the rest of "expected …". */
export const MARKER_FORMAT =
  'the name of a field of the JSON answer, or header: and the name of a response header';

const HEADER = 'header:';

/** Name of the response header that a marker means, in lower case; `undefined` when it means a JSON field. */
export function headerOf(marker: string): string | undefined {
  const lower = marker.toLowerCase();
  return lower.startsWith(HEADER) ? lower.slice(HEADER.length) : undefined;
}
