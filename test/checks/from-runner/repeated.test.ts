import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import type { Observation } from '../../../src/checks/check.ts';
import { askRepeated } from '../../../src/checks/from-runner/repeated.ts';
import type { Manner } from '../../../src/checks/question.ts';
import { CancelledError } from '../../../src/runner/errors.ts';

const PLAIN: Manner = { method: 'GET', headers: {}, redirects: 'refuse', tls: 'verify' };
const NEVER = new AbortController().signal;

interface Server {
  readonly port: number;
  /** Connections so far. */
  count(): number;
  [Symbol.asyncDispose](): Promise<void>;
}

async function serve(answer: RequestListener, address = '127.0.0.1', port = 0): Promise<Server> {
  const sockets = new Set<Socket>();
  const server = createServer(answer)
    .on('connection', (socket) => sockets.add(socket))
    .listen(port, address);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    count: () => sockets.size,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answersOf(seen: Observation) {
  if (seen.kind !== 'answers') throw new Error(`expected answers, saw ${JSON.stringify(seen)}`);
  return seen.answers;
}

function ask(url: string, times: number, more: { limit?: number; manner?: Partial<Manner> } = {}) {
  const { limit = 5_000, manner } = more;
  const wanted = ['x-host'];
  const asked = { kind: 'repeated', url, times, wanted, manner: { ...PLAIN, ...manner } } as const;
  return askRepeated(asked, limit, NEVER);
}

describe('the same request many times', () => {
  test('each over a connection of its own, with the wanted headers and the first 400 bytes', async () => {
    await using server = await serve((_, response) => {
      response.setHeader('X-Host', 'i-1').end('x'.repeat(70_000));
    });
    const seen = await ask(`http://127.0.0.1:${server.port}/version`, 30);
    expect(answersOf(seen)).toEqual(
      Array(30).fill({ status: 200, headers: { 'x-host': 'i-1' }, body: 'x'.repeat(400) }),
    );
    expect(server.count()).toBe(30);
  });

  test('to all addresses of the name in turn, under its name', async () => {
    const answer = (address: string): RequestListener => {
      return (request, response) => response.end(`${address} as ${request.headers.host}`);
    };
    await using one = await serve(answer('one'));
    await using _two = await serve(answer('two'), '127.0.0.2', one.port);
    const name = `storefront.test:${one.port}`;
    const question = { kind: 'repeated', url: `http://${name}/`, times: 5 } as const;
    const lookup = async () => ['127.0.0.1', '127.0.0.2'];
    const answers = answersOf(await askRepeated(question, 5_000, NEVER, lookup));
    expect(answers.map((each) => ('body' in each ? each.body : each))).toEqual(
      ['one', 'two', 'one', 'two', 'one'].map((address) => `${address} as ${name}`),
    );
  });

  test('to the address that it is told, under the name of the URL', async () => {
    await using server = await serve((request, response) => response.end(request.headers.host));
    const name = `storefront.invalid:${server.port}`;
    const seen = await ask(`http://${name}/`, 2, { manner: { connect: '127.0.0.1' } });
    expect(answersOf(seen)).toMatchObject([{ body: name }, { body: name }]);
  });

  test('never more than 16 at once', async () => {
    let open = 0;
    let most = 0;
    await using server = await serve((_, response) => {
      open += 1;
      most = Math.max(most, open);
      // Answered only when 16 have come: fewer at once would time out.
      const answer = () => {
        if (most < 16) return void setTimeout(answer, 5);
        open -= 1;
        response.end();
      };
      answer();
    });
    expect(answersOf(await ask(`http://127.0.0.1:${server.port}/`, 48))).toHaveLength(48);
    expect(most).toBe(16);
  });

  test('says of each that was not answered why', async () => {
    let count = 0;
    await using server = await serve((_, response) => {
      count += 1;
      if (count === 1) response.destroy();
      else response.writeHead(503).end('ill');
    });
    const answers = answersOf(await ask(`http://127.0.0.1:${server.port}/`, 3));
    expect(answers.filter(({ status }) => status === 503)).toHaveLength(2);
    expect(answers.filter(({ status }) => status === 0)).toEqual([
      { status: 0, problem: expect.stringMatching(/other side closed|ECONNRESET/) },
    ]);
  });

  test('gives up on each that takes too long, also in the middle of its body', async () => {
    await using server = await serve((request, response) => {
      if (request.url === '/half') response.write('the first words');
    });
    for (const path of ['/', '/half']) {
      const seen = await ask(`http://127.0.0.1:${server.port}${path}`, 2, { limit: 100 });
      expect(answersOf(seen)).toEqual(Array(2).fill({ status: 0, problem: 'timed out after 100ms' }));
    }
  });

  test('says that nobody listens', async () => {
    const server = await serve(() => undefined);
    await server[Symbol.asyncDispose]();
    expect(answersOf(await ask(`http://127.0.0.1:${server.port}/`, 1))).toEqual([
      { status: 0, problem: expect.stringContaining('ECONNREFUSED') },
    ]);
  });

  test.each([
    ['refuse', 302, ''],
    ['follow', 200, 'here'],
  ] as const)('%ss redirects', async (redirects, status, body) => {
    await using server = await serve((request, response) => {
      if (request.url === '/') response.writeHead(302, { location: '/home' }).end();
      else response.end('here');
    });
    const seen = await ask(`http://127.0.0.1:${server.port}/`, 1, { manner: { redirects } });
    expect(answersOf(seen)).toMatchObject([{ status, body }]);
  });
});

test('a name that does not exist is silent', async () => {
  expect(await ask('http://nowhere.invalid/', 3)).toMatchObject({
    kind: 'silent',
    problem: expect.stringContaining('nowhere.invalid'),
  });
});

test('a cancelled run ends at once with its reason', async () => {
  const cancellation = new AbortController();
  await using server = await serve(() => cancellation.abort(new CancelledError('The person asked to stop.')));
  const question = { kind: 'repeated', url: `http://127.0.0.1:${server.port}/`, times: 40 } as const;
  await expect(askRepeated(question, 60_000, cancellation.signal)).rejects.toThrow(CancelledError);
});
