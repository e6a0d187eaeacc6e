import http from 'node:http';
import { TARGET_GROUP_HEADER, TARGET_HEADER } from '../range/range.ts';
import type { FailureReason, Outcome } from './probe-sample.ts';

export interface Answer {
  readonly outcome: Outcome;
  readonly version?: string;
  readonly host?: string;
  readonly pool?: string;
}

export interface Question {
  readonly url: string;
  /** Name that users know in the place of the URL's host, which is the address that it led to. */
  readonly name?: string;
  readonly agent: http.Agent;
  readonly versionHeader: string;
  /** Milliseconds to the end of the body. */
  readonly timeout: number;
}

/** Codes that say that a connection was never made. */
const NO_CONNECTION = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EADDRNOTAVAIL']);

/** Sends one GET, reads the answer to its end, and says how it went; never rejects. */
export function ask(question: Question): Promise<Answer> {
  return new Promise((resolve) => {
    let response: http.IncomingMessage | undefined;
    const finish = (outcome: Outcome): void => {
      clearTimeout(deadline);
      resolve({ outcome, ...described(response, question.versionHeader) });
    };
    const { url, agent, name } = question;
    const request = http.get(url, { agent, ...(name === undefined ? {} : { headers: { host: name } }) });
    const deadline = setTimeout(() => {
      finish(failed('timeout', `no complete answer within ${question.timeout}ms`));
      request.destroy();
    }, question.timeout);
    request.on('response', (incoming) => {
      response = incoming;
      incoming.on('end', () => finish(judge(incoming)));
      incoming.on('error', (error) => finish(failed('truncated', `the body ended early: ${error.message}`)));
      incoming.resume();
    });
    request.on('error', (error) => finish(unanswered(error, response !== undefined)));
  });
}

function judge(response: http.IncomingMessage): Outcome {
  const status = response.statusCode ?? 0;
  if (!response.complete) return failed('truncated', 'the body ended early');
  return status >= 200 && status < 300 ? { kind: 'served' } : failed('status', `status ${status}`);
}

function unanswered(error: NodeJS.ErrnoException, begun: boolean): Outcome {
  if (begun) return failed('truncated', `the body ended early: ${error.message}`);
  const detail = error.message === '' ? (error.code ?? error.name) : error.message;
  return failed(error.code !== undefined && NO_CONNECTION.has(error.code) ? 'connection' : 'reset', detail);
}

function failed(reason: FailureReason, detail: string): Outcome {
  return { kind: 'failed', reason, detail };
}

function described(
  response: http.IncomingMessage | undefined,
  versionHeader: string,
): Omit<Answer, 'outcome'> {
  const version = response?.headers[versionHeader.toLowerCase()];
  const host = response?.headers[TARGET_HEADER];
  const pool = response?.headers[TARGET_GROUP_HEADER];
  return {
    ...(typeof version === 'string' ? { version } : {}),
    ...(typeof host === 'string' ? { host } : {}),
    ...(typeof pool === 'string' ? { pool } : {}),
  };
}
