import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { askFromRunner } from '../src/checks/from-runner/ask.ts';
import { describeQuestion, type Question } from '../src/checks/question.ts';

/** How long a check took that nobody answers, beside how long it may. Milliseconds. */
export interface TimeOut {
  readonly question: string;
  readonly limit: number;
  readonly took: number;
}

const LIMITS = [500, 2_000];

/**
 * Asks servers that accept and say nothing, one that drips a body without an end, and a DNS server that hears and is silent,
 * all from this machine. Every one of them is silent to its limit.
 */
export async function measureTimeOuts(): Promise<readonly TimeOut[]> {
  const mute = await listen(() => undefined);
  const dripping = await listen((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n');
    const timer = setInterval(() => socket.write('.'), 20);
    socket.on('close', () => clearInterval(timer));
  });
  const dns = createSocket('udp4').bind(0, '127.0.0.1');
  await once(dns, 'listening');
  try {
    const questions = questionsTo(mute.port, dripping.port, dns.address().port);
    const asked = LIMITS.flatMap((limit) =>
      questions.map((question) => ({ host: 'bench', limit, question })),
    );
    const ask = askFromRunner({ atOnce: asked.length, commands: async () => [] });
    const times: TimeOut[] = [];
    for (const each of asked) {
      const began = performance.now();
      const [seen] = await ask([each], new AbortController().signal);
      const took = performance.now() - began;
      if (seen?.kind !== 'silent') throw new Error(`expected silence, saw ${JSON.stringify(seen)}`);
      times.push({ question: nameOf(each.question), limit: each.limit, took });
    }
    return times;
  } finally {
    mute.stop();
    dripping.stop();
    dns.close();
  }
}

function questionsTo(mute: number, dripping: number, dns: number): readonly Question[] {
  const address = '127.0.0.1';
  return [
    { kind: 'http', url: `http://${address}:${mute}/` },
    { kind: 'http', url: `https://${address}:${mute}/` },
    { kind: 'http', url: `http://${address}:${dripping}/drips` },
    { kind: 'tcp', address, port: mute, listen: true },
    { kind: 'tls', address, port: mute, name: 'shop.test' },
    { kind: 'dns', record: 'shop.test', type: 'A', server: `${address}:${dns}` },
  ];
}

/** Ports are new every time, and say nothing. */
function nameOf(question: Question): string {
  return describeQuestion(question).replace(/:\d+/g, '');
}

async function listen(meet: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    meet(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, stop };
}
