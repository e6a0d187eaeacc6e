import { Agent } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { createTraffic } from '../../../src/range/cloudwatch/traffic.ts';
import { startBalancing } from '../../../src/range/elbv2/balancing.ts';
import { until } from '../support.ts';
import {
  type Answer,
  allHealthy,
  type Bench,
  fetchText,
  GROUP,
  LOAD_BALANCER,
  REGION,
  SETTINGS,
  startBench,
  startHost,
  type TestHost,
} from './support.ts';

const ZONES = ['us-east-1a', 'us-east-1b'] as const;

function deregister(bench: Bench, { id, port }: TestHost): void {
  bench.call('DeregisterTargets', { TargetGroupArn: GROUP, Targets: [{ Id: id, Port: port }] });
}

/** Answers to requests one after another, each on a connection of its own. */
async function ask(bench: Bench, times: number): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let count = 0; count < times; count += 1) answers.push(await fetchText(bench.url));
  return answers;
}

function bodies(answers: readonly Answer[]): string[] {
  return [...new Set(answers.map(({ body }) => body))].sort();
}

/** Two hosts in each of two zones. */
function fourHosts(): Promise<[TestHost, TestHost, TestHost, TestHost]> {
  return Promise.all([
    startHost({ id: 'i-a1', zone: ZONES[0] }),
    startHost({ id: 'i-a2', zone: ZONES[0] }),
    startHost({ id: 'i-b1', zone: ZONES[1] }),
    startHost({ id: 'i-b2', zone: ZONES[1] }),
  ]);
}

describe('requests', () => {
  test('go to every healthy target in turn', async () => {
    const hosts = await fourHosts();
    await using bench = await startBench({ hosts });
    await allHealthy(bench);
    const answers = await ask(bench, 16);
    expect(bodies(answers)).toEqual(['i-a1', 'i-a2', 'i-b1', 'i-b2']);
    expect(hosts.map(({ paths }) => paths.length)).toEqual([4, 4, 4, 4]);
  });

  test('find no target before one is healthy or registered: 503 without any', async () => {
    await using bench = await startBench();
    expect((await fetchText(bench.url)).status).toBe(503);
  });

  test('go around an unhealthy target as soon as it is known to be', async () => {
    const [well, sick] = [await startHost(), await startHost({ id: 'i-2' })];
    await using bench = await startBench({ hosts: [well, sick] });
    await allHealthy(bench);
    sick.health = 500;
    await until(() => bench.health(sick).State === 'unhealthy', 'the target is unhealthy');
    expect(bodies(await ask(bench, 6))).toEqual(['i-1']);
  });

  test('go to all targets when none is healthy', async () => {
    const [one, two] = [await startHost(), await startHost({ id: 'i-2' })];
    await using bench = await startBench({ hosts: [one, two] });
    await allHealthy(bench);
    one.health = 500;
    two.health = 500;
    await until(() => Object.values(bench.states()).every((state) => state === 'unhealthy'), 'all are sick');
    expect(bodies(await ask(bench, 4))).toEqual(['i-1', 'i-2']);
  });

  test('fail with 502 when a host is stopped at once', async () => {
    const hosts = [await startHost(), await startHost({ id: 'i-2' })] as const;
    await using bench = await startBench({
      hosts,
      settings: { healthCheckInterval: 60_000 },
      random: () => 0,
    });
    await allHealthy(bench);
    await ask(bench, 2);
    await hosts[1].kill();
    const statuses = (await ask(bench, 4)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 200, 502, 502]);
  });

  test('of one client connection stay at its node, though spread over its targets', async () => {
    const hosts = await fourHosts();
    await using bench = await startBench({ hosts, settings: { crossZone: false } });
    await allHealthy(bench);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const answers: Answer[] = [];
    for (let count = 0; count < 6; count += 1) answers.push(await fetchText(bench.url, agent));
    agent.destroy();
    expect(new Set(answers.map(({ body }) => body.slice(0, 3))).size).toBe(1);
    expect(bodies(answers)).toHaveLength(2);
    expect(bodies(await ask(bench, 8))).toEqual(['i-a1', 'i-a2', 'i-b1', 'i-b2']);
  });
});

