import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketAclCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  NoSuchBucket,
  NoSuchKey,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { failure, type RawRequest, type Setting, sendSigned, startSetting } from '../wire/builder.ts';

let setting: Setting;
let s3: S3Client;
let bucket: string;
let buckets = 0;

beforeAll(async () => {
  setting = await startSetting();
  s3 = new S3Client(setting.client);
});
beforeEach(() => {
  buckets += 1;
  bucket = `releases-${String(buckets)}`;
  setting.store.createBucket(bucket);
});
afterAll(async () => {
  s3.destroy();
  await setting.endpoint.stop();
});

function put(
  key: string,
  body: NonNullable<PutObjectCommandInput['Body']>,
  more: Partial<PutObjectCommandInput> = {},
) {
  return s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...more }));
}

async function get(key: string, version?: string): Promise<string | undefined> {
  const output = await s3.send(
    new GetObjectCommand({ Bucket: bucket, Key: key, ...(version && { VersionId: version }) }),
  );
  return output.Body?.transformToString();
}

describe('objects', () => {
  test('come back as they were put, with their metadata, type and ETag', async () => {
    const key = 'web/1.0.0 ü+%&=?#/../a.tar.gz';
    const written = await put(key, 'body', {
      ContentType: 'application/gzip',
      ContentEncoding: 'gzip',
      CacheControl: 'no-store',
      Metadata: { release: '1.0.0' },
    });
    const read = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    expect(await read.Body?.transformToString()).toBe('body');
    expect(read).toMatchObject({
      ContentType: 'application/gzip',
      ContentEncoding: 'gzip',
      CacheControl: 'no-store',
      Metadata: { release: '1.0.0' },
      ContentLength: 4,
      ETag: '"841a2d689ad86bd1611447453c22c6fc"',
      VersionId: written.VersionId,
    });
  });

  test('may be streamed in chunks with the checksum in a trailer', async () => {
    const body = Buffer.alloc(300_000, 'zonewise\r\n0\r\n');
    await put('streamed', Readable.from([body.subarray(0, 100_001), body.subarray(100_001)]), {
      ContentLength: body.byteLength,
    });
    const read = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'streamed' }));
    const bytes = (await read.Body?.transformToByteArray()) ?? new Uint8Array();
    expect(body.equals(bytes)).toBe(true);
    expect(read.ContentEncoding).toBeUndefined();
    expect(read.ChecksumCRC32).toBeDefined();
  });

  test('may be empty', async () => {
    await put('empty', '', { ContentLength: 0 });
    expect(await get('empty')).toBe('');
  });

  test('put straight into the store are read by clients, checksum verified', async () => {
    const { versionId } = setting.store.put(bucket, 'seeded', Buffer.from('seed'), {
      'x-amz-meta-by': 'test',
    });
    const read = await s3.send(
      new GetObjectCommand({ Bucket: bucket, Key: 'seeded', ChecksumMode: 'ENABLED' }),
    );
    expect(await read.Body?.transformToString()).toBe('seed');
    expect(read).toMatchObject({ VersionId: versionId, Metadata: { by: 'test' } });
    expect(read.ChecksumCRC32).toBeDefined();
  });

  test('HEAD gives what GET gives, without the body', async () => {
    await put('headed', 'twelve bytes', { ChecksumSHA256: sha256('twelve bytes') });
    const head = await s3.send(
      new HeadObjectCommand({ Bucket: bucket, Key: 'headed', ChecksumMode: 'ENABLED' }),
    );
    expect(head).toMatchObject({ ContentLength: 12, ChecksumSHA256: sha256('twelve bytes') });
    const missing = await failure(s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'missing' })));
    expect(missing).toMatchObject({ name: 'NotFound', $metadata: { httpStatusCode: 404 } });
  });

  test('that are not there are typed errors', async () => {
    expect(await failure(get('missing'))).toBeInstanceOf(NoSuchKey);
    const command = new GetObjectCommand({ Bucket: 'no-such-bucket', Key: 'k' });
    expect(await failure(s3.send(command))).toBeInstanceOf(NoSuchBucket);
    await put('present', '1');
    expect(await failure(get('present', 'f'.repeat(32)))).toMatchObject({ name: 'NoSuchVersion' });
  });
});

