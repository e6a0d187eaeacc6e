import { WireError } from '../wire/service.ts';

/** What a paged operation is asked for. */
export interface PageRequest {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

const MOST = 50;

/**
 * Cuts the asked-for page out of a list.
 *
 * @throws WireError for a page size or token that the service would not take
 */
export function page<T>(
  all: readonly T[],
  { MaxResults: size = MOST, NextToken: token }: PageRequest,
): { readonly items: readonly T[]; readonly NextToken?: string } {
  if (size < 1 || size > MOST) {
    throw new WireError('ValidationException', `MaxResults is ${size}, expected a number from 1 to ${MOST}.`);
  }
  const start = token === undefined ? 0 : readToken(token);
  const end = start + size;
  return { items: all.slice(start, end), ...(end < all.length ? { NextToken: writeToken(end) } : {}) };
}

function writeToken(position: number): string {
  return Buffer.from(`after ${position}`).toString('base64');
}

function readToken(token: string): number {
  const position = Number(/^after (\d+)$/.exec(Buffer.from(token, 'base64').toString())?.[1]);
  if (Number.isSafeInteger(position)) return position;
  throw new WireError('InvalidNextToken', `The token ${token} is not one that the range gave out.`);
}
