import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Call, callOf, type Protocol } from './calls.ts';
import type { Fault } from './points.ts';

/** What happens to the bundle that makes a call. */
export interface Victim {
  /** Resolves when its process is gone. */
  kill(): Promise<void>;
  cancel(): void;
}

/** Stands between a bundle and a range; it counts calls, and does something at one of them. */
export interface FaultGateway {
  readonly url: string;
  /** Counts anew. With a fault, it happens once, at its call. */
  begin(disturb?: { readonly fault: Fault; readonly victim: Victim }): void;
  /** The calls since `begin`, in the order in which they came. */
  calls(): readonly Call[];
  /** Whether the fault has happened. */
  isDone(): boolean;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

type Disturbance = { readonly fault: Fault; readonly victim: Victim };

/** @param endpoint that of the range */
export async function startFaultGateway(endpoint: string): Promise<FaultGateway> {
  let calls: Call[] = [];
  let pending: Disturbance | undefined;
  let done = false;

  /** The disturbance of this very call, and of no later one. */
  const count = (call: Call): Disturbance | undefined => {
    calls.push(call);
    const ordinal = calls.filter(({ operation }) => operation === call.operation).length;
    const { fault } = pending ?? {};
    if (fault?.operation !== call.operation || fault.ordinal !== ordinal) return undefined;
    const found = pending;
    pending = undefined;
    done = true;
    return found;
  };
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    const call = callOf(incoming, body.toString('utf8'));
    const disturbance = call && count(call);
    const forward = () => passOn(endpoint, incoming, body);
    if (call === undefined || disturbance === undefined) return answer(response, await forward());
    await disturb(disturbance, call, response, forward);
  };

  const server = createServer((incoming, response) => {
    // Also when the bundle was killed in between: then nobody is there for the answer.
    handle(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The gateway has no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    begin: (disturbance) => {
      calls = [];
      pending = disturbance;
      done = false;
    },
    calls: () => calls,
    isDone: () => done,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function disturb(
  { fault, victim }: Disturbance,
  { protocol }: Call,
  response: ServerResponse,
  forward: () => Promise<Answer>,
): Promise<void> {
  switch (fault.kind) {
    case 'kill-before':
      return victim.kill();
    case 'kill-after':
      await forward();
      return victim.kill();
    case 'interrupt':
      victim.cancel();
      return answer(response, await forward());
    case 'throttle':
      return answer(response, refusal(protocol, THROTTLED[protocol]));
    case 'error-500':
      return answer(response, refusal(protocol, { status: 500, code: 'InternalFailure' }));
    case 'deny':
      return answer(response, refusal(protocol, DENIED[protocol]));
    case 'hang':
      if (!response.destroyed) await once(response, 'close');
      return;
    case 'answer-lost':
      await forward();
      response.destroy();
      return;
  }
}

/** The headers as they came: they are signed, the name of this host included. */
async function passOn(endpoint: string, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  const { method, headers, url } = incoming;
  const onward = request(new URL(url ?? '/', endpoint), { method, headers, agent: false });
  onward.end(body);
  const [received]: IncomingMessage[] = await once(onward, 'response');
  if (received === undefined) throw new Error('The range gave no answer.');
  return { status: received.statusCode ?? 500, headers: received.headers, body: await buffer(received) };
}

function answer(response: ServerResponse, { status, headers, body }: Answer): void {
  const { 'transfer-encoding': _, connection: __, ...rest } = headers;
  response.writeHead(status, rest);
  response.end(body);
}

interface Refusal {
  readonly status: number;
  readonly code: string;
}

/** As each service says it: Systems Manager, Elastic Load Balancing, S3 (API references, "Common errors"). */
const THROTTLED: Readonly<Record<Protocol, Refusal>> = {
  json: { status: 400, code: 'ThrottlingException' },
  query: { status: 400, code: 'Throttling' },
  s3: { status: 503, code: 'SlowDown' },
};
const DENIED: Readonly<Record<Protocol, Refusal>> = {
  json: { status: 400, code: 'AccessDeniedException' },
  query: { status: 403, code: 'AccessDenied' },
  s3: { status: 403, code: 'AccessDenied' },
};

function refusal(protocol: Protocol, { status, code }: Refusal): Answer {
  const message = 'made by the gateway of the test';
  const inner = `<Code>${code}</Code><Message>${message}</Message>`;
  const [type, text] = {
    json: ['application/x-amz-json-1.1', JSON.stringify({ __type: code, message })],
    query: ['text/xml', `<ErrorResponse><Error><Type>Sender</Type>${inner}</Error></ErrorResponse>`],
    s3: ['application/xml', `<?xml version="1.0" encoding="UTF-8"?><Error>${inner}</Error>`],
  }[protocol] as [string, string];
  return { status, headers: { 'content-type': type }, body: Buffer.from(text) };
}
