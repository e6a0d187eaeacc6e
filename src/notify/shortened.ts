const CUT = '\n\n… (cut: the whole is in the summary of the run)';

/** The beginning of a text that fits into `limit` bytes of UTF-8 together with the words that say so; all of it when it fits. */
export function shortened(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  let end = limit - Buffer.byteLength(CUT);
  // Not through a character: its later bytes are 10xxxxxx.
  while (end > 0 && ((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end -= 1;
  return bytes.subarray(0, end).toString() + CUT;
}
