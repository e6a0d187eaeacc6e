import { once } from 'node:events';
import { Agent, createServer, type RequestListener, request } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from '@jest/globals';
import { connectionsTo, type TargetConnections } from '../../../src/range/elbv2/connections.ts';
import type { Decision } from '../../../src/range/elbv2/decide.ts';
import { startProxy } from '../../../src/range/elbv2/proxy.ts';
import { TARGET_HEADER } from '../../../src/range/range.ts';
import { until } from '../support.ts';
import { fetchText, GROUP, startHost } from './support.ts';

const PLACE = { address: '127.0.0.1', port: 0 };

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A proxy in front of one target, or of none. */
async function startFront(connections: TargetConnections | undefined) {
  const decision: Decision =
    connections === undefined
      ? { kind: 'refuse' }
      : { kind: 'send', connections, targetGroup: GROUP, cookies: [] };
  const answered: (readonly [group: string | undefined, status: number])[] = [];
  const proxy = await startProxy({
    node: () => 'a',
    place: PLACE,
    decide: () => decision,
    answered: (targetGroup, status) => void answered.push([targetGroup, status]),
    idleTimeout: 5_000,
  });
  cleanups.push(() => proxy.stop());
  return { answered, url: `http://127.0.0.1:${proxy.port}/path?query=1`, port: proxy.port };
}

async function startTarget(answer: RequestListener, idleTimeout = 5_000) {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return connectionsTo(
    { host: 'i-1', address: '127.0.0.1', port: (server.address() as AddressInfo).port },
    idleTimeout,
  );
}

/** A target that speaks raw TCP: `answer` gets each request's text and its connection. */
async function startRawTarget(answer: (text: string, socket: Socket, requests: number) => void) {
  let requests = 0;
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      requests += 1;
      answer(data.toString(), socket, requests);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  return {
    connections: connectionsTo({ host: 'i-1', address: '127.0.0.1', port }, 5_000),
    requests: () => requests,
  };
}

const FINE = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine';

