import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { PlatformError, UserError } from '../runner/errors.ts';
import type { NameServerPlace } from './dns/dns.ts';
import { createResolver } from './dns/resolver.ts';
import type { Answer, Errand, Trouble } from './forked.ts';
import type { RangeNames } from './names.ts';
import type { Range, RangeOptions } from './range.ts';
import { seeded } from './seeded.ts';

/** A range in a process of its own. */
export interface ForkedRange extends Range {
  /** Resolves when its process has ended, for whatever reason. */
  readonly ended: Promise<void>;
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts a range in a child process, so that the load does not share a thread with it. The child stops everything
 * and ends when this process goes away, however that happens.
 *
 * @throws UserError, PlatformError as `startRange` does
 */
export async function forkRange(options: RangeOptions): Promise<ForkedRange> {
  const child = fork(fileURLToPath(new URL('./forked.ts', import.meta.url)), {
    // Not in the terminal's foreground group: on Ctrl-C it is up to this process when the range may go.
    detached: true,
    execArgv: [],
    serialization: 'advanced',
  });
  const waiting = new Map<number, Waiting>();
  const ended = once(child, 'exit').then(([code, signal]) => {
    const gone = new PlatformError(`The process of the range has ended (${signal ?? `exit code ${code}`}).`);
    for (const { reject } of waiting.values()) reject(gone);
  });
  child.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.resolve(answer);
    waiting.delete(answer.id);
  });
  let last = 0;
  const ask = async (errand: Errand): Promise<Answer> => {
    last += 1;
    const id = last;
    const answer = await new Promise<Answer>((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      child.send({ id, errand }, (cause) => {
        if (cause !== null) reject(new PlatformError('The range has stopped; start another one.', { cause }));
      });
    });
    if (answer.kind === 'failed') throw asError(answer.trouble);
    return answer;
  };

  const description = await ask({ kind: 'start', options }).catch(async (error: unknown) => {
    await ended;
    throw error;
  });
  if (description.kind !== 'started') throw strange(description);
  const { nameServers } = description;
  return {
    endpoint: description.endpoint,
    environment: description.environment,
    entrances: description.entrances,
    balancers: description.balancers,
    ...(nameServers && { dns: namesAcross(ask, nameServers, options.seed) }),
    ended,
    hosts: async () => {
      const answer = await ask({ kind: 'hosts' });
      if (answer.kind !== 'hosts') throw strange(answer);
      return answer.hosts;
    },
    calls: async () => {
      const answer = await ask({ kind: 'calls' });
      if (answer.kind !== 'calls') throw strange(answer);
      return answer.calls;
    },
    published: async () => {
      const answer = await ask({ kind: 'published' });
      if (answer.kind !== 'published') throw strange(answer);
      return answer.messages;
    },
    stopHost: async (host) => {
      const answer = await ask({ kind: 'stop-host', host });
      if (answer.kind !== 'host-stopped') throw strange(answer);
    },
    stopAgent: async (host) => {
      const answer = await ask({ kind: 'stop-agent', host });
      if (answer.kind !== 'agent-stopped') throw strange(answer);
    },
    // The child stops its range as it does when this process goes away.
    stop: () => {
      if (child.connected) child.disconnect();
      return ended;
    },
  };
}

/** The range's DNS in its process; resolvers ask its name servers from here. */
function namesAcross(
  ask: (errand: Errand) => Promise<Answer>,
  nameServers: readonly NameServerPlace[],
  seed: number,
): RangeNames {
  const random = seeded(seed);
  const tell = async (errand: Errand): Promise<void> => {
    const answer = await ask(errand);
    if (answer.kind !== 'told') throw strange(answer);
  };
  return {
    nameServers,
    stick: (nameServer) => tell({ kind: 'stick', nameServer }),
    unstick: (nameServer) => tell({ kind: 'unstick', nameServer }),
    createResolver: () => createResolver({ servers: nameServers, random, clock: () => performance.now() }),
    answers: async (name, type) => {
      const answer = await ask({ kind: 'answers', name, ...(type === undefined ? {} : { type }) });
      if (answer.kind !== 'answers') throw strange(answer);
      return answer.counts;
    },
  };
}

function strange(answer: Answer): PlatformError {
  return new PlatformError(`The process of the range gave a wrong answer: ${answer.kind}.`);
}

function asError({ kind, message, stack }: Trouble): Error {
  const cause = new Error(stack);
  return kind === 'user' ? new UserError(message, { cause }) : new PlatformError(message, { cause });
}
