import { InvalidInstanceId, InvalidOutputFolder, SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import { keepCondition } from '../runner/attempts.ts';
import { explained } from '../runner/aws-call.ts';
import { requestLimits } from '../runner/aws-requests.ts';
import { UserError } from '../runner/errors.ts';
import { chunks } from './chunks.ts';
import { packCommand } from './envelope.ts';
import type { HostCommand, HostResult, Transport } from './port.ts';
import { type AgentWatch, createAgentWatch, describeAgents, factsOf, IDS_PER_CALL } from './ssm-agents.ts';
import { follow, stopQuickly } from './ssm-follow.ts';
import { foldersOf, judge, type SsmOutput } from './ssm-result.ts';

/** How long a command may wait for its agent; 30 s is the least the API takes (`TimeoutSeconds`). */
const DELIVERY_SECONDS = 30;

export interface SsmTransportOptions {
  readonly region: string;
  /**
   * Keeps all of what commands print, of which Systems Manager shows only the first 24,000 characters. The hosts write
   * it, so their instance profile needs `s3:PutObject` there; without it the agent loses it and says nothing.
   */
  readonly output?: SsmOutput;
}

/** What the commands of one transport share. */
interface Desk {
  readonly client: SSMClient;
  readonly agents: AgentWatch;
  readonly output: SsmOutput | undefined;
}

/** Hosts of one region, reached through AWS Systems Manager Run Command. */
export function createSsmTransport({ region, output }: SsmTransportOptions): Transport {
  const client = new SSMClient({
    region,
    retryMode: 'adaptive',
    maxAttempts: 10,
    requestHandler: requestLimits(30_000),
  });
  keepCondition(client);
  const desk: Desk = { client, agents: createAgentWatch(client), output };
  return {
    facts: async (hosts) => {
      const seen = await describeAgents(client, hosts);
      return hosts.map((host) => factsOf(host, seen.get(host)));
    },
    run: async (commands, signal) => {
      const byCommand = new Map(await runGroups(desk, alike(commands), signal));
      return commands.map(
        (command) =>
          byCommand.get(command) ?? { host: command.host, outcome: 'lost', reason: 'it was never sent' },
      );
    },
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
    const { host, script, arguments: values, timeout, earliest = 0, onCancel = '' } = command;
    const what = [script, values, timeout, earliest, onCancel];
    const same = JSON.stringify([host, ...what]);
    const turn = turns.get(same) ?? 0;
    turns.set(same, turn + 1);
    const key = JSON.stringify([turn, ...what]);
    groups.set(key, [...(groups.get(key) ?? []), command]);
  }
  return [...groups.values()].flatMap((group) => chunks(group, IDS_PER_CALL));
}

type Judged = readonly (readonly [HostCommand, HostResult])[];

async function runGroups(
  desk: Desk,
  groups: readonly (readonly HostCommand[])[],
  signal: AbortSignal,
): Promise<Judged> {
  const running = groups.map((group) => runGroup(desk, group, signal));
  const results = await Promise.all(running).catch(async (error: unknown) => {
    // Whoever is cancelled may end its process next: every command that is to be stopped is stopped before.
    if (signal.aborted) await Promise.allSettled(running);
    throw error;
  });
  return results.flat();
}

async function runGroup(desk: Desk, group: readonly HostCommand[], signal: AbortSignal): Promise<Judged> {
  const [first, ...others] = group;
  if (first === undefined) return [];
  signal.throwIfAborted();
  const { id, refusal } = await send(desk, first, group);
  if (id === undefined) {
    if (others.length === 0) return [[first, { host: first.host, outcome: 'lost', reason: refusal }]];
    // One host that takes no commands has the whole call refused; each by itself, only that one is lost.
    const each = group.map((command) => [command]);
    return runGroups(desk, each, signal);
  }
  const sentAt = Date.now();
  const course = {
    id,
    hosts: group.map(({ host }) => host),
    earliest: sentAt + (first.earliest ?? 0),
    limit: sentAt + first.timeout + DELIVERY_SECONDS * 1_000,
  };
  const endings = await follow(desk, course, signal).catch(async (error: unknown) => {
    if (signal.aborted && first.onCancel === 'stop') await stopQuickly(desk.client, id);
    throw error;
  });
  return Promise.all(
    group.map(async (command) => {
      const { host } = command;
      const seen = { id, host, ending: endings.get(host) };
      return [command, await judge(desk.client, seen, desk.output, signal)] as const;
    }),
  );
}

/**
 * Hands a command over for all hosts of a group; refused as a whole when one of them is in no state to take it.
 *
 * @throws UserError, PlatformError
 */
async function send(
  { client, output }: Desk,
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
    ...(output === undefined ? {} : keeping(output)),
  });
  const sent = client.send(command).then(
    ({ Command }) => ({ id: Command?.CommandId ?? '' }),
    (error: unknown) => {
      if (error instanceof InvalidOutputFolder) throw unknownBucket(output?.bucket ?? '', error);
      if (!(error instanceof InvalidInstanceId)) throw error;
      return { refusal: `Systems Manager takes no command for it (${error.name}: ${error.message})` };
    },
  );
  return explained({ purpose: 'run a command on the hosts', action: 'ssm:SendCommand' }, sent);
}

function keeping(output: SsmOutput): { OutputS3BucketName: string; OutputS3KeyPrefix?: string } {
  const prefix = foldersOf(output).join('/');
  return { OutputS3BucketName: output.bucket, ...(prefix === '' ? {} : { OutputS3KeyPrefix: prefix }) };
}

function unknownBucket(bucket: string, cause: Error): UserError {
  return new UserError(
    `Systems Manager cannot keep what commands print in the bucket ${bucket}, because there is no such bucket ` +
      '(InvalidOutputFolder). Nothing was sent to the hosts. Correct its name or create it.',
    { cause },
  );
}
