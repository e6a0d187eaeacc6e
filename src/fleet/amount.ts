/** A number of hosts, or a share of a group of hosts. */
export type Amount =
  | { readonly kind: 'count'; readonly value: number }
  | { readonly kind: 'percent'; readonly value: number };

/** How an amount is written, for error messages. */
export const AMOUNT_FORMAT = 'a whole number of hosts, such as 2, or a percentage from 0% to 100%';

/**
 * Reads an amount as people write it: `2` hosts or `50%` of them.
 *
 * @returns the amount, or `undefined` when the text is neither, or a percentage above 100
 */
export function parseAmount(text: string): Amount | undefined {
  const match = /^(?<value>\d{1,6})(?<percent>%?)$/.exec(text.trim());
  if (match?.groups === undefined) return undefined;
  const value = Number(match.groups['value']);
  if (match.groups['percent'] === '') return { kind: 'count', value };
  return value <= 100 ? { kind: 'percent', value } : undefined;
}

/** Writes an amount the way it is written in the fleet file. */
export function formatAmount(amount: Amount): string {
  return amount.kind === 'percent' ? `${amount.value}%` : `${amount.value}`;
}

/**
 * The least number of hosts that satisfies an amount, rounded up: half of three hosts is two.
 * Rounding up is the safe direction for a floor.
 */
export function atLeast(amount: Amount, total: number): number {
  return amount.kind === 'count' ? amount.value : Math.ceil((amount.value * total) / 100);
}

/**
 * The greatest number of hosts within an amount, rounded down, but at least one: half of three hosts is one.
 * Rounding down is the safe direction for a batch; a batch of none would never end.
 */
export function atMost(amount: Amount, total: number): number {
  const exact = amount.kind === 'count' ? amount.value : Math.floor((amount.value * total) / 100);
  return Math.max(1, exact);
}