describe('versions', () => {
  test('every put makes one, and each stays readable', async () => {
    const first = await put('k', 'one');
    const second = await put('k', 'two');
    expect(first.VersionId).not.toBe(second.VersionId);
    expect(await get('k')).toBe('two');
    expect(await get('k', first.VersionId)).toBe('one');
  });

  test('DELETE lays a marker on top, and removing the marker brings the object back', async () => {
    const { VersionId } = await put('k', 'one');
    const deleted = await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'k' }));
    expect(deleted.DeleteMarker).toBe(true);
    expect(await failure(get('k'))).toBeInstanceOf(NoSuchKey);
    expect(await get('k', VersionId)).toBe('one');
    const marker = await failure(get('k', deleted.VersionId));
    expect(marker).toMatchObject({ name: 'MethodNotAllowed', $metadata: { httpStatusCode: 405 } });

    const undone = await s3.send(
      new DeleteObjectCommand({ Bucket: bucket, Key: 'k', VersionId: deleted.VersionId }),
    );
    expect(undone.DeleteMarker).toBe(true);
    expect(await get('k')).toBe('one');
  });

  test('DELETE of a version is for good', async () => {
    const first = await put('k', 'one');
    const second = await put('k', 'two');
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'k', VersionId: second.VersionId }));
    expect(await get('k')).toBe('one');
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'k', VersionId: first.VersionId }));
    const list = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    expect(list.Versions ?? []).toEqual([]);
  });

  test('are listed newest first, markers apart, page after page', async () => {
    const a1 = await put('a', '1');
    const a2 = await put('a', '22');
    const b1 = await put('b', '1');
    const gone = await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'b' }));
    const seen: unknown[] = [];
    let next: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
    while (next !== undefined) {
      const list: Awaited<ReturnType<typeof listVersions>> = await listVersions({ MaxKeys: 1, ...next });
      seen.push(
        ...[...(list.Versions ?? []), ...(list.DeleteMarkers ?? [])].map((row) => [
          row.Key,
          row.VersionId,
          row.IsLatest,
        ]),
      );
      next = list.IsTruncated
        ? { KeyMarker: list.NextKeyMarker, VersionIdMarker: list.NextVersionIdMarker }
        : undefined;
    }
    expect(seen).toEqual([
      ['a', a2.VersionId, true],
      ['a', a1.VersionId, false],
      ['b', gone.VersionId, true],
      ['b', b1.VersionId, false],
    ]);
  });

  test('are always on, and cannot be suspended', async () => {
    expect(await s3.send(new GetBucketVersioningCommand({ Bucket: bucket }))).toMatchObject({
      Status: 'Enabled',
    });
    const set = (Status: 'Enabled' | 'Suspended') =>
      s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status } }));
    await set('Enabled');
    expect(await failure(set('Suspended'))).toMatchObject({
      name: 'NotImplemented',
      message: expect.stringContaining('Suspended'),
    });
  });

  function listVersions(input: object) {
    return s3.send(new ListObjectVersionsCommand({ Bucket: bucket, ...input }));
  }
});

describe('an upload that breaks off', () => {
  test('stores nothing, and the endpoint goes on', async () => {
    const print = jest.spyOn(console, 'error').mockReturnValue();
    const command = new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: 'never all of it' });
    const client = new S3Client({ ...setting.client, requestChecksumCalculation: 'WHEN_REQUIRED' });
    const upload = httpRequest(await getSignedUrl(client, command), {
      method: 'PUT',
      headers: { 'content-length': '1000' },
    });
    const broken = new Promise((resolve) => upload.on('error', resolve));
    await new Promise((resolve) => upload.write('part', resolve));
    upload.destroy(new Error('gone'));
    await broken;
    expect(await failure(get('k'))).toBeInstanceOf(NoSuchKey);
    expect(print).not.toHaveBeenCalled();
    print.mockRestore();
  });
});

