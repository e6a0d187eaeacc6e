import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ArtifactSource } from '../../src/artifacts/port.ts';
import { createS3Source } from '../../src/artifacts/s3.ts';
import { PlatformError, UserError } from '../../src/runner/errors.ts';
import { useEndpoint, withoutCredentials } from '../hosts/aws-environment.ts';
import { until } from '../range/support.ts';
import { failure, type Setting, startSetting } from '../range/wire/builder.ts';

const BUCKET = 'acme-releases';
const KEY = 'storefront/1.4.2+7 ü.tar.gz';
const LOCATION = `s3://${BUCKET}/${KEY}`;
const BYTES = Buffer.from('the bytes of a release');
const SHA256 = digest(BYTES, 'hex');

let setting: Setting;
let source: ArtifactSource;

beforeEach(async () => {
  setting = await startSetting();
  setting.store.createBucket(BUCKET);
  useEndpoint(setting.endpoint.url);
  source = createS3Source({ region: 'eu-west-1' });
});
afterEach(() => setting.endpoint.stop());

function digest(bytes: Buffer, encoding: 'hex' | 'base64'): string {
  return createHash('sha256').update(bytes).digest(encoding);
}

/** Puts an archive and what its sidecar says; no sidecar for `undefined`. */
function upload(bytes = BYTES, sidecar: string | undefined = `${digest(bytes, 'hex')}  1.4.2.tar.gz\n`) {
  const { versionId } = setting.store.put(BUCKET, KEY, bytes);
  if (sidecar !== '') setting.store.put(BUCKET, `${KEY}.sha256`, Buffer.from(sidecar));
  return versionId;
}

async function refused(attempt: Promise<unknown>): Promise<string> {
  const error = await failure(attempt);
  expect(error).toBeInstanceOf(UserError);
  return error.message;
}

describe('find', () => {
  test('pins the version and takes the digest from the object beside the archive', async () => {
    const versionId = upload();
    expect(await source.find(LOCATION, undefined)).toEqual({
      location: LOCATION,
      format: 'tar.gz',
      versionId,
      size: BYTES.length,
      sha256: SHA256,
    });
  });

  test.each([SHA256, `${SHA256.toUpperCase()} *1.4.2.tar.gz\r\n`, `${SHA256}\n`])(
    'takes the digest in the form %j',
    async (sidecar) => {
      upload(BYTES, sidecar);
      expect(await source.find(LOCATION, undefined)).toMatchObject({ sha256: SHA256 });
    },
  );

  test('needs no object beside the archive when the digest is given', async () => {
    upload(BYTES, '');
    expect(await source.find(LOCATION, SHA256)).toMatchObject({ sha256: SHA256 });
  });

  test.each([
    ['storefront/1.4.2.zip', 'zip'],
    ['storefront/1.4.2.tgz', 'tar.gz'],
  ])('tells from %s that it is a %s', async (key, format) => {
    setting.store.put(BUCKET, key, BYTES);
    setting.store.put(BUCKET, `${key}.sha256`, Buffer.from(SHA256));
    expect(await source.find(`s3://${BUCKET}/${key}`, undefined)).toMatchObject({ format, sha256: SHA256 });
  });

  test('believes the digest that S3 keeps', async () => {
    const client = new S3Client(setting.client);
    const body = { Bucket: BUCKET, Key: KEY, Body: BYTES, ChecksumSHA256: digest(BYTES, 'base64') };
    await client.send(new PutObjectCommand(body));
    client.destroy();
    expect(await source.find(LOCATION, SHA256)).toMatchObject({ sha256: SHA256 });
    expect(await refused(source.find(LOCATION, '0'.repeat(64)))).toContain(`has sha256 ${SHA256}`);
  });

  test('refuses another digest, and says where it came from and that nothing was touched', async () => {
    const wrong = '0'.repeat(64);
    upload(BYTES, `${wrong}  1.4.2.tar.gz\n`);
    const message = await refused(source.find(LOCATION, undefined));
    expect(message).toContain(`${LOCATION} has sha256 ${SHA256}, expected ${wrong}`);
    expect(message).toContain(`(from ${LOCATION}.sha256)`);
    expect(message).toContain('Nothing was touched.');
    expect(await refused(source.find(LOCATION, 'f'.repeat(64)))).toContain('(from the input sha256)');
  });

  test.each([
    ['a missing archive', `s3://${BUCKET}/storefront/9.9.9.tar.gz`, `s3://${BUCKET}/storefront/9.9.9.tar.gz`],
    ['a missing bucket', 's3://nobodys-bucket/1.0.tar.gz', 'nobodys-bucket'],
  ])('says so for %s', async (_, location, named) => {
    const message = await refused(source.find(location, undefined));
    expect(message).toMatch(`${named} does not exist. Nothing was touched.`);
  });

  test('says so when the digest is nowhere', async () => {
    upload(BYTES, '');
    expect(await refused(source.find(LOCATION, undefined))).toContain(`${LOCATION}.sha256 does not exist`);
  });

  test.each(['deadbeef', `${SHA256}0`, `sha256:${SHA256}`, ' ', '<html>'])(
    'does not take %j for a digest',
    async (sidecar) => {
      upload(BYTES, sidecar);
      const message = await refused(source.find(LOCATION, undefined));
      expect(message).toContain(`${LOCATION}.sha256 does not start with 64 hexadecimal digits`);
      expect(message).toContain('sha256sum 1.4.2+7 ü.tar.gz');
    },
  );

  test.each([
    'https://example.com/a.tar.gz',
    's3://bucket',
    's3://bucket/',
    's3:///key',
    's3://bucket/a.tar',
    'https://me:hidden@example.com/a.tar.gz?hidden',
  ])('refuses the location %s', async (location) => {
    const message = await refused(source.find(location, undefined));
    expect(message).toContain('not of the form s3://bucket/key');
    expect(message).not.toContain('hidden');
  });

  test('says what to do when there are no credentials', async () => {
    withoutCredentials();
    const poor = createS3Source({ region: 'eu-west-1' });
    expect(await refused(poor.find(LOCATION, undefined))).toContain('there are no AWS credentials');
  });
});

