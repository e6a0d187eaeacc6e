import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import pLimit from 'p-limit';
import { bareAddress } from '../address.ts';
import type { Observation, ShortAnswer } from '../check.ts';
import { PLAIN, type Question } from '../question.ts';
import { askHttp } from './http.ts';
import { type Span, within } from './within.ts';

/** Most requests of one question that run at the same time. */
const AT_ONCE = 16;
/** Bytes of a body; what tells who answered is at its beginning. */
const KEPT = 400;

type Repeated = Extract<Question, { readonly kind: 'repeated' }>;

/** Addresses of a name; rejects when it has none. */
export type LookupAll = (name: string) => Promise<readonly string[]>;

/**
 * Makes the same request many times, each over a connection of its own, to the addresses of the name in turn, at most 16 at
 * once. No proxy is used, whatever the environment says: what answers must be what is behind the name.
 *
 * @param limit milliseconds that one of the requests may take
 * @param lookupAll how the name is resolved, once for all of them
 * @throws the signal's reason when it aborts
 */
export async function askRepeated(
  question: Repeated,
  limit: number,
  signal: AbortSignal,
  lookupAll: LookupAll = systemLookup,
): Promise<Observation> {
  const turns = Math.ceil(question.times / AT_ONCE);
  return within(limit * (turns + 1), signal, async (span) => {
    const target = question.manner?.connect ?? bareAddress(new URL(question.url).hostname);
    const addresses = isIP(target) === 0 ? await lookupAll(target) : [target];
    const bound = pLimit(AT_ONCE);
    const answers = await Promise.all(
      Array.from({ length: question.times }, (_, index) =>
        bound(() => askOnce(question, addresses[index % addresses.length] ?? target, { limit, span })),
      ),
    );
    return { kind: 'answers', answers, milliseconds: span.passed() };
  });
}

/**
 * The IPv4 addresses, when there are any: not every runner has a way out for IPv6, and a node of a balancer that has a name
 * with both has both itself.
 */
const systemLookup: LookupAll = async (name) => {
  const found = await lookup(name, { all: true });
  const four = found.filter(({ family }) => family === 4);
  return [...new Set((four.length > 0 ? four : found).map(({ address }) => address))];
};

async function askOnce(
  { url, manner = PLAIN, wanted = [] }: Repeated,
  connect: string,
  { limit, span }: { readonly limit: number; readonly span: Span },
): Promise<ShortAnswer> {
  const seen = await askHttp({ kind: 'http', url, manner: { ...manner, connect } }, limit, span.signal);
  if (seen.kind === 'silent') return { status: 0, problem: seen.problem };
  if (seen.kind !== 'http') return { status: 0, problem: `the answer was not of HTTP but of ${seen.kind}` };
  const { status, headers, body } = seen;
  const chosen = wanted.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]));
  const kept = Buffer.from(body).subarray(0, KEPT).toString('utf8');
  return { status, headers: Object.fromEntries(chosen), body: kept };
}
