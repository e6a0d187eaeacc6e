import type { Json } from '../../evidence/document.ts';

/** Characters of a text that is kept; problems may quote whole answers. */
const LONGEST = 500;

/** A text without the queries of its URLs, which may be signatures, and cut. */
export function safeText(text: string): string {
  const bare = text.replace(/(https?:\/\/[^\s?"'<>]+)\?[^\s"'<>]*/g, '$1?…');
  return bare.length > LONGEST ? `${bare.slice(0, LONGEST)}…` : bare;
}

/** A value as JSON holds it, with every text made safe. */
export function safe(value: unknown): Json {
  if (typeof value === 'string') return safeText(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(safe);
  if (typeof value !== 'object' || value === null) return null;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => (each === undefined ? [] : [[key, safe(each)]])),
  );
}
