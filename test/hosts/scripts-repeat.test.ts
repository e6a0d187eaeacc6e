import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { encodedField, listField, numberField, readAnswer } from '../../src/hosts/answer.ts';
import { REPEAT_SCRIPT } from '../../src/hosts/scripts/repeat.ts';
import { serve } from './archives.ts';
import { type Machine, startMachine } from './machine.ts';
import { findShells, type Shell } from './shells.ts';

interface Wanted {
  readonly times?: number;
  readonly limit?: number;
  readonly wanted?: string;
  /** As curl's `--connect-to` has it. */
  readonly connect?: string;
  readonly headers?: string;
}

function given(url: string, { times = 30, limit = 5, wanted = '', connect = '', headers = '' }: Wanted) {
  const { hostname, port } = new URL(url);
  const manner = ['GET', headers, '', connect, '', ''];
  return [String(times), String(limit), ...manner, hostname, port, wanted, url];
}

async function ask(machine: Machine, url: string, wanted: Wanted = {}) {
  const answer = await machine.ask(REPEAT_SCRIPT, ...given(url, wanted));
  const answers = listField(answer, 'answers').map((each) => ({
    status: numberField(each, 'status'),
    problem: encodedField(each, 'problem'),
    headers: encodedField(each, 'headers'),
    body: encodedField(each, 'body'),
  }));
  return { milliseconds: numberField(answer, 'milliseconds'), answers };
}

/** A server on one address of loopback that says which it is. */
async function serveAt(address: string, port = 0) {
  const server = createServer((_, response) => response.end(address)).listen(port, address);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe.each(findShells())('REPEAT in $name', (shell) => {
  test('makes each request over a connection of its own', async () => {
    await using machine = await startMachine(shell);
    const ports = new Set<number | undefined>();
    await using server = await serve((response) => {
      ports.add(response.socket?.remotePort);
      response.end('it is "me"\n');
    });
    const { answers } = await ask(machine, `${server.url}/version`);
    expect(answers).toEqual(
      Array.from({ length: 30 }, () => ({ status: 200, problem: '', headers: '', body: 'it is "me"\n' })),
    );
    expect(server.count()).toBe(30);
    expect(ports.size).toBe(30);
    expect(await machine.temporaryFiles()).toEqual([]);
  });

  test('runs several at once', async () => {
    await using machine = await startMachine(shell);
    let open = 0;
    let most = 0;
    await using server = await serve((response) => {
      open += 1;
      most = Math.max(most, open);
      // The first eight are answered only when all of them are there: one after the other would time out.
      const answer = () => {
        if (most < 8 && open < 8) return void setTimeout(answer, 5);
        open -= 1;
        response.end();
      };
      answer();
    });
    const { answers } = await ask(machine, server.url, { times: 8 });
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(most).toBe(8);
  });

  test('gives the wanted headers of the last answer, and no others', async () => {
    await using machine = await startMachine(shell);
    await using server = await serve((response) => {
      response.setHeader('X-Host', 'i-1').setHeader('X-Version', '1.1.0').setHeader('X-Other', 'o').end('{}');
    });
    const { answers } = await ask(machine, server.url, { times: 1, wanted: 'x-version x-host' });
    expect(answers).toMatchObject([{ headers: 'X-Host: i-1\r\nX-Version: 1.1.0\r\n', body: '{}' }]);
  });

  test.each([1, 30, 60])('keeps %s long answers within 20,000 characters', async (times) => {
    await using machine = await startMachine(shell);
    await using server = await serve((response) =>
      response.setHeader('x-long', 'h'.repeat(5_000)).end('x'.repeat(5_000)),
    );
    const { stdout } = await machine.run(REPEAT_SCRIPT, ...given(server.url, { times, wanted: 'x-long' }));
    expect(stdout.length).toBeLessThan(20_000);
    expect(listField(readAnswer('the machine', stdout), 'answers')).toHaveLength(times);
  });

  test('gives wanted headers and the first 400 bytes of 30 long bodies', async () => {
    await using machine = await startMachine(shell);
    await using server = await serve((response) =>
      response.setHeader('x-host', 'i-1').end('x'.repeat(5_000)),
    );
    const { answers } = await ask(machine, server.url, { wanted: 'x-host' });
    expect(answers).toEqual(
      Array(30).fill({ status: 200, problem: '', headers: 'x-host: i-1\r\n', body: 'x'.repeat(400) }),
    );
  });

  test('says what went wrong with each that was not answered', async () => {
    await using machine = await startMachine(shell);
    await using server = await serve((response, _, count) => {
      if (count % 2 === 0) response.destroy();
      else response.writeHead(503).end('ill');
    });
    const { answers } = await ask(machine, server.url, { times: 4 });
    const sorted = answers.map(({ status, problem }) => [status, problem]).toSorted();
    expect(sorted).toEqual([
      [0, 'Empty reply from server'],
      [0, 'Empty reply from server'],
      [503, ''],
      [503, ''],
    ]);
  });

  test('gives up on what takes too long', async () => {
    await using machine = await startMachine(shell);
    await using server = await serve(() => undefined);
    const { answers } = await ask(machine, server.url, { times: 2, limit: 0.3 });
    expect(answers).toMatchObject([
      { status: 0, problem: expect.stringMatching(/timed out/i) },
      { status: 0, problem: expect.stringMatching(/timed out/i) },
    ]);
  });

  test('is silent about a name that nobody knows', async () => {
    await using machine = await startMachine(shell);
    const { answers } = await ask(machine, 'http://nowhere.invalid:80/', { times: 1 });
    expect(answers).toMatchObject([
      { status: 0, problem: expect.stringContaining('Could not resolve host: nowhere.invalid') },
    ]);
  });

  test('connects to where it is told, under the name of the URL', async () => {
    await using machine = await startMachine(shell);
    await using server = await serve((response) => response.end(response.req.headers.host));
    const { port } = new URL(server.url);
    const connect = `storefront.invalid:${port}:127.0.0.1:${port}`;
    const { answers } = await ask(machine, `http://storefront.invalid:${port}/`, { times: 2, connect });
    expect(answers.map(({ body }) => body)).toEqual(Array(2).fill(`storefront.invalid:${port}`));
  });
});

test.each(findShells())(
  'REPEAT in $name asks the addresses of a name in turn, those of IPv4 when there are any',
  async (shell) => {
    await using machine = await startMachine(knowing(shell, '::1', '127.0.0.1', '127.0.0.2'));
    await using one = await serveAt('127.0.0.1');
    await using _two = await serveAt('127.0.0.2', one.port);
    const { answers } = await ask(machine, `http://storefront.test:${one.port}/`, { times: 6 });
    const [first, second] = ['127.0.0.1', '127.0.0.2'];
    expect(answers.map(({ body }) => body)).toEqual([first, second, first, second, first, second]);
  },
);

/** The shell on a machine where every name has these addresses. */
function knowing(shell: Shell, ...addresses: readonly string[]): Shell {
  const lines = addresses.flatMap((each) => [`${each} STREAM storefront.test`, `${each} DGRAM`]);
  return {
    ...shell,
    tools: async (folder) => {
      const names = join(folder, 'names');
      await mkdir(names);
      await writeFile(join(names, 'getent'), `#!/bin/sh\nprintf '%s\\n' '${lines.join("' '")}'\n`, {
        mode: 0o755,
      });
      return `${names}:${await shell.tools(folder)}`;
    },
  };
}
