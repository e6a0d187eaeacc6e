import {
  DescribeInstanceInformationCommand,
  type InstanceInformation,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { explained } from '../runner/aws-call.ts';
import { chunks } from './chunks.ts';
import type { HostFacts } from './port.ts';

/** SendCommand takes at most 50 instance ids (API reference, `InstanceIds`), and so does a filter of these. */
export const IDS_PER_CALL = 50;

/** Milliseconds from handing a command over to the first look at its agents, and from then on from look to look. */
const FIRST_WATCH = 3_000;
const WATCH_EVERY = 5_000;
/** Commands whose looks are this close to each other share one. */
const TOGETHER = 1_500;

/** A command that is being followed. */
export interface Followed {
  /** The hosts on which it has not been seen to end. */
  readonly unfinished: () => readonly string[];
  /** Is told of a host whose agent is not online, and what is known of that agent. */
  readonly silent: (host: string, state: string) => void;
}

/** Watches the agents of all hosts that some command runs on. */
export interface AgentWatch {
  /** @returns ends the watch */
  add(followed: Followed): () => void;
}

/**
 * Asks what Systems Manager knows of the agents of hosts; one that it does not list is missing from the answer.
 *
 * @throws UserError, PlatformError, CancelledError
 */
export async function describeAgents(
  client: SSMClient,
  hosts: readonly string[],
  abortSignal?: AbortSignal,
): Promise<ReadonlyMap<string, InstanceInformation>> {
  const found = new Map<string, InstanceInformation>();
  for (const ids of chunks(hosts, IDS_PER_CALL)) {
    let next: string | undefined;
    do {
      const command = new DescribeInstanceInformationCommand({
        Filters: [{ Key: 'InstanceIds', Values: [...ids] }],
        MaxResults: IDS_PER_CALL,
        ...(next === undefined ? {} : { NextToken: next }),
      });
      const answer = await explained(
        { purpose: 'ask Systems Manager about the hosts', action: 'ssm:DescribeInstanceInformation' },
        client.send(command, abortSignal === undefined ? {} : { abortSignal }),
      );
      for (const info of answer.InstanceInformationList ?? []) found.set(info.InstanceId ?? '', info);
      next = answer.NextToken;
    } while (next !== undefined && next !== '');
  }
  return found;
}

/** What an agent's record says of its host before anything is sent to it. */
export function factsOf(host: string, info: InstanceInformation | undefined): HostFacts {
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
  const problem = silence(info);
  return {
    host,
    ...address,
    ...(problem === undefined ? { reachable: true } : { reachable: false, problem }),
  };
}

/**
 * Starts a watch of agents for as long as there are commands to follow.
 *
 * Without it a command on a host whose agent dies stays in progress until all its time is up. How soon a dead agent
 * shows is up to AWS: an agent pings every five minutes unless its settings say otherwise (`HealthFrequencyMinutes` in
 * the agent's README), and users saw minutes pass until the status changed (aws/amazon-ssm-agent#210). An instance that
 * was stopped or terminated is not listed any more, at once (aws/amazon-ssm-agent#407, an answer of the API's team).
 * Both are older than the present service and were not measured again.
 */
export function createAgentWatch(client: SSMClient): AgentWatch {
  /** When each is looked at next, in milliseconds since 1970. */
  const due = new Map<Followed, number>();
  let timer: NodeJS.Timeout | undefined;
  let asking: AbortController | undefined;

  const plan = (): void => {
    clearTimeout(timer);
    if (due.size === 0) asking?.abort();
    else if (asking === undefined) timer = setTimeout(look, Math.min(...due.values()) - Date.now());
  };
  const look = async (): Promise<void> => {
    const asked = new AbortController();
    asking = asked;
    const ready = [...due].flatMap(([followed, at]) => (at <= Date.now() + TOGETHER ? [followed] : []));
    const hosts = new Set(ready.flatMap((followed) => followed.unfinished()));
    // A look that fails is one look less: the next one comes, and the command's own deadline stands.
    const agents = await describeAgents(client, [...hosts], asked.signal).catch(() => undefined);
    asking = undefined;
    for (const followed of ready.filter((each) => due.has(each))) {
      due.set(followed, Date.now() + WATCH_EVERY);
      if (agents !== undefined) tell(followed, hosts, agents);
    }
    plan();
  };

  return {
    add: (followed) => {
      due.set(followed, Date.now() + FIRST_WATCH);
      plan();
      return () => {
        due.delete(followed);
        plan();
      };
    },
  };
}

function tell(
  { unfinished, silent }: Followed,
  asked: ReadonlySet<string>,
  agents: ReadonlyMap<string, InstanceInformation>,
): void {
  for (const host of unfinished().filter((each) => asked.has(each))) {
    const info = agents.get(host);
    const state =
      info === undefined
        ? 'Systems Manager does not list it any more, which is what becomes of an instance that is stopped or terminated'
        : silence(info);
    if (state !== undefined) silent(host, state);
  }
}

function silence({ PingStatus: status, LastPingDateTime: last }: InstanceInformation): string | undefined {
  if (status === 'Online') return undefined;
  return `its Systems Manager agent is ${status ?? 'silent'}, last heard of ${last?.toISOString() ?? 'never'}`;
}