describe('url', () => {
  test('gives the pinned bytes to whoever has no credentials, also after a later upload', async () => {
    upload();
    const artifact = await source.find(LOCATION, undefined);
    upload(Buffer.from('other bytes'));
    const url = await source.url(artifact, 60_000);
    const answer = await fetch(url);
    expect(answer.status).toBe(200);
    expect(Buffer.from(await answer.arrayBuffer()).equals(BYTES)).toBe(true);
    expect(await source.find(LOCATION, undefined)).not.toMatchObject({ versionId: artifact.versionId });
  });

  test('is worth nothing for another object, nor without its signature', async () => {
    upload();
    const url = new URL(await source.url(await source.find(LOCATION, undefined), 60_000));
    const other = new URL(url);
    other.pathname += '.sha256';
    expect((await fetch(other)).status).toBe(403);
    expect((await fetch(url.origin + url.pathname)).status).toBe(403);
  });

  test('expires', async () => {
    upload();
    const url = await source.url(await source.find(LOCATION, undefined), 1_000);
    expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('1');
    await until(async () => (await fetch(url)).status === 403, 'the URL has expired');
  });
});

describe('on a service of another kind', () => {
  type Answer = (request: IncomingMessage, response: ServerResponse) => void;

  /** A source that asks a server which answers every HEAD and GET of an object as the test says. */
  async function withService(answer: Answer, work: (source: ArtifactSource) => Promise<void>): Promise<void> {
    const server = createServer((request, response) => {
      if (new URL(request.url ?? '', 'http://s3').pathname.split('/').filter(Boolean).length > 1)
        answer(request, response);
      else response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    useEndpoint(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    try {
      await work(createS3Source({ region: 'eu-west-1' }));
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  /** An object that was uploaded in parts: its checksum is that of the parts' checksums. */
  const inParts: Answer = (request, response) => {
    response.setHeader('x-amz-checksum-type', 'COMPOSITE');
    response.setHeader('x-amz-checksum-sha256', `${digest(Buffer.from('parts'), 'base64')}-2`);
    response.setHeader('content-length', BYTES.length);
    response.end(request.method === 'HEAD' ? undefined : BYTES);
  };

  test('reads an archive that was uploaded in parts and makes its digest', async () => {
    await withService(inParts, async (source) => {
      expect(await source.find(LOCATION, SHA256)).toEqual({
        location: LOCATION,
        format: 'tar.gz',
        size: BYTES.length,
        sha256: SHA256,
      });
      expect(await refused(source.find(LOCATION, 'f'.repeat(64)))).toContain(`has sha256 ${SHA256}`);
    });
  });

  test('pins no version in a bucket that keeps none', async () => {
    await withService(inParts, async (source) => {
      const url = await source.url(await source.find(LOCATION, SHA256), 60_000);
      expect(new URL(url).searchParams.has('versionId')).toBe(false);
    });
  });

  test('names the permission that is missing', async () => {
    await withService(
      (_, response) => void response.writeHead(403).end(),
      async (source) => {
        const message = await refused(source.find(LOCATION, SHA256));
        expect(message).toContain(`Could not read ${LOCATION}`);
        expect(message).toContain(`Add the action s3:GetObject on ${LOCATION}`);
      },
    );
  });

  test('does not take a body that breaks off for the archive', async () => {
    let asked = 0;
    const breaksOff: Answer = (request, response) => {
      asked += 1;
      response.setHeader('content-length', BYTES.length);
      if (request.method === 'HEAD') response.end();
      else response.write(BYTES.subarray(0, 4), () => response.destroy());
    };
    await withService(breaksOff, async (source) => {
      const error = await failure(source.find(LOCATION, SHA256));
      expect(error).toBeInstanceOf(PlatformError);
      expect(error.message).toContain(`Could not read ${LOCATION}`);
      expect(asked).toBe(2);
    });
  });
});