describe('after a deregistration', () => {
  const slow = { propagation: 1_000, deregistrationDelay: 3_000 };

  test('requests still arrive within the propagation time, and none after it', async () => {
    const [staying, leaving] = [await startHost(), await startHost({ id: 'i-2' })];
    await using bench = await startBench({ hosts: [staying, leaving], settings: slow, random: () => 0 });
    await allHealthy(bench);
    deregister(bench, leaving);
    const began = performance.now();
    const late = await ask(bench, 4);
    expect(bench.health(leaving).State).toBe('draining');
    expect(bodies(late)).toEqual(['i-1', 'i-2']);
    await until(() => performance.now() - began > slow.propagation, 'the propagation time is over');
    const arrived = leaving.paths.length;
    expect(bodies(await ask(bench, 6))).toEqual(['i-1']);
    expect(leaving.paths).toHaveLength(arrived);
    expect(bench.health(leaving).State).toBe('draining');
  });

  test('requests still arrive although the delay is 0 and the API shows nothing any more', async () => {
    const hosts = [await startHost(), await startHost({ id: 'i-2' })] as const;
    await using bench = await startBench({
      hosts,
      settings: { ...slow, deregistrationDelay: 0 },
      random: () => 0,
    });
    await allHealthy(bench);
    deregister(bench, hosts[1]);
    expect(bench.health(hosts[1])).toMatchObject({ State: 'unused', Reason: 'Target.NotRegistered' });
    expect(bodies(await ask(bench, 4))).toEqual(['i-1', 'i-2']);
  });

  test('nodes close their idle connections to the target when they have heard, not at the end of the delay', async () => {
    const host = await startHost();
    await using bench = await startBench({ hosts: [host], settings: { deregistrationDelay: 60_000 } });
    await allHealthy(bench);
    await ask(bench, 2);
    expect(host.connections()).toBeGreaterThan(0);
    deregister(bench, host);
    await until(() => host.connections() === 0, 'the host has no connection left');
    expect(bench.health(host).State).toBe('draining');
    expect((await fetchText(bench.url)).status).toBe(503);
  });

  test('requests in flight may finish within the delay', async () => {
    const { promise: finish, resolve } = Promise.withResolvers<void>();
    const host = await startHost({
      async answer({ url }, response) {
        if (url === '/slow') await finish;
        response.end('done');
      },
    });
    await using bench = await startBench({
      hosts: [host],
      settings: { propagation: 20, deregistrationDelay: 60_000 },
    });
    await allHealthy(bench);
    const answer = fetchText(`${bench.url}/slow`);
    await until(() => host.paths.length === 1, 'the request has arrived');
    deregister(bench, host);
    await until(async () => (await fetchText(bench.url)).status === 503, 'the node has left the target');
    resolve();
    expect(await answer).toMatchObject({ status: 200, body: 'done' });
  });

  test('requests in flight are cut when the delay is over', async () => {
    const host = await startHost({ answer() {} });
    await using bench = await startBench({
      hosts: [host],
      settings: { propagation: 20, deregistrationDelay: 100 },
    });
    await allHealthy(bench);
    const answer = fetchText(bench.url);
    await until(() => host.paths.length === 1, 'the request has arrived');
    deregister(bench, host);
    expect((await answer).status).toBe(502);
    expect(bench.states()).toEqual({});
  });

  test('a target that is registered again keeps its requests in flight and gets new ones once healthy', async () => {
    const { promise: finish, resolve } = Promise.withResolvers<void>();
    const host = await startHost({
      async answer({ url }, response) {
        if (url === '/slow') await finish;
        response.end('done');
      },
    });
    await using bench = await startBench({
      hosts: [host],
      settings: { propagation: 20, deregistrationDelay: 200 },
    });
    await allHealthy(bench);
    const answer = fetchText(`${bench.url}/slow`);
    await until(() => host.paths.length === 1, 'the request has arrived');
    deregister(bench, host);
    const drained = performance.now();
    await until(async () => (await fetchText(bench.url)).status === 503, 'the node has left the target');
    bench.balancing.register(GROUP, [host]);
    await allHealthy(bench);
    expect(await fetchText(bench.url)).toMatchObject({ status: 200 });
    await until(() => performance.now() - drained > 400, 'the first drain would be over');
    resolve();
    expect(await answer).toMatchObject({ status: 200, body: 'done' });
  });
});

