/** One way to deal with a host whose upgrade failed. */
export type FailureRung =
  /** The same release once more, up to so many times. */
  | { readonly kind: 'retry'; readonly times: number }
  /** Back to the release it came from. */
  | { readonly kind: 'roll-back' }
  /** Ended in its Auto Scaling group; the successor gets the release. */
  | { readonly kind: 'replace' }
  /** Left as it is, out of service. */
  | { readonly kind: 'hold' };

/** What is tried one after the other until one succeeds. What nothing has helped is held, also when `hold` is not named. */
export type FailureLadder = readonly FailureRung[];

/** Each kind once, in this order: after a later one, an earlier one has nothing left to work on. */
const ORDER = ['retry', 'roll-back', 'replace', 'hold'] as const satisfies readonly FailureRung['kind'][];

/** How one rung is written. More than ten repetitions are not a retry any more. */
export const RUNG_PATTERN = /^(?:retry (?:[1-9]|10)|roll-back|replace|hold)$/;

export const LADDER_FORMAT =
  'one or more of `retry N` (N from 1 to 10), `roll-back`, `replace` and `hold`, in this order, each once';

/** @returns the ladder, or `undefined` when a rung is unknown, comes twice, or after one that leaves it nothing to do */
export function parseLadder(texts: readonly string[]): FailureLadder | undefined {
  const rungs = texts.flatMap((text): readonly FailureRung[] => {
    const [kind, times] = text.split(' ');
    if (!RUNG_PATTERN.test(text)) return [];
    if (kind === 'retry') return [{ kind, times: Number(times) }];
    return kind === 'roll-back' || kind === 'replace' || kind === 'hold' ? [{ kind }] : [];
  });
  const places = rungs.map(({ kind }) => ORDER.indexOf(kind));
  const climbs = places.every((place, index) => index === 0 || place > (places[index - 1] ?? 0));
  return rungs.length > 0 && rungs.length === texts.length && climbs ? rungs : undefined;
}

/** Writes a ladder as it is read. */
export function formatLadder(ladder: FailureLadder): readonly string[] {
  return ladder.map((rung) => (rung.kind === 'retry' ? `retry ${rung.times}` : rung.kind));
}

/** Whether a kind of rung is on the ladder. */
export function hasRung(ladder: FailureLadder, kind: FailureRung['kind']): boolean {
  return ladder.some((rung) => rung.kind === kind);
}