describe('a request', () => {
  test('reaches the target as the client sent it, with the headers of a load balancer', async () => {
    const connections = await startTarget((incoming, response) => {
      response.end(JSON.stringify({ url: incoming.url, headers: incoming.headers }));
    });
    const front = await startFront(connections);
    const sent = request(front.url, {
      agent: false,
      headers: { 'X-Forwarded-For': '10.0.0.1', 'X-Own': 'yes' },
    });
    sent.end();
    const [response] = await once(sent, 'response');
    expect(JSON.parse(await text(response))).toMatchObject({
      url: '/path?query=1',
      headers: {
        host: `127.0.0.1:${front.port}`,
        'x-own': 'yes',
        'x-forwarded-for': '10.0.0.1, 127.0.0.1',
        'x-forwarded-proto': 'http',
        'x-forwarded-port': String(front.port),
        connection: 'keep-alive',
      },
    });
  });

  test.each([
    ['POST', { 'Content-Length': '11' }],
    ['POST', { 'Transfer-Encoding': 'chunked' }],
    ['DELETE', { 'Transfer-Encoding': 'chunked' }],
  ])('%s with %j carries its body', async (method, headers) => {
    const connections = await startTarget((incoming, response) => incoming.pipe(response));
    const front = await startFront(connections);
    const sent = request(front.url, { method, headers, agent: false });
    sent.write('hello ');
    sent.end('world');
    const [response] = await once(sent, 'response');
    expect(await text(response)).toBe('hello world');
  });

  test('gets the status, the headers and the body of the target', async () => {
    const connections = await startTarget((_, response) => {
      response.writeHead(418, 'Teapot', { 'Set-Cookie': ['a=1', 'b=2'], 'X-Own': 'yes' });
      response.end('short and stout');
    });
    const answer = await fetchText((await startFront(connections)).url);
    expect(answer).toMatchObject({ status: 418, body: 'short and stout' });
    expect(answer.headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'], 'x-own': 'yes' });
  });

  test('is streamed: the first part arrives while the target still works', async () => {
    const { promise: finish, resolve } = Promise.withResolvers<void>();
    const connections = await startTarget(async (_, response) => {
      response.write('first');
      await finish;
      response.end(' last');
    });
    const sent = request((await startFront(connections)).url, { agent: false });
    sent.end();
    const [response] = await once(sent, 'response');
    const [first] = await once(response, 'data');
    expect(String(first)).toBe('first');
    resolve();
    expect(await text(response)).toBe(' last');
  });

  test('is dropped at the target when the client goes away', async () => {
    let arrived = false;
    let dropped = false;
    const connections = await startTarget((_, response) => {
      arrived = true;
      response.on('close', () => {
        dropped = true;
      });
    });
    const front = await startFront(connections);
    const client = connect(front.port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => arrived, 'the request has arrived');
    client.destroy();
    await until(() => dropped, 'the target sees the end');
    expect(front.answered).toEqual([]);
  });

  test.each([200, 404, 500])('is counted with the %d that it got, and with its group', async (status) => {
    const connections = await startTarget((_, response) => response.writeHead(status).end());
    const front = await startFront(connections);
    await fetchText(front.url);
    await until(() => front.answered.length > 0, 'it is counted');
    expect(front.answered).toEqual([[GROUP, status]]);
  });
});

describe('an answer of the load balancer itself', () => {
  test('is 503 without a target', async () => {
    const front = await startFront(undefined);
    const answer = await fetchText(front.url);
    expect(answer).toMatchObject({ status: 503, headers: { server: 'awselb/2.0' } });
    await until(() => front.answered.length > 0, 'it is counted');
    expect(front.answered).toEqual([[undefined, 503]]);
    expect(answer.body).toContain('503 Service Temporarily Unavailable');
  });

  test('is 502 when the target refuses the connection', async () => {
    const host = await startHost();
    await host.kill();
    const connections = connectionsTo({ host: 'i-1', address: '127.0.0.1', port: host.port }, 5_000);
    expect(await fetchText((await startFront(connections)).url)).toMatchObject({ status: 502 });
  });

  test('is 502 when the target resets a new connection, without a second try', async () => {
    const { connections, requests } = await startRawTarget((_, socket) => socket.resetAndDestroy());
    expect(await fetchText((await startFront(connections)).url)).toMatchObject({ status: 502 });
    expect(requests()).toBe(1);
  });

  test('is 504 when the target stays silent', async () => {
    const connections = await startTarget(() => {}, 50);
    expect(await fetchText((await startFront(connections)).url)).toMatchObject({ status: 504 });
  });

  test.each([
    ['of known length', 'Content-Length: 100\r\n\r\nonly this'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n'],
  ])('cannot come once the target has begun: a response %s breaks off at the client too', async (_, rest) => {
    const { connections } = await startRawTarget((_request, socket) => {
      socket.end(`HTTP/1.1 200 OK\r\n${rest}`);
    });
    await expect(fetchText((await startFront(connections)).url)).rejects.toThrow('aborted');
  });
});

describe('the target header', () => {
  test('names the host that answered or failed, and is missing when there was none', async () => {
    const host = await startHost();
    const connections = connectionsTo({ host: 'i-7', address: '127.0.0.1', port: host.port }, 5_000);
    const { url } = await startFront(connections);
    expect(await fetchText(url)).toMatchObject({ status: 200, headers: { [TARGET_HEADER]: 'i-7' } });
    await host.kill();
    expect(await fetchText(url)).toMatchObject({ status: 502, headers: { [TARGET_HEADER]: 'i-7' } });
    expect((await fetchText((await startFront(undefined)).url)).headers).not.toHaveProperty(TARGET_HEADER);
  });
});

describe('a reused connection that the target resets', () => {
  /** Answers the first request of each connection, resets it at the second. */
  async function startForgetful() {
    const seen = new WeakSet<Socket>();
    return startRawTarget((_, socket) => {
      if (seen.has(socket)) socket.resetAndDestroy();
      else socket.write(FINE);
      seen.add(socket);
    });
  }

  test('is replaced once for a request that is safe to repeat', async () => {
    const { connections, requests } = await startForgetful();
    const { url } = await startFront(connections);
    expect(await fetchText(url)).toMatchObject({ status: 200 });
    expect(await fetchText(url)).toMatchObject({ status: 200, body: 'fine' });
    expect(requests()).toBe(3);
  });

  test('fails a request that is not safe to repeat', async () => {
    const { connections, requests } = await startForgetful();
    const { url } = await startFront(connections);
    await fetchText(url);
    const sent = request(url, { method: 'POST', agent: false });
    sent.end('pay');
    const [response] = await once(sent, 'response');
    expect(response.statusCode).toBe(502);
    expect(requests()).toBe(2);
  });

  test('fails when the new connection is reset too', async () => {
    const { connections, requests } = await startRawTarget((_, socket, count) => {
      if (count === 1) socket.write(FINE);
      else socket.resetAndDestroy();
    });
    const { url } = await startFront(connections);
    await fetchText(url);
    expect(await fetchText(url)).toMatchObject({ status: 502 });
    expect(requests()).toBe(3);
  });
});

describe('the connections to a target', () => {
  test('are kept for the next request, closed when idle at leaving, and closed after a busy one', async () => {
    const { promise: finish, resolve } = Promise.withResolvers<void>();
    const host = await startHost({
      answer: async (incoming, response) => {
        if (incoming.url === '/slow') await finish;
        response.end('fine');
      },
    });
    cleanups.push(host.kill);
    const connections = connectionsTo({ host: 'i-1', address: '127.0.0.1', port: host.port }, 5_000);
    const { port } = await startFront(connections);
    const ask = (path: string) => fetchText(`http://127.0.0.1:${port}${path}`);
    await ask('/');
    await ask('/');
    expect(host.connections()).toBe(1);
    const slow = ask('/slow');
    await until(() => host.paths.includes('/slow'), 'the slow request has arrived');
    await ask('/');
    expect(host.connections()).toBe(2);
    connections.leave();
    await until(() => host.connections() === 1, 'the idle connection is closed');
    resolve();
    expect(await slow).toMatchObject({ status: 200 });
    await until(() => host.connections() === 0, 'the busy connection is closed');
  });

  test('are cut in the middle of a request, which is not repeated', async () => {
    const host = await startHost({
      answer: (incoming, response) => {
        if (incoming.url !== '/slow') response.end();
      },
    });
    cleanups.push(host.kill);
    const connections = connectionsTo({ host: 'i-1', address: '127.0.0.1', port: host.port }, 5_000);
    const { port } = await startFront(connections);
    await fetchText(`http://127.0.0.1:${port}/`);
    const slow = fetchText(`http://127.0.0.1:${port}/slow`);
    await until(() => host.paths.includes('/slow'), 'the slow request has arrived');
    connections.cut();
    expect(await slow).toMatchObject({ status: 502 });
    expect(host.paths).toEqual(['/', '/slow']);
  });
});

test('a client connection belongs to one node for its whole life', async () => {
  const host = await startHost();
  cleanups.push(host.kill);
  const connections = connectionsTo({ host: 'i-1', address: '127.0.0.1', port: host.port }, 5_000);
  const chosen: string[] = [];
  let turn = 0;
  const proxy = await startProxy({
    node() {
      turn += 1;
      return `node ${turn}`;
    },
    place: PLACE,
    decide(node) {
      chosen.push(node);
      return { kind: 'send', connections, targetGroup: GROUP, cookies: [] };
    },
    answered: () => undefined,
    idleTimeout: 5_000,
  });
  cleanups.push(() => proxy.stop());
  const url = `http://127.0.0.1:${proxy.port}/`;
  const agent = new Agent({ keepAlive: true });
  await fetchText(url, agent);
  await fetchText(url, agent);
  agent.destroy();
  await fetchText(url);
  expect(chosen).toEqual(['node 1', 'node 1', 'node 2']);
});
