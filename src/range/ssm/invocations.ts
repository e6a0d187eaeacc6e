import type {
  GetCommandInvocationRequest,
  GetCommandInvocationResult,
  ListCommandInvocationsRequest,
  ListCommandInvocationsResult,
} from '@aws-sdk/client-ssm';
import { type Call, type Operation, WireError } from '../wire/service.ts';
import type { Desk } from './commands.ts';
import { asListed, asResult, type Invocation, PLUGIN } from './invocation.ts';
import { page } from './paging.ts';
import { refuseOthers } from './request.ts';

const LISTING = ['CommandId', 'InstanceId', 'MaxResults', 'NextToken', 'Details'];

/** GetCommandInvocation and ListCommandInvocations: they learn of a new command a little late. */
export function invocationOperations(desk: Desk): Readonly<Record<string, Operation>> {
  return {
    GetCommandInvocation: (input: GetCommandInvocationRequest, call: Call) =>
      getCommandInvocation(desk, input, call),
    ListCommandInvocations: (input: ListCommandInvocationsRequest, call: Call) =>
      listCommandInvocations(desk, input, call),
  };
}

function getCommandInvocation(
  desk: Desk,
  input: GetCommandInvocationRequest,
  call: Call,
): GetCommandInvocationResult {
  const { CommandId: id, InstanceId: instance, PluginName: plugin = PLUGIN } = input;
  if (plugin !== PLUGIN) {
    throw new WireError('InvalidPluginName', `The command has no plugin ${plugin}, it has ${PLUGIN}.`);
  }
  const found = visible(desk, call).find(({ commandId, host }) => commandId === id && host === instance);
  if (found !== undefined) return asResult(found, desk.now());
  throw new WireError('InvocationDoesNotExist', `There is no invocation of ${id} on ${instance}.`);
}

function listCommandInvocations(
  desk: Desk,
  input: ListCommandInvocationsRequest,
  call: Call,
): ListCommandInvocationsResult {
  refuseOthers('ListCommandInvocations with', input, LISTING);
  const found = visible(desk, call).filter(
    ({ commandId, host }) =>
      commandId === (input.CommandId ?? commandId) && host === (input.InstanceId ?? host),
  );
  const { items, ...next } = page(found, input);
  const now = desk.now();
  return {
    CommandInvocations: items.map((invocation) => asListed(invocation, input.Details ?? false, now)),
    ...next,
  };
}

function visible({ invocations, consistencyWindow, now }: Desk, call: Call): readonly Invocation[] {
  return invocations.filter(
    ({ region, requestedAt }) => region === call.region && now() >= requestedAt + consistencyWindow,
  );
}