describe('with cross-zone off', () => {
  test('a drained zone leaves DNS at once: new connections go to the other zone', async () => {
    const hosts = await fourHosts();
    const settings = { crossZone: false, propagation: 1_000, deregistrationDelay: 60_000 };
    await using bench = await startBench({ hosts, settings });
    await allHealthy(bench);
    deregister(bench, hosts[0]);
    deregister(bench, hosts[1]);
    expect(bodies(await ask(bench, 6))).toEqual(['i-b1', 'i-b2']);
  });

  test('a client that stays connected to a drained zone gets 503 once its node has heard', async () => {
    const hosts = await fourHosts();
    const settings = { crossZone: false, deregistrationDelay: 60_000 };
    await using bench = await startBench({ hosts, settings });
    await allHealthy(bench);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const zone = (await fetchText(bench.url, agent)).body.slice(0, 3);
    for (const host of hosts.filter(({ id }) => id.startsWith(zone))) deregister(bench, host);
    await until(async () => (await fetchText(bench.url, agent)).status === 503, 'the node has no target');
    agent.destroy();
  });
});

test('under load, a drain that waits for the propagation before it stops the host fails no request', async () => {
  const hosts = await fourHosts();
  await using bench = await startBench({ hosts, random: () => 0.3 });
  await allHealthy(bench);
  const agent = new Agent({ keepAlive: true });
  const answers: Answer[] = [];
  let loading = true;
  const client = async (own: Agent | false) => {
    while (loading) answers.push(await fetchText(bench.url, own));
  };
  const clients = [agent, agent, agent, false as const].map(client);
  for (const host of hosts.slice(0, 2)) {
    deregister(bench, host);
    const began = performance.now();
    await until(() => performance.now() - began > SETTINGS.propagation, 'the propagation time is over');
    await until(() => host.connections() === 0, 'the host is quiet');
    await host.kill();
  }
  const served = answers.length;
  await until(() => answers.length > served + 50, 'the other hosts have served more');
  loading = false;
  await Promise.all(clients);
  agent.destroy();
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(hosts.every(({ paths }) => paths.length > 0)).toBe(true);
});

test('answers are counted for the load balancer and for the target group', async () => {
  const hosts = [await startHost()];
  await using bench = await startBench({ hosts });
  await allHealthy(bench);
  const counts = (subject: string) => bench.traffic.between(subject, Date.now() - 60_000, Date.now());
  await fetchText(bench.url);
  await until(() => counts(LOAD_BALANCER).requests === 1, 'the first one is counted');
  expect(counts(GROUP)).toEqual({ requests: 1, serverErrors: 0 });
  bench.balancing.deregister(GROUP, hosts);
  await until(async () => (await fetchText(bench.url)).status === 503, 'nobody is left');
  await until(() => counts(LOAD_BALANCER).serverErrors > 0, 'the refusal is counted');
  expect(counts(GROUP).serverErrors).toBeGreaterThan(0);
});

describe('starting', () => {
  const options = { settings: SETTINGS, locate: () => undefined, traffic: createTraffic(), random: () => 0 };

  test('refuses what is no target group ARN, and a group of another region', async () => {
    const zones = ['us-east-1a'];
    await expect(
      startBalancing({ ...options, groups: [{ targetGroup: 'web' }], loadBalancers: [] }),
    ).rejects.toThrow("'web' is not a target group ARN");
    await expect(
      startBalancing({
        ...options,
        groups: [{ targetGroup: GROUP }],
        loadBalancers: [{ forward: [{ targetGroup: GROUP, weight: 1 }], region: 'eu-west-1', zones }],
      }),
    ).rejects.toThrow('eu-west-1');
  });

  test('has one address per load balancer, which is closed after stop', async () => {
    const other = GROUP.replace('/web/', '/api/');
    const bench = await startBench({ groups: [{}, { targetGroup: other }] });
    expect(bench.balancing.balancers).toMatchObject([
      { name: 'web', address: '127.0.0.1', dnsName: '127.0.0.1', region: REGION },
      { name: 'api', listener: expect.stringContaining(':listener/app/api/') },
    ]);
    expect(() => bench.balancing.register(`${other}0`, [])).toThrow('no target group');
    await bench.balancing.stop();
    await expect(fetchText(bench.url)).rejects.toThrow('ECONNREFUSED');
  });
});
