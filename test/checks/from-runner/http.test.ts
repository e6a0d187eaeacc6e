import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import type { Observation } from '../../../src/checks/check.ts';
import { askHttp } from '../../../src/checks/from-runner/http.ts';
import type { Manner } from '../../../src/checks/question.ts';
import { serveTcp } from '../servers.ts';

const never = new AbortController().signal;
const PLAIN: Manner = { method: 'GET', headers: {}, redirects: 'follow', tls: 'verify' };

async function serve(answer: RequestListener) {
  const server = createServer(answer);
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function ask(url: string, manner: Partial<Manner> = {}, limit = 5_000): Promise<Observation> {
  return askHttp({ kind: 'http', url, manner: { ...PLAIN, ...manner } }, limit, never);
}

/** What the server saw of a request, as its answer. */
async function seenOf(request: IncomingMessage): Promise<string> {
  const { method, url, headers } = request;
  return JSON.stringify({ method, url, headers, body: await text(request) });
}

function bodyOf(seen: Observation): ReturnType<typeof JSON.parse> {
  if (seen.kind !== 'http') throw new Error(`expected an answer, saw ${JSON.stringify(seen)}`);
  return JSON.parse(seen.body);
}

describe('redirects', () => {
  /** Redirects `/<status>/<times>` so many times, and then tells what it was asked. */
  const redirecting: RequestListener = async (request, response) => {
    const [, status = '', times = ''] = request.url?.split('/') ?? [];
    if (Number(times) > 0) {
      response.writeHead(Number(status), { location: `/${status}/${Number(times) - 1}` }).end('moved');
    } else response.end(await seenOf(request));
  };

  test('are followed five times and not six', async () => {
    await using server = await serve(redirecting);
    expect(bodyOf(await ask(`${server.url}/302/5`))).toMatchObject({ url: '/302/0' });
    expect(await ask(`${server.url}/302/6`)).toMatchObject({
      kind: 'silent',
      problem: 'more than 5 redirects',
    });
    expect(await ask(`${server.url}/302/1`, { redirects: 'refuse' })).toMatchObject({
      status: 302,
      body: 'moved',
    });
  });

  test.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [302, 'PUT', 'PUT', 'sent'],
    [307, 'POST', 'POST', 'sent'],
    [308, 'POST', 'POST', 'sent'],
  ] as const)('%d makes of a %s a %s', async (status, method, then, body) => {
    await using server = await serve(redirecting);
    const headers = { 'content-type': 'text/plain', 'x-a': 'b' };
    const seen = bodyOf(await ask(`${server.url}/${status}/1`, { method, headers, body: 'sent' }));
    expect(seen).toMatchObject({ method: then, body, headers: { 'x-a': 'b' } });
    expect(seen.headers['content-type']).toBe(body === '' ? undefined : 'text/plain');
  });

  test('take no secrets and no name to another server', async () => {
    await using other = await serve(async (request, response) => void response.end(await seenOf(request)));
    await using server = await serve((_, response) => {
      response.writeHead(302, { location: `${other.url}/there` }).end();
    });
    const headers = { authorization: 'Bearer hidden', cookie: 'a=b', host: 'shop.test', accept: 'a/b' };
    const url = `http://shop.test:${server.port}/`;
    const { headers: arrived } = bodyOf(await ask(url, { headers, connect: '127.0.0.1' }));
    expect(arrived).toMatchObject({ accept: 'a/b', host: `127.0.0.1:${other.port}` });
    expect(arrived).not.toHaveProperty('authorization');
    expect(arrived).not.toHaveProperty('cookie');
  });

  test.each(['ftp://127.0.0.1/', 'file:///etc/passwd'])('to %s are not followed', async (location) => {
    await using server = await serve((_, response) => void response.writeHead(302, { location }).end());
    expect(await ask(server.url)).toMatchObject({
      kind: 'silent',
      problem: expect.stringContaining('which is neither http nor https'),
    });
  });

  test('without a location are the answer', async () => {
    await using server = await serve((_, response) => void response.writeHead(304).end());
    expect(await ask(server.url)).toMatchObject({ status: 304 });
  });
});

describe('a request', () => {
  test('goes to another address under its own name', async () => {
    await using server = await serve(async (request, response) => void response.end(await seenOf(request)));
    const seen = bodyOf(await ask(`http://shop.test:${server.port}/x?y`, { connect: '127.0.0.1' }));
    expect(seen).toMatchObject({ url: '/x?y', headers: { host: `shop.test:${server.port}` } });
  });

  test('has a connection of its own', async () => {
    await using server = await serve((_, response) => void response.end());
    for (let each = 0; each < 3; each += 1) await ask(server.url);
    expect(server.connections()).toBe(3);
  });

  test('uses no proxy of the environment', async () => {
    await using proxy = await serve((_, response) => void response.end('proxy'));
    await using server = await serve((_, response) => void response.end('server'));
    const before = process.env['http_proxy'];
    process.env['http_proxy'] = proxy.url;
    try {
      expect(await ask(server.url)).toMatchObject({ body: 'server' });
    } finally {
      if (before === undefined) delete process.env['http_proxy'];
      else process.env['http_proxy'] = before;
    }
    expect(proxy.connections()).toBe(0);
  });

  test('gives the first 8 kB, and the headers of one name as one', async () => {
    await using server = await serve((_, response) => {
      response.setHeader('X-A', ['1', '2']).end('x'.repeat(100_000));
    });
    expect(await ask(server.url)).toMatchObject({ body: 'x'.repeat(8_192), headers: { 'x-a': '1, 2' } });
  });

  test('does not read a body without an end', async () => {
    await using server = await serve((_, response) => {
      const chunk = Buffer.alloc(1_048_576);
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    });
    expect(await ask(server.url, {}, 60_000)).toMatchObject({
      kind: 'silent',
      problem: 'the body is longer than 64 MB',
    });
  });

  test('is over at its limit though the body still drips', async () => {
    await using server = await serve((_, response) => {
      const timer = setInterval(() => response.write('.'), 50);
      response.on('close', () => clearInterval(timer));
    });
    expect(await ask(server.url, {}, 300)).toMatchObject({
      kind: 'silent',
      problem: 'timed out after 300ms',
    });
  });

  test.each(['http', 'https'])('by %s to a server that says nothing is over at its limit', async (scheme) => {
    await using mute = await serveTcp(() => undefined);
    expect(await ask(`${scheme}://127.0.0.1:${mute.port}/`, {}, 300)).toMatchObject({
      kind: 'silent',
      problem: 'timed out after 300ms',
    });
  });

  test('that nobody answers says why', async () => {
    const closed = await serveTcp(() => undefined);
    await closed[Symbol.asyncDispose]();
    expect(await ask(`http://127.0.0.1:${closed.port}/`)).toMatchObject({
      kind: 'silent',
      problem: expect.stringContaining('ECONNREFUSED'),
    });
    await using rude = await serveTcp((socket) => void socket.end('220 not HTTP\r\n'));
    expect(await ask(`http://127.0.0.1:${rude.port}/`)).toMatchObject({ kind: 'silent' });
  });

  test('ends with the cancellation and its reason', async () => {
    const cancellation = new AbortController();
    await using server = await serve(() => cancellation.abort(new Error('stop')));
    const answer = askHttp({ kind: 'http', url: server.url }, 60_000, cancellation.signal);
    await expect(answer).rejects.toThrow('stop');
  });
});
