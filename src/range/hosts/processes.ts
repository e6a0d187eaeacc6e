import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/**
 * Sends a signal to every process of a group.
 *
 * @returns whether the group still had a process
 */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    // EPERM is macOS's answer for a group whose last process is a zombie.
    if (isCode(error, 'ESRCH') || isCode(error, 'EPERM')) return false;
    throw error;
  }
}

/**
 * Waits until a child has exited.
 *
 * @param timeout milliseconds
 * @returns whether it did in time
 */
export async function exited(child: ChildProcess, timeout: number): Promise<boolean> {
  if (hasExited(child)) return true;
  const limit = AbortSignal.timeout(timeout);
  return once(child, 'exit', { signal: limit }).then(
    () => true,
    () => hasExited(child),
  );
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Whether an error is a system error with this code, such as `ENOENT`. */
export function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
