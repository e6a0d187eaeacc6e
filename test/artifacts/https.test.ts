import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { nextStop } from '../../src/artifacts/exchange.ts';
import { createHttpsSource } from '../../src/artifacts/https.ts';
import type { Artifact } from '../../src/artifacts/port.ts';
import { PlatformError, UserError } from '../../src/runner/errors.ts';
import { failure } from '../range/wire/builder.ts';

const BYTES = Buffer.from('the bytes of a release');
const SHA256 = createHash('sha256').update(BYTES).digest('hex');
const QUERY = 'signature=hidden0123456789';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let routes: Map<string, Answer>;
let asked: string[];
let origin: string;
let stop: () => Promise<void>;

beforeEach(async () => {
  routes = new Map();
  asked = [];
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '', 'http://web');
    asked.push(`${request.method} ${pathname}${search}`);
    const answer = routes.get(`${request.method} ${pathname}`) ?? routes.get(pathname);
    if (answer === undefined) response.writeHead(404).end();
    else answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
});
afterEach(() => stop());

function find(path: string, sha256?: string): Promise<Artifact> {
  return createHttpsSource({ limit: 5_000, pause: 1 }).find(`${origin}${path}`, sha256);
}

async function refused(
  attempt: Promise<unknown>,
  kind: typeof UserError | typeof PlatformError = UserError,
): Promise<string> {
  const error = await failure(attempt);
  expect(error).toBeInstanceOf(kind);
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('hidden0123456789');
  expect(error.message).toContain('Nothing was touched.');
  return error.message;
}

const bytes =
  (body: Buffer): Answer =>
  (_, response) =>
    void response.writeHead(200, { 'content-length': body.length }).end(body);
const text = (body: string): Answer => bytes(Buffer.from(body));
const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_, response) =>
    void response.writeHead(code, headers).end();

/** Gives one byte to whoever asks for one, as a server does that knows ranges; nothing else is ever asked of it. */
const ranged: Answer = (request, response) => {
  if (request.headers.range !== 'bytes=0-0') response.writeHead(400).end();
  else response.writeHead(206, { 'content-range': `bytes 0-0/${BYTES.length}` }).end(BYTES.subarray(0, 1));
};

describe('find', () => {
  test('takes the size from the server and the digest from beside the archive, with the same query', async () => {
    routes.set('/web/1.4.2.tar.gz', bytes(BYTES));
    routes.set('/web/1.4.2.tar.gz.sha256', text(`${SHA256.toUpperCase()}  1.4.2.tar.gz\n`));
    expect(await find(`/web/1.4.2.tar.gz?${QUERY}`)).toEqual({
      location: `${origin}/web/1.4.2.tar.gz?${QUERY}`,
      format: 'tar.gz',
      size: BYTES.length,
      sha256: SHA256,
    });
    expect(asked).toEqual([`HEAD /web/1.4.2.tar.gz?${QUERY}`, `GET /web/1.4.2.tar.gz.sha256?${QUERY}`]);
  });

  test('asks for nothing but the archive when the digest is given, and leaves proving it to the host', async () => {
    routes.set('/1.zip', bytes(BYTES));
    const given = '0'.repeat(64);
    expect(await find('/1.zip', given)).toMatchObject({ format: 'zip', sha256: given });
    expect(asked).toEqual(['HEAD /1.zip']);
  });

  test.each([400, 403, 404, 405, 501])('asks for one byte where HEAD is answered with %i', async (code) => {
    routes.set('HEAD /1.zip', status(code));
    routes.set('GET /1.zip', ranged);
    expect(await find('/1.zip', SHA256)).toMatchObject({ size: BYTES.length });
    expect(asked).toEqual(['HEAD /1.zip', 'GET /1.zip']);
  });

  test('takes the size from a whole answer where ranges are not known', async () => {
    routes.set('HEAD /1.zip', status(405));
    routes.set('GET /1.zip', bytes(BYTES));
    expect(await find('/1.zip', SHA256)).toMatchObject({ size: BYTES.length });
  });

  test('does not wait for the rest of an archive that has no end', async () => {
    routes.set('HEAD /1.zip', status(405));
    routes.set('GET /1.zip', (_, response) => {
      const more = () => void (response.destroyed || response.write(Buffer.alloc(65_536), more));
      more();
    });
    expect(await find('/1.zip', SHA256)).toMatchObject({ size: 0 });
  });

  test.each([
    ['of no length', { 'content-length': '0' }],
    ['that tells no length', { 'transfer-encoding': 'chunked' }],
  ])('does not believe an answer to HEAD %s', async (_, headers) => {
    routes.set('HEAD /1.zip', status(200, headers));
    routes.set('GET /1.zip', ranged);
    expect(await find('/1.zip', SHA256)).toMatchObject({ size: BYTES.length });
  });

  test('asks for the bytes as they are, since compressed ones have another length', async () => {
    routes.set('/1.zip', (request, response) => {
      const isPlain = request.headers['accept-encoding'] === 'identity';
      bytes(isPlain ? BYTES : Buffer.from('shorter'))(request, response);
    });
    expect(await find('/1.zip', SHA256)).toMatchObject({ size: BYTES.length });
  });

  test('tries again when the server fails or breaks off, and counts that as nothing', async () => {
    let attempts = 0;
    routes.set('/1.zip', (request, response) => {
      attempts += 1;
      if (attempts === 1) response.writeHead(503).end();
      else if (attempts === 2) request.socket.destroy();
      else bytes(BYTES)(request, response);
    });
    expect(await find('/1.zip', SHA256)).toMatchObject({ size: BYTES.length });
    expect(attempts).toBe(3);
  });
});

