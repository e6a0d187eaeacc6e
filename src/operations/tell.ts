import type { News, Notifier } from '../notify/port.ts';
import type { Edges } from './context.ts';

/** Milliseconds that all notifiers together may take: nobody waits longer for news than that to go on. */
const LIMIT = 30_000;

/**
 * Tells everybody at once. It never throws and never takes longer than the limit: what is told is true whether or not it is
 * heard, so a notifier that fails is a warning in the log.
 *
 * @param limit milliseconds
 */
export async function tell(
  { log, signal }: Pick<Edges, 'log' | 'signal'>,
  notifiers: readonly Notifier[],
  news: News,
  limit = LIMIT,
): Promise<void> {
  const cancellation = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      cancellation.abort(new Error(`it did not end within ${limit / 1_000} s`));
      reject(cancellation.signal.reason);
    }, limit);
  });
  late.catch(() => undefined);
  const either = AbortSignal.any([signal, cancellation.signal]);
  await Promise.all(
    notifiers.map(async (notifier) => {
      try {
        // Also for one that does not look at its signal.
        await Promise.race([notifier.notify(news, either), late]);
        log.info(`told ${notifier.name}: ${news.title}`);
      } catch (error) {
        const why = cancellation.signal.aborted ? cancellation.signal.reason : error;
        log.warning(`Could not tell ${notifier.name} "${news.title}": ${messageOf(why)}`);
      }
    }),
  );
  clearTimeout(timer);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
