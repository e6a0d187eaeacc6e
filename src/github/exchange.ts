import { formatDuration } from '../fleet/duration.ts';
import type { Clock } from '../operations/context.ts';
import { CancelledError, PlatformError } from '../runner/errors.ts';
import { explainLimit, explainRefusal, type Purpose, type Reply, rateLimitOf } from './refusals.ts';

export interface Question extends Purpose {
  /** Such as `GET /repos/{owner}/{repo}`, or `GET` and the URL of a further page. */
  readonly route: string;
  /** What stands in the braces of the route, encoded there; the rest becomes the query or the JSON body. */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** Sends one request, as `request` of an Octokit does: rejects for every status from 400, and with no `response` for no answer. */
export type Send = (route: string, parameters: Readonly<Record<string, unknown>>) => Promise<unknown>;

export interface Patience {
  /** Milliseconds that one attempt may take, its body included. */
  readonly limit: number;
  /** Milliseconds before the second attempt, give or take a half; twice as many before each further one. */
  readonly pause: number;
}

export interface Surroundings {
  /** Address of the API, for messages. */
  readonly api: string;
  readonly send: Send;
  readonly clock: Clock;
  readonly patience: Patience;
}

/** Gives what GitHub answered, of any status but those that passed by with time. */
export type Exchange = (question: Question, signal: AbortSignal) => Promise<Reply>;

type Outcome =
  | { readonly kind: 'replied'; readonly reply: Reply }
  | { readonly kind: 'silent'; readonly problem: string; readonly cause: unknown };

const RETRIES = 3;
/** The longest that a rate limit is waited for. */
const LONGEST_WAIT = 60_000;

/**
 * Asks GitHub, and for reading asks again when it is silent, answers 5xx or breaks off. What writes is sent again only when a
 * rate limit has refused it, for otherwise it may have been done.
 *
 * @returns throws PlatformError when GitHub does not answer or limits the rate for longer than a minute, CancelledError
 */
export function createExchange(around: Surroundings): Exchange {
  const { clock, patience } = around;
  return async (question, signal) => {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await attemptOnce(around, question, signal);
      const pause = attempt > RETRIES ? undefined : pauseAfter(outcome, question, clock.now());
      if (pause === undefined) return settled(outcome, question, { ...around, attempt });
      // A limit ends at a fixed time, at which everybody else who was refused comes again as well.
      const wait =
        pause === 'backing-off'
          ? patience.pause * 2 ** (attempt - 1) * (0.5 + clock.jitter())
          : pause + patience.pause * clock.jitter();
      await clock.sleep(wait, signal);
    }
  };
}

async function attemptOnce(
  { send, patience }: Surroundings,
  question: Question,
  signal: AbortSignal,
): Promise<Outcome> {
  const limit = AbortSignal.timeout(patience.limit);
  const request = { signal: AbortSignal.any([signal, limit]) };
  const sent = await send(question.route, { ...question.parameters, request }).catch((error: unknown) => ({
    error,
  }));
  if (signal.aborted) throw cancelled(question, signal);
  const reply = replyIn(sent);
  // Octokit gives a body that breaks off, or that is not JSON, as text.
  const isWhole = reply !== undefined && (reply.status >= 400 || Object(reply.data) === reply.data);
  if (isWhole) return { kind: 'replied', reply };
  if (limit.aborted) {
    const problem = `no whole answer within ${formatDuration(patience.limit)}`;
    return { kind: 'silent', problem, cause: limit.reason };
  }
  if (reply === undefined) return { kind: 'silent', problem: problemOf(sent), cause: field(sent, 'error') };
  return { kind: 'silent', problem: `HTTP ${reply.status} and a body that is not JSON`, cause: undefined };
}

/** @returns milliseconds, none when another attempt would not end better */
function pauseAfter(outcome: Outcome, { route }: Question, now: number): number | 'backing-off' | undefined {
  const limit = outcome.kind === 'replied' ? rateLimitOf(outcome.reply, now) : undefined;
  if (limit !== undefined) {
    const wait = Math.max(0, limit.until - now);
    return limit.kind === 'secondary' && wait <= LONGEST_WAIT ? wait : undefined;
  }
  const isPassing = outcome.kind === 'silent' || outcome.reply.status >= 500;
  return isPassing && route.startsWith('GET ') ? 'backing-off' : undefined;
}

function settled(
  outcome: Outcome,
  question: Question,
  { api, clock, attempt }: Surroundings & { readonly attempt: number },
): Reply {
  const attempts = attempt === 1 ? 'one attempt' : `${attempt} attempts`;
  if (outcome.kind === 'silent') {
    const unknown = question.route.startsWith('GET ') ? '' : ' It is unknown whether it was done.';
    throw new PlatformError(
      `Could not ${question.purpose}: ${api} does not answer (${outcome.problem}; ${attempts}).${unknown} ` +
        'Check that this runner reaches it and see githubstatus.com; then run the job again.',
      { cause: outcome.cause },
    );
  }
  const { reply } = outcome;
  const limit = rateLimitOf(reply, clock.now());
  if (limit !== undefined) throw explainLimit(limit, reply, question);
  if (reply.status >= 500) throw explainRefusal(reply, question);
  return reply;
}

function cancelled({ purpose }: Question, { reason }: AbortSignal): CancelledError {
  if (reason instanceof CancelledError) return reason;
  return new CancelledError(`Cancelled while trying to ${purpose}.`, { cause: reason });
}

/** The reply in what Octokit gave or threw. */
function replyIn(sent: unknown): Reply | undefined {
  const error = field(sent, 'error');
  const reply = error === undefined ? sent : field(error, 'response');
  const status = field(reply, 'status');
  if (typeof status !== 'number') return undefined;
  const headers = field(reply, 'headers');
  const entries = typeof headers === 'object' && headers !== null ? Object.entries(headers) : [];
  const texts = entries.map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  return { status, headers: Object.fromEntries(texts), data: field(reply, 'data') };
}

/** `fetch` says only `fetch failed`; the reason is in the last of its causes. */
function problemOf(sent: unknown): string {
  let problem = 'no reason is known';
  let each = field(sent, 'error');
  for (let depth = 0; each !== undefined && depth < 4; depth += 1) {
    const message = field(each, 'message');
    const code = field(each, 'code');
    if (typeof message === 'string' && message !== '') problem = message;
    // Where a name has several addresses the message is empty.
    if (typeof code === 'string' && !problem.includes(code)) problem = code;
    each = field(each, 'cause');
  }
  return problem;
}

function field(from: unknown, name: string): unknown {
  return typeof from === 'object' && from !== null ? Reflect.get(from, name) : undefined;
}
