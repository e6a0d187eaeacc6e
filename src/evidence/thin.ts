import type { Recorded } from './document.ts';

/** Characters of all entries together: a bundle is read by people, and uploaded while a runner waits. A bound of ours. */
const MOST = 5_000_000;

/**
 * Leaves observations out of long runs of polls when everything together would be larger than 5 MB. Between two mutations the
 * first and the last observation of each kind and subject stay, and so does every mutation.
 */
export function bounded(
  recorded: readonly Recorded[],
  most = MOST,
): { readonly kept: readonly Recorded[]; readonly thinned: number } {
  const sizes = recorded.map((each) => JSON.stringify(each).length);
  let excess = sizes.reduce((sum, size) => sum + size, 0) - most;
  const left = new Set<number>();
  for (const index of excess > 0 ? inBetween(recorded) : []) {
    if (excess <= 0) break;
    left.add(index);
    excess -= sizes[index] ?? 0;
  }
  return { kept: recorded.filter((_, index) => !left.has(index)), thinned: left.size };
}

/** Indices of observations with one of the same before and after them and no mutation between, every second one first. */
function inBetween(recorded: readonly Recorded[]): readonly number[] {
  let stretch = 0;
  const places = recorded.flatMap(({ kind, port, call, subject, given }, index) => {
    if (kind === 'mutation') stretch += 1;
    return kind === 'mutation' ? [] : [{ index, key: JSON.stringify([stretch, port, call, subject, given]) }];
  });
  const runs = [...Map.groupBy(places, ({ key }) => key).values()];
  const middles = runs.flatMap((run) => run.slice(1, -1).map(({ index }) => index));
  const isEven = (place: number) => place % 2 === 0;
  return [...middles.filter((_, place) => isEven(place)), ...middles.filter((_, place) => !isEven(place))];
}
