import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { atOwnAddresses } from '../../../src/range/elbv2/places.ts';
import { UserError } from '../../../src/runner/errors.ts';
import { failure } from '../wire/builder.ts';
import { GROUP, startBench, urlOf } from './support.ts';

const OTHER = GROUP.replace('/web/', '/other/');

describe('load balancers at addresses of their own', () => {
  test('have names, and one port at all of their addresses', async () => {
    await using bench = await startBench({
      groups: [{}, { targetGroup: OTHER }],
      addresses: 'own',
    });
    const [one, other] = bench.balancing.balancers;
    expect([one, other]).toMatchObject([
      { name: 'web', address: '127.0.0.2', dnsName: 'web-0123456789abcdef.us-east-1.elb.range.test' },
      { name: 'other', address: '127.0.0.3', dnsName: 'other-0123456789abcdef.us-east-1.elb.range.test' },
    ]);
    expect(other?.port).toBe(one?.port);
    for (const index of [0, 1]) expect((await fetch(urlOf(bench.balancing, index))).status).toBe(503);
    expect(bench.call('DescribeLoadBalancers', { Names: ['other'] })).toMatchObject({
      LoadBalancers: [{ DNSName: other?.dnsName }],
    });
  });

  test('move to another port when one of them is taken at a later address', async () => {
    const taken = createServer();
    let first = 0;
    const ports: number[] = [];
    const started = await atOwnAddresses(['one', 'other'], async (plan, { address, port }) => {
      const server = createServer();
      if (plan === 'other' && first === 0) {
        first = port;
        taken.listen(port, address);
        await once(taken, 'listening');
      }
      server.listen(port, address);
      await once(server, 'listening');
      ports.push((server.address() as AddressInfo).port);
      return fake((server.address() as AddressInfo).port, () => server.close());
    });
    expect(started).toHaveLength(2);
    expect(ports.slice(-2)).toEqual([ports.at(-1), ports.at(-1)]);
    expect(ports.at(-1)).not.toBe(first);
    for (const balancer of started) await balancer.stop();
    taken.close();
  });

  test('are refused with the cure where the system has no such address', async () => {
    const missing = Object.assign(new Error('listen EADDRNOTAVAIL'), { code: 'EADDRNOTAVAIL' });
    const error = await failure(atOwnAddresses(['one'], () => Promise.reject(missing)));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(/no 127\.0\.0\.2\..*ifconfig lo0 alias 127\.0\.0\.2/);
    const other = new Error('something else');
    await expect(atOwnAddresses(['one'], () => Promise.reject(other))).rejects.toBe(other);
  });
});

/** As much of a load balancer as its place needs. */
function fake(port: number, close: () => void) {
  return { listeners: () => [{ server: { port } }], stop: async () => close() };
}
