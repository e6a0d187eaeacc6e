import * as core from '@actions/core';
import type { Environment } from './inputs.ts';

/** The runner refuses a step's summary above 1 MiB as a whole; a cut one still tells most. */
const SUMMARY_LIMIT = 1_048_576;

const CUT =
  '\n\n_Cut here: a job summary holds 1 MiB. The whole is in the log and the outputs of the step._\n';

/** Variables whose values must not be printed, even where no runner masks them. */
const SECRETS = [
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'ACTIONS_RUNTIME_TOKEN',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'GH_TOKEN',
  'GITHUB_TOKEN',
  'INPUT_TOKEN',
  'INPUT_WEBHOOK',
];

/** Sets an output of the step; prints it when no runner gives a file to write to. */
export function setOutput(name: string, value: unknown, env: Environment): void {
  if (isGiven(env['GITHUB_OUTPUT'])) {
    core.setOutput(name, value);
    return;
  }
  core.info(maskSecrets(`output ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`, env));
}

/** Adds to the job summary; prints it when no runner gives a file to write to. */
export async function writeSummary(markdown: string, env: Environment): Promise<void> {
  const text = maskSecrets(markdown, env);
  if (isGiven(env['GITHUB_STEP_SUMMARY']))
    await core.summary.addRaw(within(text, SUMMARY_LIMIT), true).write();
  else core.info(text);
}

/** URL of this attempt of the workflow run, or `local` outside of one. */
export function runUrl(env: Environment): string {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env;
  if (!isGiven(server) || !isGiven(repository) || !isGiven(run)) return 'local';
  const attempt = env['GITHUB_RUN_ATTEMPT'];
  return `${server}/${repository}/actions/runs/${run}${isGiven(attempt) ? `/attempts/${attempt}` : ''}`;
}

/** Replaces the values of well-known secret variables by `***`. */
export function maskSecrets(text: string, env: Environment): string {
  return SECRETS.map((name) => env[name])
    .filter(isGiven)
    .reduce((masked, secret) => masked.replaceAll(secret, '***'), text);
}

/** The beginning of a text that fits into `limit` bytes together with the sentence that says so. */
function within(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length < limit) return text;
  // A character that the cut goes through becomes the replacement sign, three bytes; hence the margin.
  return bytes.subarray(0, limit - Buffer.byteLength(CUT) - 8).toString() + CUT;
}

function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
