import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer, text } from 'node:stream/consumers';

/** What happens to calls on their way. Operations have their plain names, such as `DescribeTargetHealth`. */
export interface Way {
  /** Called before the call goes on; it is held as long as this takes. */
  before?(operation: string): Promise<void>;
  /** Whether AWS refuses the call as not allowed. */
  denies?(operation: string): boolean;
  /** Changes an answer. */
  answer?(body: string): string;
  /** Hears of every call, and answers it itself unless it gives nothing. */
  take?(call: IncomingMessage, body: string): Taken | undefined;
}

/** An answer that does not come from the range. */
export interface Taken {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Gateway {
  readonly url: string;
  stop(): Promise<void>;
}

/** Passes calls on to a range, so that a test can make AWS be what a range is not. */
export async function startGateway(endpoint: string, way: Way): Promise<Gateway> {
  const server = createServer((call, response) => {
    pass(endpoint, way, call, response).catch((error: unknown) => response.destroy(asError(error)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The gateway has no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function pass(
  endpoint: string,
  way: Way,
  call: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await text(call);
  const taken = way.take?.(call, body);
  if (taken !== undefined) {
    response.writeHead(taken.status, taken.headers).end(taken.body);
    return;
  }
  const json = String(call.headers['x-amz-target'] ?? '').split('.')[1];
  const operation = json ?? new URLSearchParams(body).get('Action') ?? '';
  await way.before?.(operation);
  if (way.denies?.(operation)) {
    refuse(response, operation, json !== undefined);
    return;
  }
  // The headers as they came: they are signed, the name of this host included.
  const onward = request(new URL(call.url ?? '/', endpoint), { method: call.method, headers: call.headers });
  onward.end(body);
  const [answered]: IncomingMessage[] = await once(onward, 'response');
  if (answered === undefined) throw new Error('The range gave no answer.');
  const { 'content-length': _, 'transfer-encoding': __, ...headers } = answered.headers;
  const received = await buffer(answered);
  response.writeHead(answered.statusCode ?? 500, headers);
  response.end(way.answer?.(received.toString()) ?? received);
}

/** As the query protocol and the JSON protocol of AWS say it. */
function refuse(response: ServerResponse, operation: string, json: boolean): void {
  const message = `User: deployer is not authorized to perform: ${operation}`;
  if (json) {
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify({ __type: 'AccessDeniedException', message }));
    return;
  }
  response.writeHead(403, { 'content-type': 'text/xml' });
  response.end(
    `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>${message}</Message></Error>` +
      '<RequestId>1b0ecf83-0000-4000-8000-1eec9f090000</RequestId></ErrorResponse>',
  );
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
