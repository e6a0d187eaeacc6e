import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '../support.ts';
import { allHealthy, type Bench, fetchText, GROUP, startBench, startHost, type TestHost } from './support.ts';

const TERMINATE = 'deregistration_delay.connection_termination.enabled';
const TERMINATE_UNHEALTHY = 'target_health_state.unhealthy.connection_termination.enabled';

let one: TestHost;
let two: TestHost;
let bench: Bench;
let clients: Client[];

beforeEach(async () => {
  one = await startHost({ id: 'i-1' });
  two = await startHost({ id: 'i-2' });
  bench = await startBench({
    hosts: [one, two],
    settings: { type: 'network', propagation: 300, deregistrationDelay: 600 },
  });
  clients = [];
  await allHealthy(bench);
});

afterEach(async () => {
  for (const { socket } of clients) socket.destroy();
  await bench[Symbol.asyncDispose]();
});

/** A connection through the balancer on which requests are asked one after the other. */
interface Client {
  readonly socket: Socket;
  /** Id of the host that answers. */
  ask(): Promise<string>;
  /** How the connection ended: an error's code, or `closed`. */
  readonly ended: Promise<string>;
}

async function open(): Promise<Client> {
  const socket = connect({ port: Number(new URL(bench.url).port), host: '127.0.0.1' });
  const ended = new Promise<string>((resolve) => {
    socket.once('error', (error) => resolve('code' in error ? String(error.code) : 'error'));
    socket.once('close', () => resolve('closed'));
  });
  await once(socket, 'connect');
  const client: Client = {
    socket,
    ended,
    async ask() {
      socket.write('GET / HTTP/1.1\r\nHost: range\r\n\r\n');
      const [answer] = await once(socket, 'data');
      return String(answer).split('\r\n').at(-1) ?? '';
    },
  };
  clients.push(client);
  return client;
}

/** A connection that has ended up at this host. */
async function openTo(host: TestHost): Promise<Client> {
  for (let tries = 0; tries < 10; tries++) {
    const client = await open();
    if ((await client.ask()).includes(host.id)) return client;
    client.socket.destroy();
  }
  throw new Error(`no connection to ${host.id}`);
}

function deregister(host: TestHost): void {
  bench.call('DeregisterTargets', { TargetGroupArn: GROUP, Targets: [{ Id: host.id, Port: host.port }] });
}

function modify(Key: string, Value: string): void {
  bench.call('ModifyTargetGroupAttributes', { TargetGroupArn: GROUP, Attributes: [{ Key, Value }] });
}

test('says what it is', () => {
  expect(bench.call('DescribeLoadBalancers', {})).toMatchObject({
    LoadBalancers: [{ Type: 'network', LoadBalancerArn: expect.stringContaining(':loadbalancer/net/web/') }],
  });
  const arn = bench.call<{ LoadBalancers: { LoadBalancerArn: string }[] }>('DescribeLoadBalancers', {})
    .LoadBalancers[0]?.LoadBalancerArn;
  expect(bench.call('DescribeListeners', { LoadBalancerArn: arn })).toMatchObject({
    Listeners: [{ Protocol: 'TCP', ListenerArn: expect.stringContaining(':listener/net/web/') }],
  });
  expect(bench.call('DescribeTargetGroups', {})).toMatchObject({
    TargetGroups: [{ Protocol: 'TCP', HealthCheckProtocol: 'HTTP' }],
  });
  expect(bench.call('DescribeLoadBalancerAttributes', { LoadBalancerArn: arn })).toMatchObject({
    Attributes: expect.arrayContaining([{ Key: 'load_balancing.cross_zone.enabled', Value: 'true' }]),
  });
});

