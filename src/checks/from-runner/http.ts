import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type buildConnector, Client, type Dispatcher } from 'undici';
import { bareAddress } from '../address.ts';
import type { Observation } from '../check.ts';
import { KEPT } from '../holds.ts';
import { type Manner, PLAIN, type Question } from '../question.ts';
import { type Span, within } from './within.ts';

const MOST_REDIRECTS = 5;
/** Bytes of a body after which it counts as endless; only its beginning is kept, but its end is what is timed. */
const MOST_BYTES = 64 * 1_024 * 1_024;
/** Headers that are not for another server than the one they were written for, as curl and browsers have it. */
const PRIVATE = ['authorization', 'cookie', 'host', 'proxy-authorization'];

/** One request on its way. */
interface Sent {
  readonly url: URL;
  readonly method: Manner['method'];
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

type Response = Dispatcher.ResponseData;

/**
 * Makes one request by HTTP/1.1 over connections of its own, one after the other, without a proxy, whatever the environment
 * says. The time is that to the end of the body, redirects and name resolution included.
 */
export function askHttp(
  { url, manner = PLAIN }: Extract<Question, { readonly kind: 'http' }>,
  limit: number,
  signal: AbortSignal,
): Promise<Observation> {
  return within(limit, signal, async (span) => {
    const first: Sent = {
      url: new URL(url),
      method: manner.method,
      headers: { accept: '*/*', 'user-agent': 'zonewise', ...manner.headers },
      ...(manner.body !== undefined && { body: manner.body }),
    };
    let sent = first;
    for (let redirects = 0; ; redirects += 1) {
      const end = await exchange(sent, first.url, { manner, span });
      if (end.kind === 'answer') return end.answer;
      if (redirects === MOST_REDIRECTS) throw new Error(`more than ${MOST_REDIRECTS} redirects`);
      sent = follow(sent, end.status, end.location);
    }
  });
}

type End =
  | { readonly kind: 'answer'; readonly answer: Observation }
  | { readonly kind: 'redirect'; readonly status: number; readonly location: URL };

/** How it is asked, and how long. */
interface Way {
  readonly manner: Manner;
  readonly span: Span;
}

async function exchange({ url, method, headers, body }: Sent, first: URL, way: Way): Promise<End> {
  const { manner, span } = way;
  const client = new Client(url.origin, {
    // Only what was meant for the address goes there, as with curl's --connect-to.
    connect: connectorTo(url, url.host === first.host ? manner.connect : undefined, way),
    // The limit is on the whole.
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 0,
  });
  try {
    const response = await client.request({
      path: url.pathname + url.search,
      method,
      headers,
      ...(body !== undefined && { body }),
      signal: span.signal,
    });
    const location = manner.redirects === 'follow' ? locationOf(response, url) : undefined;
    if (location !== undefined) return { kind: 'redirect', status: response.statusCode, location };
    const text = await read(response.body);
    const { statusCode: status } = response;
    return {
      kind: 'answer',
      answer: {
        kind: 'http',
        status,
        headers: joined(response.headers),
        body: text,
        milliseconds: span.passed(),
      },
    };
  } finally {
    await client.destroy();
  }
}

/**
 * Connects to an address, or to where the URL leads. undici's own connector cannot be stopped on its way, and its client
 * waits for it.
 */
function connectorTo({ hostname: name }: URL, address: string | undefined, { manner, span }: Way) {
  const subject = bareAddress(name);
  return ({ protocol, port }: buildConnector.Options, callback: buildConnector.Callback): void => {
    const isTls = protocol === 'https:';
    const at = { host: bareAddress(address ?? name), port: Number(port) || (isTls ? 443 : 80) };
    const socket = isTls
      ? connectTls({
          ...at,
          // An address is no server name (RFC 6066, section 3).
          ...(isIP(subject) === 0 && { servername: subject }),
          rejectUnauthorized: manner.tls === 'verify',
          ALPNProtocols: ['http/1.1'],
        })
      : connect(at);
    const stop = () => void socket.destroy(new Error('stopped'));
    const fail = (cause: Error) => callback(cause, null);
    span.signal.addEventListener('abort', stop);
    if (span.signal.aborted) stop();
    socket.once('close', () => span.signal.removeEventListener('abort', stop));
    socket.once('error', fail).once(isTls ? 'secureConnect' : 'connect', () => {
      socket.removeListener('error', fail);
      callback(null, socket);
    });
  };
}

function locationOf({ statusCode, headers }: Response, base: URL): URL | undefined {
  const [location] = [headers['location']].flat();
  if (statusCode < 300 || statusCode > 399 || location === undefined) return undefined;
  const url = new URL(location, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Error(`redirected to ${url.protocol}//…, which is neither http nor https`);
  }
  return url;
}

/** The next request, by the rules of the Fetch standard (HTTP-redirect fetch). */
function follow({ url, method, headers, body }: Sent, status: number, location: URL): Sent {
  const isGet =
    (status === 303 && method !== 'HEAD') || ((status === 301 || status === 302) && method === 'POST');
  const dropped = [...(isGet ? ['content-type'] : []), ...(location.origin === url.origin ? [] : PRIVATE)];
  return {
    url: location,
    method: isGet ? 'GET' : method,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.includes(name))),
    ...(body !== undefined && !isGet && { body }),
  };
}

/** Reads to the end and keeps the beginning. */
async function read(body: AsyncIterable<Uint8Array>): Promise<string> {
  const kept: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    if (bytes < KEPT) kept.push(part);
    bytes += part.length;
    if (bytes > MOST_BYTES) throw new Error('the body is longer than 64 MB');
  }
  return Buffer.concat(kept).subarray(0, KEPT).toString('utf8');
}

function joined(headers: Response['headers']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, [value].flat().join(', ')]],
    ),
  );
}
