import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Range, RangeOptions } from '../../src/range/range.ts';

/** Stands in for a range: one balancer, its pools, its hosts and the switch of them all. */
export interface FakeRange {
  readonly fork: (options: RangeOptions) => Promise<Range>;
  readonly forked: RangeOptions[];
  readonly stopped: () => boolean;
  /** Called for each request of a user; answers itself when it returns true. */
  trouble: (host: string, response: http.ServerResponse) => boolean;
}

/**
 * A balancer, its hosts and their switch. At the endpoint, `/<host>/<version>` switches a host, and `/share/<percent>`
 * moves that much of the traffic to the second pool.
 *
 * @param cleanups gets what ends the servers
 */
export function fakeRange(cleanups: (() => unknown)[]): FakeRange {
  const forked: RangeOptions[] = [];
  let stopped = false;
  const range: FakeRange = {
    forked,
    stopped: () => stopped,
    trouble: () => false,
    async fork(options) {
      forked.push(options);
      const pools = poolsOf(options);
      const hosts = [...pools.first, ...pools.second];
      const versions = new Map(hosts.map(({ host }) => [host, '1.0.0']));
      let share = 0;
      let turn = 0;
      const balancer = await listen(cleanups, (_, response) => {
        turn += 1;
        const pool = turn % 100 < share ? pools.second : pools.first;
        const host = pool[turn % pool.length]?.host ?? '';
        response.setHeader('x-range-target', host).setHeader('x-version', versions.get(host) ?? '');
        if (!range.trouble(host, response)) response.end('fine');
      });
      const control = await listen(cleanups, (request, response) => {
        const [, what = '', value = ''] = (request.url ?? '').split('/');
        if (what === 'share') share = Number(value);
        else versions.set(what, value);
        response.end();
      });
      const doors = await Promise.all(
        hosts.map(({ host }) =>
          listen(cleanups, (_, response) => response.end(JSON.stringify({ version: versions.get(host) }))),
        ),
      );
      const place = { name: 'shop', dnsName: '127.0.0.1', address: '127.0.0.1', region: 'us-east-1' };
      return {
        endpoint: control,
        environment: {
          AWS_ENDPOINT_URL: control,
          AWS_ACCESS_KEY_ID: 'AKIAFAKE',
          AWS_SECRET_ACCESS_KEY: 'secret',
        },
        entrances: [{ region: 'us-east-1', url: balancer }],
        balancers: [{ ...place, port: Number(new URL(balancer).port), listener: 'arn:listener' }],
        hosts: async () =>
          hosts.map((host, index) => ({
            ...host,
            address: '127.0.0.1',
            port: Number(new URL(doors[index] ?? '').port),
          })),
        calls: async () => ({}),
        published: async () => [],
        stopHost: async () => {},
        stopAgent: async () => {},
        stop: async () => {
          stopped = true;
        },
      };
    },
  };
  return range;
}

interface FakeHost {
  readonly host: string;
  readonly zone: string;
  readonly region: string;
}

function poolsOf({ fleet }: RangeOptions): Readonly<Record<'first' | 'second', readonly FakeHost[]>> {
  const second = fleet.range?.secondPool?.hosts ?? {};
  const placed = (hosts: readonly string[], zone: string, region: string) =>
    hosts.map((host) => ({ host, zone, region }));
  return {
    first: fleet.zones.flatMap(({ zone, region, hosts }) => placed(hosts, zone, region)),
    second: fleet.zones.flatMap(({ zone, region }) => placed(second[zone] ?? [], zone, region)),
  };
}

async function listen(cleanups: (() => unknown)[], listener: http.RequestListener): Promise<string> {
  const server = http.createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