describe('conditional writes', () => {
  test('If-None-Match: * of twenty at once lets exactly one through', async () => {
    const attempts = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => put('lock', `owner ${String(index)}`, { IfNoneMatch: '*' })),
    );
    const winners = attempts.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
    expect(winners).toHaveLength(1);
    expect(await get('lock')).toBe(`owner ${String(winners[0])}`);
    for (const attempt of attempts) {
      if (attempt.status === 'rejected') {
        expect(attempt.reason).toMatchObject({
          name: 'PreconditionFailed',
          $metadata: { httpStatusCode: 412 },
        });
      }
    }
  });

  test('If-Match of twenty at once on one ETag lets exactly one through', async () => {
    const { ETag } = await put('ledger', 'state 0');
    const attempts = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        put('ledger', `state ${String(index + 1)}`, { IfMatch: ETag }),
      ),
    );
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('a deleted key counts as absent', async () => {
    const { ETag } = await put('k', 'one');
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'k' }));
    expect(await failure(put('k', 'two', { IfMatch: ETag }))).toMatchObject({ name: 'NoSuchKey' });
    await put('k', 'two', { IfNoneMatch: '*' });
    expect(await get('k')).toBe('two');
  });
});

describe('checksums', () => {
  test.each([
    ['crc32', { ChecksumCRC32: 'AAAAAA==' }],
    ['sha256', { ChecksumSHA256: sha256('other') }],
    ['crc64nvme', { ChecksumCRC64NVME: 'AAAAAAAAAAA=' }],
    ['md5', { ContentMD5: createHash('md5').update('other').digest('base64') }],
  ])('a body that does not match its %s is refused and not stored', async (_name, stated) => {
    expect(await failure(put('k', 'body', stated))).toMatchObject({ name: 'BadDigest' });
    expect(await failure(get('k'))).toBeInstanceOf(NoSuchKey);
  });

  test.each(['CRC32', 'CRC64NVME', 'SHA256'] as const)('%s that matches is given back', async (algorithm) => {
    const written = await put('k', '123456789', { ChecksumAlgorithm: algorithm });
    const known = { CRC32: 'y/Q5Jg==', CRC64NVME: 'rosUhgp5mIg=', SHA256: sha256('123456789') };
    expect(written[`Checksum${algorithm}`]).toBe(known[algorithm]);
  });

  test('an algorithm that is not modelled is refused by name', async () => {
    expect(await failure(put('k', 'body', { ChecksumAlgorithm: 'SHA1' }))).toMatchObject({
      name: 'NotImplemented',
      message: expect.stringContaining('x-amz-checksum-sha1'),
    });
  });

  test('a Content-MD5 that is none, and a body that is not the signed one, are refused', async () => {
    expect(await failure(put('k', 'body', { ContentMD5: 'bm90IG1kNQ==' }))).toMatchObject({
      name: 'InvalidDigest',
    });
    const response = await send('PUT', 'k', {
      body: 'body',
      headers: { 'x-amz-content-sha256': 'f'.repeat(64) },
    });
    expect(await response.text()).toContain('<Code>XAmzContentSHA256Mismatch</Code>');
  });

  test.each([
    ['4\r\nbody\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n', 'BadDigest'],
    ['4\r\nbody\r\n0\r\n\r\n', 'MalformedTrailerError'],
    ['5\r\nbody\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n', 'IncompleteBody'],
    ['4\r\nbody\r\n', 'IncompleteBody'],
    ['3\r\nbod\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n', 'IncompleteBody'],
  ])('the chunked body %j is refused: %s', async (body, code) => {
    const response = await send('PUT', 'k', {
      body,
      headers: {
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'x-amz-trailer': 'x-amz-checksum-crc32',
        'x-amz-decoded-content-length': '4',
        'content-encoding': 'aws-chunked',
      },
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(`<Code>${code}</Code>`);
  });
});

describe('buckets', () => {
  test('are created once, in any region', async () => {
    const create = () =>
      s3.send(
        new CreateBucketCommand({
          Bucket: 'created',
          CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
        }),
      );
    await create();
    await s3.send(new HeadBucketCommand({ Bucket: 'created' }));
    expect(await failure(create())).toMatchObject({ name: 'BucketAlreadyOwnedByYou' });
    expect(await failure(s3.send(new HeadBucketCommand({ Bucket: 'missing' })))).toMatchObject({
      $metadata: { httpStatusCode: 404 },
    });
  });

  test('with a name that S3 would not take are refused', () => {
    expect(() => setting.store.createBucket('Releases')).toThrow('"Releases" is not valid');
  });

  test('are listed by prefix, in the order of bytes, page after page', async () => {
    for (const key of ['b/2', 'b/1', 'a', 'b/10', 'c', 'ü']) {
      await put(key, key);
    }
    const keys: (string | undefined)[] = [];
    let token: string | undefined;
    do {
      const page = await list({ MaxKeys: 2, ContinuationToken: token });
      expect(page.KeyCount).toBeLessThanOrEqual(2);
      keys.push(...(page.Contents ?? []).map(({ Key }) => Key));
      token = page.NextContinuationToken;
    } while (token !== undefined);
    expect(keys).toEqual(['a', 'b/1', 'b/10', 'b/2', 'c', 'ü']);
    const prefixed = await list({ Prefix: 'b/' });
    expect(prefixed.Contents?.map(({ Key, Size }) => [Key, Size])).toEqual([
      ['b/1', 3],
      ['b/10', 4],
      ['b/2', 3],
    ]);
    const later = await list({ StartAfter: 'b/2' });
    expect(later.Contents?.map(({ Key }) => Key)).toEqual(['c', 'ü']);
  });

  test('fold keys by a delimiter and leave deleted keys out', async () => {
    for (const key of ['a/1', 'a/2', 'b', 'c/d/e', 'gone']) {
      await put(key, key);
    }
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'gone' }));
    const all = await list({ Delimiter: '/' });
    expect(all.Contents?.map(({ Key }) => Key)).toEqual(['b']);
    expect(all.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(['a/', 'c/']);
    const first = await list({ Delimiter: '/', MaxKeys: 1 });
    const second = await list({ Delimiter: '/', MaxKeys: 1, ContinuationToken: first.NextContinuationToken });
    expect(second.Contents?.map(({ Key }) => Key)).toEqual(['b']);
  });

  function list(input: object) {
    return s3.send(new ListObjectsV2Command({ Bucket: bucket, ...input }));
  }
});

