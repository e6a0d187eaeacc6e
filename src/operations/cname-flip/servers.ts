import pLimit from 'p-limit';
import type { Authority, FlippableType, NameServer, Reply } from '../../dns/port.ts';
import { formatDuration } from '../../fleet/duration.ts';
import type { Edges } from '../context.ts';
import { type Look, waitUntil } from '../wait.ts';
import type { Expectation, Meaning } from './expect.ts';

/** What one address of a name server said last. */
export interface ServerReport {
  readonly server: string;
  /** Such as `192.0.2.53:53`. */
  readonly address: string;
  /** `proven`: it answers as it should. `unreachable`: this machine has no way to it, and another address of it answers. */
  readonly state: 'proven' | 'old' | 'other' | 'silent' | 'unreachable';
  readonly says: string;
}

export type ServersVerdict = { readonly servers: readonly ServerReport[] } & (
  | { readonly kind: 'proven' }
  /** Some server did not answer as it should in time; the problem names each. */
  | { readonly kind: 'unproven'; readonly problem: string }
);

export interface ServersContext extends Pick<Edges, 'clock' | 'log' | 'signal'> {
  readonly authority: Authority;
}

export interface AskedRecord {
  readonly record: string;
  readonly type: FlippableType;
  readonly servers: readonly NameServer[];
}

/** Questions that are open at the same time, over all servers. */
const AT_ONCE = 16;
/** Milliseconds between two rounds, at most. */
const EVERY = 2_000;

/**
 * Asks every server until each gives the answers that are expected, or the time is over.
 *
 * @param timeout milliseconds
 */
export async function proveAtServers(
  context: ServersContext,
  asked: AskedRecord,
  expectation: Extract<Expectation, { readonly kind: 'seen' }>,
  timeout: number,
): Promise<ServersVerdict> {
  const reports = new Map<NameServer, ServerReport>();
  const addresses = new Map<string, Set<string>>();
  const look = async (): Promise<Look<undefined>> => {
    await learnTargets(context, asked, expectation, addresses);
    const open = asked.servers.filter((server) => reports.get(server)?.state !== 'proven');
    const seen = await askAll(context, asked, open, expectation.samples);
    for (const server of open) {
      const replies = seen.get(server) ?? [];
      reports.set(server, { ...placeOf(server), ...judgeReplies(replies, expectation, addresses) });
    }
    const bad = unproven([...reports.values()]);
    return bad.length === 0 ? { reached: true, value: undefined } : { reached: false, seen: bad.join('; ') };
  };
  const end = await waitUntil(context, {
    what: 'every authoritative server to give the answer',
    every: EVERY,
    timeout,
    look,
  });
  const servers = asked.servers.flatMap((server) => reports.get(server) ?? []);
  if (end.reached) return { kind: 'proven', servers };
  return { kind: 'unproven', servers, problem: `after ${formatDuration(timeout)} ${end.seen}` };
}

/**
 * Asks every server once, whatever it answers.
 *
 * @returns the servers that do not answer, in words
 */
export async function findSilent(context: ServersContext, asked: AskedRecord): Promise<readonly string[]> {
  const seen = await askAll(context, asked, asked.servers, 1);
  const reports = asked.servers.map((server): ServerReport => {
    const [reply] = seen.get(server) ?? [];
    const verdict = judgeReplies(reply === undefined ? [] : [reply], { kind: 'seen', samples: 1 }, new Map());
    return { ...placeOf(server), ...verdict };
  });
  return unproven(reports);
}

async function askAll(
  { authority, signal }: ServersContext,
  { record, type }: AskedRecord,
  servers: readonly NameServer[],
  samples: number,
): Promise<ReadonlyMap<NameServer, readonly Reply[]>> {
  const bound = pLimit(AT_ONCE);
  const replies = await Promise.all(
    servers.map(
      async (server) =>
        [
          server,
          await Promise.all(
            Array.from({ length: samples }, () => bound(() => authority.ask(server, record, type, signal))),
          ),
        ] as const,
    ),
  );
  return new Map(replies);
}

