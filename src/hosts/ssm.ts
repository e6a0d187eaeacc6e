import { setTimeout as delay } from 'node:timers/promises';
import {
  CancelCommandCommand,
  type CommandInvocation,
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  type InstanceInformation,
  InvalidInstanceId,
  ListCommandInvocationsCommand,
  SendCommandCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { explained } from '../runner/aws-call.ts';
import { requestLimits } from '../runner/aws-requests.ts';
import { chunks } from './chunks.ts';
import { packCommand } from './envelope.ts';
import type { HostCommand, HostFacts, HostResult, Transport } from './port.ts';

/** SendCommand takes at most 50 instance ids (API reference, `InstanceIds`). */
const IDS_PER_CALL = 50;
/** How long a command may wait for its agent; 30 s is the least the API takes (`TimeoutSeconds`). */
const DELIVERY_SECONDS = 30;
/** Invocations of a new command may be missing for a while: the API is eventually consistent. */
const MISSING_FOR = 30_000;
/** Looks at a running command: soon at first, then seldom, because the API throttles one look a second. */
const FIRST_LOOK = 250;
const SLOWEST_LOOK = 5_000;

const FINISHED = new Set(['Success', 'Cancelled', 'TimedOut', 'Failed']);

/** Hosts of one region, reached through AWS Systems Manager Run Command. */
export function createSsmTransport(options: { readonly region: string }): Transport {
  const client = new SSMClient({
    region: options.region,
    retryMode: 'adaptive',
    maxAttempts: 10,
    requestHandler: requestLimits(30_000),
  });
  return {
    facts: async (hosts) => {
      const seen = new Map<string, InstanceInformation>();
      for (const ids of chunks(hosts, IDS_PER_CALL)) {
        for (const info of await describe(client, ids)) seen.set(info.InstanceId ?? '', info);
      }
      return hosts.map((host) => factsOf(host, seen.get(host)));
    },
    run: async (commands, signal) => {
      const results = await Promise.all(alike(commands).map((group) => runGroup(client, group, signal)));
      const byCommand = new Map(results.flat());
      return commands.map(
        (command) =>
          byCommand.get(command) ?? { host: command.host, outcome: 'lost', reason: 'it was never sent' },
      );
    },
  };
}

async function describe(client: SSMClient, ids: readonly string[]): Promise<readonly InstanceInformation[]> {
  const found: InstanceInformation[] = [];
  let next: string | undefined;
  do {
    const answer = await explained(
      { purpose: 'ask Systems Manager about the hosts', action: 'ssm:DescribeInstanceInformation' },
      client.send(
        new DescribeInstanceInformationCommand({
          Filters: [{ Key: 'InstanceIds', Values: [...ids] }],
          MaxResults: IDS_PER_CALL,
          ...(next === undefined ? {} : { NextToken: next }),
        }),
      ),
    );
    found.push(...(answer.InstanceInformationList ?? []));
    next = answer.NextToken;
  } while (next !== undefined && next !== '');
  return found;
}

function factsOf(host: string, info: InstanceInformation | undefined): HostFacts {
  if (info === undefined) {
    return {
      host,
      reachable: false,
      problem:
        'Systems Manager does not know it in this region: its agent never registered, or its instance profile ' +
        'lacks AmazonSSMManagedInstanceCore',
    };
  }
  const address = info.IPAddress === undefined ? {} : { address: info.IPAddress };
  if (info.PingStatus === 'Online') return { host, ...address, reachable: true };
  const last = info.LastPingDateTime?.toISOString() ?? 'never';
  return {
    host,
    ...address,
    reachable: false,
    problem: `its Systems Manager agent is ${info.PingStatus ?? 'silent'}, last heard of ${last}`,
  };
}

/**
 * Commands that differ only in their host, at most 50 together: one call serves them all. The same command for the same
 * host once more goes into another call, because one call runs a command once on each host.
 */
function alike(commands: readonly HostCommand[]): readonly (readonly HostCommand[])[] {
  const groups = new Map<string, HostCommand[]>();
  const turns = new Map<string, number>();
  for (const command of commands) {
    const what = [command.script, command.arguments, command.timeout, command.earliest ?? 0];
    const same = JSON.stringify([command.host, ...what]);
    const turn = turns.get(same) ?? 0;
    turns.set(same, turn + 1);
    const key = JSON.stringify([turn, ...what]);
    groups.set(key, [...(groups.get(key) ?? []), command]);
  }
  return [...groups.values()].flatMap((group) => chunks(group, IDS_PER_CALL));
}

async function runGroup(
  client: SSMClient,
  group: readonly HostCommand[],
  signal: AbortSignal,
): Promise<readonly (readonly [HostCommand, HostResult])[]> {
  const [first, ...others] = group;
  if (first === undefined) return [];
  signal.throwIfAborted();
  const { id, refusal } = await send(client, first, group);
  if (id === undefined) {
    if (others.length === 0) return [[first, { host: first.host, outcome: 'lost', reason: refusal }]];
    // One host that takes no commands has the whole call refused; each by itself, only that one is lost.
    return (await Promise.all(group.map((command) => runGroup(client, [command], signal)))).flat();
  }
  const sentAt = Date.now();
  const course = {
    id,
    expected: group.length,
    earliest: sentAt + (first.earliest ?? 0),
    limit: sentAt + first.timeout + DELIVERY_SECONDS * 1_000,
  };
  const seen = await follow(client, course, signal);
  return Promise.all(
    group.map(
      async (command) => [command, await judge(client, id, command, seen.get(command.host))] as const,
    ),
  );
}

/** Hands a command over for all hosts of a group; refused as a whole when one of them is in no state to take it. */
async function send(
  client: SSMClient,
  { script, arguments: values, timeout }: HostCommand,
  group: readonly HostCommand[],
): Promise<
  { readonly id: string; readonly refusal?: never } | { readonly id?: never; readonly refusal: string }
> {
  const command = new SendCommandCommand({
    DocumentName: 'AWS-RunShellScript',
    InstanceIds: group.map(({ host }) => host),
    TimeoutSeconds: DELIVERY_SECONDS,
    Parameters: {
      commands: packCommand(script, values),
      executionTimeout: [String(Math.ceil(timeout / 1_000))],
    },
  });
  const sent = client.send(command).then(
    ({ Command }) => ({ id: Command?.CommandId ?? '' }),
    (error: unknown) => {
      if (!(error instanceof InvalidInstanceId)) throw error;
      return { refusal: `Systems Manager takes no command for it (${error.name}: ${error.message})` };
    },
  );
  return explained({ purpose: 'run a command on the hosts', action: 'ssm:SendCommand' }, sent);
}

/** A command on its way; instants are milliseconds since 1970. */
interface Course {
  readonly id: string;
  readonly expected: number;
  /** It cannot have ended before. */
  readonly earliest: number;
  readonly limit: number;
}

/**
 * Looks at a command until every invocation has finished or the limit has passed; then it is cancelled. After a first
 * look, which shows a refusal early, it waits until the command can have ended.
 */
async function follow(
  client: SSMClient,
  { id, expected, earliest, limit }: Course,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, CommandInvocation>> {
  const missingUntil = Date.now() + MISSING_FOR;
  let pause = FIRST_LOOK;
  while (true) {
    await delay(pause * (0.8 + 0.4 * Math.random()), undefined, { signal }).catch(() =>
      signal.throwIfAborted(),
    );
    pause = Math.max(Math.min(pause * 1.4, SLOWEST_LOOK), earliest - Date.now());
    const look = new ListCommandInvocationsCommand({ CommandId: id, MaxResults: IDS_PER_CALL });
    const answer = await explained(
      { purpose: 'follow a command on the hosts', action: 'ssm:ListCommandInvocations' },
      client.send(look, { abortSignal: signal }),
    ).catch((error: unknown) => {
      signal.throwIfAborted();
      throw error;
    });
    const seen = new Map((answer.CommandInvocations ?? []).map((each) => [each.InstanceId ?? '', each]));
    const done = [...seen.values()].filter(({ Status }) => FINISHED.has(Status ?? '')).length;
    if (done === expected) return seen;
    if (Date.now() > limit || (seen.size < expected && Date.now() > missingUntil)) {
      await explained(
        { purpose: 'cancel a command on the hosts', action: 'ssm:CancelCommand' },
        client.send(new CancelCommandCommand({ CommandId: id })),
      );
      return seen;
    }
  }
}

async function judge(
  client: SSMClient,
  id: string,
  command: HostCommand,
  seen: CommandInvocation | undefined,
): Promise<HostResult> {
  const { host } = command;
  if (seen === undefined) return { host, outcome: 'lost', reason: `command ${id} never reached it` };
  const status = seen.StatusDetails ?? seen.Status ?? 'unknown';
  if (seen.Status !== 'Success' && status !== 'Failed') {
    return { host, outcome: 'lost', reason: `command ${id} ended as ${status}` };
  }
  const answer = await explained(
    { purpose: 'read what a command printed', action: 'ssm:GetCommandInvocation' },
    client.send(new GetCommandInvocationCommand({ CommandId: id, InstanceId: host })),
  );
  const output = { stdout: answer.StandardOutputContent ?? '', stderr: answer.StandardErrorContent ?? '' };
  if (seen.Status === 'Success') return { host, outcome: 'done', ...output };
  return { host, outcome: 'failed', exitCode: answer.ResponseCode ?? -1, ...output };
}
