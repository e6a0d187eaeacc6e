import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startLoad } from '../../src/rehearsal/probe-load.ts';
import type { LoadOptions, Sample } from '../../src/rehearsal/probe-sample.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(listener: http.RequestListener): Promise<string> {
  const server = http.createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function options(url: string, changes: Partial<LoadOptions> = {}): LoadOptions {
  return {
    entrances: [{ region: 'us-east-1', url }],
    path: '/',
    versionHeader: 'X-Storefront-Version',
    rate: 200,
    seed: 1,
    timeout: 3_000,
    ...changes,
  };
}

/** Runs a load until so many samples are there. */
async function measure(given: LoadOptions, count: number): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const load = startLoad(given, (sample) => {
    samples.push(sample);
    if (samples.length === count) resolve();
  });
  await promise;
  await load.stop();
  return samples;
}

function reasons(samples: readonly Sample[]): readonly string[] {
  return [...new Set(samples.map(({ outcome }) => (outcome.kind === 'failed' ? outcome.reason : 'served')))];
}

describe('each way to fail is named', () => {
  test.each<[string, http.RequestListener]>([
    ['status', (_, response) => response.writeHead(503).end('no')],
    ['reset', (request) => request.socket.destroy()],
    ['timeout', () => {}],
    [
      'truncated',
      (_, response) =>
        response.writeHead(200, { 'content-length': 10 }).write('abc', () => response.destroy()),
    ],
    ['truncated', (_, response) => response.writeHead(200).write('abc', () => response.destroy())],
  ])('%s', async (reason, listener) => {
    const timeout = reason === 'timeout' ? 150 : 10_000;
    const samples = await measure(options(await serve(listener), { timeout }), 6);
    expect(reasons(samples)).toEqual([reason]);
  });

  test('connection: nobody listens', async () => {
    const server = http.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const [first] = await measure(options(`http://127.0.0.1:${port}`), 4);
    expect(first?.outcome).toMatchObject({
      reason: 'connection',
      detail: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('timeout: the headers came and the body never ends', async () => {
    const url = await serve((_, response) => void response.writeHead(200).write('abc'));
    expect(reasons(await measure(options(url, { timeout: 150 }), 4))).toEqual(['timeout']);
  });

  test('not-sent: too many requests are unanswered', async () => {
    const url = await serve(() => {});
    // Twice 200 a second for a millisecond is one request at a time.
    const samples: Sample[] = [];
    const load = startLoad(options(url, { rate: 2_000, timeout: 10 }), (sample) => samples.push(sample));
    cleanups.push(() => load.stop());
    while (!samples.some(({ outcome }) => outcome.kind === 'failed')) await new Promise(setImmediate);
    await load.stop();
    expect(reasons(samples)).toContain('timeout');
  });
});

describe('a load', () => {
  test('records version, host, and both kinds of connection of every region', async () => {
    const kept: string[] = [];
    const url = await serve((request, response) => {
      kept.push(request.headers.connection ?? '');
      response.setHeader('x-storefront-version', '1.0.0').setHeader('x-range-target', 'i-1').end('fine');
    });
    const entrances = ['us-east-1', 'eu-west-1'].map((region) => ({ region, url }));
    const samples = await measure(options(url, { entrances }), 24);
    expect(samples).toContainEqual(
      expect.objectContaining({ version: '1.0.0', host: 'i-1', outcome: { kind: 'served' } }),
    );
    const streams = samples.map(({ region, connection }) => `${region} ${connection}`);
    expect([...new Set(streams)].sort()).toEqual([
      'eu-west-1 keep-alive',
      'eu-west-1 new',
      'us-east-1 keep-alive',
      'us-east-1 new',
    ]);
    expect(new Set(kept)).toEqual(new Set(['keep-alive', 'close']));
  });

  test('keeps sending while nothing is answered, at the same pace', async () => {
    const waiting: http.ServerResponse[] = [];
    const { promise: enough, resolve } = Promise.withResolvers<void>();
    const url = await serve((_, response) => {
      waiting.push(response);
      if (waiting.length === 30) resolve();
    });
    const samples: Sample[] = [];
    const load = startLoad(options(url), (sample) => samples.push(sample));
    await enough;
    expect(samples).toEqual([]);
    const stopped = load.stop();
    for (const response of waiting) response.end('late');
    await stopped;
    const due = samples.map(({ start, late }) => start - late).sort((one, other) => one - other);
    // 200 a second: thirty requests are due within 150 ms, whenever they were really sent.
    expect((due[29] ?? 0) - (due[0] ?? 0)).toBeCloseTo(145, -2);
  });

  test('has the same due instants for the same seed, and others for another', async () => {
    const url = await serve((_, response) => response.end());
    const pattern = async (seed: number): Promise<readonly number[]> => {
      const samples = await measure(options(url, { seed }), 12);
      const due = samples
        .filter(({ connection }) => connection === 'new')
        .map(({ start, late }) => start - late)
        .sort((one, other) => one - other)
        .slice(0, 4);
      return due.map((instant) => instant - (due[0] ?? 0));
    };
    const first = await pattern(7);
    // Instants are differences of large numbers, so their last figures vary.
    const alike = (other: readonly number[]): boolean =>
      other.every((instant, index) => Math.abs(instant - (first[index] ?? 0)) < 0.01);
    expect(alike(await pattern(7))).toBe(true);
    expect(alike(await pattern(8))).toBe(false);
  });

  test('waits at its end for the answers that are still to come', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<http.ServerResponse>();
    const url = await serve((_, response) => resolve(response));
    const samples: Sample[] = [];
    const load = startLoad(options(url, { timeout: 400 }), (sample) => samples.push(sample));
    const response = await asked;
    const stopped = load.stop();
    response.end('at last');
    await stopped;
    expect(reasons(samples)).toContain('served');
  });
});
