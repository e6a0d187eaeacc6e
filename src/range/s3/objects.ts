import { s3Errors } from '../wire/errors.ts';
import type { Reply } from '../wire/reply.ts';
import { WireError } from '../wire/service.ts';
import type { S3Request } from './request.ts';
import type { Store, StoredObject } from './store.ts';

/** PutObject, with `If-Match` and `If-None-Match: *`. */
export async function putObject(store: Store, request: S3Request): Promise<Reply> {
  const { body, checksums } = await request.payload();
  // From here to `put` nothing waits, so of two conditional writes one always sees the other.
  checkConditions(store, request);
  const object = store.put(request.bucket, request.key, body, { ...keptHeaders(request), ...checksums });
  return {
    status: 200,
    headers: {
      etag: object.etag,
      'x-amz-version-id': object.versionId,
      ...checksumsOf(object),
    },
    body: '',
  };
}

/** GetObject and HeadObject. */
export function getObject(store: Store, request: S3Request): Reply {
  const { bucket, key, query } = request;
  const wanted = query.get('versionId');
  const versions = store.versions(bucket, key);
  const version = wanted === undefined ? versions[0] : versions.find(({ versionId }) => versionId === wanted);
  if (version === undefined) {
    throw wanted === undefined
      ? noSuchKey(request)
      : new WireError('NoSuchVersion', `The specified version does not exist: ${key} ${wanted}`, 404);
  }
  if (version.kind === 'marker') {
    return deletedReply(request, version.versionId);
  }
  return {
    status: 200,
    headers: {
      'content-type': 'binary/octet-stream',
      'last-modified': version.modified.toUTCString(),
      etag: version.etag,
      'x-amz-version-id': version.versionId,
      ...headersOf(version),
      ...(request.headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED'
        ? checksumsOf(version)
        : {}),
    },
    body: version.body,
  };
}

/** DeleteObject: a delete marker on top, or one version gone for good. */
export function deleteObject(store: Store, { bucket, key, query }: S3Request): Reply {
  const wanted = query.get('versionId');
  const removed =
    wanted === undefined ? store.markDeleted(bucket, key) : store.removeVersion(bucket, key, wanted);
  return {
    status: 204,
    headers: {
      'x-amz-version-id': removed?.versionId ?? wanted ?? '',
      ...(removed?.kind === 'marker' ? { 'x-amz-delete-marker': 'true' } : {}),
    },
    body: '',
  };
}

const keptNames: ReadonlySet<string> = new Set([
  'content-type',
  'content-disposition',
  'content-language',
  'cache-control',
  'expires',
]);

function keptHeaders({ headers }: S3Request): Readonly<Record<string, string>> {
  const kept = [...headers].filter(([name]) => keptNames.has(name) || name.startsWith('x-amz-meta-'));
  const encoding = (headers.get('content-encoding') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'aws-chunked')
    .join(',');
  return { ...Object.fromEntries(kept), ...(encoding === '' ? {} : { 'content-encoding': encoding }) };
}

function checkConditions(store: Store, request: S3Request): void {
  const ifMatch = request.headers.get('if-match');
  const ifNoneMatch = request.headers.get('if-none-match');
  const newest = store.versions(request.bucket, request.key)[0];
  const current = newest?.kind === 'object' ? newest : undefined;
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new WireError(
      'NotImplemented',
      `If-None-Match on PutObject must be *, as in S3, not ${ifNoneMatch}`,
      501,
    );
  }
  if (ifNoneMatch !== undefined && current !== undefined) {
    throw preconditionFailed('If-None-Match', `the key exists with ETag ${current.etag}`);
  }
  if (ifMatch !== undefined && current === undefined) {
    throw noSuchKey(request);
  }
  if (ifMatch !== undefined && unquoted(ifMatch) !== unquoted(current?.etag ?? '')) {
    throw preconditionFailed('If-Match', `the key's ETag is ${current?.etag ?? ''}, not ${ifMatch}`);
  }
}

function deletedReply(request: S3Request, versionId: string): Reply {
  const { error, headers } = request.query.has('versionId')
    ? {
        error: new WireError('MethodNotAllowed', `The version ${versionId} is a delete marker`, 405),
        headers: { allow: 'DELETE' },
      }
    : { error: noSuchKey(request), headers: {} };
  const reply = s3Errors.render(error, request.requestId, request.path);
  const marker = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': versionId };
  return { ...reply, headers: { ...reply.headers, ...headers, ...marker } };
}

function headersOf(object: StoredObject): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(object.headers).filter(([name]) => !isChecksum(name)));
}

function checksumsOf(object: StoredObject): Readonly<Record<string, string>> {
  const checksums = Object.entries(object.headers).filter(([name]) => isChecksum(name));
  return { ...Object.fromEntries(checksums), 'x-amz-checksum-type': 'FULL_OBJECT' };
}

function isChecksum(name: string): boolean {
  return name.startsWith('x-amz-checksum-');
}

function noSuchKey({ key }: S3Request): WireError {
  return new WireError('NoSuchKey', `The specified key does not exist: ${key}`, 404);
}

function preconditionFailed(condition: string, seen: string): WireError {
  return new WireError(
    'PreconditionFailed',
    `At least one of the pre-conditions you specified did not hold: ${condition}, ${seen}`,
    412,
  );
}

function unquoted(etag: string): string {
  return etag.replaceAll('"', '');
}
