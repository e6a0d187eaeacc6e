const MILLISECONDS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** A timer of Node cannot wait longer than 2^31 - 1 ms, which is 24.8 days. */
const LONGEST = 24 * 24 * MILLISECONDS.h;

/** How a duration is written, for error messages. */
export const DURATION_FORMAT = 'a whole number and a unit, such as 500ms, 90s, 5m or 1h, at most 576h';

/**
 * Reads a duration as people write it in inputs and in the fleet file.
 *
 * @param text such as `500ms`, `90s`, `5m`, `1h`; a bare number is refused because its unit would be a guess
 * @returns milliseconds, or `undefined` when the text is not a duration or is longer than 24 days
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(?<amount>\d{1,9})(?<unit>ms|s|m|h)$/.exec(text);
  if (match?.groups === undefined) return undefined;
  const unit = match.groups['unit'] as keyof typeof MILLISECONDS;
  const milliseconds = Number(match.groups['amount']) * MILLISECONDS[unit];
  return milliseconds <= LONGEST ? milliseconds : undefined;
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

/**
 * Writes a duration so that `parseDuration` reads exactly the same one.
 *
 * @param milliseconds a whole, non-negative number of milliseconds
 */
export function writeDuration(milliseconds: number): string {
  if (milliseconds === 0) return '0s';
  const units = ['h', 'm', 's'] as const;
  const unit = units.find((candidate) => milliseconds % MILLISECONDS[candidate] === 0) ?? 'ms';
  return `${milliseconds / MILLISECONDS[unit]}${unit}`;
}
