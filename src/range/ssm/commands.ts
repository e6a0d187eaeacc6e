import { randomUUID } from 'node:crypto';
import type {
  CancelCommandRequest,
  CancelCommandResult,
  Command,
  SendCommandRequest,
  SendCommandResult,
} from '@aws-sdk/client-ssm';
import type { Store } from '../s3/store.ts';
import { type Call, type Operation, WireError } from '../wire/service.ts';
import { type AgentResult, type AgentRun, runScript, runTwice } from './agent.ts';
import type { SsmHost } from './host.ts';
import type { Invocation } from './invocation.ts';
import { keepOutput, type OutputPlace, readOutputPlace } from './output.ts';
import { type CommandRequest, readSendCommand } from './request.ts';

/** What the operations share. */
export interface Desk {
  /** Every invocation so far, oldest first. */
  readonly invocations: Invocation[];
  /** The hosts that a call may speak of: those of its region. */
  readonly managed: (call: Call) => readonly SsmHost[];
  /** Whether a host still exists. */
  readonly exists: (host: string) => boolean;
  /** When the agent of a host was last heard of, in milliseconds since the epoch; `undefined` while it answers. */
  readonly silentSince: (host: string) => number | undefined;
  /** Where output is kept. */
  readonly store: Store;
  /** Milliseconds. */
  readonly consistencyWindow: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** SendCommand and CancelCommand. */
export function commandOperations(desk: Desk): Readonly<Record<string, Operation>> {
  return {
    SendCommand: (input: SendCommandRequest, call: Call) => sendCommand(desk, input, call),
    CancelCommand: (input: CancelCommandRequest, call: Call) => cancelCommand(desk, input, call),
  };
}

function sendCommand(desk: Desk, input: SendCommandRequest, call: Call): SendCommandResult {
  const request = readSendCommand(input);
  const managed = desk.managed(call);
  const unknown = request.hosts.filter((id) => !managed.some((host) => host.id === id));
  if (unknown.length > 0) {
    throw new WireError(
      'InvalidInstanceId',
      `Instances [[${unknown.join(', ')}]] not in a valid state for account 000000000000`,
    );
  }
  const output = readOutputPlace(input, desk.store);
  const commandId = randomUUID();
  const requestedAt = desk.now();
  for (const host of managed.filter(({ id }) => request.hosts.includes(id))) {
    const invocation: Invocation = {
      commandId,
      host: host.id,
      region: host.region,
      comment: request.comment,
      output,
      requestedAt,
      deliverBy: requestedAt + request.deliveryTimeout,
      progress: { kind: 'pending' },
    };
    desk.invocations.push(invocation);
    if (desk.silentSince(host.id) === undefined) carryOut(invocation, host, request, desk);
  }
  return { Command: asCommand(commandId, request, requestedAt, output) };
}

function carryOut(invocation: Invocation, host: SsmHost, request: CommandRequest, desk: Desk): void {
  const { exists, silentSince, store, now } = desk;
  const run = deliver(invocation.commandId, host, request);
  const startedAt = now();
  invocation.progress = { kind: 'running', startedAt, run, cancelling: false };
  const ended = async (result: AgentResult): Promise<void> => {
    // An upload that fails is told in the agent's own log and nowhere else.
    await keepOutput(run, invocation, store).catch(() => undefined);
    // A host that is gone or silent reports no end: SSM goes on saying that the command is in progress.
    if (!exists(host.id) || silentSince(host.id) !== undefined) return;
    invocation.progress = { kind: 'ended', startedAt, endedAt: now(), run, result };
  };
  run.result.then(ended, (error: unknown) =>
    ended({ end: 'exited', exitCode: -1, stdout: '', stderr: `The agent cannot run the command: ${error}` }),
  );
}

function deliver(commandId: string, host: SsmHost, { commands, executionTimeout }: CommandRequest): AgentRun {
  const run = (name: string): AgentRun => runScript(host, name, commands, executionTimeout);
  if (host.deliversTwice !== true) return run(commandId);
  return runTwice((delivery) => run(delivery === 1 ? commandId : `${commandId}-again`));
}

function asCommand(
  commandId: string,
  request: CommandRequest,
  requestedAt: number,
  output: OutputPlace | undefined,
): Command {
  const { hosts, commands, comment, deliveryTimeout, executionTimeout } = request;
  return {
    CommandId: commandId,
    DocumentName: 'AWS-RunShellScript',
    DocumentVersion: '$DEFAULT',
    Comment: comment,
    ExpiresAfter: new Date(requestedAt + deliveryTimeout + executionTimeout),
    Parameters: { commands: [...commands], executionTimeout: [String(executionTimeout / 1_000)] },
    InstanceIds: [...hosts],
    Targets: [],
    RequestedDateTime: new Date(requestedAt),
    Status: 'Pending',
    StatusDetails: 'Pending',
    ...(output === undefined ? {} : { OutputS3BucketName: output.bucket, OutputS3KeyPrefix: output.prefix }),
    MaxConcurrency: '50',
    MaxErrors: '0',
    TargetCount: hosts.length,
    CompletedCount: 0,
    ErrorCount: 0,
    DeliveryTimedOutCount: 0,
    TimeoutSeconds: deliveryTimeout / 1_000,
  };
}

function cancelCommand(desk: Desk, input: CancelCommandRequest, call: Call): CancelCommandResult {
  const found = desk.invocations.filter(
    ({ commandId, region }) => commandId === input.CommandId && region === call.region,
  );
  if (found.length === 0) {
    throw new WireError('InvalidCommandId', `There is no command ${input.CommandId} in ${call.region}.`);
  }
  const { InstanceIds: ids = [] } = input;
  for (const invocation of found) {
    if (ids.length === 0 || ids.includes(invocation.host)) cancel(invocation, desk);
  }
  return {};
}

function cancel(invocation: Invocation, { now, silentSince }: Desk): void {
  const { progress } = invocation;
  if (progress.kind === 'pending' && now() < invocation.deliverBy) {
    invocation.progress = { kind: 'withdrawn' };
  }
  if (progress.kind !== 'running') return;
  invocation.progress = { ...progress, cancelling: true };
  // A silent agent does not hear of it.
  if (silentSince(invocation.host) === undefined) progress.run.cancel();
}
