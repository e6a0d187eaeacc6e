import { type Answer, type Call, oneOf } from './endpoint.ts';

/** Query parameters of every list. */
export const PAGING = ['per_page', 'page'] as const;

/** "Using pagination in the REST API": 30 a page when nothing is said, 100 at most. */
const USUAL_PAGE = 30;
const LARGEST_PAGE = 100;

/**
 * One page of a list, with the links to the others.
 *
 * @param path of the list below the repository, as in the request
 */
export function pageOf<T>(
  call: Call,
  path: string,
  items: readonly T[],
  render: (shown: readonly T[]) => unknown,
): Answer {
  const size = Math.min(naturalOf(call.query.get('per_page')) ?? USUAL_PAGE, LARGEST_PAGE);
  const page = naturalOf(call.query.get('page')) ?? 1;
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = linksOf(page, last)
    .map(([relation, to]) => `<${addressOf(call, path, to)}>; rel="${relation}"`)
    .join(', ');
  return {
    status: 200,
    body: render(items.slice((page - 1) * size, page * size)),
    headers: link === '' ? {} : { link },
  };
}

/** A list that may be asked for in either order; newest first when nothing is said. */
export function inOrder<T>(call: Call, oldestFirst: readonly T[]): readonly T[] {
  return oneOf(call.query, 'direction', ['asc', 'desc']) === 'asc' ? oldestFirst : oldestFirst.toReversed();
}

function linksOf(page: number, last: number): readonly (readonly [string, number])[] {
  return [
    ...(page > 1 ? [['prev', Math.min(page - 1, last)] as const] : []),
    ...(page < last ? [['next', page + 1] as const, ['last', last] as const] : []),
    ...(page > 1 ? [['first', 1] as const] : []),
  ];
}

/** GitHub's links name the repository by its id. */
function addressOf({ state, query }: Call, path: string, page: number): string {
  const next = new URLSearchParams(query);
  next.set('page', String(page));
  return `${state.url}/repositories/${state.repositoryId}${path}?${next.toString()}`;
}

function naturalOf(text: string | null): number | undefined {
  const number = Number(text ?? 0);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}