describe('redirects', () => {
  test('are followed on this machine, with the query that they name', async () => {
    routes.set('/1.zip', status(302, { location: '/store/x?other=1' }));
    routes.set('/store/x', bytes(BYTES));
    expect(await find(`/1.zip?${QUERY}`, SHA256)).toMatchObject({ size: BYTES.length });
    expect(asked).toEqual([`HEAD /1.zip?${QUERY}`, 'HEAD /store/x?other=1']);
  });

  test.each([
    [
      'http://example.com/1.zip?hidden0123456789',
      'redirects to http://example.com, which is not followed: it does not use https',
    ],
    ['http://me:hidden0123456789@127.0.0.1/1.zip', 'it holds a user name or a password'],
    ['file:///hidden0123456789', 'it does not use https'],
    ['https://', 'redirects to something that is not a URL'],
  ])('to %s are not', async (location, said) => {
    routes.set('/1.zip', status(302, { location }));
    expect(await refused(find('/1.zip', SHA256))).toContain(said);
    expect(asked).toEqual(['HEAD /1.zip']);
  });

  test('without an end are left', async () => {
    routes.set('/1.zip', status(307, { location: `/1.zip?${QUERY}` }));
    expect(await refused(find('/1.zip', SHA256))).toContain('more than 10 redirects');
    expect(asked).toHaveLength(11);
  });

  test('are named when they end badly', async () => {
    routes.set('/1.zip', status(302, { location: `/gone?${QUERY}` }));
    const message = await refused(find('/1.zip', SHA256));
    expect(message).toContain(`${origin}/1.zip (redirected to ${origin}/gone?…) does not exist`);
  });

  test.each([
    ['https://a.example/x', 'https://b.example/y', 'https://b.example/y'],
    ['https://a.example/x', '/y?z', 'https://a.example/y?z'],
    ['https://a.example/x', '//b.example/y', 'https://b.example/y'],
    ['http://localhost/x', 'https://b.example/y', 'https://b.example/y'],
    ['http://localhost/x', 'http://[::1]/y', 'http://[::1]/y'],
    ['https://a.example/x', 'http://127.0.0.1/y', undefined],
    ['https://a.example/x', 'http://b.example/y', undefined],
  ])('from %s to %s lead to %s', (from, target, expected) => {
    const stop = nextStop(new URL(from), target);
    expect('url' in stop ? stop.url.href : undefined).toBe(expected);
  });
});

