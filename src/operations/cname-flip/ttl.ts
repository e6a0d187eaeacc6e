/**
 * What an interrupted run leaves behind when it lowered a TTL: how long resolvers may still keep what they had before is
 * written into the new TTL itself, since a record holds nothing else that a later run could read. The limit minus one second
 * stands for the first of these former TTLs, minus two for the second, and so on. In seconds; the longest is what a week
 * takes, longer ones are refused.
 */
const FORMER = [15, 60, 300, 900, 3_600, 21_600, 86_400, 172_800, 604_800] as const;

/** Shortest limit, in seconds, that leaves room for all of them. */
export const SHORTEST_LOWERED = FORMER.length + 1;
/** Longest TTL, in seconds, that can be lowered. */
export const LONGEST_LOWERED = FORMER.at(-1) ?? 0;

/**
 * The TTL to lower a record to, in seconds.
 *
 * @param limit longest TTL that a flip allows
 * @param former TTL of the record until now; `undefined` comes back when it is too long
 */
export function loweredTtl(limit: number, former: number): number | undefined {
  const index = FORMER.findIndex((each) => former <= each);
  return index < 0 ? undefined : limit - 1 - index;
}

/** Longest TTL, in seconds, that a record had before it was lowered to this; `undefined` when it was not. */
export function formerTtl(limit: number, ttl: number): number | undefined {
  return FORMER[limit - 1 - ttl];
}
