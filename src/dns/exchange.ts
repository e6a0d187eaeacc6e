import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { type DecodedPacket, decode, encode, streamEncode } from 'dns-packet';
import type { FlippableType, NameServer } from './port.ts';

/** What came of one question: a message that answers it, or why there is none. */
export type Exchange =
  | { readonly kind: 'message'; readonly message: DecodedPacket }
  | { readonly kind: 'none' | 'unreachable'; readonly problem: string };

/** Milliseconds until a question counts as unanswered, over UDP; TCP has to open a connection first. */
const UDP_PATIENCE = 1_500;
const TCP_PATIENCE = 3_000;

/** That this machine has no way to the address, whatever listens there. */
const NO_WAY = ['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT'];

type Via = (server: NameServer, message: Buffer, signal: AbortSignal) => Promise<DecodedPacket>;

/**
 * Asks a name server one question: over UDP, and over TCP when the answer is too long for that or does not come.
 *
 * @throws the signal's reason when it aborts
 */
export async function exchange(
  server: NameServer,
  name: string,
  type: FlippableType,
  signal: AbortSignal,
): Promise<Exchange> {
  const message = encode({
    type: 'query',
    // Not to be guessed by whoever would like to answer in the server's place.
    id: randomInt(0x1_00_00),
    flags: 0,
    questions: [{ type, name, class: 'IN' }],
  });
  const short = await attempt(overUdp, UDP_PATIENCE, { server, message, signal });
  if (short.kind === 'unreachable' || (short.kind === 'message' && !short.message.flag_tc)) return short;
  const long = await attempt(overTcp, TCP_PATIENCE, { server, message, signal });
  if (long.kind === 'message' || short.kind === 'message') return long;
  return { kind: 'none', problem: `${short.problem} over UDP, ${long.problem} over TCP` };
}

interface Asked {
  readonly server: NameServer;
  readonly message: Buffer;
  readonly signal: AbortSignal;
}

async function attempt(via: Via, patience: number, { server, message, signal }: Asked): Promise<Exchange> {
  signal.throwIfAborted();
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), patience);
  try {
    return {
      kind: 'message',
      message: await via(server, message, AbortSignal.any([signal, over.signal])),
    };
  } catch (error) {
    signal.throwIfAborted();
    if (over.signal.aborted) return { kind: 'none', problem: `no answer in ${patience / 1_000} s` };
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const problem = error instanceof Error ? error.message : String(error);
    return { kind: NO_WAY.includes(code) ? 'unreachable' : 'none', problem };
  } finally {
    clearTimeout(timer);
  }
}

async function overUdp(
  { address, port }: NameServer,
  message: Buffer,
  signal: AbortSignal,
): Promise<DecodedPacket> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  const { promise, resolve, reject } = Promise.withResolvers<DecodedPacket>();
  const stop = () => reject(new Error('stopped'));
  signal.addEventListener('abort', stop);
  try {
    socket.on('error', reject).on('message', (octets) => {
      const answer = read(() => decode(octets));
      if (answer !== undefined && answers(answer, message)) resolve(answer);
    });
    // Connected: only this server can answer, and one that is not there is known at once.
    socket.connect(port, address, () => socket.send(message));
    return await promise;
  } finally {
    signal.removeEventListener('abort', stop);
    socket.close();
  }
}

async function overTcp(
  { address, port }: NameServer,
  message: Buffer,
  signal: AbortSignal,
): Promise<DecodedPacket> {
  const socket = connect({ host: address, port, signal });
  socket.write(streamEncode(decode(message)));
  let octets = Buffer.alloc(0);
  try {
    for await (const part of socket) {
      octets = Buffer.concat([octets, part]);
      if (octets.length < 2 || octets.length < 2 + octets.readUInt16BE(0)) continue;
      const answer = read(() => decode(octets.subarray(2)));
      if (answer !== undefined && answers(answer, message)) return answer;
      throw new Error('it answered something else than what was asked');
    }
    throw new Error('it closed the connection without an answer');
  } finally {
    socket.destroy();
  }
}

function read(message: () => DecodedPacket): DecodedPacket | undefined {
  try {
    return message();
  } catch {
    return undefined;
  }
}

/** Whether a message is the answer to this very question (RFC 5452: id and question must be the same). */
function answers(answer: DecodedPacket, sent: Buffer): boolean {
  const query = decode(sent);
  const [asked] = query.questions ?? [];
  const [echoed] = answer.questions ?? [];
  return (
    answer.type === 'response' &&
    answer.id === query.id &&
    echoed?.name.toLowerCase() === asked?.name.toLowerCase() &&
    echoed?.type === asked?.type
  );
}
