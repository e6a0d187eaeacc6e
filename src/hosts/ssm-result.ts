import {
  GetCommandInvocationCommand,
  type GetCommandInvocationResult,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { explained } from '../runner/aws-call.ts';
import type { HostResult } from './port.ts';
import { type Ending, isFinished, MISSING_FOR, sleep } from './ssm-follow.ts';

/** Where Systems Manager keeps what commands print. */
export interface SsmOutput {
  readonly bucket: string;
  /** First part of every key, such as `zonewise/runs`; empty for none. */
  readonly prefix: string;
}

/**
 * GetCommandInvocation shows the first 24,000 characters (API reference, `StandardOutputContent`). The agent, which is
 * what cuts, counts bytes, and puts a note of its own into the last of them (`StringPrefix` in its source).
 */
const SHOWN = 24_000;
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5_000;
/** The invocation is listed and cannot be read yet; or every retry of the SDK was one call too many. */
const PASSING = new Set(['InvocationDoesNotExist', 'ThrottlingException']);

/**
 * Says how a command ended on a host, with what it printed.
 *
 * @throws UserError, PlatformError; the reason of the signal when that is aborted
 */
export async function judge(
  client: SSMClient,
  { id, host, ending }: { readonly id: string; readonly host: string; readonly ending: Ending | undefined },
  output: SsmOutput | undefined,
  signal: AbortSignal,
): Promise<HostResult> {
  if (ending === undefined) return { host, outcome: 'lost', reason: `command ${id} never reached it` };
  if (ending.kind === 'lost') return { host, outcome: 'lost', reason: ending.reason };
  const { Status: status, StatusDetails: details = status ?? 'unknown' } = ending.invocation;
  if (status !== 'Success' && details !== 'Failed') {
    return { host, outcome: 'lost', reason: `command ${id} ended as ${details}` };
  }
  const answer = await read(client, id, host, signal);
  if (answer === undefined) {
    const seconds = MISSING_FOR / 1_000;
    return {
      host,
      outcome: 'lost',
      reason: `command ${id} ended as ${details}, but for ${seconds} s Systems Manager did not tell what it printed`,
    };
  }
  const { StandardOutputContent: stdout = '', StandardErrorContent: stderr = '' } = answer;
  const kept = output !== undefined && Buffer.byteLength(stdout) >= SHOWN;
  const shown = { stdout, stderr, ...(kept ? { full: address(output, id, host) } : {}) };
  if (status === 'Success') return { host, outcome: 'done', ...shown };
  return { host, outcome: 'failed', exitCode: answer.ResponseCode ?? -1, ...shown };
}

/** The layout of the keys is the agent's own; `StandardOutputUrl` shows it too, as an https address. */
function address(output: SsmOutput, id: string, host: string): string {
  const folders = [output.bucket, ...foldersOf(output), id, host].join('/');
  return `s3://${folders}/awsrunShellScript/0.awsrunShellScript/stdout`;
}

/** The prefix without slashes at its ends or next to each other, of which the agent drops some. */
export function foldersOf({ prefix }: SsmOutput): readonly string[] {
  return prefix.split('/').filter((folder) => folder !== '');
}

/** What a command that has ended printed; `undefined` when Systems Manager does not say it in time. */
async function read(
  client: SSMClient,
  id: string,
  host: string,
  signal: AbortSignal,
): Promise<GetCommandInvocationResult | undefined> {
  const end = Date.now() + MISSING_FOR;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.4, LONGEST_PAUSE)) {
    signal.throwIfAborted();
    const command = new GetCommandInvocationCommand({ CommandId: id, InstanceId: host });
    const sent = client.send(command, { abortSignal: signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof Error && PASSING.has(error.name)) return undefined;
      throw error;
    });
    const answer = await explained(
      { purpose: 'read what a command printed', action: 'ssm:GetCommandInvocation' },
      sent,
    );
    // It may know of the invocation and not yet of its end: then it shows no output.
    if (answer !== undefined && isFinished(answer.Status)) return answer;
    if (Date.now() > end) return undefined;
    await sleep(pause, signal);
  }
}
