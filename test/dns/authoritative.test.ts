import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { AUTHORITATIVE_ANSWER, decode, encode, type Packet, streamEncode } from 'dns-packet';
import { createAuthority } from '../../src/dns/authoritative.ts';
import { exchange } from '../../src/dns/exchange.ts';
import type { NameServer } from '../../src/dns/port.ts';
import { PlatformError } from '../../src/runner/errors.ts';

const NAME = 'www.example.test';
const signal = new AbortController().signal;
const stops: (() => void)[] = [];

afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** Makes of a question the packets that are sent back, one after the other. */
type Answers = (query: Packet) => readonly Packet[];

/** A name server on one port of UDP and TCP. */
async function serve(udp: Answers, tcp: Answers = udp): Promise<NameServer> {
  const stream = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (octets) => {
      for (const each of tcp(decode(octets.subarray(2)))) socket.write(streamEncode(each));
    });
  });
  stream.listen(0, '127.0.0.1');
  await once(stream, 'listening');
  stops.push(() => stream.close());
  const at = stream.address();
  const port = at !== null && typeof at !== 'string' ? at.port : 0;
  const datagrams = createSocket('udp4').on('message', (octets, { port: back }) => {
    for (const each of udp(decode(octets))) datagrams.send(encode(each), back);
  });
  datagrams.bind(port, '127.0.0.1');
  await once(datagrams, 'listening');
  stops.push(() => datagrams.close());
  return { name: 'ns.test', address: '127.0.0.1', port };
}

function reply(query: Packet, more: Packet = {}): Packet {
  const { id = 0, questions = [] } = query;
  const answers = [{ type: 'CNAME', name: 'WWW.example.test', ttl: 60, data: 'Blue.example.test' } as const];
  return { type: 'response', id, flags: AUTHORITATIVE_ANSWER, questions, answers, ...more };
}

async function ask(server: NameServer) {
  return createAuthority().ask(server, NAME, 'CNAME', signal);
}

describe('an answer', () => {
  test('is taken in canonical form, with the addresses that it leads to', async () => {
    const server = await serve((query) => {
      const { answers = [] } = reply(query);
      const chain = { type: 'A', name: 'blue.example.test', ttl: 60, data: '192.0.2.1' } as const;
      return [reply(query, { answers: [...answers, chain] })];
    });
    expect(await ask(server)).toEqual({
      kind: 'answer',
      values: ['blue.example.test'],
      addresses: ['192.0.2.1'],
    });
  });

  test('of another id, or to another question, is nobody’s', async () => {
    const wrong = [{ type: 'CNAME', name: NAME, ttl: 60, data: 'evil.test' } as const];
    const server = await serve((query) => [
      reply(query, { id: ((query.id ?? 0) + 1) % 65_536, answers: wrong }),
      reply(query, { questions: [{ type: 'CNAME', name: 'other.test' }], answers: wrong }),
      reply(query),
    ]);
    expect(await ask(server)).toMatchObject({ kind: 'answer', values: ['blue.example.test'] });
  });

  test('that is cut off is asked for over TCP', async () => {
    const server = await serve(
      (query) => [reply(query, { flags: AUTHORITATIVE_ANSWER | 0x0200, answers: [] })],
      (query) => [reply(query)],
    );
    expect(await ask(server)).toMatchObject({ kind: 'answer', values: ['blue.example.test'] });
  });

  test('that does not come is asked for over TCP', async () => {
    const server = await serve(
      () => [],
      (query) => [reply(query)],
    );
    expect(await ask(server)).toMatchObject({ kind: 'answer', values: ['blue.example.test'] });
  });

  test.each([
    ['that is not authoritative', { flags: 0 }, 'not authoritative'],
    ['that there is no such name', { flags: AUTHORITATIVE_ANSWER | 3, answers: [] }, 'NXDOMAIN'],
    ['that it is refused', { flags: 5, answers: [] }, 'REFUSED'],
  ])('%s is none', async (_, more, says) => {
    const server = await serve((query) => [reply(query, more)]);
    expect(await ask(server)).toEqual({ kind: 'none', problem: expect.stringContaining(says) });
  });

  test('that is none is told apart from a server that is not there', async () => {
    const gone = await ask({ name: 'ns.test', address: '127.0.0.1', port: 9 });
    expect(gone).toEqual({ kind: 'none', problem: expect.stringContaining('over UDP') });
  });
});

test('an address without a way to it is unreachable, not silent', async () => {
  const noWay = async () => ({ kind: 'unreachable', problem: 'ENETUNREACH' }) as const;
  const authority = createAuthority({
    lookUp: async () => [],
    lookUpServers: async () => [],
    exchange: noWay,
  });
  const server = { name: 'ns.test', address: '2001:db8::1', port: 53 };
  expect(await authority.ask(server, NAME, 'CNAME', signal)).toMatchObject({ kind: 'unreachable' });
});

test('a cancellation ends a question at once', async () => {
  const server = await serve(() => []);
  const cancellation = new AbortController();
  const asked = exchange(server, NAME, 'CNAME', cancellation.signal);
  cancellation.abort(new Error('stop'));
  await expect(asked).rejects.toThrow('stop');
});

describe('the addresses', () => {
  const lookUp = async (name: string) => {
    if (name === 'gone.test') throw new Error('ENOTFOUND');
    return ['192.0.2.1', '2001:db8::1'];
  };

  const lookUpServers = async (zone: string) => [`ns1.${zone}`];

  test('of a zone that users are led to are asked of the resolver', async () => {
    expect(await createAuthority({ lookUp, lookUpServers, exchange }).delegation('a.test')).toEqual([
      'ns1.a.test',
    ]);
  });

  test('of name servers are all of them, each at the port of DNS', async () => {
    const servers = await createAuthority({ lookUp, lookUpServers, exchange }).servers(['ns1.test']);
    expect(servers).toEqual([
      { name: 'ns1.test', address: '192.0.2.1', port: 53 },
      { name: 'ns1.test', address: '2001:db8::1', port: 53 },
    ]);
    await expect(createAuthority({ lookUp, lookUpServers, exchange }).servers(['gone.test'])).rejects.toThrow(
      PlatformError,
    );
  });

  test('of a target are those that the servers know, else those of the resolver', async () => {
    const server = await serve((query) => {
      const [question] = query.questions ?? [];
      const data = '127.0.0.2';
      if (question?.name !== 'blue.test' || question.type !== 'A')
        return [reply(query, { flags: 5, answers: [] })];
      return [reply(query, { answers: [{ type: 'A', name: 'blue.test', ttl: 60, data }] })];
    });
    const authority = createAuthority({ lookUp, lookUpServers, exchange });
    expect(await authority.resolve('blue.test', 'CNAME', [server], signal)).toEqual(['127.0.0.2']);
    expect(await authority.resolve('lb.test', 'CNAME', [server], signal)).toEqual(['192.0.2.1']);
    expect(await authority.resolve('lb.test', 'AAAA', [server], signal)).toEqual(['2001:db8::1']);
    expect(await authority.resolve('gone.test', 'CNAME', [server], signal)).toEqual([]);
  });
});
