import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, get, type Server } from 'node:http';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { CheckResult } from '../../src/operations/smoke/smoke.ts';
import { type EntryEnd, runEntryAlongside } from './run-entry.ts';

jest.setTimeout(60_000);

/** The call that clients of 1.0.0 make, and one that only 1.1.0 has. */
const CHECKS = `
- { name: home, path: /, contains: Welcome, against: [old, new] }
- { name: old client's cart, path: /api/v1/cart, json: { $.items: 0 }, against: [old, new] }
- { name: new cart, path: /api/v2/cart, json: { $.items: 0 } }
`;

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return `127.0.0.1:${address.port}`;
}

/** A host with a release; `broken` are paths that it answers with 500. */
async function serve(
  version: string,
  { broken = [] }: { readonly broken?: readonly string[] } = {},
): Promise<string> {
  const paths = ['/', '/version', '/api/v1/cart', ...(version === '1.0.0' ? [] : ['/api/v2/cart'])];
  return listen(
    createServer(({ url = '', socket }, response) => {
      response.setHeader('x-host', `${socket.localAddress}:${socket.localPort}`);
      if (broken.includes(url)) response.writeHead(500).end('out of order');
      else if (!paths.includes(url)) response.writeHead(404).end();
      else if (url === '/') response.end('Welcome');
      else response.end(JSON.stringify(url === '/version' ? { version } : { items: 0 }));
    }),
  );
}

