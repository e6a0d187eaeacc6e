import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { type DecodedPacket, decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { createUnframer, framed } from './framing.ts';

export interface ServerAddress {
  readonly address: string;
  readonly port: number;
}

/** Milliseconds until a question counts as unanswered, over UDP and over TCP alike. */
const PATIENCE = 2_000;

/**
 * Asks a name server for the addresses of a name: over UDP, and again over TCP when the answer was too long for that.
 *
 * @param id 16 bits that tell this question from others
 * @throws Error when there is no answer in time
 */
export async function askForAddresses(
  server: ServerAddress,
  name: string,
  id: number,
): Promise<DecodedPacket> {
  const message = encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED,
    questions: [{ type: 'A', name, class: 'IN' }],
  });
  const short = decode(await overUdp(server, message));
  return short.flag_tc ? decode(await overTcp(server, message)) : short;
}

async function overUdp({ address, port }: ServerAddress, message: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4');
  try {
    return await withinPatience(({ resolve, reject }) => {
      socket.on('error', reject).on('message', (answer) => {
        if (isAnswer(answer, message)) resolve(answer);
      });
      // Connected, so that a server that is not there is known at once.
      socket.connect(port, address, () => socket.send(message));
    });
  } finally {
    socket.close();
  }
}

async function overTcp({ address, port }: ServerAddress, message: Buffer): Promise<Buffer> {
  const socket = connect(port, address);
  try {
    return await withinPatience(({ resolve, reject }) => {
      const unframer = createUnframer();
      socket
        .on('error', reject)
        .on('close', () => reject(new Error(`${address}:${port} closed the connection`)))
        .on('data', (octets) => {
          const answer = unframer.take(octets).find((each) => isAnswer(each, message));
          if (answer !== undefined) resolve(answer);
        });
      socket.write(framed(message));
    });
  } finally {
    socket.destroy();
  }
}

function isAnswer(answer: Buffer, question: Buffer): boolean {
  return answer.length >= 2 && answer.readUInt16BE(0) === question.readUInt16BE(0);
}

interface Settle {
  readonly resolve: (answer: Buffer) => void;
  readonly reject: (error: Error) => void;
}

async function withinPatience(exchange: (settle: Settle) => void): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const timer = setTimeout(() => reject(new Error(`no answer in ${PATIENCE / 1_000} s`)), PATIENCE);
  try {
    exchange({ resolve, reject });
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