describe('what is wrong is named, without the query', () => {
  test.each([
    [401, 'was refused (HTTP 401)'],
    [403, 'was refused (HTTP 403)'],
    [404, 'does not exist (HTTP 404)'],
    [410, 'does not exist (HTTP 410)'],
    [304, 'answered HTTP 304, expected 200'],
    [418, 'answered HTTP 418, expected 200'],
  ])('an archive that is answered with %i', async (code, said) => {
    routes.set('/1.zip', status(code));
    const message = await refused(find(`/1.zip?${QUERY}`));
    expect(message).toContain(`${origin}/1.zip?… ${said}`);
    expect(asked).toHaveLength(2);
  });

  test.each([429, 500, 503])('a server that answers %i again and again', async (code) => {
    routes.set('/1.zip', status(code));
    const message = await refused(find(`/1.zip?${QUERY}`), PlatformError);
    expect(message).toContain(`${origin}/1.zip?… answered HTTP ${code} (3 attempts)`);
    expect(asked).toHaveLength(3);
  });

  test('a server that is not there', async () => {
    await stop();
    const message = await refused(find(`/1.zip?${QUERY}`), PlatformError);
    expect(message).toContain(`Could not read ${origin}/1.zip?…: ECONNREFUSED`);
    expect(message).toContain(`Check that this runner reaches ${new URL(origin).host}`);
  });

  test('a server that says nothing', async () => {
    routes.set('/1.zip', () => undefined);
    const source = createHttpsSource({ limit: 50, pause: 1 });
    const message = await refused(source.find(`${origin}/1.zip?${QUERY}`, undefined), PlatformError);
    expect(message).toContain('no answer within 0.05 s (3 attempts)');
  });

  test('a server that speaks no TLS', async () => {
    const source = createHttpsSource({ limit: 5_000, pause: 1 });
    const location = `${origin.replace('http:', 'https:')}/1.zip?${QUERY}`;
    expect(await refused(source.find(location, undefined), PlatformError)).toContain('SSL');
  });

  test.each([
    ['HEAD and a range', status(416, { 'content-range': 'bytes */0' })],
    ['a range', bytes(Buffer.alloc(0))],
  ])('an archive that is empty, seen from %s', async (_, answer) => {
    routes.set('HEAD /1.zip', status(200));
    routes.set('GET /1.zip', answer);
    expect(await refused(find(`/1.zip?${QUERY}`))).toContain(`${origin}/1.zip?… is empty`);
  });

  test.each([
    [404, 'does not exist'],
    [403, 'one signature is good for one file'],
  ])('a digest that is answered with %i', async (code, said) => {
    routes.set('/1.zip', bytes(BYTES));
    routes.set('/1.zip.sha256', status(code));
    const message = await refused(find(`/1.zip?${QUERY}`));
    expect(message).toContain(`${origin}/1.zip.sha256?…`);
    expect(message).toContain(said);
    expect(message).toContain('Or give the digest as the input `sha256`');
  });

  test.each(['deadbeef', `${SHA256}0`, `sha256:${SHA256}`, '', '<html>'])(
    'a digest that reads %j',
    async (sidecar) => {
      routes.set('/1.zip', bytes(BYTES));
      routes.set('/1.zip.sha256', text(sidecar));
      const message = await refused(find(`/1.zip?${QUERY}`));
      expect(message).toContain(`${origin}/1.zip.sha256?… does not start with 64 hexadecimal digits`);
      expect(message).toContain('Write it with: sha256sum 1.zip');
    },
  );

  test.each([
    ['s3://acme-releases/1.zip', 'it is on S3'],
    ['http://example.com/1.zip?hidden0123456789', 'http://example.com/1.zip?… cannot be fetched over https'],
    ['https://me:hidden0123456789@example.com/1.zip', 'it holds a user name or a password'],
    ['https://example.com/1', 'its path ends in none of .tar.gz, .tgz and .zip'],
  ])('the location %s', async (location, said) => {
    expect(await refused(createHttpsSource().find(location, SHA256))).toContain(said);
  });
});

test('url gives the location, from which anybody gets the bytes', async () => {
  routes.set('/1.zip', bytes(BYTES));
  const artifact = await find(`/1.zip?${QUERY}`, SHA256);
  const url = await createHttpsSource().url(artifact, 60_000);
  expect(url).toBe(`${origin}/1.zip?${QUERY}`);
  expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(BYTES)).toBe(true);
});
