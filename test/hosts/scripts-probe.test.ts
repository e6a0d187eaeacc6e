import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { encodedField, listField } from '../../src/hosts/answer.ts';
import { PROBE_SCRIPT } from '../../src/hosts/scripts/probe.ts';
import { serve } from './archives.ts';
import { type Machine, startMachine } from './machine.ts';
import { findShells } from './shells.ts';

interface Seen {
  readonly status: unknown;
  readonly milliseconds: unknown;
  readonly problem: string;
  readonly headers: string;
  readonly body: string;
}

/** A GET without headers, body, other address, redirects, or doubt about certificates. */
const PLAIN = ['GET', '', '', '', '', ''];

async function ask(
  machine: Machine,
  urls: readonly string[],
  { patience = 0, limit = 5 } = {},
): Promise<readonly Seen[]> {
  const answer = await machine.ask(PROBE_SCRIPT, String(patience), String(limit), ...PLAIN, ...urls);
  return listField(answer, 'answers').map((each) => ({
    status: each['status'],
    milliseconds: each['milliseconds'],
    problem: encodedField(each, 'problem'),
    headers: encodedField(each, 'headers'),
    body: encodedField(each, 'body'),
  }));
}

/** A port of loopback at which nobody listens now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.each(findShells())('PROBE in $name', (shell) => {
  test('tells status, time to the end of the body, and the body', async () => {
    await using machine = await startMachine(shell);
    await using server = await serve((response) => {
      response.writeHead(503, { 'content-type': 'text/plain' }).write('it is "down"\n');
      setTimeout(() => response.end('\u00fc\n'), 150);
    });
    const [seen, ...others] = await ask(machine, [`${server.url}/?a={b}&c=[1-2]`]);
    expect(others).toEqual([]);
    expect(seen).toMatchObject({ status: 503, problem: '', body: 'it is "down"\n\u00fc\n' });
    expect(seen?.milliseconds).toBeGreaterThanOrEqual(140);
    expect(server.count()).toBe(1);
  });

  test('does not follow a redirect', async () => {
    await using machine = await startMachine(shell);
    await using server = await serve((response) => response.writeHead(302, { location: '/login' }).end());
    expect(await ask(machine, [server.url])).toMatchObject([{ status: 302, body: '' }]);
    expect(server.count()).toBe(1);
  });

  test('gives the first 8 kB of a body', async () => {
    await using machine = await startMachine(shell);
    await using server = await serve((response) => response.end(`${'x'.repeat(8_191)}yz`));
    expect((await ask(machine, [server.url]))[0]?.body).toBe(`${'x'.repeat(8_191)}y`);
  });

  test.each([2, 3, 20])('keeps within what Systems Manager shows for %s long bodies', async (count) => {
    await using machine = await startMachine(shell);
    await using server = await serve((response) => response.end('x'.repeat(50_000)));
    const urls = Array.from({ length: count }, () => server.url);
    const { stdout } = await machine.run(PROBE_SCRIPT, '0', '5', ...PLAIN, ...urls);
    expect(stdout.length).toBeLessThan(24_000);
    const shares = (await ask(machine, urls)).map(({ headers, body }) => headers.length + body.length);
    expect(shares).toEqual(urls.map(() => Math.floor(15_000 / count)));
  });

  test.each([2, 20])('keeps within it for %s answers of long headers and bodies', async (count) => {
    await using machine = await startMachine(shell);
    await using server = await serve((response) =>
      response.setHeader('x-long', 'x'.repeat(9_000)).end('y'.repeat(50_000)),
    );
    const urls = Array.from({ length: count }, () => server.url);
    const { stdout } = await machine.run(PROBE_SCRIPT, '0', '5', ...PLAIN, ...urls);
    expect(stdout.length).toBeLessThan(24_000);
    const seen = await ask(machine, urls);
    expect(seen.every(({ headers, body }) => headers.length >= 300 && body.length >= 300)).toBe(true);
  });

  test.each([1, 3])('gives the headers of each of %s answers', async (count) => {
    await using machine = await startMachine(shell);
    await using server = await serve((response, path) => response.setHeader('X-Path', path).end());
    const urls = Array.from({ length: count }, (_, index) => `${server.url}/${index}`);
    const seen = (await ask(machine, urls)).map(({ headers }) => /^X-Path: (.*)\r$/m.exec(headers)?.[1]);
    expect(seen).toEqual(urls.map((_, index) => `/${index}`));
  });

  test('asks several addresses and judges each by itself, in order', async () => {
    await using machine = await startMachine(shell);
    await using server = await serve((response, path) => response.end(path));
    const silent = `http://127.0.0.1:${await freePort()}/`;
    const seen = await ask(machine, [`${server.url}/a`, silent, `${server.url}/b`]);
    expect(seen.map(({ status, body }) => [status, body])).toEqual([
      [200, '/a'],
      [0, ''],
      [200, '/b'],
    ]);
    expect(seen[1]?.problem).toMatch(/^Failed to connect to 127\.0\.0\.1 port \d+/);
  });

  test('has no answers when nothing is asked', async () => {
    await using machine = await startMachine(shell);
    expect(await ask(machine, [])).toEqual([]);
  });

  test('waits for a port that opens later', async () => {
    await using machine = await startMachine(shell);
    const port = await freePort();
    const running = machine.start(PROBE_SCRIPT, '30', '5', ...PLAIN, `http://127.0.0.1:${port}/`);
    // The first attempt has been made when its file for the body is there.
    await machine.untilTemporaryFiles();
    await using server = await serve((response) => response.end('up'), port);
    expect((await running.ended).stdout).toContain('"status":200');
    expect(server.count()).toBe(1);
  });

  test('gives up on an answer that takes too long', async () => {
    await using machine = await startMachine(shell);
    await using server = await serve((response) => void response.write('the first words'));
    const [seen] = await ask(machine, [server.url], { limit: 0.3 });
    expect(seen?.status).toBe(0);
    expect(seen?.problem).toMatch(/timed out/i);
  });

  test('says what went wrong when a connection breaks off', async () => {
    await using machine = await startMachine(shell);
    await using server = await serve((response) => void response.destroy());
    expect(await ask(machine, [server.url])).toMatchObject([
      { status: 0, problem: 'Empty reply from server' },
    ]);
  });

  test.each(['-oX', 'file:///etc/passwd'])('answers nothing for %s', async (url) => {
    await using machine = await startMachine(shell);
    const [seen] = await ask(machine, [url]);
    expect(seen).toMatchObject({ status: 0, body: '' });
    expect(seen?.problem).not.toBe('');
    expect(await machine.list('/')).toEqual([]);
  });

  test('asks the process itself, whatever proxies the machine is told to use', async () => {
    const proxy = 'http://127.0.0.1:1';
    await using machine = await startMachine(shell, { http_proxy: proxy, ALL_PROXY: proxy });
    await machine.writeHome('.curlrc', `proxy = "${proxy}"\ninclude\n`);
    await using server = await serve((response) => response.end('itself'));
    expect(await ask(machine, [server.url])).toMatchObject([{ status: 200, body: 'itself' }]);
  });

  test('leaves no temporary file behind', async () => {
    await using machine = await startMachine(shell);
    await using server = await serve((response) => response.end('up'));
    await ask(machine, [server.url]);
    expect(await machine.temporaryFiles()).toEqual([]);
  });
});
