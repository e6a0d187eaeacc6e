import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openLedger } from '../../src/ledger/open.ts';
import type { LedgerStore } from '../../src/ledger/port.ts';
import { createS3Ledger } from '../../src/ledger/s3.ts';
import { PlatformError, UserError } from '../../src/runner/errors.ts';
import { useEndpoint, withoutCredentials } from '../hosts/aws-environment.ts';
import { failure, type Setting, startSetting } from '../range/wire/builder.ts';
import { storeCases } from './store-cases.ts';

const BUCKET = 'acme-releases';
const KEY = 'storefront/ledger.json';
const PLACE = `s3://${BUCKET}/${KEY}`;
const REGION = { region: 'eu-west-1' };
const { signal } = new AbortController();

let setting: Setting;

beforeEach(async () => {
  setting = await startSetting();
  setting.store.createBucket(BUCKET);
  useEndpoint(setting.endpoint.url);
});
afterEach(() => setting.endpoint.stop());

function stored(): string | undefined {
  const [newest] = setting.store.versions(BUCKET, KEY);
  return newest?.kind === 'object' ? newest.body.toString() : undefined;
}

describe('on S3', () => {
  storeCases({
    open: () => createS3Ledger(PLACE, REGION),
    stored: async () => stored(),
    plant: async (text) => void setting.store.put(BUCKET, KEY, Buffer.from(text)),
    remove: async () => void setting.store.markDeleted(BUCKET, KEY),
  });

  test('a bucket that is not there is named, and so is what to do', async () => {
    const nowhere = createS3Ledger('s3://nobodys-bucket/ledger.json', REGION);
    for (const attempt of [
      nowhere.read(signal),
      nowhere.write('one', undefined, signal),
      nowhere.write('one', '"a"', signal),
    ]) {
      const error = await failure(attempt);
      expect(error).toBeInstanceOf(UserError);
      expect(error.message).toContain(
        'The bucket nobodys-bucket of the ledger s3://nobodys-bucket/ledger.json does not exist.',
      );
      expect(error.message).toContain('Create it, with versioning');
    }
  });

  test('says what to do when there are no credentials', async () => {
    withoutCredentials();
    const error = await failure(createS3Ledger(PLACE, REGION).read(signal));
    expect(error.message).toContain('there are no AWS credentials');
  });

  test.each(['https://example.com/ledger.json', 's3://bucket', 's3://bucket/', 's3:///key', 's3://b/\n'])(
    'the place %j is refused',
    async (place) => {
      const error = await failure(openLedger(place, REGION));
      expect(error).toBeInstanceOf(UserError);
      expect(error.message).toContain('is not of the form s3://bucket/key');
    },
  );
});

describe('on a service of another kind', () => {
  type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

  /** A ledger on a server that answers as the test says. */
  async function withService<T>(answer: Answer, work: (store: LedgerStore) => Promise<T>): Promise<T> {
    const server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      answer(request, response, Buffer.concat(parts).toString());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    useEndpoint(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    try {
      return await work(createS3Ledger(PLACE, REGION));
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  function refuse(response: ServerResponse, status: number, code: string, headers = {}): void {
    response.writeHead(status, { 'content-type': 'application/xml', ...headers });
    response.end(`<Error><Code>${code}</Code><Message>no</Message></Error>`);
  }

  test.each([
    [412, 'PreconditionFailed'],
    [409, 'ConditionalRequestConflict'],
    [404, 'NoSuchKey'],
  ])('%d %s is a conflict', async (status, code) => {
    const answer: Answer = (_, response) => refuse(response, status, code);
    expect(await withService(answer, (each) => each.write('two', '"one"', signal))).toEqual({
      kind: 'conflict',
    });
  });

  test('storage that does not know conditions is refused by name', async () => {
    const answer: Answer = (_, response) => refuse(response, 501, 'NotImplemented');
    const error = await withService(answer, (each) => failure(each.write('one', undefined, signal)));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(
      `The storage of the ledger ${PLACE} does not know the condition If-None-Match`,
    );
  });

  test.each([
    ['If-Match', (request: IncomingMessage) => request.headers['if-none-match'] !== undefined],
    ['If-None-Match', (request: IncomingMessage) => request.headers['if-match'] !== undefined],
  ])('storage that ignores %s is refused by name, and keeps what was written', async (header, isKnown) => {
    let kept = '';
    const ignoring: Answer = (request, response, body) => {
      if (isKnown(request) && kept !== '') return refuse(response, 412, 'PreconditionFailed');
      kept = body;
      response.writeHead(200, { etag: '"a"' }).end();
    };
    const error = await withService(ignoring, (each) => failure(each.write('one', undefined, signal)));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(`ignores the condition ${header} of a write`);
    expect(kept).toContain('one');
  });

  test('storage that keeps to conditions is asked to prove it once', async () => {
    let kept = '';
    const conditions: string[] = [];
    const sound: Answer = (request, response, body) => {
      const { 'if-match': match, 'if-none-match': none } = request.headers;
      conditions.push(match ?? `none ${none}`);
      const holds = kept === '' ? none === '*' : match === '"1"';
      if (!holds) return refuse(response, 412, 'PreconditionFailed');
      kept = body;
      response.writeHead(200, { etag: '"1"' }).end();
    };
    await withService(sound, async (each) => {
      expect(await each.write('one', undefined, signal)).toMatchObject({ kind: 'written' });
      expect(await each.write('two', '"1"', signal)).toMatchObject({ kind: 'written' });
    });
    expect(conditions).toEqual(['none *', 'none *', `"${'0'.repeat(32)}"`, '"1"']);
  });

  test('names the permissions that are missing, and that a missing key looks the same', async () => {
    const answer: Answer = (_, response) => refuse(response, 403, 'AccessDenied');
    const [read, write] = await withService(answer, async (each) => [
      await failure(each.read(signal)),
      await failure(each.write('one', '"a"', signal)),
    ]);
    expect(read).toBeInstanceOf(UserError);
    expect(read?.message).toContain(`Could not read the ledger ${PLACE}`);
    expect(read?.message).toContain(
      'Add the action s3:GetObject (and s3:ListBucket on its bucket, without which',
    );
    expect(write?.message).toContain(`Could not write the ledger ${PLACE}`);
    expect(write?.message).toContain('Add the action s3:PutObject (and s3:GetObject');
  });

  test('finds a bucket of another region by the redirect', async () => {
    const regions: (string | undefined)[] = [];
    const elsewhere: Answer = (request, response) => {
      const region = /Credential=[^/]+\/\d+\/(?<region>[^/]+)\//.exec(request.headers.authorization ?? '')
        ?.groups?.['region'];
      regions.push(region);
      if (region === 'us-east-1') response.writeHead(200, { etag: '"1"' }).end('text');
      else refuse(response, 301, 'PermanentRedirect', { 'x-amz-bucket-region': 'us-east-1' });
    };
    expect(await withService(elsewhere, (each) => each.read(signal))).toEqual({
      text: 'text',
      revision: '"1"',
    });
    expect(regions).toEqual(['eu-west-1', 'us-east-1']);
  });

  test('what is given without an ETag cannot be changed', async () => {
    const error = await withService(
      (_, response) => void response.end('text'),
      (each) => failure(each.read(signal)),
    );
    expect(error).toBeInstanceOf(PlatformError);
    expect(error.message).toContain('without an ETag');
  });
});