/** A balancer that gives each request to the next host. */
async function balance(hosts: readonly string[]): Promise<string> {
  let turn = 0;
  return listen(
    createServer(({ url }, response) => {
      const host = hosts[turn++ % hosts.length];
      get(`http://${host}${url}`, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
    }),
  );
}

/** Neither credentials nor a region are there, so that every call to AWS would be an error. */
function smoke(
  inputs: Readonly<Record<string, string>>,
  look?: (ended: EntryEnd) => Promise<void>,
): Promise<EntryEnd> {
  return runEntryAlongside('smoke-test', { from: 'runner', interval: '0s', ...inputs }, look);
}

function resultsOf({ outputs }: EntryEnd): readonly CheckResult[] {
  return JSON.parse(outputs['results'] ?? '');
}

function briefly(ended: EntryEnd): readonly string[] {
  return resultsOf(ended).map(({ subject, check, side, passed }) =>
    [subject, ...(side === undefined ? [] : [side]), check, passed ? 'passed' : 'failed'].join(' '),
  );
}

describe('from the runner, by address', () => {
  test('needs no AWS at all, and gives the same results in every form', async () => {
    const host = await serve('1.1.0');
    const ended = await smoke(
      { hosts: host, checks: '[{ name: home, path: /, contains: Welcome }]' },
      async (now) => {
        expect(JSON.parse(await readFile(now.outputs['results-file'] ?? '', 'utf8'))).toEqual(resultsOf(now));
        expect(await readFile(now.outputs['junit'] ?? '', 'utf8')).toContain(
          `<testsuite name="${host}" tests="1"`,
        );
      },
    );
    expect(ended).toMatchObject({ exitCode: 0, errors: [], warnings: [] });
    expect(briefly(ended)).toEqual([`${host} home passed`]);
    expect(ended.summary).toContain('### Smoke test: 1 checks passed');
  });

  test('pages, connections and names are each asked where they are: a name once', async () => {
    const [one, two] = [await serve('1.1.0'), await serve('1.1.0')];
    const checks = `
- { name: home, path: / }
- { name: port, type: tcp }
- { name: nowhere, type: dns, record: zonewise.invalid, kind: A, values: [192.0.2.1], server: '127.0.0.1:1', within: 200ms }
`;
    const ended = await smoke({ hosts: `${one}\n${two}`, through: `http://${one}`, checks, attempts: '1' });
    expect(briefly(ended)).toEqual([
      `${one} home passed`,
      `${one} port passed`,
      `${two} home passed`,
      `${two} port passed`,
      `http://${one} home passed`,
      `http://${one} port passed`,
      'the runner nowhere failed',
    ]);
  });

  test('what fails is one annotation with the first of them, and the log has the rest', async () => {
    const host = await serve('1.1.0', { broken: ['/'] });
    const checks = Array.from({ length: 30 }, (_, index) => `- { name: check ${index}, path: / }`).join('\n');
    const ended = await smoke({ hosts: host, checks, attempts: '1' });
    expect(ended.exitCode).toBe(1);
    expect(ended.errors).toHaveLength(1);
    const lines = ended.errors[0]?.split('\n') ?? [];
    expect(lines[0]).toBe('30 of 30 checks failed.');
    expect(lines[1]).toBe(
      `- smoke test check 0 at ${host} saw 500 "out of order", expected status 200, within 2s (GET http://${host}/)`,
    );
    expect(lines.at(-1)).toMatch(/^and 10 more: all of them are in the log and in .*\.xml$/);
    for (let index = 0; index < 30; index += 1) expect(ended.log).toContain(`smoke test check ${index} at`);
  });
});

describe('two releases at the same time', () => {
  const VERSIONS = {
    'expect-version': '1.1.0',
    'old-version': '1.0.0',
    'identity-url': 'http://{address}:{port}/version',
  };

  test('are both checked, each by what must hold there', async () => {
    const [fresh, old] = [await serve('1.1.0'), await serve('1.0.0')];
    const ended = await smoke({ hosts: fresh, 'old-hosts': old, checks: CHECKS, ...VERSIONS });
    expect(ended.errors).toEqual([]);
    expect(briefly(ended)).toEqual([
      `${fresh} new home passed`,
      `${fresh} new old client's cart passed`,
      `${fresh} new new cart passed`,
      `${fresh} new version passed`,
      `${old} old home passed`,
      `${old} old old client's cart passed`,
      `${old} old version passed`,
    ]);
    expect(ended.summary).toContain(`| ${old} (old) | passed`);
  });

  test('of which the new one breaks the call of the old clients: it fails, there alone', async () => {
    const fresh = await serve('1.1.0', { broken: ['/api/v1/cart'] });
    const old = await serve('1.0.0');
    const ended = await smoke({ hosts: fresh, 'old-hosts': old, checks: CHECKS, ...VERSIONS });
    expect(ended.exitCode).toBe(1);
    expect(ended.errors).toEqual([
      expect.stringMatching(
        new RegExp(
          `^1 of 7 checks failed\\.\\n- smoke test old client's cart at ${fresh} \\(new\\) saw 500 "out of order"`,
        ),
      ),
    ]);
  });

  test('of which the new one broke the old hosts: it fails, there alone', async () => {
    const fresh = await serve('1.1.0');
    const old = await serve('1.0.0', { broken: ['/api/v1/cart'] });
    const ended = await smoke({ hosts: fresh, 'old-hosts': old, checks: CHECKS });
    expect(ended.errors).toEqual([
      expect.stringContaining(`- smoke test old client's cart at ${old} (old) saw 500`),
    ]);
  });

  test('that are one say that nothing mixed was tested', async () => {
    const [fresh, old] = [await serve('1.1.0'), await serve('1.1.0')];
    const ended = await smoke({ hosts: fresh, 'old-hosts': old, checks: CHECKS, attempts: '1', ...VERSIONS });
    expect(ended.errors).toEqual([
      expect.stringContaining(`mixed state was not tested: ${old} already runs 1.1.0`),
    ]);
  });
});

describe('through the balancer', () => {
  const IDENTITY = {
    'expect-version': '1.1.0',
    'identity-url': 'http://{address}:{port}/version',
    'identity-host': 'header:x-host',
    'seen-within': '2s',
    attempts: '1',
  };

  /** Two hosts that say by their port who they are. */
  async function pair(
    versions: readonly string[],
  ): Promise<{ readonly hosts: readonly string[]; readonly through: string }> {
    const hosts = await Promise.all(versions.map((version) => serve(version)));
    return { hosts, through: `http://${await balance(hosts)}` };
  }

  test('every host is seen on the release, and checks are made there too', async () => {
    const { hosts, through } = await pair(['1.1.0', '1.1.0']);
    const ended = await smoke({
      hosts: hosts.join('\n'),
      through,
      checks: '[{ name: home, path: / }]',
      ...IDENTITY,
    });
    expect(ended.errors).toEqual([]);
    expect(briefly(ended)).toContain(`${through} home passed`);
    for (const host of hosts) expect(briefly(ended)).toContain(`${host} through ${through} version passed`);
  });

  test('a host on the release before fails it and is named', async () => {
    const { hosts, through } = await pair(['1.1.0', '1.0.0']);
    const ended = await smoke({ hosts: hosts.join('\n'), through, ...IDENTITY });
    expect(ended.exitCode).toBe(1);
    expect(ended.errors).toHaveLength(1);
    expect(ended.errors[0]).toContain(`- smoke test version at ${hosts[1]} through ${through} saw`);
    expect(ended.errors[0]).not.toContain(`at ${hosts[0]}`);
  });
});
