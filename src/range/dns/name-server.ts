import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Socket as Connection, createServer, type Server } from 'node:net';
import { createUnframer, framed } from './framing.ts';
import { type AnswerQuestion, respond } from './message.ts';

export interface NameServer {
  readonly address: string;
  /** The same for UDP and TCP. */
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts a name server on a free port of 127.0.0.1. */
export async function startNameServer(answer: AnswerQuestion): Promise<NameServer> {
  const { udp, tcp, port } = await bind();
  const connections = new Set<Connection>();
  udp.on('message', (message, { address, port: from }) => {
    const response = respond(message, 'udp', answer);
    // Whoever asked may be gone.
    if (response !== undefined) udp.send(response, from, address, () => {});
  });
  tcp.on('connection', (connection) => {
    connections.add(connection);
    connection.on('close', () => connections.delete(connection));
    serve(connection, answer);
  });
  return {
    address: LOOPBACK,
    port,
    async stop() {
      for (const connection of connections) connection.destroy();
      await Promise.all([closed(udp), closed(tcp)]);
    },
  };
}

/** Where every name server of the range listens. */
export const LOOPBACK = '127.0.0.1';

function serve(connection: Connection, answer: AnswerQuestion): void {
  const unframer = createUnframer();
  connection.on('data', (octets) => {
    for (const message of unframer.take(octets)) {
      const response = respond(message, 'tcp', answer);
      if (response !== undefined) connection.write(framed(response));
    }
  });
  // A client that goes away in the middle of a message.
  connection.on('error', () => connection.destroy());
}

/** Ports that the system may offer for TCP while something has them for UDP. */
const TRIES = 20;

async function bind(): Promise<{ readonly udp: Socket; readonly tcp: Server; readonly port: number }> {
  for (let tries = 0; tries < TRIES; tries++) {
    const tcp = createServer();
    tcp.listen(0, LOOPBACK);
    await once(tcp, 'listening');
    const address = tcp.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP server without a port');
    const udp = createSocket('udp4');
    const isBound = await new Promise<boolean>((resolve) => {
      udp.once('error', () => resolve(false));
      udp.bind(address.port, LOOPBACK, () => resolve(true));
    });
    if (isBound) {
      udp.removeAllListeners('error');
      return { udp, tcp, port: address.port };
    }
    await closed(tcp);
  }
  throw new Error(`found no port that is free for both UDP and TCP in ${TRIES} tries`);
}

async function closed(server: Socket | Server): Promise<void> {
  const end = once(server, 'close');
  server.close();
  await end;
}