describe('presigned URLs', () => {
  const sign = (client: S3Client, options: { expiresIn: number; signingDate?: Date }) =>
    getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: 'release 1.tar.gz' }), options);

  test('are read without any credentials', async () => {
    const { VersionId } = await put('release 1.tar.gz', 'artifact');
    await put('release 1.tar.gz', 'newer');
    const url = await getSignedUrl(
      s3,
      new GetObjectCommand({ Bucket: bucket, Key: 'release 1.tar.gz', VersionId }),
    );
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('artifact');
  });

  test('are writable too', async () => {
    const command = new PutObjectCommand({ Bucket: bucket, Key: 'k', Metadata: { by: 'url' } });
    const url = await getSignedUrl(
      new S3Client({ ...setting.client, requestChecksumCalculation: 'WHEN_REQUIRED' }),
      command,
    );
    expect((await fetch(url, { method: 'PUT', body: 'through a URL' })).status).toBe(200);
    expect(await get('k')).toBe('through a URL');
  });

  test('expire', async () => {
    await put('release 1.tar.gz', 'artifact');
    const url = await sign(s3, { expiresIn: 60, signingDate: new Date(Date.now() - 61_000) });
    const response = await fetch(url);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('Request has expired');
  });

  test('cannot be prolonged, moved to another key or method, or signed with another secret', async () => {
    await put('release 1.tar.gz', 'artifact');
    const url = await sign(s3, { expiresIn: 60 });
    const credentials = { ...setting.client.credentials, secretAccessKey: 'wrong' };
    const attempts: [string, string][] = [
      ['GET', url.replace('X-Amz-Expires=60', 'X-Amz-Expires=600')],
      ['GET', url.replace('release%201', 'release%202')],
      ['DELETE', url],
      ['GET', await sign(new S3Client({ ...setting.client, credentials }), { expiresIn: 60 })],
    ];
    for (const [method, attempt] of attempts) {
      const response = await fetch(attempt, { method });
      expect([response.status, await response.text()]).toEqual([
        403,
        expect.stringContaining('<Code>SignatureDoesNotMatch</Code>'),
      ]);
    }
  });

  test('of signature version 2 are refused with the cure', async () => {
    const url = `${setting.endpoint.url}/${bucket}/k?AWSAccessKeyId=a&Signature=b&Expires=1`;
    expect(await (await fetch(url)).text()).toContain('s3v4');
  });
});

