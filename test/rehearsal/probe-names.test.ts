import { afterEach, describe, expect, test } from '@jest/globals';
import { type RangeDns, startDns } from '../../src/range/dns/dns.ts';
import { createFinder } from '../../src/rehearsal/probe-names.ts';
import { seededRandom } from '../../src/rehearsal/random.ts';

const NAME = 'shop.example.test';
const TTL = 5_000;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A name server that says where the shop is; another one says otherwise. */
async function serverSaying(target: string): Promise<RangeDns> {
  const dns = await startDns({
    ...{ zone: 'example.test', zoneId: 'Z0123456789ABCDEFGHIJ', nameServers: 1 },
    records: [
      { name: NAME, type: 'CNAME', content: { kind: 'values', ttl: TTL / 1_000, values: [`${target}.`] } },
    ],
    hosts: { 'blue.range.test': '127.0.0.2', 'green.range.test': '127.0.0.3' },
    ...{ propagation: 0, lag: 0, random: seededRandom(1) },
  });
  cleanups.push(() => dns.stop());
  return dns;
}

describe('users who come by name', () => {
  /** Where ten users go, again and again, at these milliseconds; the name is changed after the first time. */
  async function places(instants: readonly number[]): Promise<readonly number[]> {
    const [blue, green] = [await serverSaying('blue.range.test'), await serverSaying('green.range.test')];
    const servers = [...blue.nameServers];
    let now = 0;
    const finder = createFinder({ name: NAME, servers, ttl: TTL }, seededRandom(7), () => now);
    const onNew: number[] = [];
    for (const instant of instants) {
      now = instant;
      const found = await Promise.all(Array.from({ length: 10 }, () => finder.next()));
      onNew.push(found.filter((address) => address === '127.0.0.3').length);
      servers.splice(0, 1, ...green.nameServers);
    }
    return onNew;
  }

  test('go on where they went for as long as the TTL says, and then all go to the new place', async () => {
    const [before, soon, later, end] = await places([0, 1, TTL / 2, TTL]);
    expect([before, soon, end]).toEqual([0, 0, 10]);
    // Their caches do not end together.
    expect(later).toBeGreaterThan(0);
    expect(later).toBeLessThan(10);
  });
});

test('a name that leads nowhere is an error that names it', async () => {
  const dns = await serverSaying('blue.range.test');
  const finder = createFinder(
    { name: 'nowhere.example.test', servers: dns.nameServers, ttl: TTL },
    seededRandom(7),
    () => 0,
  );
  await expect(finder.next()).rejects.toThrow('nowhere.example.test has no address: NXDOMAIN');
});
