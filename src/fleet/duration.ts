const MILLISECONDS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** How a duration is written, for error messages. */
export const DURATION_FORMAT = 'a whole number and a unit, such as 500ms, 90s, 5m or 1h';

/**
 * Reads a duration as people write it in inputs and in the fleet file.
 *
 * @param text such as `500ms`, `90s`, `5m`, `1h`; a bare number is refused because its unit would be a guess
 * @returns milliseconds, or `undefined` when the text is not a duration
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(?<amount>\d{1,9})(?<unit>ms|s|m|h)$/.exec(text);
  if (match?.groups === undefined) return undefined;
  const unit = match.groups['unit'] as keyof typeof MILLISECONDS;
  return Number(match.groups['amount']) * MILLISECONDS[unit];
}

/**
 * Writes a duration the way a person would say it: the largest unit that keeps two figures of precision.
 *
 * @param milliseconds a non-negative number of milliseconds
 */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)}ms`;
  const seconds = milliseconds / 1_000;
  if (seconds < 10) return `${Number(seconds.toFixed(1))}s`;
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  const rest = whole % 60;
  return rest === 0 ? `${minutes}m` : `${minutes}m ${rest}s`;
}
