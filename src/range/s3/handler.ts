import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Reply, send } from '../wire/reply.ts';
import { WireError } from '../wire/service.ts';
import { createBucket, getVersioning, headBucket, putVersioning } from './buckets.ts';
import { checksumHeaders } from './checksums.ts';
import { listObjects, listVersions } from './listing.ts';
import { deleteObject, getObject, putObject } from './objects.ts';
import { parseRequest, type S3Request } from './request.ts';
import type { Store } from './store.ts';

/**
 * Answers S3 requests over a store, path style. Signatures are the endpoint's business. Query parameters
 * and `x-amz-*` headers that an operation does not model are refused by name, never ignored.
 * Throws `WireError`.
 */
export function s3Handler(
  store: Store,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const call = parseRequest(request, String(response.getHeader('x-amz-request-id')));
    send(response, await routeOf(call).run(store, call));
  };
}

interface Route {
  readonly method: string;
  readonly on: 'bucket' | 'object';
  /** Query parameter, with its value if that matters, that tells this operation from its neighbours. */
  readonly marker?: readonly [name: string, value?: string];
  readonly query?: readonly string[];
  /** Headers beyond the common ones; one that ends in `-` stands for all that begin with it. */
  readonly headers?: readonly string[];
  readonly run: (store: Store, request: S3Request) => Reply | Promise<Reply>;
}

const bodyHeaders = [
  ...checksumHeaders,
  'x-amz-sdk-checksum-algorithm',
  'x-amz-decoded-content-length',
  'x-amz-trailer',
];
const page = ['prefix', 'max-keys', 'encoding-type'];
const read = { query: ['versionId'], headers: ['x-amz-checksum-mode'], run: getObject } as const;

const routes: readonly Route[] = [
  {
    method: 'PUT',
    on: 'bucket',
    marker: ['versioning'],
    headers: bodyHeaders,
    run: putVersioning,
  },
  { method: 'PUT', on: 'bucket', headers: bodyHeaders, run: createBucket },
  { method: 'HEAD', on: 'bucket', run: headBucket },
  { method: 'GET', on: 'bucket', marker: ['versioning'], run: getVersioning },
  {
    method: 'GET',
    on: 'bucket',
    marker: ['versions'],
    query: [...page, 'key-marker', 'version-id-marker'],
    run: listVersions,
  },
  {
    method: 'GET',
    on: 'bucket',
    marker: ['list-type', '2'],
    query: [...page, 'delimiter', 'continuation-token', 'start-after'],
    run: listObjects,
  },
  {
    method: 'PUT',
    on: 'object',
    headers: [...bodyHeaders, 'if-match', 'if-none-match', 'x-amz-meta-'],
    run: putObject,
  },
  { method: 'GET', on: 'object', ...read },
  { method: 'HEAD', on: 'object', ...read },
  { method: 'DELETE', on: 'object', query: ['versionId'], run: deleteObject },
];

const commonHeaders = ['x-amz-date', 'x-amz-content-sha256', 'x-amz-security-token', 'x-amz-user-agent'];

/** Standard headers that change what a request means, so that ignoring them would be wrong. */
const meaningfulHeaders: ReadonlySet<string> = new Set([
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'range',
]);

function routeOf(request: S3Request): Route {
  const level = request.key === '' ? 'bucket' : 'object';
  const route = routes.find(
    ({ method, on, marker }) => method === request.method && on === level && isMarked(request, marker),
  );
  const allowed = route === undefined ? [] : [route.marker?.[0], ...(route.query ?? [])];
  const unknown = [...request.query.keys()].filter((name) => !allowed.includes(name));
  if (request.bucket === '' || route === undefined || unknown.length > 0) {
    const parameters = unknown.length > 0 ? ` with ?${unknown.join('&')}` : '';
    const subject = request.bucket === '' ? 'the service' : `a${level === 'bucket' ? '' : 'n'} ${level}`;
    throw notModelled(`${request.method} on ${subject}${parameters}`);
  }
  refuseHeaders(request, [...commonHeaders, ...(route.headers ?? [])]);
  return route;
}

function isMarked({ query }: S3Request, marker: Route['marker']): boolean {
  if (marker === undefined) {
    return true;
  }
  const [name, value] = marker;
  return query.has(name) && (value === undefined || query.get(name) === value);
}

function refuseHeaders(request: S3Request, modelled: readonly string[]): void {
  const unknown = [...request.headers.keys()].filter(
    (name) =>
      (name.startsWith('x-amz-') || meaningfulHeaders.has(name)) &&
      !modelled.some((known) => name === known || (known.endsWith('-') && name.startsWith(known))),
  );
  if (unknown.length > 0) {
    throw notModelled(`${request.method} with the header ${unknown.join(', ')}`);
  }
}

function notModelled(what: string): WireError {
  return new WireError('NotImplemented', `${what} is not modelled by the range's S3`, 501);
}
