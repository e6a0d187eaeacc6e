/** Whether the versions that answered can be those of a share, and what was seen, in words. */
export interface ShareVerdict {
  readonly plausible: boolean;
  readonly seen: string;
}

/** A step is not refused for what chance alone does more often than this. */
const CHANCE = 1e-6;

/**
 * Judges who answered through a route. At 100 % nobody else may have answered; before, it is not plausible that the new
 * side never answered, or always did, when chance alone would do so less than once in a million.
 *
 * @param told version of each answer that told one
 * @param percent share of requests for the expected version
 */
export function judgeShare(told: readonly string[], expected: string, percent: number): ShareVerdict {
  if (told.length === 0) return { plausible: true, seen: 'no answer told its version' };
  const fresh = told.filter((version) => version === expected).length;
  const others = [...new Set(told)].filter((version) => version !== expected);
  const rest = others.length === 0 ? '' : `, the others ${others.join(', ')}`;
  return {
    plausible: isPlausible(fresh, told.length, percent / 100),
    seen: `${fresh} of ${told.length} answers from ${expected}${rest}`,
  };
}

function isPlausible(fresh: number, all: number, share: number): boolean {
  if (share === 1) return fresh === all;
  if (fresh === 0) return (1 - share) ** all >= CHANCE;
  return fresh < all || share ** all >= CHANCE;
}
