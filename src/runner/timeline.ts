import { appendFileSync } from 'node:fs';
import type { Log, TimelineEvent } from '../operations/context.ts';

/**
 * Keeps the timeline file: one line of JSON for every phase that a host enters.
 *
 * The file is for looking at afterwards, nothing depends on it. One that cannot be written is told once and
 * stops nothing: a host in the middle of its upgrade matters more.
 *
 * @param file path to append to; `undefined` keeps no file
 */
export function timelineTo(file: string | undefined, log: Log): (event: TimelineEvent) => void {
  if (file === undefined) return () => undefined;
  let writable = true;
  return (event) => {
    if (!writable) return;
    try {
      appendFileSync(file, `${JSON.stringify(event)}\n`);
    } catch (error) {
      writable = false;
      const reason = error instanceof Error ? error.message : String(error);
      log.warning(
        `The timeline is not kept: ${file} cannot be written (${reason}). Check the input \`timeline\`.`,
      );
    }
  };
}
