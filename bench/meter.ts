import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { callOf } from '../test/faults/calls.ts';

/**
 * Milliseconds for which each call of S3 is held, since a range answers at once: of requests below 512 KB the median "is often
 * in the tens of milliseconds" (AWS whitepaper "Best Practices Design Patterns: Optimizing Amazon S3 Performance", "Timeouts
 * and Retries for Latency-Sensitive Applications").
 */
export const S3_LATENCY = 50;

/** A call that a bundle made to AWS. */
export interface MeteredCall {
  /** Such as `RegisterTargets`, `PutObject:ledger`, `SendCommand:installer`. */
  readonly operation: string;
  /** Milliseconds of one clock: when it came, and when it was answered. */
  readonly began: number;
  readonly ended: number;
  /** Of the answer. */
  readonly status: number;
  readonly body: string;
}

export interface Meter {
  readonly url: string;
  /** In the order in which they were answered. */
  calls(): readonly MeteredCall[];
  stop(): Promise<void>;
}

/** Stands between a bundle and a range, and notes every call. */
export async function startMeter(endpoint: string): Promise<Meter> {
  const calls: MeteredCall[] = [];
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const began = performance.now();
    const body = await buffer(incoming);
    const text = body.toString('utf8');
    const call = callOf(incoming, text);
    if (call?.protocol === 's3') await sleep(S3_LATENCY);
    const status = await passOn(endpoint, incoming, body, response);
    if (call === undefined) return;
    calls.push({ operation: call.operation, began, ended: performance.now(), status, body: text });
  };
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** With the headers as they came, which are signed. */
async function passOn(
  endpoint: string,
  { method, headers, url }: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<number> {
  const onward = request(new URL(url ?? '/', endpoint), { method, headers, agent: false });
  onward.end(body);
  const [answer]: IncomingMessage[] = await once(onward, 'response');
  if (answer === undefined) throw new Error('The range gave no answer.');
  const { 'transfer-encoding': _, connection: __, ...rest } = answer.headers;
  const status = answer.statusCode ?? 500;
  response.writeHead(status, rest).end(await buffer(answer));
  return status;
}
