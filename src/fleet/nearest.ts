import { closest, distance } from 'fastest-levenshtein';

/**
 * The known word that was probably meant.
 *
 * @returns `undefined` when even the nearest one differs in more than a third of its letters
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const candidate = closest(word, known);
  const limit = Math.max(2, Math.floor(candidate.length / 3));
  return distance(word, candidate) <= limit ? candidate : undefined;
}
