import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { WireError } from '../wire/service.ts';

/** One version of a key. A delete marker is a version that says the key is gone. */
export type Version = StoredObject | DeleteMarker;

export interface StoredObject {
  readonly kind: 'object';
  readonly key: string;
  readonly versionId: string;
  readonly modified: Date;
  readonly body: Buffer;
  /** Quoted MD5, as S3 makes it for objects of a single part. */
  readonly etag: string;
  /** What GET gives back: `content-type`, `x-amz-meta-*`, `x-amz-checksum-*`, … in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface DeleteMarker {
  readonly kind: 'marker';
  readonly key: string;
  readonly versionId: string;
  readonly modified: Date;
}

/** Buckets in memory. Versioning is always on. Methods throw `WireError` as S3 would answer. */
export interface Store {
  createBucket(name: string): void;
  /** Throws `NoSuchBucket` unless the bucket exists. */
  requireBucket(name: string): void;
  /** @param headers what GET gives back, such as `content-type` or `x-amz-meta-*`, in lower case */
  put(bucket: string, key: string, body: Buffer, headers?: Readonly<Record<string, string>>): StoredObject;
  /** Versions of one key, newest first. */
  versions(bucket: string, key: string): readonly Version[];
  /** Versions of all keys: keys in the order of their bytes, each newest first. */
  allVersions(bucket: string): readonly (readonly Version[])[];
  /** Puts a delete marker on top of a key, whether or not the key exists, as S3 does. */
  markDeleted(bucket: string, key: string): DeleteMarker;
  /** Removes one version for good and gives it back; undefined when there was none. */
  removeVersion(bucket: string, key: string, versionId: string): Version | undefined;
}

/** An empty store in memory. */
export function createStore(): Store {
  const buckets = new Map<string, Map<string, readonly Version[]>>();

  function keysOf(bucket: string): Map<string, readonly Version[]> {
    const keys = buckets.get(bucket);
    if (keys === undefined) {
      throw new WireError('NoSuchBucket', `The specified bucket does not exist: ${bucket}`, 404);
    }
    return keys;
  }

  function add<T extends Version>(bucket: string, version: T): T {
    const keys = keysOf(bucket);
    keys.set(version.key, [version, ...(keys.get(version.key) ?? [])]);
    return version;
  }

  return {
    createBucket(name) {
      checkName(name);
      if (buckets.has(name)) {
        throw new WireError('BucketAlreadyOwnedByYou', `The bucket ${name} exists already`, 409);
      }
      buckets.set(name, new Map());
    },
    requireBucket: (name) => void keysOf(name),
    put: (bucket, key, body, headers = {}) => add(bucket, storedObject(key, body, headers)),
    versions: (bucket, key) => keysOf(bucket).get(key) ?? [],
    allVersions: (bucket) =>
      [...keysOf(bucket)]
        .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        .map(([, versions]) => versions),
    markDeleted: (bucket, key) =>
      add(bucket, { kind: 'marker', key, versionId: newVersionId(), modified: new Date() }),
    removeVersion(bucket, key, versionId) {
      const keys = keysOf(bucket);
      const versions = keys.get(key) ?? [];
      const rest = versions.filter((version) => version.versionId !== versionId);
      if (rest.length === 0) {
        keys.delete(key);
      } else {
        keys.set(key, rest);
      }
      return versions.find((version) => version.versionId === versionId);
    },
  };
}

function checkName(name: string): void {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
    throw new WireError(
      'InvalidBucketName',
      `The bucket name "${name}" is not valid: 3 to 63 lower-case letters, digits, dots and hyphens`,
    );
  }
}

function storedObject(key: string, body: Buffer, headers: Readonly<Record<string, string>>): StoredObject {
  const uploaded = Object.keys(headers).some((name) => name.startsWith('x-amz-checksum-'));
  return {
    kind: 'object',
    key,
    versionId: newVersionId(),
    modified: new Date(),
    body,
    etag: `"${createHash('md5').update(body).digest('hex')}"`,
    headers: uploaded ? headers : { ...headers, 'x-amz-checksum-crc32': base64Crc32(body) },
  };
}

function base64Crc32(body: Buffer): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes.toString('base64');
}

/** Hexadecimal, so that no shell takes a version id for an option. */
function newVersionId(): string {
  return randomBytes(16).toString('hex');
}
