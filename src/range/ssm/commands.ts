import { randomUUID } from 'node:crypto';
import type {
  CancelCommandRequest,
  CancelCommandResult,
  Command,
  SendCommandRequest,
  SendCommandResult,
} from '@aws-sdk/client-ssm';
import { type Call, type Operation, WireError } from '../wire/service.ts';
import { type AgentResult, runScript } from './agent.ts';
import type { SsmHost } from './host.ts';
import type { Invocation } from './invocation.ts';
import { type CommandRequest, readSendCommand } from './request.ts';

/** What the operations share. */
export interface Desk {
  /** Every invocation so far, oldest first. */
  readonly invocations: Invocation[];
  /** The hosts that a call may speak of: those of its region. */
  readonly managed: (call: Call) => readonly SsmHost[];
  /** Whether a host still exists. */
  readonly exists: (host: string) => boolean;
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
  const commandId = randomUUID();
  const requestedAt = desk.now();
  for (const host of managed.filter(({ id }) => request.hosts.includes(id))) {
    const invocation: Invocation = {
      commandId,
      host: host.id,
      region: host.region,
      comment: request.comment,
      requestedAt,
      deliverBy: requestedAt + request.deliveryTimeout,
      progress: { kind: 'pending' },
    };
    desk.invocations.push(invocation);
    if (host.agent === 'online') carryOut(invocation, host, request, desk);
  }
  return { Command: asCommand(commandId, request, requestedAt) };
}

function carryOut(
  invocation: Invocation,
  host: SsmHost,
  request: CommandRequest,
  { exists, now }: Desk,
): void {
  const run = runScript(host, invocation.commandId, request.commands, request.executionTimeout);
  const startedAt = now();
  invocation.progress = { kind: 'running', startedAt, run, cancelling: false };
  const ended = (result: AgentResult): void => {
    // A host that is gone reports no end: SSM goes on saying that the command is in progress.
    if (!exists(host.id)) return;
    invocation.progress = { kind: 'ended', startedAt, endedAt: now(), run, result };
  };
  run.result.then(ended, (error: unknown) => {
    ended({ end: 'exited', exitCode: -1, stdout: '', stderr: `The agent cannot run the command: ${error}` });
  });
}

function asCommand(commandId: string, request: CommandRequest, requestedAt: number): Command {
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
    if (ids.length === 0 || ids.includes(invocation.host)) cancel(invocation, desk.now());
  }
  return {};
}

function cancel(invocation: Invocation, now: number): void {
  const { progress } = invocation;
  if (progress.kind === 'pending' && now < invocation.deliverBy) invocation.progress = { kind: 'withdrawn' };
  if (progress.kind !== 'running') return;
  invocation.progress = { ...progress, cancelling: true };
  progress.run.cancel();
}
