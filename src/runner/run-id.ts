import type { Environment } from './inputs.ts';

/** Number of the workflow run, which grows with time (docs.github.com, "Variables reference", GITHUB_RUN_ID); 0 outside of one. */
export function runId(env: Environment): number {
  const text = env['GITHUB_RUN_ID'] ?? '';
  return /^\d{1,16}$/.test(text) ? Number(text) : 0;
}
