import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { LostLeaseError } from '../../src/ledger/lease.ts';
import { keepCondition, onCondition } from '../../src/runner/attempts.ts';
import { explained } from '../../src/runner/aws-call.ts';

const TargetGroupArn = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef';
const LOST = new LostLeaseError('This run lost its lease to run 8; nothing more is changed.', 7);

/** The first request of each test breaks off, as one does that was given up while the process stood still. */
const server = createServer((request, response) => {
  requests += 1;
  if (requests === 1) request.socket.destroy();
  else response.writeHead(200, { 'content-type': 'text/xml' }).end('<DeregisterTargetsResponse/>');
});
let requests = 0;
let client: ElasticLoadBalancingV2Client;

beforeEach(async () => {
  requests = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  client = new ElasticLoadBalancingV2Client({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
  });
});

afterEach(async () => {
  client.destroy();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

function change(): Promise<unknown> {
  const sent = client.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: 'i-1' }] }));
  return explained({ purpose: 'take a target out', action: 'elasticloadbalancing:DeregisterTargets' }, sent);
}

/** Holds as often as it is told. */
function holding(times: number) {
  let asked = 0;
  const condition = async () => {
    asked += 1;
    if (asked > times) throw LOST;
  };
  return { condition, asked: () => asked };
}

test('a change that is tried again is not made when the condition does not hold any more', async () => {
  keepCondition(client);
  await expect(onCondition(holding(1).condition, change)).rejects.toBe(LOST);
  expect(requests).toBe(1);
});

test('it is asked for before every attempt, and those are made while it holds', async () => {
  keepCondition(client);
  const { condition, asked } = holding(9);
  await onCondition(condition, change);
  expect([requests, asked()]).toEqual([2, 2]);
});

test('without a condition, and for what only reads, nothing is asked for', async () => {
  keepCondition(client);
  await change();
  const { condition, asked } = holding(0);
  await onCondition(condition, () => client.send(new DescribeTargetHealthCommand({ TargetGroupArn })));
  expect([requests, asked()]).toEqual([3, 0]);
});

test('a client that does not keep it makes the change again all the same', async () => {
  await onCondition(holding(0).condition, change);
  expect(requests).toBe(2);
});
