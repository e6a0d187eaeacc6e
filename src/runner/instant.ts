import type { Kind } from './kinds.ts';

/** An ISO 8601 time with its zone, in milliseconds since 1970. */
export function instant(): Kind<number> {
  return {
    expected: 'an ISO 8601 time with its zone',
    example: '2026-11-21T09:30:00Z',
    parse(value) {
      const isWhole = /^\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.]*(?:Z|[+-]\d\d:\d\d)$/.test(value);
      const time = isWhole ? Date.parse(value) : Number.NaN;
      return Number.isNaN(time) ? { wrong: true } : { value: time };
    },
  };
}