describe('what is not modelled', () => {
  test.each([
    ['multipart', () => new CreateMultipartUploadCommand({ Bucket: bucket, Key: 'k' }), 'uploads'],
    ['ACLs', () => new GetBucketAclCommand({ Bucket: bucket }), 'acl'],
    ['ListBuckets', () => new ListBucketsCommand({}), 'GET on the service'],
    [
      'a tag on an upload',
      () => new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: 'b', Tagging: 'a=b' }),
      'x-amz-tagging',
    ],
    [
      'encryption',
      () => new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: 'b', ServerSideEncryption: 'AES256' }),
      'x-amz-server-side-encryption',
    ],
    ['ranges', () => new GetObjectCommand({ Bucket: bucket, Key: 'k', Range: 'bytes=0-1' }), 'range'],
    [
      'a conditional delete',
      () => new DeleteObjectCommand({ Bucket: bucket, Key: 'k', IfMatch: 'e' }),
      'if-match',
    ],
  ])('%s is refused by name', async (_name, command, word) => {
    // Commands of different operations have no common type that the client takes.
    const error = await failure(s3.send(command() as ListBucketsCommand));
    expect(error).toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } });
    expect(error.message).toContain(word);
  });

  test('a query parameter that nobody knows is refused by name', async () => {
    const response = await send('GET', 'k', { query: { colour: 'blue' } });
    expect(response.status).toBe(501);
    expect(await response.text()).toContain('GET on an object with ?colour');
  });

  test('virtual-host style is refused with the cure', async () => {
    const { port } = new URL(setting.endpoint.url);
    const message = await getWithHost(`${bucket}.localhost:${port}`);
    expect(message).toContain('path style only');
  });

  test('a request without credentials is AccessDenied, with a request id', async () => {
    const response = await fetch(`${setting.endpoint.url}/${bucket}/k`);
    expect(response.status).toBe(403);
    const id = response.headers.get('x-amz-request-id') ?? '';
    expect(id).not.toBe('');
    expect(await response.text()).toMatch(
      new RegExp(`<Error><Code>AccessDenied</Code>.*<RequestId>${id}</RequestId></Error>`),
    );
  });
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

function send(method: string, key: string, more: Partial<RawRequest>): Promise<Response> {
  return sendSigned(setting.endpoint.url, { service: 's3', method, path: `/${bucket}/${key}`, ...more });
}

/** fetch does not let anyone set the host, so this one speaks plain HTTP with a presigned URL. */
async function getWithHost(host: string): Promise<string> {
  const client = new S3Client({ ...setting.client, endpoint: `http://${host}`, forcePathStyle: true });
  const url = new URL(await getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: 'k' })));
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const target = { host: '127.0.0.1', port: url.port, path: url.pathname + url.search, headers: { host } };
  httpRequest(target, (response) => {
    response
      .setEncoding('utf8')
      .toArray()
      .then((parts) => resolve(parts.join('')), reject);
  })
    .on('error', reject)
    .end();
  return promise;
}
