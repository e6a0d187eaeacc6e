import { setTimeout as delay } from 'node:timers/promises';
import {
  CancelCommandCommand,
  type CommandInvocation,
  ListCommandInvocationsCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { explained } from '../runner/aws-call.ts';
import { type AgentWatch, IDS_PER_CALL } from './ssm-agents.ts';

/** Milliseconds that invocations of a new command, or their output, may be missing: the API is eventually consistent. */
export const MISSING_FOR = 30_000;
/** Looks at a running command: soon at first, then seldom, because the API throttles one look a second. */
const FIRST_LOOK = 250;
const SLOWEST_LOOK = 5_000;
/** Milliseconds that a cancelled run may take to stop its commands on the hosts. */
const STOP_LIMIT = 2_000;

const FINISHED = new Set(['Success', 'Cancelled', 'TimedOut', 'Failed']);

/** A command on its way to at most 50 hosts; instants are milliseconds since 1970. */
export interface Course {
  readonly id: string;
  readonly hosts: readonly string[];
  /** It cannot have ended before. */
  readonly earliest: number;
  readonly limit: number;
}

/** How a command ended on one host, as far as Systems Manager says. */
export type Ending =
  | { readonly kind: 'ended'; readonly invocation: CommandInvocation }
  | { readonly kind: 'lost'; readonly reason: string };

/** Whether an invocation in this state has ended. */
export function isFinished(status: string | undefined): boolean {
  return FINISHED.has(status ?? '');
}

/**
 * Follows a command until it has ended on every host or is given up there: because the agent is silent, because Systems
 * Manager never heard of it, or because its time is up. Where it is given up it is cancelled.
 *
 * After a first look, which shows a refusal early, it waits until the command can have ended. The agents are watched all
 * the while; word of a silent one only brings the next look forward, so that an end that nobody has looked at yet counts.
 *
 * @throws UserError, PlatformError; the reason of the signal when that is aborted
 */
export async function follow(
  { client, agents }: { readonly client: SSMClient; readonly agents: AgentWatch },
  course: Course,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Ending>> {
  const endings = new Map<string, Ending>();
  const unfinished = (): readonly string[] => course.hosts.filter((host) => !endings.has(host));
  const missingUntil = Date.now() + MISSING_FOR;
  let silent = new Map<string, string>();
  let alarm = new AbortController();
  const unwatch = agents.add({
    unfinished,
    silent: (host, state) => {
      silent.set(host, state);
      alarm.abort();
    },
  });
  try {
    let step = FIRST_LOOK;
    let pause = step;
    while (unfinished().length > 0) {
      await sleep(pause, AbortSignal.any([signal, alarm.signal]));
      signal.throwIfAborted();
      // Looks come closely again when the command can have ended, however long that took.
      if (Date.now() >= course.earliest) step = Math.min(step * 1.4, SLOWEST_LOOK);
      pause = Math.max(step * (0.8 + 0.4 * Math.random()), course.earliest - Date.now());
      const suspects = silent;
      silent = new Map();
      alarm = new AbortController();
      const seen = await look(client, course.id, signal);
      for (const host of unfinished()) {
        const invocation = seen.get(host);
        if (invocation !== undefined && isFinished(invocation.Status)) {
          endings.set(host, { kind: 'ended', invocation });
        }
      }
      const now = Date.now();
      const patience = { isMissing: now > missingUntil, isOverdue: now > course.limit };
      const hopeless = unfinished().flatMap((host): readonly Hopeless[] => {
        const reason = whyHopeless(course.id, suspects.get(host), seen.get(host), patience);
        return reason === undefined ? [] : [{ host, reason }];
      });
      await giveUp(client, course.id, hopeless, endings);
    }
    return endings;
  } finally {
    unwatch();
  }
}

/** Stops a command on its hosts, within two seconds or not at all: the run is cancelled and nobody waits for it. */
export async function stopQuickly(client: SSMClient, id: string): Promise<void> {
  const over = new AbortController();
  const sent = client
    .send(new CancelCommandCommand({ CommandId: id }), { abortSignal: AbortSignal.timeout(STOP_LIMIT) })
    .catch(() => undefined)
    .finally(() => over.abort());
  await Promise.race([sent, sleep(STOP_LIMIT, over.signal)]);
}

/** Ends early when the signal is aborted. */
export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}

async function look(
  client: SSMClient,
  id: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, CommandInvocation>> {
  const command = new ListCommandInvocationsCommand({ CommandId: id, MaxResults: IDS_PER_CALL });
  const answer = await explained(
    { purpose: 'follow a command on the hosts', action: 'ssm:ListCommandInvocations' },
    client.send(command, { abortSignal: signal }),
  ).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
  return new Map((answer.CommandInvocations ?? []).map((each) => [each.InstanceId ?? '', each]));
}

/** A refused cancellation is told of these hosts only: it must not hide how the others end. */
async function giveUp(
  client: SSMClient,
  id: string,
  hopeless: readonly Hopeless[],
  endings: Map<string, Ending>,
): Promise<void> {
  if (hopeless.length === 0) return;
  const hosts = hopeless.map(({ host }) => host);
  const refusal = await explained(
    { purpose: 'cancel a command on the hosts', action: 'ssm:CancelCommand' },
    client.send(new CancelCommandCommand({ CommandId: id, InstanceIds: hosts })),
  ).then(
    () => '',
    (error: unknown) => `. ${error instanceof Error ? error.message : String(error)}`,
  );
  for (const { host, reason } of hopeless) endings.set(host, { kind: 'lost', reason: reason + refusal });
}

/** A host that is not waited for any longer, and why. */
interface Hopeless {
  readonly host: string;
  readonly reason: string;
}

function whyHopeless(
  id: string,
  silence: string | undefined,
  invocation: CommandInvocation | undefined,
  { isMissing, isOverdue }: { readonly isMissing: boolean; readonly isOverdue: boolean },
): string | undefined {
  if (silence !== undefined) {
    return `${silence}; whether the command still runs there is not known (command ${id})`;
  }
  if (invocation === undefined) return isMissing || isOverdue ? `command ${id} never reached it` : undefined;
  if (!isOverdue) return undefined;
  const status = invocation.StatusDetails ?? invocation.Status ?? 'unknown';
  return `command ${id} was still ${status} when all its time was up; whether it still runs there is not known`;
}
