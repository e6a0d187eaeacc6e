import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Taken } from './drain-gateway.ts';

/** How storage that is not S3 treats a ledger. */
export type Manner =
  /** Nobody may read or write it. */
  | 'denies'
  /** Takes every write, whatever its condition says. */
  | 'ignores-conditions'
  /** Refuses every write that has a condition. */
  | 'knows-no-conditions';

/** Storage of one object, to be put in the place of S3. */
export interface OddStorage {
  /** What it holds. */
  text(): string | undefined;
  /** Answers whatever is asked about the object, and nothing else. */
  take(call: IncomingMessage, body: string): Taken | undefined;
}

/**
 * @param path of the object, with its bucket, as in the URLs of requests
 * @param held what it holds in the beginning
 */
export function oddStorage(path: string, manner: Manner, held?: string): OddStorage {
  let text = held;
  const answers: Readonly<Record<Manner, (call: IncomingMessage, body: string) => Taken>> = {
    denies: () => refusal(403, 'AccessDenied'),
    'ignores-conditions': (call, body) => {
      if (call.method === 'PUT') text = body;
      return content(text);
    },
    'knows-no-conditions': (call) => {
      const { 'if-match': match, 'if-none-match': none } = call.headers;
      return (match ?? none) === undefined ? content(text) : refusal(501, 'NotImplemented');
    },
  };
  return {
    text: () => text,
    take: (call, body) =>
      new URL(call.url ?? '/', 'http://storage').pathname === path ? answers[manner](call, body) : undefined,
  };
}

function content(text: string | undefined): Taken {
  if (text === undefined) return refusal(404, 'NoSuchKey');
  const etag = `"${createHash('md5').update(text).digest('hex')}"`;
  return { status: 200, headers: { etag }, body: text };
}

function refusal(status: number, code: string): Taken {
  const body = `<Error><Code>${code}</Code><Message>no</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body };
}
