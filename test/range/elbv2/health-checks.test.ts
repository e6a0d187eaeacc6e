import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { check, startChecks } from '../../../src/range/elbv2/health-checks.ts';
import type { CheckOutcome } from '../../../src/range/elbv2/targets.ts';
import { until } from '../support.ts';
import { SETTINGS, startHost, type TestHost } from './support.ts';

async function checkServer(answer: RequestListener, timeout = 5_000): Promise<CheckOutcome> {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const outcome = await check({ address: '127.0.0.1', port }, { path: '/up', timeout }, neverAborted());
  server.close();
  server.closeAllConnections();
  return outcome;
}

const PLAN = { path: SETTINGS.healthCheckPath, timeout: 5_000, interval: 10, firstAfter: 0 };

function neverAborted(): AbortSignal {
  return new AbortController().signal;
}

describe('a health check', () => {
  test('passes on status 200, asked for as the balancer does', async () => {
    let asked: { url: string | undefined; headers: IncomingHttpHeaders } | undefined;
    const outcome = await checkServer(({ url, headers }, response) => {
      asked = { url, headers };
      response.end('fine');
    });
    expect(outcome).toEqual({ passed: true });
    expect(asked).toMatchObject({
      url: '/up',
      headers: { 'user-agent': 'ELB-HealthChecker/2.0', connection: 'close' },
    });
  });

  test.each([204, 302, 500])('fails on status %d', async (status) => {
    expect(await checkServer((_, response) => response.writeHead(status).end())).toEqual({
      passed: false,
      failure: {
        reason: 'Target.ResponseCodeMismatch',
        description: `Health checks failed with these codes: [${status}]`,
      },
    });
  });

  test('fails on silence', async () => {
    expect(await checkServer(() => {}, 50)).toMatchObject({ failure: { reason: 'Target.Timeout' } });
  });

  test('fails on a closed connection and on a closed port', async () => {
    expect(await checkServer((request) => request.socket.destroy())).toMatchObject({
      failure: { reason: 'Target.FailedHealthChecks' },
    });
    const host = await startHost();
    await host.kill();
    const destination = { address: '127.0.0.1', port: host.port };
    expect(await check(destination, { path: '/', timeout: 5_000 }, neverAborted())).toMatchObject({
      failure: { reason: 'Target.FailedHealthChecks' },
    });
  });
});

describe('checks', () => {
  function checksOf(host: TestHost, onOutcome: (outcome: CheckOutcome | undefined) => void) {
    const destination = () => ({ address: '127.0.0.1', port: host.port });
    return startChecks({ ...PLAN, destination, onBegin() {}, onOutcome });
  }

  test('go on until they are stopped, and report nothing afterwards', async () => {
    const [host, witness] = [await startHost(), await startHost()];
    const outcomes: (CheckOutcome | undefined)[] = [];
    const checks = checksOf(host, (outcome) => outcomes.push(outcome));
    await until(() => outcomes.length >= 3, 'three checks have passed');
    checks.stop();
    const reported = outcomes.length;
    await until(() => host.connections() === 0, 'the last connection is closed');
    const asked = host.checks();
    const others = checksOf(witness, () => {});
    await until(() => witness.checks() >= 3, 'another target was checked three times');
    others.stop();
    expect(outcomes).toHaveLength(reported);
    expect(host.checks()).toBe(asked);
    await Promise.all([host.kill(), witness.kill()]);
  });

  test('say so when there is no target to check', async () => {
    const outcomes: (CheckOutcome | undefined)[] = [];
    let begun = 0;
    const checks = startChecks({
      ...PLAN,
      destination: () => undefined,
      onBegin: () => {
        begun += 1;
      },
      onOutcome: (outcome) => outcomes.push(outcome),
    });
    await until(() => outcomes.length >= 2, 'two looks were taken');
    checks.stop();
    expect(begun).toBe(0);
    expect(outcomes[0]).toBeUndefined();
  });
});
