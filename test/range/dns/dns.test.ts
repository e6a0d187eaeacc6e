import { GetChangeCommand, type Route53Client } from '@aws-sdk/client-route-53';
import { describe, expect, test } from '@jest/globals';
import type { RangeDns } from '../../../src/range/dns/dns.ts';
import {
  a,
  cname,
  cnameChange,
  inZone,
  overUdp,
  question,
  startWorld,
  submit,
  swap,
  valuesFrom,
  weightedA,
  ZONE,
} from './support.ts';

const APP = `app.${ZONE}`;
const BLUE = `blue.${ZONE}`;
const GREEN = `green.${ZONE}`;
const HOUR = 3_600_000;

function answersOf({ nameServers }: RangeDns, name = APP): Promise<readonly (readonly unknown[])[]> {
  return Promise.all(nameServers.map((server) => valuesFrom(server, name, 'CNAME')));
}

async function untilInSync(client: Route53Client, id: string | undefined): Promise<void> {
  for (;;) {
    const { ChangeInfo } = await client.send(new GetChangeCommand({ Id: id }));
    if (ChangeInfo?.Status === 'INSYNC') return;
  }
}

describe('a change', () => {
  test('reaches the name servers one after the other', async () => {
    const shares = [0, 0.5, 0.9];
    await using world = await startWorld({
      nameServers: 3,
      propagation: HOUR,
      lag: HOUR,
      random: () => shares.shift() ?? 0,
    });
    await swap(world.client, BLUE, GREEN);
    expect(await answersOf(world.dns)).toEqual([[GREEN], [BLUE], [BLUE]]);
  });

  test('is at all of them when it is INSYNC', async () => {
    await using world = await startWorld({
      nameServers: 4,
      propagation: 300,
      lag: 300,
      random: () => 0.999_999,
    });
    const { ChangeInfo } = await swap(world.client, BLUE, GREEN);
    await untilInSync(world.client, ChangeInfo?.Id);
    expect(await answersOf(world.dns)).toEqual(Array(4).fill([GREEN]));
  });

  test('never reaches one that is stuck, and is INSYNC all the same', async () => {
    await using world = await startWorld({ nameServers: 3 });
    const [, stuck] = world.dns.nameServers;
    world.dns.stick(stuck?.name ?? '');
    const { ChangeInfo } = await swap(world.client, BLUE, GREEN);
    await untilInSync(world.client, ChangeInfo?.Id);
    expect(await answersOf(world.dns)).toEqual([[GREEN], [BLUE], [GREEN]]);
    world.dns.unstick(stuck?.name ?? '');
    expect(await answersOf(world.dns)).toEqual([[GREEN], [GREEN], [GREEN]]);
    expect(() => world.dns.stick('ns-9.test')).toThrow(
      'no name server ns-9.test; there are ns-1.range-dns.test',
    );
  });
});

describe('whether a record was ever absent', () => {
  /** Asks without a pause until `work` is done. */
  async function askedDuring(dns: RangeDns, work: () => Promise<unknown>) {
    let isOver = false;
    const askers = dns.nameServers.map(async (server) => {
      while (!isOver) await overUdp(server, question(APP, 'A'));
    });
    await work();
    isOver = true;
    await Promise.all(askers);
    return dns.answers(APP);
  }

  test('not once while it is swapped forth and back', async () => {
    await using world = await startWorld({ nameServers: 3, propagation: 30, lag: 30, random: Math.random });
    const { asked, absent } = await askedDuring(world.dns, async () => {
      for (let round = 0; round < 10; round++) {
        await swap(world.client, BLUE, GREEN);
        await swap(world.client, GREEN, BLUE);
      }
    });
    expect(asked).toBeGreaterThan(20);
    expect(absent).toBe(0);
  });

  test('it was, when it was deleted first and created later', async () => {
    await using world = await startWorld();
    const { asked, absent } = await askedDuring(world.dns, async () => {
      await submit(world.client, cnameChange('DELETE', BLUE));
      await Promise.all(world.dns.nameServers.map((server) => overUdp(server, question(APP, 'A'))));
      await submit(world.client, cnameChange('CREATE', GREEN));
    });
    expect(absent).toBeGreaterThanOrEqual(2);
    expect(absent).toBeLessThan(asked);
  });

  test('is counted by name and by type', async () => {
    await using world = await startWorld();
    const [server] = world.dns.nameServers;
    if (server === undefined) throw new Error('no name server');
    for (const type of ['A', 'A', 'AAAA', 'CNAME'] as const)
      await overUdp(server, question('APP.example.TEST', type));
    expect(world.dns.answers(APP)).toEqual({ asked: 4, absent: 1 });
    expect(world.dns.answers(inZone('app'), 'A')).toEqual({ asked: 2, absent: 0 });
    expect(world.dns.answers(APP, 'AAAA')).toEqual({ asked: 1, absent: 1 });
    expect(world.dns.answers(APP, 'TXT')).toEqual({ asked: 0, absent: 0 });
    expect(world.dns.answers(GREEN)).toEqual({ asked: 0, absent: 0 });
  });
});

test('weights shift a share of the answers', async () => {
  const draws = [0.05, 0.15, 0.5, 0.95];
  await using world = await startWorld({
    records: [weightedA('app', 'blue', 90, '127.0.0.2'), weightedA('app', 'green', 10, '127.0.0.3')],
    random: () => draws.shift() ?? 0,
  });
  const [server] = world.dns.nameServers;
  const seen: unknown[] = [];
  for (let index = 0; index < 4; index++) seen.push(...(await valuesFrom(server, APP, 'A')));
  expect(seen).toEqual(['127.0.0.2', '127.0.0.2', '127.0.0.2', '127.0.0.3']);
});

test('settings that cannot be are refused', async () => {
  await expect(startWorld({ propagation: 10, lag: 11 })).rejects.toThrow('does not fit');
  await expect(startWorld({ nameServers: 0 })).rejects.toThrow('needs a name server');
  await expect(startWorld({ records: [a('x', '127.0.0.1'), cname('x', BLUE)] })).rejects.toThrow(
    'not permitted',
  );
  await expect(startWorld({ zone: 'a..b' })).rejects.toThrow('DomainLabelEmpty');
});
