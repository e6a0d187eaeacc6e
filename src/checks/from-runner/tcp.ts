import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { bareAddress } from '../address.ts';
import type { Observation } from '../check.ts';
import { KEPT } from '../holds.ts';
import type { Question } from '../question.ts';
import { close, type Span, within } from './within.ts';

/** What a server says first may come in pieces; what comes later than this after the first one is not part of it. */
const PAUSE = 200;

/** Connects, and hears what the server says first when that is asked; the time is that until the first bytes. */
export function askTcp(
  { address, port, listen }: Extract<Question, { readonly kind: 'tcp' }>,
  limit: number,
  signal: AbortSignal,
): Promise<Observation> {
  return within(limit, signal, async (span) => {
    const socket = connect({ host: bareAddress(address), port });
    try {
      await once(socket, 'connect', { signal: span.signal });
      if (!listen) return { kind: 'tcp', banner: '', milliseconds: span.passed() };
      return await hear(socket, span);
    } finally {
      await close(socket);
    }
  });
}

/** What comes until the pause, the end, or the limit; the limit alone, before anything came, is none. */
function hear(
  socket: Socket,
  { signal, passed }: Span,
): Promise<Extract<Observation, { readonly kind: 'tcp' }>> {
  return new Promise((resolve, reject) => {
    let heard = Buffer.alloc(0);
    let milliseconds: number | undefined;
    let timer: NodeJS.Timeout | undefined;
    const finish = () => {
      clearTimeout(timer);
      const banner = heard.subarray(0, KEPT).toString('utf8');
      resolve({ kind: 'tcp', banner, milliseconds: milliseconds ?? passed() });
    };
    const fail = (cause: unknown) => (heard.length > 0 ? finish() : reject(cause));
    signal.addEventListener('abort', () => fail(signal.reason));
    socket
      .on('data', (bytes: Buffer) => {
        heard = Buffer.concat([heard, bytes]);
        milliseconds ??= passed();
        timer ??= setTimeout(finish, PAUSE);
        if (heard.length >= KEPT) finish();
      })
      .on('end', finish)
      .on('error', fail);
  });
}