/** Load balancers change their addresses: whatever their names led to meanwhile counts. */
async function learnTargets(
  { authority, signal }: ServersContext,
  { servers, type }: AskedRecord,
  { wanted, gone }: Extract<Expectation, { readonly kind: 'seen' }>,
  addresses: Map<string, Set<string>>,
): Promise<void> {
  const targets = [wanted, gone].flatMap((each) => (each?.kind === 'leads-to' ? each.target : []));
  await Promise.all(
    targets.map(async (target) => {
      const found = await authority.resolve(target, type, servers, signal);
      addresses.set(target, new Set([...(addresses.get(target) ?? []), ...found]));
    }),
  );
}

type Targets = ReadonlyMap<string, ReadonlySet<string>>;

/** Judges the answers of one server. Pure. */
export function judgeReplies(
  replies: readonly Reply[],
  { wanted, gone }: Extract<Expectation, { readonly kind: 'seen' }>,
  targets: Targets,
): Pick<ServerReport, 'state' | 'says'> {
  const failed = replies.find((reply) => reply.kind !== 'answer');
  if (failed !== undefined) {
    return { state: failed.kind === 'none' ? 'silent' : 'unreachable', says: failed.problem };
  }
  const answers = replies.flatMap((reply) => (reply.kind === 'answer' ? [reply.values] : []));
  if (answers.length === 0) return { state: 'silent', says: 'it was never asked' };
  const says = describeAnswers(answers);
  const isSame = sameAddresses(wanted, gone, targets);
  if (gone !== undefined && !isSame && answers.some((values) => means(values, gone, targets))) {
    return { state: 'old', says };
  }
  if (wanted === undefined) return { state: 'proven', says };
  return { state: answers.some((values) => means(values, wanted, targets)) ? 'proven' : 'other', says };
}

function means(values: readonly string[], meaning: Meaning, targets: Targets): boolean {
  if (values.length === 0) return false;
  if (meaning.kind === 'leads-to') {
    const addresses = targets.get(meaning.target);
    return values.every((value) => addresses?.has(value));
  }
  return values.length === meaning.values.length && values.every((value, at) => value === meaning.values[at]);
}

/** Two aliases that lead to the same addresses cannot be told apart by them. */
function sameAddresses(wanted: Meaning | undefined, gone: Meaning | undefined, targets: Targets): boolean {
  if (wanted?.kind !== 'leads-to' || gone?.kind !== 'leads-to') return false;
  const old = targets.get(gone.target) ?? new Set();
  const all = [...(targets.get(wanted.target) ?? [])];
  return all.length > 0 && all.every((address) => old.has(address));
}

function describeAnswers(answers: readonly (readonly string[])[]): string {
  const counts = new Map<string, number>();
  for (const values of answers) {
    const text = values.length === 0 ? 'nothing' : values.join(', ');
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const parts = [...counts].map(([text, count]) => (answers.length === 1 ? text : `${count} times ${text}`));
  return parts.join('; ');
}

function placeOf({ name, address, port }: NameServer): Pick<ServerReport, 'server' | 'address'> {
  return { server: name, address: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}` };
}

/** Servers that stand in the way; an address without a way to it does not when its server proved itself at another. */
function unproven(reports: readonly ServerReport[]): readonly string[] {
  const proven = new Set(reports.flatMap(({ state, server }) => (state === 'proven' ? [server] : [])));
  return reports
    .filter(({ state, server }) => state !== 'proven' && !(state === 'unreachable' && proven.has(server)))
    .map(describeServer);
}

export function describeServer({ server, address, state, says }: ServerReport): string {
  const who = server.startsWith(address.replace(/:\d+$/, '')) ? server : `${server} (${address})`;
  if (state === 'silent' || state === 'unreachable') return `${who} does not answer: ${says}`;
  return `${who} ${state === 'proven' ? 'answers' : 'still answers'} ${says}`;
}
