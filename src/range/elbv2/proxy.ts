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
import { TARGET_GROUP_HEADER, TARGET_HEADER } from '../range.ts';
import type { Decision } from './decide.ts';
import type { ListeningServer, Place } from './listening.ts';

export interface ProxyOptions {
  /** The node that a new client connection belongs to for its whole life. */
  readonly node: () => string;
  readonly place: Place;
  /** What a node does with a request; what it refuses is answered with 503. */
  readonly decide: (node: string, request: IncomingMessage) => Decision;
  /**
   * Is told of every answer that a client has got whole, with the target group that was chosen for it; there is none for
   * what the balancer answers of itself.
   */
  readonly answered: (targetGroup: string | undefined, status: number) => void;
  /** Milliseconds that an idle client connection stays open. */
  readonly idleTimeout: number;
}

/** Starts an application load balancer's HTTP listener. */
export async function startProxy({
  node,
  place,
  decide,
  answered,
  idleTimeout,
}: ProxyOptions): Promise<ListeningServer> {
  const nodes = new WeakMap<Socket, string>();
  const server = createServer({ keepAliveTimeout: idleTimeout }, (request, response) => {
    const decision = decide(nodes.get(request.socket) ?? node(), request);
    const group = decision.kind === 'answer' ? undefined : decision.targetGroup;
    response.once('finish', () => answered(group, response.statusCode));
    if (decision.kind === 'send') forward({ request, response, decision }, false);
    else if (decision.kind === 'answer') answerItself(response, decision);
    else refuse(response, 503, groupHeader(decision.targetGroup));
  });
  server.on('connection', (socket) => nodes.set(socket, node()));
  server.listen(place.port, place.address);
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
  readonly decision: Extract<Decision, { kind: 'send' }>;
}

/**
 * Sends the request on to the target and streams the answer back. A target that fails before it answers
 * makes a 502 or 504 and is not tried again, with one exception: see `mayRepeat`.
 *
 * @param fresh on a new connection
 */
function forward(exchange: Exchange, fresh: boolean): void {
  const { request, response, decision } = exchange;
  const { connections } = decision;
  const origin = { [TARGET_HEADER]: connections.host, ...groupHeader(decision.targetGroup) };
  const { method = 'GET', url: path = '/' } = request;
  const upstream = connections.send({ method, path, headers: forwardedHeaders(request) }, fresh);
  let answered = false;
  upstream.on('response', (answer) => {
    answered = true;
    relay(answer, response, { ...origin, 'Set-Cookie': decision.cookies });
  });
  upstream.on('timeout', () => upstream.destroy(new TargetTimeout()));
  upstream.on('error', (error) => {
    if (answered || response.destroyed) return;
    if (mayRepeat(exchange, upstream, error)) forward(exchange, true);
    else refuse(response, error instanceof TargetTimeout ? 504 : 502, origin);
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

function relay(answer: IncomingMessage, response: ServerResponse, more: MoreHeaders): void {
  response.sendDate = false;
  const added = Object.entries(more).flatMap(([name, values]) =>
    [values].flat().flatMap((value) => [name, value]),
  );
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, [
    ...endToEnd(answer.rawHeaders),
    ...added,
  ]);
  answer.on('error', () => response.destroy());
  answer.pipe(response);
}

type MoreHeaders = Readonly<Record<string, string | readonly string[]>>;

function groupHeader(targetGroup: string | undefined): Readonly<Record<string, string>> {
  return targetGroup === undefined ? {} : { [TARGET_GROUP_HEADER]: targetGroup };
}

function answerItself(
  response: ServerResponse,
  { status, headers, body }: Extract<Decision, { kind: 'answer' }>,
): void {
  response.writeHead(status, {
    Server: 'awselb/2.0',
    ...headers,
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** Answers as the load balancer itself, with the header and body by which people tell its answers from a target's. */
function refuse(
  response: ServerResponse,
  status: 502 | 503 | 504,
  more: Readonly<Record<string, string>>,
): void {
  const title = `${status} ${REASONS[status]}`;
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
  response.writeHead(status, {
    Server: 'awselb/2.0',
    'Content-Type': 'text/html',
    'Content-Length': Buffer.byteLength(body),
    ...more,
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
