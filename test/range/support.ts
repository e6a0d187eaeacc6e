import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until a condition holds; `what` names it when it never does. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  limit = 8_000,
): Promise<void> {
  const end = Date.now() + limit;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Waited ${limit} ms in vain until ${what}.`);
    await sleep(10);
  }
}

/** Whether a process exists; one that has ended and only waits for its parent to notice does not. */
export function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
  } catch {
    return false;
  }
  return !isZombie(id);
}

function isZombie(id: number): boolean {
  try {
    return readFileSync(`/proc/${id}/stat`, 'utf8').includes(') Z ');
  } catch {
    // No /proc here: such systems reap orphans at once.
    return false;
  }
}
