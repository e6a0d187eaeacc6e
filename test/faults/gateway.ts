import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Call, callOf } from './calls.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** A call that has come, in the order in which it did. */
export interface MadeCall extends Call {
  /** Which one of its operation, beginning with 1. */
  readonly ordinal: number;
  /** When it came, in milliseconds since 1970. */
  readonly at: number;
  /** Status with which the range answered; none while it has not, or when it was not asked. */
  readonly status?: number;
}

/** A call that waits for somebody to do something with it. */
export interface WaitingCall {
  readonly call: MadeCall;
  /** Has the range do it. */
  readonly forward: () => Promise<Answer>;
  readonly answer: (answer: Answer) => void;
  /** Breaks the connection. */
  readonly drop: () => void;
  /** Resolves when whoever called has given up. */
  readonly givenUp: () => Promise<void>;
}

/** What is done with a call; none passes it on. */
export type Disturb = (call: MadeCall) => ((waiting: WaitingCall) => Promise<void>) | undefined;

/** Stands between a bundle and a range; it counts calls, and lets somebody disturb them. */
export interface FaultGateway {
  readonly url: string;
  /** Counts anew. */
  begin(disturb?: Disturb): void;
  /** The calls since `begin`, in the order in which they came. */
  calls(): readonly MadeCall[];
  stop(): Promise<void>;
}

/** @param endpoint that of the range */
export async function startFaultGateway(endpoint: string): Promise<FaultGateway> {
  let calls: { -readonly [K in keyof MadeCall]: MadeCall[K] }[] = [];
  let disturb: Disturb = () => undefined;

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    const call = callOf(incoming, body.toString('utf8'));
    if (call === undefined) return answer(response, await passOn(endpoint, incoming, body));
    const ordinal = 1 + calls.filter(({ operation }) => operation === call.operation).length;
    const made: (typeof calls)[number] = { ...call, ordinal, at: Date.now() };
    calls.push(made);
    const forward = async (): Promise<Answer> => {
      const given = await passOn(endpoint, incoming, body);
      made.status = given.status;
      return given;
    };
    const act = disturb(made);
    if (act === undefined) return answer(response, await forward());
    await act({
      call: made,
      forward,
      answer: (given) => answer(response, given),
      drop: () => response.destroy(),
      givenUp: async () => {
        if (!response.destroyed) await once(response, 'close');
      },
    });
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
    begin: (how = () => undefined) => {
      calls = [];
      disturb = how;
    },
    calls: () => calls,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
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