describe('a connection', () => {
  test('stays with one target for life, and passes its bytes on as they are', async () => {
    const client = await open();
    const first = await client.ask();
    expect(['i-1', 'i-2'].some((id) => first.includes(id))).toBe(true);
    expect(await client.ask()).toBe(first);
    expect(await client.ask()).toBe(first);
    const { headers } = await fetchText(bench.url);
    expect(headers).not.toHaveProperty('x-range-target');
  });

  test('goes to each target in turn', async () => {
    const bodies = [await fetchText(bench.url), await fetchText(bench.url)].map(({ body }) => body);
    expect(bodies.sort()).toEqual(['i-1', 'i-2']);
  });

  test('is reset by a target that refuses it, without an answer of the balancer', async () => {
    await one.kill();
    await two.kill();
    const client = await open();
    client.socket.write('GET / HTTP/1.1\r\nHost: range\r\n\r\n');
    expect(await client.ended).toBe('ECONNRESET');
  });

  test('ends when its client ends it', async () => {
    const client = await openTo(one);
    await until(() => one.connections() === 1, 'it is the only one left');
    client.socket.destroy();
    await until(() => one.connections() === 0, 'the target has lost it');
  });

  test('ends when its target ends it', async () => {
    const client = await openTo(one);
    await one.kill();
    expect(['closed', 'ECONNRESET']).toContain(await client.ended);
  });

  test('is reset when the balancer stops', async () => {
    const client = await openTo(one);
    await bench.balancing.stop();
    expect(await client.ended).toBe('ECONNRESET');
  });
});

describe('deregistration', () => {
  test('lets new connections arrive for the propagation time, then none', async () => {
    deregister(one);
    const bodies = [await fetchText(bench.url), await fetchText(bench.url)].map(({ body }) => body);
    expect(bodies).toContain('i-1');
    await until(async () => {
      const seen = [];
      for (let tries = 0; tries < 4; tries++) seen.push((await fetchText(bench.url)).body);
      return !seen.includes('i-1');
    }, 'the node has heard');
  });

  test('leaves open connections alone, also after the delay', async () => {
    const client = await openTo(one);
    deregister(one);
    await until(() => bench.states()['i-1'] === undefined, 'the delay is over');
    expect(await client.ask()).toContain('i-1');
  });

  test('ends them with the delay when told to', async () => {
    modify(TERMINATE, 'true');
    const client = await openTo(one);
    deregister(one);
    expect(await client.ask()).toContain('i-1');
    expect(await client.ended).toBe('ECONNRESET');
    expect(bench.states()).not.toHaveProperty('i-1');
  });
});

describe('a target that falls ill', () => {
  test('loses its connections and says only that checks failed', async () => {
    const client = await openTo(one);
    one.health = 503;
    expect(await client.ended).toBe('ECONNRESET');
    expect(bench.health(one)).toEqual({
      State: 'unhealthy',
      Reason: 'Target.FailedHealthChecks',
      Description: 'Health checks failed',
    });
  });

  test('keeps them when told to, and drains', async () => {
    modify(TERMINATE_UNHEALTHY, 'false');
    modify('target_health_state.unhealthy.draining_interval_seconds', '1');
    const client = await openTo(one);
    one.health = 503;
    await until(() => bench.states()['i-1'] === 'unhealthy.draining', 'it drains');
    expect((await fetchText(bench.url)).body).toBe('i-2');
    expect((await fetchText(bench.url)).body).toBe('i-2');
    await until(() => bench.states()['i-1'] === 'unhealthy', 'the interval is over');
    expect(await client.ask()).toContain('i-1');
  });
});

test('with cross-zone off, which is the default of AWS, each zone serves itself', async () => {
  const a = await startHost({ id: 'i-a', zone: 'us-east-1a' });
  const b = await startHost({ id: 'i-b', zone: 'us-east-1b' });
  await using zonal = await startBench({
    hosts: [a, b],
    settings: { type: 'network', crossZone: false },
  });
  await allHealthy(zonal);
  zonal.call('DeregisterTargets', { TargetGroupArn: GROUP, Targets: [{ Id: a.id, Port: a.port }] });
  // An empty zone leaves DNS, so that its node is asked no more.
  const bodies = [await fetchText(zonal.url), await fetchText(zonal.url)].map(({ body }) => body);
  expect(bodies).toEqual(['i-b', 'i-b']);
});
