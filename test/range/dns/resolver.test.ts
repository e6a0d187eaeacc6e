import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createResolver, type DnsResolver, ResolutionError } from '../../../src/range/dns/resolver.ts';
import { failure } from '../wire/builder.ts';
import {
  a,
  aliasA,
  BLUE_LB,
  cname,
  cnameChange,
  GREEN_LB,
  startWorld,
  submit,
  type World,
  weightedA,
  ZONE,
} from './support.ts';

const APP = `app.${ZONE}`;
const MANY = Array.from({ length: 60 }, (_, index) => `127.0.1.${index}`);

let world: World;
let resolver: DnsResolver;
let now: number;

beforeEach(async () => {
  now = 0;
  world = await startWorld({
    records: [
      cname('app', BLUE_LB),
      aliasA('', GREEN_LB),
      a('many', ...MANY),
      cname('away', 'example.com'),
      cname('one', `two.${ZONE}`),
      cname('two', `one.${ZONE}`),
      { ...a('now', '127.0.0.9'), content: { kind: 'values', ttl: 0, values: ['127.0.0.9'] } },
      weightedA('w', 'x', 1, '127.0.0.4'),
    ],
  });
  resolver = createResolver({ servers: world.dns.nameServers, random: () => 0, clock: () => now });
});

afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

describe('a resolver', () => {
  test('follows CNAMEs and aliases, and takes long answers over TCP', async () => {
    expect(await resolver.resolve4(APP)).toEqual(['127.0.0.2']);
    expect(await resolver.resolve4(ZONE)).toEqual(['127.0.0.3']);
    expect(await resolver.resolve4(`many.${ZONE}`)).toEqual(MANY);
  });

  test('keeps an answer as long as its TTL says, and no longer', async () => {
    await resolver.resolve4(APP);
    await submit(world.client, cnameChange('UPSERT', GREEN_LB));
    now = 59_999;
    expect(await resolver.resolve4(APP)).toEqual(['127.0.0.2']);
    now = 60_000;
    expect(await resolver.resolve4(APP)).toEqual(['127.0.0.3']);
    expect(world.dns.answers(APP)).toEqual({ asked: 2, absent: 0 });
  });

  test('does not keep what has a TTL of 0', async () => {
    expect(await resolver.resolve4(`now.${ZONE}`)).toEqual(['127.0.0.9']);
    expect(await resolver.resolve4(`now.${ZONE}`)).toEqual(['127.0.0.9']);
    expect(world.dns.answers(`now.${ZONE}`)).toEqual({ asked: 2, absent: 0 });
  });

  test('asks once for all that ask at the same time, and each resolver for itself', async () => {
    await Promise.all(Array.from({ length: 50 }, () => resolver.resolve4(APP)));
    expect(world.dns.answers(APP).asked).toBe(1);
    await world.dns.createResolver().resolve4(APP);
    expect(world.dns.answers(APP).asked).toBe(2);
  });

  test('remembers for a while that there was nothing: that is what a gap costs', async () => {
    await submit(world.client, cnameChange('DELETE', BLUE_LB));
    expect(await failure(resolver.resolve4(APP))).toMatchObject({ rcode: 'NXDOMAIN' });
    await submit(world.client, cnameChange('CREATE', GREEN_LB));
    now = 899_999;
    expect(await failure(resolver.resolve4(APP))).toMatchObject({ rcode: 'NXDOMAIN' });
    now = 900_000;
    expect(await resolver.resolve4(APP)).toEqual(['127.0.0.3']);
  });

  test.each([
    ['NXDOMAIN', `no.${ZONE}`],
    ['NODATA', `txt.${ZONE}`],
    ['REFUSED', 'example.com'],
    ['REFUSED', `away.${ZONE}`],
    ['SERVFAIL', `one.${ZONE}`],
  ])('says %s', async (rcode, name) => {
    await submit(world.client, {
      Action: 'CREATE',
      ResourceRecordSet: { Name: `txt.${ZONE}`, Type: 'TXT', TTL: 60, ResourceRecords: [{ Value: '"x"' }] },
    });
    const error = await failure(resolver.resolve4(name));
    expect(error).toBeInstanceOf(ResolutionError);
    expect(error).toMatchObject({ rcode, message: expect.stringContaining(`${name} has no address`) });
  });

  test('goes to another server when one is gone, and says when none is there', async () => {
    const elsewhere = await startWorld();
    const [gone] = elsewhere.dns.nameServers;
    const [here] = world.dns.nameServers;
    if (gone === undefined || here === undefined) throw new Error('no name server');
    await elsewhere[Symbol.asyncDispose]();
    const first = createResolver({ servers: [gone, here], random: () => 0, clock: () => now });
    expect(await first.resolve4(APP)).toEqual(['127.0.0.2']);
    const none = createResolver({ servers: [gone], random: () => 0, clock: () => now });
    expect(await failure(none.resolve4(APP))).toMatchObject({ rcode: 'TIMEOUT' });
  });
});
