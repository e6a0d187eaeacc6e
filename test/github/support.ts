import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GitHub } from '../../src/github/port.ts';
import { createGitHub } from '../../src/github/rest.ts';
import type { Clock } from '../../src/operations/context.ts';
import type { Environment } from '../../src/runner/inputs.ts';

/** A clock that stands still and counts what was slept. */
export interface StandingClock extends Clock {
  readonly slept: readonly number[];
}

export function standingClock(): StandingClock {
  const slept: number[] = [];
  const began = Date.now();
  return {
    slept,
    now: () => began + slept.reduce((sum, each) => sum + each, 0),
    jitter: () => 0.5,
    sleep: async (milliseconds, signal) => {
      signal.throwIfAborted();
      slept.push(milliseconds);
    },
  };
}

export interface Asker {
  readonly github: GitHub;
  readonly clock: StandingClock;
  readonly signal: AbortSignal;
}

/** What a step would ask with; a second is long enough for every answer of this machine that ever comes. */
export async function askerOf(
  { env, token }: { readonly env: Environment; readonly token: string },
  limit = 10_000,
): Promise<Asker> {
  const clock = standingClock();
  const github = await createGitHub({ token, env, clock, patience: { limit, pause: 1_000 } });
  return { github, clock, signal: new AbortController().signal };
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface RawServer {
  readonly env: Environment;
  /** Method and path, in order. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/** A server that answers just as told, well or badly, in the place of GitHub. */
export async function startRaw(answer: Answer): Promise<RawServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    asked,
    env: {
      GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      GITHUB_REPOSITORY: 'acme/storefront',
      GITHUB_RUN_ID: '77',
      GITHUB_RUN_ATTEMPT: '2',
      GITHUB_SHA: 'f'.repeat(40),
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(body: unknown, headers: Readonly<Record<string, string>> = {}, status = 200): Answer {
  return (_, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
      .end(JSON.stringify(body));
}
