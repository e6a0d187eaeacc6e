import { ListObjectsV2Output$, ListObjectVersionsOutput$ } from '@aws-sdk/client-s3';
import type { Reply } from '../wire/reply.ts';
import { WireError } from '../wire/service.ts';
import { type Schema, writeXml } from '../wire/xml.ts';
import type { S3Request } from './request.ts';
import type { Store, StoredObject, Version } from './store.ts';

/** ListObjectsV2: current objects in the order of their keys, folded by `delimiter`, in pages. */
export function listObjects(store: Store, { bucket, query }: S3Request): Reply {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const token = query.get('continuation-token');
  const after = token === undefined ? (query.get('start-after') ?? '') : fromToken(token);
  const limit = maxKeys(query);
  const current = store
    .allVersions(bucket)
    .flatMap(([newest]) => (newest?.kind === 'object' && newest.key.startsWith(prefix) ? [newest] : []));
  const rows = folded(current, prefix, delimiter).filter(({ name }) => isAfter(name, after));
  const page = rows.slice(0, limit);
  const last = rows.length > page.length ? page.at(-1) : undefined;
  const encode = encoder(query);
  return xmlReply(ListObjectsV2Output$, {
    Name: bucket,
    Prefix: encode(prefix),
    Delimiter: query.has('delimiter') ? encode(delimiter) : undefined,
    StartAfter: query.get('start-after'),
    ContinuationToken: token,
    EncodingType: query.get('encoding-type'),
    MaxKeys: limit,
    KeyCount: page.length,
    IsTruncated: last !== undefined,
    NextContinuationToken: last === undefined ? undefined : toToken(last.name),
    Contents: page.flatMap(({ object }) => (object === undefined ? [] : [contentsRow(object, encode)])),
    CommonPrefixes: page.flatMap(({ name, object }) =>
      object === undefined ? [{ Prefix: encode(name) }] : [],
    ),
  });
}

/** ListObjectVersions: every version and delete marker, newest first within a key, in pages. */
export function listVersions(store: Store, { bucket, query }: S3Request): Reply {
  const prefix = query.get('prefix') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const versionMarker = query.get('version-id-marker');
  const limit = maxKeys(query);
  const rows = store
    .allVersions(bucket)
    .filter(([newest]) => newest?.key.startsWith(prefix))
    .flatMap((versions) => afterMarkers(versions, keyMarker, versionMarker));
  const page = rows.slice(0, limit);
  const last = rows.length > page.length ? page.at(-1) : undefined;
  const encode = encoder(query);
  const isLatest = (version: Version): boolean => store.versions(bucket, version.key)[0] === version;
  return xmlReply(ListObjectVersionsOutput$, {
    Name: bucket,
    Prefix: encode(prefix),
    KeyMarker: encode(keyMarker),
    VersionIdMarker: versionMarker ?? '',
    NextKeyMarker: last === undefined ? undefined : encode(last.key),
    NextVersionIdMarker: last?.versionId,
    EncodingType: query.get('encoding-type'),
    MaxKeys: limit,
    IsTruncated: last !== undefined,
    Versions: page.flatMap((version) =>
      version.kind === 'object'
        ? [{ ...contentsRow(version, encode), VersionId: version.versionId, IsLatest: isLatest(version) }]
        : [],
    ),
    DeleteMarkers: page
      .filter(({ kind }) => kind === 'marker')
      .map((marker) => ({
        Key: encode(marker.key),
        VersionId: marker.versionId,
        IsLatest: isLatest(marker),
        LastModified: marker.modified,
      })),
  });
}

/** An object, or a common prefix when there is none. */
interface Row {
  readonly name: string;
  readonly object?: StoredObject;
}

function folded(objects: readonly StoredObject[], prefix: string, delimiter: string): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const object of objects) {
    const cut = delimiter === '' ? -1 : object.key.indexOf(delimiter, prefix.length);
    const name = cut < 0 ? object.key : object.key.slice(0, cut + delimiter.length);
    rows.set(name, cut < 0 ? { name, object } : { name });
  }
  return [...rows.values()];
}

function afterMarkers(
  versions: readonly Version[],
  keyMarker: string,
  versionMarker: string | undefined,
): readonly Version[] {
  const key = versions[0]?.key ?? '';
  if (key === keyMarker && versionMarker !== undefined) {
    return versions.slice(versions.findIndex(({ versionId }) => versionId === versionMarker) + 1);
  }
  return isAfter(key, keyMarker) ? versions : [];
}

function isAfter(name: string, marker: string): boolean {
  return marker === '' || Buffer.compare(Buffer.from(name), Buffer.from(marker)) > 0;
}

function contentsRow(object: StoredObject, encode: (text: string) => string): object {
  return {
    Key: encode(object.key),
    LastModified: object.modified,
    ETag: object.etag,
    Size: object.body.byteLength,
    StorageClass: 'STANDARD',
  };
}

// S3 gives at most a thousand rows a page.
const largestPage = 1000;

function maxKeys(query: ReadonlyMap<string, string>): number {
  const text = query.get('max-keys') ?? String(largestPage);
  if (!/^\d+$/.test(text)) {
    throw new WireError('InvalidArgument', `max-keys must be a whole number, not ${text}`);
  }
  return Math.min(Number(text), largestPage);
}

function encoder(query: ReadonlyMap<string, string>): (text: string) => string {
  return query.get('encoding-type') === 'url'
    ? (text) => encodeURIComponent(text).replaceAll('%2F', '/')
    : (text) => text;
}

function toToken(name: string): string {
  return Buffer.from(name).toString('base64url');
}

function fromToken(token: string): string {
  return Buffer.from(token, 'base64url').toString();
}

function xmlReply(schema: Schema, value: object): Reply {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: writeXml(schema, value, 'http://s3.amazonaws.com/doc/2006-03-01/'),
  };
}
