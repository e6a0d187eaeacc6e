/**
 * The digest in a text that `sha256sum` or `shasum -a 256` wrote: it stands first, alone or before the file's name.
 *
 * @returns 64 lower-case hexadecimal digits, or nothing when the text does not begin with them
 */
export function digestIn(text: string): string | undefined {
  return /^[0-9a-f]{64}(?=\s|$)/i.exec(text)?.[0].toLowerCase();
}
