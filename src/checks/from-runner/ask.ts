import pLimit from 'p-limit';
import type { Observation } from '../check.ts';
import type { Ask, Asked } from '../question.ts';
import { askDns } from './dns.ts';
import { askHttp } from './http.ts';
import { askRepeated } from './repeated.ts';
import { askTcp } from './tcp.ts';
import { askTls } from './tls.ts';

export interface RunnerOptions {
  /** Most questions that are open at the same time, and so most sockets: each holds one, a repeated one up to 16. */
  readonly atOnce: number;
  /** Asks what only a host can answer. */
  readonly commands: Ask;
}

/** Asks from this machine, which needs a route to the hosts; programs alone are asked of the hosts. */
export function askFromRunner({ atOnce, commands }: RunnerOptions): Ask {
  return async (asked, signal) => {
    signal.throwIfAborted();
    const bound = pLimit(atOnce);
    const here = asked.map((each) =>
      each.question.kind === 'command' ? undefined : bound(() => askOne(each, signal)),
    );
    const elsewhere = asked.filter(({ question }) => question.kind === 'command');
    const ends = elsewhere.length === 0 ? [] : commands(elsewhere, signal);
    // The first cancellation ends all: each rejects by the same signal, those that wait before they open anything.
    const [answers, programs] = await Promise.all([Promise.all(here), ends]);
    const rest = programs.values();
    return answers.map((answer) => answer ?? rest.next().value ?? NEVER_ASKED);
  };
}

const NEVER_ASKED: Observation = { kind: 'silent', problem: 'it was never asked', milliseconds: 0 };

function askOne({ question, limit }: Asked, signal: AbortSignal): Promise<Observation> {
  signal.throwIfAborted();
  switch (question.kind) {
    case 'http':
      return askHttp(question, limit, signal);
    case 'repeated':
      return askRepeated(question, limit, signal);
    case 'tcp':
      return askTcp(question, limit, signal);
    case 'tls':
      return askTls(question, limit, signal);
    case 'dns':
      return askDns(question, limit, signal);
    case 'command':
      throw new TypeError('a program is run by a host');
  }
}
