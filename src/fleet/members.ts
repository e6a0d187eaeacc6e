import type { Rule } from './rule.ts';

/** A value that is well-formed by itself and wrong beside another one. */
export interface Misfit extends Rule {
  readonly path: readonly (string | number)[];
}

/** A text of a document, and where it is. */
export interface Found {
  readonly path: readonly (string | number)[];
  readonly value: string;
}

/** @returns the value of an own key of a mapping; nothing of what is no mapping */
export function member(holder: unknown, key: string): unknown {
  return typeof holder === 'object' && holder !== null && !Array.isArray(holder)
    ? Object.getOwnPropertyDescriptor(holder, key)?.value
    : undefined;
}

/** @returns nothing of what is no list */
export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** @returns nothing of what is no mapping */
export function keys(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
}

/** The text under a key, if there is one. */
export function texts(holder: unknown, key: string, path: readonly (string | number)[]): readonly Found[] {
  const value = member(holder, key);
  return typeof value === 'string' ? [{ path: [...path, key], value }] : [];
}

/** The texts of a list. */
export function listed(list: unknown, path: readonly (string | number)[]): readonly Found[] {
  return items(list).flatMap((value, index) =>
    typeof value === 'string' ? [{ path: [...path, index], value }] : [],
  );
}

/**
 * Texts that stand at a second place.
 *
 * @param what they are, to complete a sentence: `a zone`
 * @param sameAs by what two of them are the same; whatever their case unless told
 */
export function repeats(
  found: readonly Found[],
  what: string,
  sameAs: (value: string) => string = (value) => value.toLowerCase(),
): readonly Misfit[] {
  const first = new Map<string, Found>();
  const misfits: Misfit[] = [];
  for (const one of found) {
    const key = sameAs(one.value);
    const before = first.get(key);
    if (before === undefined) first.set(key, one);
    else
      misfits.push({
        path: one.path,
        expected: `${what} to be named once, and ${writePath(before.path)} has it already`,
        cure: 'remove one of the two or correct its name',
      });
  }
  return misfits;
}

/** Writes where a value is, such as `zones[1].hosts[0]`. */
export function writePath(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`,
    )
    .join('');
}
