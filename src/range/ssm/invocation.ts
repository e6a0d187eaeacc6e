import type { CommandInvocation, CommandPlugin, GetCommandInvocationResult } from '@aws-sdk/client-ssm';
import type { AgentResult, AgentRun } from './agent.ts';
import { type OutputPlace, outputUrl } from './output.ts';

/** One command on one host. Times are milliseconds since the epoch. */
export interface Invocation {
  readonly commandId: string;
  readonly host: string;
  readonly region: string;
  readonly comment: string;
  readonly output: OutputPlace | undefined;
  readonly requestedAt: number;
  /** When a command that no agent has taken is given up. */
  readonly deliverBy: number;
  progress: Progress;
}

/** How far an invocation has come. */
export type Progress =
  | { readonly kind: 'pending' }
  | { readonly kind: 'withdrawn' }
  | {
      readonly kind: 'running';
      readonly startedAt: number;
      readonly run: AgentRun;
      readonly cancelling: boolean;
    }
  | {
      readonly kind: 'ended';
      readonly startedAt: number;
      readonly endedAt: number;
      readonly run: AgentRun;
      readonly result: AgentResult;
    };

/** The one step of AWS-RunShellScript. */
export const PLUGIN = 'aws:runShellScript';
const DOCUMENT = { DocumentName: 'AWS-RunShellScript', DocumentVersion: '$DEFAULT' } as const;
/** Characters, from the API reference. */
const STDOUT_LIMIT = 24_000;
const STDERR_LIMIT = 8_000;
const LISTED_LIMIT = 2_500;

type Status = 'Pending' | 'InProgress' | 'Cancelling' | 'Cancelled' | 'TimedOut' | 'Success' | 'Failed';

/** What SSM would say about an invocation at a moment. */
export function status(invocation: Invocation, now: number): { Status: Status; StatusDetails: string } {
  const plain = (name: Status) => ({ Status: name, StatusDetails: name });
  const { progress } = invocation;
  switch (progress.kind) {
    case 'pending':
      if (now < invocation.deliverBy) return plain('Pending');
      return { Status: 'TimedOut', StatusDetails: 'DeliveryTimedOut' };
    case 'withdrawn':
      return plain('Cancelled');
    case 'running':
      return plain(progress.cancelling ? 'Cancelling' : 'InProgress');
    case 'ended':
      if (progress.result.end === 'cancelled') return plain('Cancelled');
      if (progress.result.end === 'timed-out') {
        return { Status: 'TimedOut', StatusDetails: 'ExecutionTimedOut' };
      }
      return plain(progress.result.exitCode === 0 ? 'Success' : 'Failed');
  }
}

/** An invocation as GetCommandInvocation answers it: without output until it has ended. */
export function asResult(invocation: Invocation, now: number): GetCommandInvocationResult {
  const { progress } = invocation;
  const ended = progress.kind === 'ended' ? progress : undefined;
  return {
    CommandId: invocation.commandId,
    InstanceId: invocation.host,
    Comment: invocation.comment,
    ...DOCUMENT,
    PluginName: PLUGIN,
    ResponseCode: ended?.result.exitCode ?? -1,
    ExecutionStartDateTime: 'startedAt' in progress ? new Date(progress.startedAt).toISOString() : '',
    ExecutionElapsedTime: ended === undefined ? '' : `PT${(ended.endedAt - ended.startedAt) / 1_000}S`,
    ExecutionEndDateTime: ended === undefined ? '' : new Date(ended.endedAt).toISOString(),
    ...status(invocation, now),
    StandardOutputContent: (ended?.result.stdout ?? '').slice(0, STDOUT_LIMIT),
    StandardOutputUrl: outputUrl(invocation, 'stdout'),
    StandardErrorContent: (ended?.result.stderr ?? '').slice(0, STDERR_LIMIT),
    StandardErrorUrl: outputUrl(invocation, 'stderr'),
  };
}

/** An invocation as ListCommandInvocations answers it. */
export function asListed(invocation: Invocation, details: boolean, now: number): CommandInvocation {
  return {
    CommandId: invocation.commandId,
    InstanceId: invocation.host,
    InstanceName: '',
    Comment: invocation.comment,
    ...DOCUMENT,
    RequestedDateTime: new Date(invocation.requestedAt),
    ...status(invocation, now),
    CommandPlugins: details ? [plugin(invocation, now)] : [],
  };
}

function plugin(invocation: Invocation, now: number): CommandPlugin {
  const { progress } = invocation;
  const ended = progress.kind === 'ended' ? progress : undefined;
  const { Status, StatusDetails } = status(invocation, now);
  return {
    Name: PLUGIN,
    // A plugin knows no Cancelling.
    Status: Status === 'Cancelling' ? 'InProgress' : Status,
    StatusDetails,
    ResponseCode: ended?.result.exitCode ?? -1,
    ...('startedAt' in progress ? { ResponseStartDateTime: new Date(progress.startedAt) } : {}),
    ...(ended === undefined ? {} : { ResponseFinishDateTime: new Date(ended.endedAt) }),
    Output: ended === undefined ? '' : joined(ended.result).slice(0, LISTED_LIMIT),
  };
}

function joined({ stdout, stderr }: AgentResult): string {
  return stderr === '' ? stdout : `${stdout}\n----------ERROR-------\n${stderr}`;
}
