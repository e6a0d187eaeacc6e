import type { Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import type { Observation } from '../../../src/checks/check.ts';
import { askFromRunner } from '../../../src/checks/from-runner/ask.ts';
import type { Ask, Asked, Question } from '../../../src/checks/question.ts';
import { type Local, serveTcp } from '../servers.ts';

const never = new AbortController().signal;
const none: Ask = async () => [];
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok';

/** Answers HTTP, but nobody before so many connections are open at once. */
async function serveCrowd(crowd: number): Promise<Local & { readonly most: () => number }> {
  const waiting: Socket[] = [];
  let [open, most] = [0, 0];
  const server = await serveTcp((socket) => {
    open += 1;
    let isOpen = true;
    const leave = () => {
      if (isOpen) open -= 1;
      isOpen = false;
    };
    // Once the ends are seen that came before this beginning.
    setImmediate(() => {
      most = Math.max(most, open);
      if (most < crowd) return;
      for (const each of waiting.splice(0)) each.end(OK);
    });
    socket.on('end', leave).on('close', leave);
    socket.once('data', () => {
      if (most < crowd) waiting.push(socket);
      else socket.end(OK);
    });
  });
  return { ...server, most: () => most };
}

function askHosts(hosts: number, port: number): readonly Asked[] {
  const url = `http://127.0.0.1:${port}/`;
  const plain = { headers: {}, redirects: 'refuse', tls: 'verify' } as const;
  const questions: readonly Question[] = [
    { kind: 'http', url },
    { kind: 'http', url: `${url}cart` },
    { kind: 'http', url, manner: { ...plain, method: 'HEAD' } },
    { kind: 'http', url, manner: { ...plain, method: 'POST', body: 'sent' } },
    { kind: 'tcp', address: '127.0.0.1', port, listen: true },
  ];
  return Array.from({ length: hosts }, (_, host) =>
    questions.map((question) => ({ host: `i-${host}`, limit: 60_000, question })),
  ).flat();
}

describe('askFromRunner', () => {
  test('1,000 hosts × 5 checks have as many connections at a time as they may', async () => {
    await using server = await serveCrowd(64);
    // A server that speaks HTTP says nothing first.
    const asked = askHosts(1_000, server.port).filter(({ question }) => question.kind === 'http');
    const connecting = askHosts(1_000, server.port).flatMap(({ question, ...rest }) =>
      question.kind === 'tcp' ? [{ ...rest, question: { ...question, listen: false } }] : [],
    );
    const seen = await askFromRunner({ atOnce: 64, commands: none })([...asked, ...connecting], never);
    expect(seen).toHaveLength(5_000);
    expect(seen.filter(({ kind }) => kind === 'http')).toHaveLength(4_000);
    expect(seen.filter(({ kind }) => kind === 'tcp')).toHaveLength(1_000);
    expect(server.most()).toBe(64);
  }, 60_000);

  test('without that bound the server sees more of them', async () => {
    await using server = await serveCrowd(200);
    const asked = askHosts(100, server.port).filter(({ question }) => question.kind === 'http');
    await askFromRunner({ atOnce: 1_000, commands: none })(asked, never);
    expect(server.most()).toBeGreaterThanOrEqual(200);
  });

  test('keeps the order, and asks the hosts for what only they know', async () => {
    await using server = await serveCrowd(1);
    const program = (host: string): Asked => ({
      host,
      limit: 1_000,
      question: { kind: 'command', directory: '/srv/web', program: './x' },
    });
    const request = (host: string): Asked => ({
      host,
      limit: 5_000,
      question: { kind: 'http', url: `http://127.0.0.1:${server.port}/` },
    });
    const commands: Ask = async (asked) =>
      asked.map(({ host }) => ({ kind: 'command', exitCode: 0, output: host, milliseconds: 1 }));
    const ask = askFromRunner({ atOnce: 1, commands });
    const asked = [program('i-1'), request('i-2'), program('i-3'), request('i-4')];
    expect(
      (await ask(asked, never)).map((each) => (each.kind === 'command' ? each.output : each.kind)),
    ).toEqual(['i-1', 'http', 'i-3', 'http']);
    expect(await askFromRunner({ atOnce: 1, commands: none })([program('i-1')], never)).toMatchObject([
      { kind: 'silent', problem: 'it was never asked' },
    ]);
  });

  test('ends at once with the cancellation, those that wait as well', async () => {
    const cancellation = new AbortController();
    await using server = await serveTcp(() => cancellation.abort(new Error('stop')));
    const asked = (['tls', 'tcp', 'http', 'dns'] as const).flatMap((kind) => [
      questionOf(kind, server.port),
      questionOf(kind, server.port),
    ]);
    const answers = askFromRunner({ atOnce: 2, commands: none })(asked, cancellation.signal);
    await expect(answers).rejects.toThrow('stop');
    await expect(askFromRunner({ atOnce: 1, commands: none })(asked, cancellation.signal)).rejects.toThrow(
      'stop',
    );
  });

  test.each(['tcp', 'tls', 'http'] as const)('a cancellation ends %s that is under way', async (kind) => {
    const cancellation = new AbortController();
    await using server = await serveTcp(() => cancellation.abort(new Error('stop')));
    const answer: Promise<readonly Observation[]> = askFromRunner({ atOnce: 1, commands: none })(
      [questionOf(kind, server.port)],
      cancellation.signal,
    );
    await expect(answer).rejects.toThrow('stop');
  });
});

function questionOf(kind: 'tcp' | 'tls' | 'http' | 'dns', port: number): Asked {
  const address = '127.0.0.1';
  const questions: Readonly<Record<typeof kind, Question>> = {
    tcp: { kind: 'tcp', address, port, listen: true },
    tls: { kind: 'tls', address, port, name: address },
    http: { kind: 'http', url: `http://${address}:${port}/` },
    dns: { kind: 'dns', record: 'a.test', type: 'A', server: `${address}:${port}` },
  };
  return { host: 'i-1', limit: 60_000, question: questions[kind] };
}
