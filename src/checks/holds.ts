import { query } from 'json-p3';
import type { JsonScalar, TextRule } from './check.ts';

/** Bytes of a body, an output or a banner that are read. */
export const KEPT = 8_192;

/** Whether a text is as a rule says. */
export function holds({ kind, text }: TextRule, value: string): boolean {
  switch (kind) {
    case 'equals':
      return value === text;
    case 'contains':
      return value.includes(text);
    case 'matches':
      return new RegExp(text, 'u').test(value);
  }
}

/** What a JSONPath leads to in a text. */
export type Found =
  | { readonly kind: 'no JSON' }
  | { readonly kind: 'values'; readonly values: readonly unknown[] };

/** @throws what json-p3 throws for a text that is no JSONPath */
export function findValues(text: string, path: string): Found {
  const document = parse(text);
  if (document === undefined) return { kind: 'no JSON' };
  return { kind: 'values', values: query(path, document.value).values() };
}

/** Whether the only thing found is the one scalar. */
export function isOnly(found: Found, equals: JsonScalar): boolean {
  return found.kind === 'values' && found.values.length === 1 && found.values[0] === equals;
}

/** JSON of any kind; query takes nothing else. */
function parse(text: string): { readonly value: Parameters<typeof query>[1] } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
