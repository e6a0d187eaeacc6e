import { refusalOf } from '../artifacts/locate.ts';
import { formatDuration } from '../fleet/duration.ts';
import { systemClock } from '../runner/clock.ts';
import { CancelledError, PlatformError, UserError } from '../runner/errors.ts';
import type { News, Notifier } from './port.ts';

export interface Patience {
  /** Milliseconds that one attempt may take. */
  readonly limit: number;
  /** Milliseconds between two attempts. */
  readonly pause: number;
}

const ATTEMPTS = 2;

/** What the server said: its status, or why there is none. */
type Answer = { readonly status: number } | { readonly problem: string };

/**
 * Posts news as JSON: the members of `News`, by the same names. Needs no permission of AWS or GitHub. Whoever has the URL can
 * write there, so the whole of it is a secret: the caller masks it, and no message here says any part of it.
 *
 * @throws UserError for what is no https URL; plain http is for servers on this machine
 */
export function createWebhookNotifier(
  webhook: string,
  { limit, pause }: Patience = { limit: 10_000, pause: 1_000 },
): Notifier {
  const url = urlOf(webhook);
  return {
    name: 'webhook',
    notify: async (news, signal) => {
      let answer: Answer = { problem: 'it was not asked' };
      for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
        if (attempt > 1) await systemClock.sleep(pause, signal);
        answer = await post(url, news, { signal, limit });
        if ('status' in answer && answer.status < 500) break;
      }
      const problem = problemOf(answer);
      if (problem !== undefined) throw problem;
    },
  };
}

function urlOf(webhook: string): URL {
  const problem = URL.canParse(webhook) ? refusalOf(new URL(webhook)) : 'it is not a URL';
  if (problem === undefined) return new URL(webhook);
  throw new UserError(
    `The webhook cannot be used: ${problem}. Its text is not shown, for it may be a secret. Give an https URL.`,
  );
}

interface Limits {
  readonly signal: AbortSignal;
  readonly limit: number;
}

async function post(url: URL, news: News, { signal, limit }: Limits): Promise<Answer> {
  const timeout = AbortSignal.timeout(limit);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(news),
      // Wherever it leads, that place was not chosen to hear this.
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout]),
    });
    await response.body?.cancel();
    return { status: response.status };
  } catch (error) {
    if (signal.aborted) throw cancelledBy(signal);
    if (timeout.aborted) return { problem: `no answer within ${formatDuration(limit)}` };
    return { problem: codeOf(error) };
  }
}

function cancelledBy({ reason }: AbortSignal): CancelledError {
  return reason instanceof CancelledError
    ? reason
    : new CancelledError('Cancelled while telling the webhook.');
}

function problemOf(answer: Answer): Error | undefined {
  const attempts = `(${ATTEMPTS} attempts)`;
  if ('problem' in answer) {
    return new PlatformError(
      `The webhook does not answer: ${answer.problem} ${attempts}. Check that this runner reaches it.`,
    );
  }
  const { status } = answer;
  if (status >= 200 && status < 300) return undefined;
  if (status >= 500) {
    return new PlatformError(
      `The webhook answered HTTP ${status} ${attempts}, expected 2xx. See what is wrong with it.`,
    );
  }
  const cure =
    status < 400
      ? 'It redirects, which is not followed. Give the URL to which it leads.'
      : 'Check that the URL is right and has not been revoked.';
  return new UserError(`The webhook answered HTTP ${status}, expected 2xx. ${cure}`);
}

/** Only the code of an error: its message names the host, and it is not kept as a cause for the same reason. */
function codeOf(error: unknown): string {
  for (let each = error, depth = 0; depth < 4; depth += 1) {
    if (typeof each !== 'object' || each === null) break;
    const code: unknown = Reflect.get(each, 'code');
    if (typeof code === 'string') return code;
    each = Reflect.get(each, 'cause');
  }
  return 'the connection failed';
}
