import type { Socket } from 'node:net';
import { formatDuration } from '../../fleet/duration.ts';
import type { Observation } from '../check.ts';

/** Time of one question. */
export interface Span {
  /** Aborts when the time is over, and with the caller's signal. */
  readonly signal: AbortSignal;
  /** Milliseconds since it began. */
  passed(): number;
}

/**
 * Gives an answer that comes within a limit; anything else is silence with the reason.
 *
 * @param limit milliseconds from now, name resolution included
 * @throws the signal's reason when it aborts
 */
export async function within(
  limit: number,
  signal: AbortSignal,
  answer: (span: Span) => Promise<Observation>,
): Promise<Observation> {
  signal.throwIfAborted();
  const began = performance.now();
  const passed = () => Math.round(performance.now() - began);
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), limit);
  try {
    const seen = await answer({ signal: AbortSignal.any([signal, over.signal]), passed });
    signal.throwIfAborted();
    return seen;
  } catch (cause) {
    signal.throwIfAborted();
    const problem = over.signal.aborted ? `timed out after ${formatDuration(limit)}` : describe(cause);
    return { kind: 'silent', problem, milliseconds: passed() };
  } finally {
    clearTimeout(timer);
  }
}

/** Closes a socket, and waits until that is done: only then is there room for the next. */
export async function close(socket: Socket): Promise<void> {
  // What still comes of an ended conversation is nobody's error.
  socket.on('error', () => undefined).destroy();
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
}

/** The code that Node gives an error, such as `ENOTFOUND`; `''` when it has none. */
export function codeOf(cause: unknown): string {
  return isRecord(cause) ? String(cause['code'] ?? '') : '';
}

/** Why something did not work, in words. */
function describe(cause: unknown): string {
  if (!isRecord(cause)) return String(cause);
  const text = String(cause['message'] ?? '');
  // A connection that was tried to several addresses has no text of its own.
  if (text === '' && Array.isArray(cause['errors'])) return cause['errors'].map(describe).join(', ');
  // As the OpenSSL library writes it: <thread>:error:<code>:<library>:<function>:<reason>:<file>:<line>:
  const reason = /:error:[0-9A-F]+:[^:]*:[^:]*:(?<reason>[^:]+):/.exec(text)?.groups?.['reason'];
  return reason ?? (text || codeOf(cause) || 'no reason was given');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
