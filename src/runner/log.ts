import * as core from '@actions/core';
import type { Log } from '../operations/context.ts';
import type { Environment } from './inputs.ts';
import { maskSecrets } from './outputs.ts';

/** The log of the step. What hosts print passes through it, so no line of it may act as a command to the runner. */
export function actionLog(env: Environment): Log {
  const safe = (text: string) => withoutCommands(maskSecrets(text, env));
  return {
    info: (text) => core.info(safe(text)),
    warning: (text) => core.warning(maskSecrets(text, env)),
    group: (title, work) => core.group(safe(title), work),
  };
}

/**
 * Breaks what the runner would take for a workflow command: `::name::` at the start of a line, and `##[name]`
 * anywhere in it. The text stays readable.
 */
export function withoutCommands(text: string): string {
  return text.replaceAll(/^(\s*):(?=:)/gm, '$1: ').replaceAll('##[', '## [');
}
