import { type FileHandle, open } from 'node:fs/promises';
import { PHASES, type Phase, type TimelineEvent } from '../operations/context.ts';
import { PlatformError } from '../runner/errors.ts';
import { errorCode } from './error-code.ts';

/** A timeline file that is being read while an action writes it. */
export interface TimelineTail {
  /** Reads what is left and stops. */
  stop(): Promise<void>;
}

/** Milliseconds between two looks at the file. */
const LOOK_INTERVAL = 150;

/**
 * Follows a timeline file, which need not exist yet.
 *
 * @param onEvent called once for each complete line, in order
 */
export function tailTimeline(file: string, onEvent: (event: TimelineEvent) => void): TimelineTail {
  let handle: FileHandle | undefined;
  let position = 0;
  let rest = '';
  const look = async (): Promise<void> => {
    handle ??= await openIfThere(file);
    if (handle === undefined) return;
    const { size } = await handle.stat();
    if (size <= position) return;
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(size - position),
      0,
      size - position,
      position,
    );
    position += bytesRead;
    const lines = `${rest}${buffer.toString('latin1', 0, bytesRead)}`.split('\n');
    rest = lines.pop() ?? '';
    // A character can be cut at the end of a read but never at the end of a line, so lines are decoded whole.
    for (const line of lines) onEvent(parseTimelineEvent(Buffer.from(line, 'latin1').toString('utf8')));
  };
  const stopped = new AbortController();
  const following = (async () => {
    while (!stopped.signal.aborted) {
      await look();
      await pause(LOOK_INTERVAL, stopped.signal);
    }
    await look();
    await handle?.close();
  })();
  // A bad line is reported by `stop`; until then it is nobody's unhandled rejection.
  following.catch(() => {});
  return {
    stop: () => {
      stopped.abort();
      return following;
    },
  };
}

/**
 * Reads one line of a timeline file.
 *
 * @throws PlatformError when it is not an event
 */
export function parseTimelineEvent(line: string): TimelineEvent {
  const value = parseJson(line);
  if (typeof value === 'object' && value !== null && 'at' in value && 'host' in value && 'phase' in value) {
    const { at, host, phase } = value;
    const note = 'note' in value && typeof value.note === 'string' ? { note: value.note } : {};
    if (
      typeof at === 'string' &&
      !Number.isNaN(Date.parse(at)) &&
      typeof host === 'string' &&
      isPhase(phase)
    ) {
      return { at, host, phase, ...note };
    }
  }
  throw new PlatformError(`The timeline holds a line that is not an event: ${line.slice(0, 200)}`);
}

function isPhase(value: unknown): value is Phase {
  return PHASES.some((phase) => phase === value);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function openIfThere(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
