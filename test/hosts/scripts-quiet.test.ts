import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { QUIET_SCRIPT } from '../../src/hosts/scripts/quiet.ts';
import { SERVING_SCRIPT } from '../../src/hosts/scripts/serving.ts';
import { until } from '../range/support.ts';
import { startMachine } from './machine.ts';
import { findShells } from './shells.ts';

/** A TCP server on loopback and clients that are connected to it. */
interface Line {
  readonly port: string;
  open(): Promise<void>;
  close(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

async function startLine(address = '127.0.0.1'): Promise<Line> {
  const clients: Socket[] = [];
  const accepted: Socket[] = [];
  const server = createServer((socket) => {
    accepted.push(socket);
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.end());
    socket.resume();
  }).listen(0, address);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port: String(port),
    open: async () => {
      const client = connect(port, address);
      clients.push(client);
      await once(client, 'connect');
      await until(() => accepted.length === clients.length, 'the server has accepted');
    },
    close: () => clients.forEach((client) => void client.end()),
    [Symbol.asyncDispose]: async () => {
      for (const socket of [...clients, ...accepted]) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe.each(findShells())('QUIET in $name', (shell) => {
  test('is quiet at once where nobody is connected, listening or not', async () => {
    await using machine = await startMachine(shell);
    await using line = await startLine();
    const answer = await machine.ask(QUIET_SCRIPT, `${line.port} 1`, '200', '20', '0');
    expect(answer).toEqual({ quiet: true, work: 0, peak: 0 });
  });

  test('becomes quiet after the last connection has closed', async () => {
    await using machine = await startMachine(shell);
    await using line = await startLine();
    await using other = await startLine('::1');
    await line.open();
    await other.open();
    await other.open();
    let ended = false;
    const answer = machine.ask(QUIET_SCRIPT, `${line.port} ${other.port}`, '400', '60', '0').finally(() => {
      ended = true;
    });
    // A second script sees the three before the first of them is closed.
    const seen = await machine.ask(QUIET_SCRIPT, `${line.port} ${other.port}`, '400', '0', '0');
    expect(seen).toEqual({ quiet: false, work: 3, peak: 3 });
    line.close();
    const rest = await machine.ask(QUIET_SCRIPT, `${line.port} ${other.port}`, '400', '0', '0');
    expect(rest['quiet']).toBe(false);
    expect(ended).toBe(false);
    other.close();
    expect(await answer).toMatchObject({ quiet: true, work: 0 });
  });

  test('gives up at the limit and tells how many are left', async () => {
    await using machine = await startMachine(shell);
    await using line = await startLine();
    await line.open();
    await line.open();
    const answer = await machine.ask(QUIET_SCRIPT, line.port, '200', '1', '0');
    expect(answer).toEqual({ quiet: false, work: 2, peak: 2 });
  });

  test('gives up too when it is never quiet for long enough', async () => {
    await using machine = await startMachine(shell);
    const answer = await machine.ask(QUIET_SCRIPT, '1', '60000', '1', '0');
    expect(answer).toEqual({ quiet: false, work: 0, peak: 0 });
  });

  test('counts connections over IPv6', async () => {
    await using machine = await startMachine(shell);
    await using line = await startLine('::1');
    await line.open();
    const answer = await machine.ask(QUIET_SCRIPT, line.port, '200', '0', '0');
    expect(answer).toEqual({ quiet: false, work: 1, peak: 1 });
  });

  test('does not count connections of other ports', async () => {
    await using machine = await startMachine(shell);
    await using line = await startLine();
    await using other = await startLine();
    await other.open();
    const answer = await machine.ask(QUIET_SCRIPT, line.port, '0', '20', '0');
    expect(answer).toEqual({ quiet: true, work: 0, peak: 0 });
  });

  test('asks a gauge instead, field by name, and is quiet when it says 0', async () => {
    await using machine = await startMachine(shell);
    const said = [
      '{ "waiting": 9, "in_flight" : 2 }',
      '{"in_flight":1,"waiting":9}',
      '{"in_flight":0,"waiting":9}',
    ];
    await using gauge = await startGauge(() => (said.length > 1 ? said.shift() : said[0]) ?? '');
    const answer = await machine.ask(QUIET_SCRIPT, '1', '400', '20', '0', 'in_flight', gauge.url);
    expect(answer).toEqual({ quiet: true, work: 0, peak: 2 });
  });

  test('adds the gauges of several ports up', async () => {
    await using machine = await startMachine(shell);
    await using busy = await startGauge(() => '{"in_flight":2}');
    await using idle = await startGauge(() => '{"in_flight":0}');
    const answer = await machine.ask(QUIET_SCRIPT, '1', '200', '0', '0', 'in_flight', idle.url, busy.url);
    expect(answer).toEqual({ quiet: false, work: 2, peak: 2 });
  });

  test.each(['', '{"in_flight":"none"}', '{"inflight":0}', 'in_flight: 0'])(
    'a gauge that answers %j is not quiet',
    async (body) => {
      await using machine = await startMachine(shell);
      await using gauge = await startGauge(() => body);
      const answer = await machine.ask(QUIET_SCRIPT, '1', '0', '0', '0', 'in_flight', gauge.url);
      expect(answer).toMatchObject({ quiet: false, work: -1 });
    },
  );
});

describe.each(findShells())('SERVING in $name', (shell) => {
  test('sees a connection that stays', async () => {
    await using machine = await startMachine(shell);
    await using line = await startLine();
    await line.open();
    expect(await machine.ask(SERVING_SCRIPT, line.port, '20')).toEqual({ serving: true });
  });

  test('gives up where nobody connects', async () => {
    await using machine = await startMachine(shell);
    await using line = await startLine();
    expect(await machine.ask(SERVING_SCRIPT, line.port, '0')).toEqual({ serving: false });
  });
});

/** An HTTP server that answers with what `say` gives. */
async function startGauge(say: () => string): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createHttpServer((_, response) => response.end(say())).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/inflight`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
