import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody, send } from '../wire/reply.ts';
import { type Answer, type Endpoint, notFound, notModelled, Refusal } from './endpoint.ts';
import type { Faults } from './faults.ts';
import { passGates } from './jobs.ts';
import type { State } from './state.ts';
import type { Holder, Tokens } from './tokens.ts';

/** A request as it was answered. */
export interface Answered {
  readonly method: string;
  /** Below the repository, without its query; the whole path for anything else. */
  readonly path: string;
  /** Of HTTP; 0 when the connection was broken. */
  readonly status: number;
}

export interface Service {
  readonly state: State;
  readonly endpoints: readonly Endpoint[];
  readonly tokens: Tokens;
  readonly faults: Faults;
  readonly answered: Answered[];
}

interface Told {
  readonly status: number;
  readonly body?: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Answers one request. What is not modelled is refused by name. */
export async function answerRequest(
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', url = '/' } = request;
  const [whole = '/', query = ''] = url.split('?', 2);
  const path = belowRepository(service.state, whole);
  const note = (status: number) => service.answered.push({ method, path: path ?? whole, status });
  try {
    const body = await readBody(request);
    const told = tell(service, request, { method, whole, path, query: new URLSearchParams(query), body });
    note(told === 'broken-connection' ? 0 : told.status);
    if (told === 'broken-connection') response.destroy();
    else send(response, { body: '', ...told });
  } catch (error) {
    // The client is gone, or the range is wrong: neither is an answer of GitHub.
    if (request.complete) console.error(`range: GitHub's ${method} ${whole} failed:`, error);
    response.destroy();
  }
}

interface Asked {
  readonly method: string;
  readonly whole: string;
  /** None for another repository or none. */
  readonly path: string | undefined;
  readonly query: URLSearchParams;
  readonly body: Buffer;
}

function tell(service: Service, request: IncomingMessage, asked: Asked): Told | 'broken-connection' {
  let docs = 'rest';
  let holder: Holder | undefined;
  try {
    const met = service.faults.meet(asked.method, asked.path ?? asked.whole);
    if (met === 'broken-connection') return met;
    holder = service.tokens.identify(request.headers.authorization);
    if (met !== undefined) throw met;
    holder.quota.take();
    const { endpoint, path } = route(service, asked);
    docs = `rest/${endpoint.docs}`;
    holder.authorize(endpoint);
    const answer = perform(service, endpoint, { path, asked, holder });
    return asTold(answer, endpoint, holder, request.headers['if-none-match']);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { status, message } = error;
    const documentation = `https://docs.github.com/${error.docs ?? docs}`;
    return {
      status,
      body: JSON.stringify({ message, documentation_url: documentation, status: String(status) }),
      headers: { ...JSON_TYPE, ...holder?.quota.headers(), ...error.headers },
    };
  }
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

function perform(
  { state }: Service,
  endpoint: Endpoint,
  call: { readonly path: Record<string, string>; readonly asked: Asked; readonly holder: Holder },
): Answer {
  const { path, asked, holder } = call;
  const body = endpoint.method === 'GET' ? {} : bodyOf(asked.body);
  refuseUnknown('query parameter', [...asked.query.keys()], endpoint.query);
  refuseUnknown('body member', Object.keys(body), endpoint.body);
  passGates(state);
  return endpoint.answer({ state, caller: holder, path, query: asked.query, body });
}

function asTold(answer: Answer, endpoint: Endpoint, holder: Holder, known: string | undefined): Told {
  const body = JSON.stringify(answer.body);
  const etag = `W/"${createHash('sha256').update(body).digest('hex')}"`;
  const isKnown = endpoint.method === 'GET' && known === etag;
  if (isKnown) holder.quota.giveBack();
  const [permission, access] = endpoint.needs ?? ['metadata', 'read'];
  const headers = {
    etag,
    'x-accepted-github-permissions': `${permission}=${access}`,
    ...holder.quota.headers(),
    ...answer.headers,
  };
  return isKnown
    ? { status: 304, headers }
    : { status: answer.status, body, headers: { ...JSON_TYPE, ...headers } };
}

/** The rest of a path to the repository, by its name, in which case does not count, or its id. */
function belowRepository({ owner, name, repositoryId }: State, path: string): string | undefined {
  const [, first = '', second = '', third = ''] = path.split('/');
  if (first === 'repositories' && second === String(repositoryId)) {
    return path.slice(`/${first}/${second}`.length);
  }
  const isOurs = first === 'repos' && `${second}/${third}`.toLowerCase() === `${owner}/${name}`.toLowerCase();
  return isOurs ? path.slice(`/${first}/${second}/${third}`.length) : undefined;
}

function route(
  { endpoints }: Service,
  { method, whole, path }: Asked,
): { readonly endpoint: Endpoint; readonly path: Record<string, string> } {
  if (path === undefined) {
    throw whole.startsWith('/repos/') ? notFound() : notModelled(`${method} ${whole}`);
  }
  for (const endpoint of endpoints) {
    const values = endpoint.method === method ? match(endpoint.path, path) : undefined;
    if (values !== undefined) return { endpoint, path: values };
  }
  throw notModelled(`${method} ${whole}`);
}

function match(pattern: string, path: string): Record<string, string> | undefined {
  const expected = pattern.split('/');
  const seen = path.split('/');
  if (expected.length !== seen.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, segment] of expected.entries()) {
    const value = seen[index] ?? '';
    if (segment.startsWith('{')) values[segment.slice(1, -1)] = decode(value);
    else if (segment !== value) return undefined;
  }
  return values;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw notFound();
  }
}

function bodyOf(body: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    throw new Refusal(400, 'Problems parsing JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new Refusal(400, 'Body should be a JSON object');
}

function refuseUnknown(what: string, seen: readonly string[], known: readonly string[] = []): void {
  const unknown = seen.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw notModelled(`the ${what} ${unknown.join(', ')} here; it models ${known.join(', ') || 'none'}`);
}
