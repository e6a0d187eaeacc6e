import { setTimeout as wait } from 'node:timers/promises';
import { refusalOf } from './locate.ts';

export interface Question {
  readonly method: 'HEAD' | 'GET';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What became of a question; `url` is where redirects had led. */
export type Answer =
  | {
      readonly kind: 'answered';
      readonly url: URL;
      readonly status: number;
      readonly headers: Headers;
      /** The first 1 kB of the body or a little more; the rest is never read. */
      readonly start: string;
    }
  /** A redirect that is not followed. */
  | { readonly kind: 'astray'; readonly url: URL; readonly problem: string }
  /** No answer; `cause` is what the network said. */
  | { readonly kind: 'silent'; readonly url: URL; readonly problem: string; readonly cause: unknown };

export interface Patience {
  /** Milliseconds that one attempt may take, redirects included. */
  readonly limit: number;
  /** Milliseconds before the second attempt; twice as many before the third. */
  readonly pause: number;
}

export const ATTEMPTS = 3;
const MOST_REDIRECTS = 10;
const START = 1_024;

/** Asks a server, and again when it is silent or says that it cannot answer just now. */
export async function ask(question: Question, { limit, pause }: Patience): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await askOnce(question, limit);
    if (!isPassing(answer) || attempt === ATTEMPTS) return answer;
    await wait(pause * attempt);
  }
}

/** Whether another attempt may end better. A server that says 501 does not know the method and never will. */
export function isPassing(answer: Answer): boolean {
  if (answer.kind !== 'answered') return answer.kind === 'silent';
  return answer.status === 429 || (answer.status >= 500 && answer.status !== 501);
}

async function askOnce({ method, url: first, headers }: Question, limit: number): Promise<Answer> {
  const signal = AbortSignal.timeout(limit);
  let url = first;
  try {
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
      // Compressed bytes would have another length than the archive.
      const sent = { 'accept-encoding': 'identity', ...headers };
      const response = await fetch(url, { method, headers: sent, redirect: 'manual', signal });
      const next = redirectOf(response, url);
      if (next === undefined) {
        const start = await startOf(response);
        return { kind: 'answered', url, status: response.status, headers: response.headers, start };
      }
      await response.body?.cancel();
      if ('problem' in next) return { kind: 'astray', url, problem: next.problem };
      url = next.url;
    }
    return { kind: 'astray', url, problem: `there were more than ${MOST_REDIRECTS} redirects` };
  } catch (cause) {
    return { kind: 'silent', url, problem: problemOf(cause, limit), cause };
  }
}

type Redirect = { readonly url: URL } | { readonly problem: string };

function redirectOf({ status, headers }: Response, from: URL): Redirect | undefined {
  const target = headers.get('location');
  return [301, 302, 303, 307, 308].includes(status) && target !== null ? nextStop(from, target) : undefined;
}

/** Where a redirect leads. From https it leads to https only, also on this machine. */
export function nextStop(from: URL, target: string): Redirect {
  if (!URL.canParse(target, from.href)) return { problem: 'it redirects to something that is not a URL' };
  const url = new URL(target, from);
  const refusal =
    from.protocol === 'https:' && url.protocol !== 'https:' ? 'it does not use https' : refusalOf(url);
  if (refusal === undefined) return { url };
  // The origin has neither the credentials nor the query, and it is what the person has to know.
  return { problem: `it redirects to ${url.protocol}//${url.host}, which is not followed: ${refusal}` };
}

async function startOf({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body ?? []) {
    parts.push(part);
    length += part.length;
    // Leaving the loop ends the transfer.
    if (length >= START) break;
  }
  return Buffer.concat(parts).toString('utf8');
}

/** What `fetch` says is only `fetch failed`; the reason is in its cause. */
function problemOf(error: unknown, limit: number): string {
  if (textOf(error, 'name') === 'TimeoutError') return `no answer within ${limit / 1_000} s`;
  const reason = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : error;
  const texts = [textOf(reason, 'code'), textOf(reason, 'message')].filter((text) => text !== '');
  return texts.length === 0 ? String(error) : texts.join(': ');
}

function textOf(error: unknown, property: 'name' | 'code' | 'message'): string {
  if (typeof error !== 'object' || error === null) return '';
  const value: unknown = Reflect.get(error, property);
  return typeof value === 'string' ? value : '';
}

/** How a URL is named to a person: without its query, and with where redirects led. */
export function describeUrl(asked: URL, reached: URL): string {
  const redirected = asked.href === reached.href ? '' : ` (redirected to ${withoutQuery(reached)})`;
  return `${withoutQuery(asked)}${redirected}`;
}

function withoutQuery({ origin, pathname, search }: URL): string {
  return `${origin}${pathname}${search === '' ? '' : '?…'}`;
}
