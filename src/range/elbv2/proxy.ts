import { once } from 'node:events';
import {
  type ClientRequest,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { TARGET_HEADER } from '../range.ts';
import type { TargetConnections } from './connections.ts';

export interface ProxyOptions {
  /** The node that a new client connection belongs to for its whole life. */
  readonly node: () => string;
  /** The target for a request at a node; `undefined` answers 503. */
  readonly choose: (node: string) => TargetConnections | undefined;
  /** Milliseconds that an idle client connection stays open. */
  readonly idleTimeout: number;
}

/** A listener of a load balancer. */
export interface Listener {
  readonly port: number;
  /** Accepts nothing new. */
  close(): void;
  /** Ends everything, also what is open. */
  stop(): Promise<void>;
}

/** Starts a load balancer's HTTP listener on a free port of 127.0.0.1. */
export async function startProxy({ node, choose, idleTimeout }: ProxyOptions): Promise<Listener> {
  const nodes = new WeakMap<Socket, string>();
  const server = createServer({ keepAliveTimeout: idleTimeout }, (request, response) => {
    const connections = choose(nodes.get(request.socket) ?? node());
    if (connections === undefined) refuse(response, 503);
    else forward({ request, response, connections }, false);
  });
  server.on('connection', (socket) => nodes.set(socket, node()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly connections: TargetConnections;
}

/**
 * Sends the request on to the target and streams the answer back. A target that fails before it answers
 * makes a 502 or 504 and is not tried again, with one exception: see `mayRepeat`.
 *
 * @param fresh on a new connection
 */
function forward(exchange: Exchange, fresh: boolean): void {
  const { request, response, connections } = exchange;
  const { method = 'GET', url: path = '/' } = request;
  const upstream = connections.send({ method, path, headers: forwardedHeaders(request) }, fresh);
  let answered = false;
  upstream.on('response', (answer) => {
    answered = true;
    relay(answer, response, connections.host);
  });
  upstream.on('timeout', () => upstream.destroy(new TargetTimeout()));
  upstream.on('error', (error) => {
    if (answered || response.destroyed) return;
    if (mayRepeat(exchange, upstream, error)) forward(exchange, true);
    else refuse(response, error instanceof TargetTimeout ? 504 : 502, connections.host);
  });
  response.once('close', () => {
    if (!response.writableFinished) upstream.destroy();
  });
  if (hasBody(request)) request.pipe(upstream);
  else upstream.end();
}

class TargetTimeout extends Error {
  override readonly name = 'TargetTimeout';
}

/**
 * Whether to send a request a second time, on a new connection. A target may close an idle connection in the
 * very moment the balancer reuses it. A real ALB can answer 502 then; here it would be a failure of the
 * range's own making, since no drain can avoid it. So a request that is safe to repeat is repeated once when
 * a reused connection was reset before the first byte of an answer, as HTTP clients do. A target that is
 * really gone fails the second time too.
 */
function mayRepeat({ request }: Exchange, upstream: ClientRequest, error: Error): boolean {
  const wasReset = 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
  const isSafe = ['GET', 'HEAD', 'OPTIONS'].includes(request.method ?? '') && !hasBody(request);
  return upstream.reusedSocket && wasReset && isSafe;
}

function relay(answer: IncomingMessage, response: ServerResponse, host: string): void {
  response.sendDate = false;
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, [
    ...endToEnd(answer.rawHeaders),
    TARGET_HEADER,
    host,
  ]);
  answer.on('error', () => response.destroy());
  answer.pipe(response);
}

/** Answers as the load balancer itself, with the header and body by which people tell its answers from a target's. */
function refuse(response: ServerResponse, status: 502 | 503 | 504, host?: string): void {
  const title = `${status} ${REASONS[status]}`;
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
  response.writeHead(status, {
    Server: 'awselb/2.0',
    'Content-Type': 'text/html',
    'Content-Length': Buffer.byteLength(body),
    ...(host === undefined ? {} : { [TARGET_HEADER]: host }),
  });
  response.end(body);
}

const REASONS = { 502: 'Bad Gateway', 503: 'Service Temporarily Unavailable', 504: 'Gateway Time-out' };

/** Headers that belong to one connection and not to the message (RFC 9110, 7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

function forwardedHeaders({ headers, socket }: IncomingMessage): OutgoingHttpHeaders {
  const forwarded: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!HOP_BY_HOP.has(name)) forwarded[name] = value;
  }
  // Said again for this connection: Node frames the body of a GET or DELETE only when told to.
  if (headers['transfer-encoding'] !== undefined) forwarded['transfer-encoding'] = 'chunked';
  forwarded['x-forwarded-for'] = clientsOf(headers, socket.remoteAddress ?? '');
  forwarded['x-forwarded-proto'] = 'http';
  forwarded['x-forwarded-port'] = String(socket.localPort);
  return forwarded;
}

function clientsOf(headers: IncomingHttpHeaders, client: string): string {
  const earlier = headers['x-forwarded-for'];
  return earlier === undefined ? client : [earlier, client].flat().join(', ');
}

function endToEnd(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, index) => {
    const name = rawHeaders[index - (index % 2)] ?? '';
    return !HOP_BY_HOP.has(name.toLowerCase());
  });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
