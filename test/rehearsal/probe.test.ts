import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { forkProbe, type Probe } from '../../src/rehearsal/probe.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startProbe(onSamples: Parameters<typeof forkProbe>[0] = () => {}): Promise<Probe> {
  const probe = await forkProbe(onSamples);
  cleanups.push(() => probe.close());
  return probe;
}

test('the control request fails, before the load and after it, and the load is reported', async () => {
  const server = http
    .createServer((_, response) => response.setHeader('x-version', '1').end())
    .listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => server.close());
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  const probe = await startProbe(() => {
    if (probe.samples.length > 20) resolve();
  });
  const before = await probe.control();
  expect(before.outcome).toMatchObject({ kind: 'failed', reason: 'connection' });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const common = { path: '/', versionHeader: 'x-version', rate: 200, seed: 1, timeout: 3_000 };
  probe.start({ entrances: [{ region: 'us-east-1', url }], ...common });
  await enough;
  const samples = await probe.stop();
  expect(samples.every(({ outcome, version }) => outcome.kind === 'served' && version === '1')).toBe(true);
  expect((await probe.control()).outcome.kind).toBe('failed');
});

test('a probe that dies is noticed, and nobody waits for it', async () => {
  const probe = await startProbe();
  const lost = once(probe.lost, 'abort');
  probe.start({ entrances: [{ region: 'us-east-1', url: 'not a url' }], ...BROKEN });
  await lost;
  expect(probe.lost.reason).toMatchObject({
    message: expect.stringContaining('ended too early (exit code 1)'),
  });
  await expect(probe.stop()).rejects.toThrow('ended too early');
});

const BROKEN = { path: '/', versionHeader: 'x-version', rate: 200, seed: 1, timeout: 3_000 };
