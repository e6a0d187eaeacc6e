import { setTimeout as delay } from 'node:timers/promises';
import {
  CancelCommandCommand,
  type CommandInvocation,
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  type InstanceInformation,
  ListCommandInvocationsCommand,
  SendCommandCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { explained } from '../runner/aws-call.ts';
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
  const client = new SSMClient({ region: options.region, retryMode: 'adaptive', maxAttempts: 10 });
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

/** Commands that differ only in their host, at most 50 together: one call serves them all. */
function alike(commands: readonly HostCommand[]): readonly (readonly HostCommand[])[] {
  const groups = new Map<string, HostCommand[]>();
  for (const command of commands) {
    const key = JSON.stringify([command.script, command.arguments, command.timeout]);
    groups.set(key, [...(groups.get(key) ?? []), command]);
  }
  return [...groups.values()].flatMap((group) => chunks(group, IDS_PER_CALL));
}

async function runGroup(
  client: SSMClient,
  group: readonly HostCommand[],
  signal: AbortSignal,
): Promise<readonly (readonly [HostCommand, HostResult])[]> {
  const [first] = group;
  if (first === undefined) return [];
  const answer = await explained(
    { purpose: 'run a command on the hosts', action: 'ssm:SendCommand' },
    client.send(
      new SendCommandCommand({
        DocumentName: 'AWS-RunShellScript',
        InstanceIds: group.map(({ host }) => host),
        TimeoutSeconds: DELIVERY_SECONDS,
        Parameters: {
          commands: packCommand(first.script, first.arguments),
          executionTimeout: [String(Math.ceil(first.timeout / 1_000))],
        },
      }),
    ),
  );
  const id = answer.Command?.CommandId ?? '';
  const limit = Date.now() + first.timeout + DELIVERY_SECONDS * 1_000;
  const seen = await follow(client, id, group.length, limit, signal);
  return Promise.all(
    group.map(
      async (command) => [command, await judge(client, id, command, seen.get(command.host))] as const,
    ),
  );
}

/** Looks at a command until every invocation has finished or the limit has passed; then it is cancelled. */
async function follow(
  client: SSMClient,
  id: string,
  expected: number,
  limit: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, CommandInvocation>> {
  const missingUntil = Date.now() + MISSING_FOR;
  let pause = FIRST_LOOK;
  while (true) {
    await delay(pause * (0.8 + 0.4 * Math.random()), undefined, { signal }).catch(() =>
      signal.throwIfAborted(),
    );
    pause = Math.min(pause * 1.4, SLOWEST_LOOK);
    const answer = await explained(
      { purpose: 'follow a command on the hosts', action: 'ssm:ListCommandInvocations' },
      client.send(new ListCommandInvocationsCommand({ CommandId: id, MaxResults: IDS_PER_CALL })),
    );
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

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
