import { Resolver } from 'node:dns/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type OptAnswer, type Packet, RECURSION_DESIRED } from 'dns-packet';
import type { NameServerPlace } from '../../../src/range/dns/dns.ts';
import {
  a,
  aliasA,
  BLUE_LB,
  cname,
  GREEN_LB,
  overTcp,
  overUdp,
  question,
  record,
  startWorld,
  valuesFrom,
  type World,
  weightedA,
  ZONE,
  ZONE_ID,
} from './support.ts';

const MANY = Array.from({ length: 60 }, (_, index) => `127.0.1.${index}`);

let world: World;
let server: NameServerPlace;
let resolver: Resolver;
let draw = 0;

beforeAll(async () => {
  world = await startWorld({
    random: () => draw,
    records: [
      aliasA('', BLUE_LB),
      cname('app', `blue.${ZONE}`),
      a('blue', '127.0.0.2'),
      record('blue', 'AAAA', '::2'),
      record('blue', 'TXT', '"one" "t\\"w\\"o\\040"'),
      record('blue', 'MX', `10 mail.${ZONE}`),
      record('blue', 'SRV', `1 2 443 blue.${ZONE}`),
      aliasA('local', `blue.${ZONE}`, ZONE_ID),
      cname('www', GREEN_LB),
      cname('away', 'app.example.com'),
      cname('dangling', `gone.${ZONE}`),
      cname('one', `two.${ZONE}`),
      cname('two', `one.${ZONE}`),
      a('many', ...MANY),
      a('deep.below', '127.0.0.4'),
      a('*.wild', '127.0.0.5'),
      a('own.wild', '127.0.0.6'),
      weightedA('half', 'never', 0, '127.0.0.10'),
      weightedA('half', 'first', 1, '127.0.0.11'),
      weightedA('half', 'second', 3, '127.0.0.12'),
      weightedA('zero', 'first', 0, '127.0.0.13'),
      weightedA('zero', 'second', 0, '127.0.0.14'),
    ],
  });
  const [first] = world.dns.nameServers;
  if (first === undefined) throw new Error('no name server');
  server = first;
  resolver = new Resolver();
  resolver.setServers([`${server.address}:${server.port}`]);
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

describe('a resolver of Node', () => {
  test('finds every type of record', async () => {
    expect(await resolver.resolve4(`app.${ZONE}`, { ttl: true })).toEqual([
      { address: '127.0.0.2', ttl: 60 },
    ]);
    expect(await resolver.resolve6(`blue.${ZONE}`)).toEqual(['::2']);
    expect(await resolver.resolveCname(`app.${ZONE}`)).toEqual([`blue.${ZONE}`]);
    expect(await resolver.resolveTxt(`blue.${ZONE}`)).toEqual([['one', 't"w"o ']]);
    expect(await resolver.resolveMx(`blue.${ZONE}`)).toMatchObject([
      { priority: 10, exchange: `mail.${ZONE}` },
    ]);
    expect(await resolver.resolveSrv(`blue.${ZONE}`)).toMatchObject([
      { priority: 1, weight: 2, port: 443, name: `blue.${ZONE}` },
    ]);
    expect((await resolver.resolveNs(ZONE)).toSorted()).toEqual(
      world.dns.nameServers.map(({ name }) => name),
    );
    expect(await resolver.resolveSoa(ZONE)).toEqual({
      nsname: world.dns.nameServers[0]?.name,
      hostmaster: 'awsdns-hostmaster.amazon.com',
      serial: 1,
      refresh: 7200,
      retry: 900,
      expire: 1209600,
      minttl: 86400,
    });
  });

  test('finds aliases, load balancers and the name servers themselves', async () => {
    expect(await resolver.resolve4(ZONE, { ttl: true })).toEqual([{ address: '127.0.0.2', ttl: 60 }]);
    expect(await resolver.resolve4(`local.${ZONE}`)).toEqual(['127.0.0.2']);
    expect(await resolver.resolve4(GREEN_LB)).toEqual(['127.0.0.3']);
    expect(await resolver.resolve4(`www.${ZONE}`)).toEqual(['127.0.0.3']);
    for (const { name, address } of world.dns.nameServers)
      expect(await resolver.resolve4(name)).toEqual([address]);
  });

  test('learns what is not there, and what is none of these servers', async () => {
    await expect(resolver.resolve4(`no.${ZONE}`)).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(resolver.resolveTxt(`app.${ZONE}`)).resolves.toHaveLength(1);
    await expect(resolver.resolveMx(`many.${ZONE}`)).rejects.toMatchObject({ code: 'ENODATA' });
    await expect(resolver.resolve4('example.com')).rejects.toMatchObject({ code: 'EREFUSED' });
    await expect(resolver.resolve4(`one.${ZONE}`)).rejects.toMatchObject({ code: 'ESERVFAIL' });
  });

  test('gets an answer that is too long for UDP over TCP', async () => {
    expect(await resolver.resolve4(`many.${ZONE}`)).toEqual(MANY);
  });
});

describe('messages', () => {
  test('are authoritative, never recursive, and repeat the question', async () => {
    const asked = question(`APP.${ZONE}`, 'A', { flags: RECURSION_DESIRED });
    const answer = await overUdp(server, asked);
    expect(answer).toMatchObject({
      id: 4711,
      flag_qr: true,
      flag_aa: true,
      flag_ra: false,
      flag_rd: true,
      flag_tc: false,
      rcode: 'NOERROR',
      questions: [{ name: `APP.${ZONE}`, type: 'A', class: 'IN' }],
      authorities: [],
    });
    expect(answer.answers).toMatchObject([
      { name: `APP.${ZONE}`, type: 'CNAME', ttl: 60, data: `blue.${ZONE}` },
      { name: `blue.${ZONE}`, type: 'A', ttl: 60, data: '127.0.0.2' },
    ]);
  });

  test.each([
    ['NXDOMAIN', `no.${ZONE}`, 'A', [], ZONE],
    ['NXDOMAIN', `dangling.${ZONE}`, 'A', [`gone.${ZONE}`], ZONE],
    ['NOERROR', `blue.${ZONE}`, 'CNAME', [], ZONE],
    ['NOERROR', `below.${ZONE}`, 'A', [], ZONE],
    ['NOERROR', BLUE_LB, 'AAAA', [], 'us-east-1.elb.amazonaws.com'],
    ['NOERROR', `www.${ZONE}`, 'AAAA', [GREEN_LB], 'us-east-1.elb.amazonaws.com'],
  ] as const)('%s for %s %s says for how long', async (rcode, name, type, values, owner) => {
    const answer = await overUdp(server, question(name, type));
    expect(answer).toMatchObject({ rcode, flag_aa: true });
    expect(answer.answers?.map((each) => ('data' in each ? each.data : ''))).toEqual(values);
    expect(answer.authorities).toMatchObject([
      { name: owner, type: 'SOA', ttl: 900, data: { minimum: 86400 } },
    ]);
  });

  test('end a chain that leads elsewhere where it leaves the zone', async () => {
    const answer = await overUdp(server, question(`away.${ZONE}`, 'A'));
    expect(answer).toMatchObject({ rcode: 'NOERROR', authorities: [] });
    expect(answer.answers).toMatchObject([{ type: 'CNAME', data: 'app.example.com' }]);
  });

  test('follow wildcards only where no other name is', async () => {
    expect(await valuesFrom(server, `any.wild.${ZONE}`, 'A')).toEqual(['127.0.0.5']);
    expect(await valuesFrom(server, `far.any.wild.${ZONE}`, 'A')).toEqual(['127.0.0.5']);
    expect(await valuesFrom(server, `own.wild.${ZONE}`, 'A')).toEqual(['127.0.0.6']);
    expect(await overUdp(server, question(`x.own.wild.${ZONE}`, 'A'))).toMatchObject({ rcode: 'NXDOMAIN' });
    expect(await overUdp(server, question(`x.${ZONE}`, 'A'))).toMatchObject({ rcode: 'NXDOMAIN' });
  });

  test.each([
    ['REFUSED', question('example.com', 'A')],
    ['REFUSED', question(`bad${ZONE}`, 'A')],
    ['REFUSED', { ...question(`app.${ZONE}`, 'A'), questions: [{ name: ZONE, type: 'A', class: 'CH' }] }],
    ['NOTIMP', question(ZONE, 'AXFR')],
    ['NOTIMP', question(ZONE, 'A', { flags: 2 << 11 })],
    ['FORMERR', { ...question(ZONE, 'A'), questions: [] }],
  ] as const)('%s', async (rcode, asked) => {
    expect(await overUdp(server, asked as Packet)).toMatchObject({
      id: 4711,
      rcode,
      flag_aa: false,
      answers: [],
    });
  });

  test('that are none are answered with FORMERR, and a response not at all', async () => {
    const header = Buffer.from('126700000001000000000000', 'hex');
    expect(await overUdp(server, Buffer.concat([header, Buffer.from([63, 1])]))).toMatchObject({
      id: 0x1267,
      rcode: 'FORMERR',
    });
    const asked = [question(ZONE, 'A', { type: 'response', id: 2 }), question(ZONE, 'A', { id: 3 })];
    expect(await overTcp(server, asked, { answers: 1 })).toMatchObject([{ id: 3 }]);
  });
});

describe('length', () => {
  const opt = (udpPayloadSize: number, ednsVersion = 0): OptAnswer => ({
    type: 'OPT',
    name: '.',
    udpPayloadSize,
    ednsVersion,
    extendedRcode: 0,
    flags: 0,
    flag_do: false,
    options: [],
  });

  test('over UDP is 512 octets, or what EDNS says; TC tells of more', async () => {
    const short = await overUdp(server, question(`many.${ZONE}`, 'A'));
    expect(short).toMatchObject({ flag_tc: true, flag_aa: true, answers: [], additionals: [] });
    const tight = await overUdp(server, question(`many.${ZONE}`, 'A', { additionals: [opt(1_000)] }));
    expect(tight).toMatchObject({ flag_tc: true, answers: [] });
    const wide = await overUdp(server, question(`many.${ZONE}`, 'A', { additionals: [opt(4_096)] }));
    expect(wide).toMatchObject({ flag_tc: false, additionals: [{ type: 'OPT', udpPayloadSize: 4_096 }] });
    expect(wide.answers).toHaveLength(MANY.length);
    const small = await overUdp(server, question(`app.${ZONE}`, 'A', { additionals: [opt(1)] }));
    expect(small).toMatchObject({ flag_tc: false });
  });

  test('a later version of EDNS is not understood', async () => {
    const answer = await overUdp(server, question(`app.${ZONE}`, 'A', { additionals: [opt(1_232, 1)] }));
    expect(answer).toMatchObject({ answers: [], additionals: [{ extendedRcode: 1, ednsVersion: 0 }] });
  });

  test('over TCP: several questions in one connection, however they are cut', async () => {
    const questions = ['app', 'many', 'no', 'blue'].map((label, id) =>
      question(`${label}.${ZONE}`, 'A', { id }),
    );
    for (const piece of [1, 7, 65_535]) {
      const answers = await overTcp(server, questions, { piece });
      expect(answers.map(({ id, answers: records = [] }) => [id, records.length])).toEqual([
        [0, 2],
        [1, MANY.length],
        [2, 0],
        [3, 1],
      ]);
    }
  });
});

describe('weights', () => {
  const drawn = async (label: string, value: number) => {
    draw = value;
    return valuesFrom(server, `${label}.${ZONE}`, 'A');
  };

  test('share the answers out, and 0 is never', async () => {
    expect(await drawn('half', 0)).toEqual(['127.0.0.11']);
    expect(await drawn('half', 0.249)).toEqual(['127.0.0.11']);
    expect(await drawn('half', 0.251)).toEqual(['127.0.0.12']);
    expect(await drawn('half', 0.999)).toEqual(['127.0.0.12']);
  });

  test('are the same for all when all are 0', async () => {
    expect(await drawn('zero', 0)).toEqual(['127.0.0.13']);
    expect(await drawn('zero', 0.999)).toEqual(['127.0.0.14']);
  });
});

test('every name server has a port of its own, the same for UDP and TCP', async () => {
  const ports = world.dns.nameServers.map(({ port }) => port);
  expect(new Set(ports).size).toBe(ports.length);
  for (const place of world.dns.nameServers) {
    const asked = question(`blue.${ZONE}`, 'A');
    expect(await overTcp(place, [asked])).toMatchObject([{ answers: [{ data: '127.0.0.2' }] }]);
    expect(await overUdp(place, asked)).toMatchObject({ answers: [{ data: '127.0.0.2' }] });
  }
});
