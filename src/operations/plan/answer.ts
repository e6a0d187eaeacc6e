import { PlatformError, UserError } from '../../runner/errors.ts';

/** What was answered, or why there was no answer. */
export type Answer<T> =
  | { readonly kind: 'told'; readonly value: T }
  | { readonly kind: 'silent'; readonly problem: string };

/**
 * Waits for an answer whose absence is one problem among others.
 *
 * @throws whatever is no UserError or PlatformError; CancelledError when the signal aborts
 */
export async function answerOf<T>(work: Promise<T>, signal: AbortSignal): Promise<Answer<T>> {
  try {
    return { kind: 'told', value: await work };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof UserError || error instanceof PlatformError)) throw error;
    return { kind: 'silent', problem: error.message };
  }
}
