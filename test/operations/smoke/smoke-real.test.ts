import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Check, HttpCheck } from '../../../src/checks/check.ts';
import type { Ask } from '../../../src/checks/question.ts';
import { type CheckResult, type Patience, smokeTest } from '../../../src/operations/smoke/smoke.ts';
import { checkTrial } from '../../../src/operations/smoke/smoke-trial.ts';
import { commandCheck, httpCheck } from '../../checks/sample.ts';
import { startMachine } from '../../hosts/machine.ts';
import { findShells } from '../../hosts/shells.ts';
import { setStage } from '../stage.ts';
import { askOn, PLACES } from './asking-places.ts';

const ONCE: Patience = { attempts: 1, interval: 0, consecutive: 1, warmUp: 0 };

let http: string;
let https: string;
/** Requests so far for each path, for answers that change. */
const turns = new Map<string, number>();
const closing: (() => void)[] = [];

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'smoke-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=shop.test', '-addext', 'subjectAltName=DNS:shop.test'];
  const openssl = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', [...openssl, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const tls = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    response.end(`sni ${String('servername' in request.socket ? request.socket.servername : '')}`);
  });
  const plain = createServer(answer);
  for (const server of [tls, plain]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
  }
  http = `http://127.0.0.1:${(plain.address() as AddressInfo).port}`;
  https = `https://127.0.0.1:${(tls.address() as AddressInfo).port}`;
  closing.push(() => rmSync(folder, { recursive: true }));
});

afterAll(() => {
  for (const close of closing) close();
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? '/';
  const turn = (turns.get(path) ?? 0) + 1;
  turns.set(path, turn);
  const sent = await text(request);
  response.setHeader('X-Version', '1.1.0');
  if (path === '/moved') response.writeHead(302, { location: '/json', 'x-version': 'moved' }).end();
  else if (path === '/json') response.end('{"status":"ok","deep":[{"n":1},{"n":2}],"none":null}');
  else if (path === '/slow') setTimeout(() => response.end('late'), 1_200);
  else if (path === '/echo') {
    const { method, headers } = request;
    response.end(JSON.stringify({ method, headers, body: sent }));
  } else if (path.startsWith('/flapping')) response.writeHead(turn % 2 === 1 ? 200 : 503).end();
  else if (path.startsWith('/starting')) response.writeHead(turn < 3 ? 503 : 200).end();
  else if (path === '/') response.end('Welcome to the storefront');
  else response.writeHead(404).end('no such page');
}

async function trySmoke(
  ask: Ask,
  check: Check,
  { base = http, patience = ONCE } = {},
): Promise<CheckResult | undefined> {
  const [result] = await smokeTest(
    { ...setStage().context, ask },
    {
      targets: [{ host: 'i-1', subject: 'i-1', base }],
      trials: [checkTrial(check, '/srv/web')],
      patience,
      negativeControl: true,
    },
  );
  return result;
}

const equals = (text: string) => ({ kind: 'equals', text }) as const;
const status = (from: number, to = from) => ({ status: [{ from, to }] });

/** What holds, what does not, and what is seen then. */
const expectations: readonly [string, Partial<HttpCheck>, Partial<HttpCheck>, RegExp][] = [
  ['a status', { path: '/x', ...status(404) }, { path: '/x' }, /^404 "no such page"$/],
  ['a range of statuses', status(200, 299), status(201, 299), /^200 "Welcome to the storefront"$/],
  [
    'the whole body',
    { text: [equals('Welcome to the storefront')] },
    { text: [equals('Welcome')] },
    /^200 "Welcome to/,
  ],
  [
    'a text in the body',
    { text: [{ kind: 'contains', text: 'come' }] },
    { text: [{ kind: 'contains', text: 'gone' }] },
    /^200 "Wel/,
  ],
  [
    'a pattern of the body',
    { text: [{ kind: 'matches', text: '^W.*front$' }] },
    { text: [{ kind: 'matches', text: '^front' }] },
    /^200 "Wel/,
  ],
  [
    'a header',
    { header: { 'x-version': equals('1.1.0') } },
    { header: { 'x-version': equals('1.0.0') } },
    /^200 with header x-version: "1\.1\.0"$/,
  ],
  [
    'a header that is there',
    { header: { 'x-version': { kind: 'matches', text: '.*' } } },
    { header: { etag: { kind: 'matches', text: '.*' } } },
    /^200 without header etag$/,
  ],
  [
    'a value of the JSON',
    { path: '/json', json: [{ path: '$.status', equals: 'ok' }] },
    { path: '/json', json: [{ path: '$.status', equals: 'up' }] },
    /^200 with \$\.status "ok"$/,
  ],
  [
    'null and numbers of the JSON',
    {
      path: '/json',
      json: [
        { path: '$.none', equals: null },
        { path: '$.deep[-1].n', equals: 2 },
      ],
    },
    { path: '/json', json: [{ path: '$.deep[*].n', equals: 1 }] },
    /^200 with \$\.deep\[\*\]\.n 1, 2$/,
  ],
  [
    'a value that is not there',
    { path: '/json', json: [{ path: '$["status"]', equals: 'ok' }] },
    { path: '/json', json: [{ path: '$.missing', equals: null }] },
    /^200 with \$\.missing nothing$/,
  ],
  [
    'JSON at all',
    { path: '/json', json: [{ path: '$.deep[0].n', equals: 1 }] },
    { json: [{ path: '$.status', equals: 'ok' }] },
    /^200 with a body that is not JSON: "Welcome/,
  ],
  ['the time', { path: '/slow', within: 30_000 }, { path: '/slow', within: 1_100 }, /^200 in \d/],
  [
    'an answer in time at all',
    { path: '/slow', within: 30_000 },
    { path: '/slow', within: 10 },
    /^no answer \(.*timed out/i,
  ],
  [
    'the target of a redirect',
    {
      path: '/moved',
      redirects: 'follow',
      header: { 'x-version': equals('1.1.0') },
      text: [equals('{"status":"ok","deep":[{"n":1},{"n":2}],"none":null}')],
    },
    { path: '/moved' },
    /^302 ""$/,
  ],
  [
    'the redirect itself',
    { path: '/moved', ...status(302), header: { location: equals('/json') } },
    { path: '/moved', redirects: 'follow', ...status(302) },
    /^200 "/,
  ],
  [
    'the method',
    { path: '/echo', method: 'DELETE', json: [{ path: '$.method', equals: 'DELETE' }] },
    { path: '/echo', json: [{ path: '$.method', equals: 'DELETE' }] },
    /^200 with \$\.method "GET"$/,
  ],
  [
    'the body of the request, byte for byte',
    {
      path: '/echo',
      method: 'POST',
      body: '@/etc/passwd\n"$(id)" ü\n',
      json: [
        { path: '$.body', equals: '@/etc/passwd\n"$(id)" ü\n' },
        { path: '$.headers["content-type"]', equals: 'application/octet-stream' },
      ],
    },
    { path: '/echo', method: 'POST', json: [{ path: '$.body', equals: 'x' }] },
    /^200 with \$\.body ""$/,
  ],
  [
    'headers of the request',
    {
      path: '/echo',
      headers: { Accept: '$(id) "quoted" @x', 'x-empty': '' },
      json: [
        { path: '$.headers.accept', equals: '$(id) "quoted" @x' },
        { path: '$.headers["x-empty"]', equals: '' },
      ],
    },
    { path: '/echo', json: [{ path: '$.headers.accept', equals: 'text/html' }] },
    /^200 with \$\.headers\.accept "\*\/\*"$/,
  ],
  [
    'the host that is asked for',
    { path: '/echo', host: 'shop.test', json: [{ path: '$.headers.host', equals: 'shop.test' }] },
    { path: '/echo', json: [{ path: '$.headers.host', equals: 'shop.test' }] },
    /^200 with \$\.headers\.host "127\.0\.0\.1:\d+"$/,
  ],
];

describe.each(PLACES)('checks from $name', ({ name, open }) => {
  test.each(expectations)('%s passes and fails', async (_, good, bad, seen) => {
    await using place = await open();
    expect(await trySmoke(place.ask, httpCheck(good))).toMatchObject({
      passed: true,
      seen: expect.stringMatching(/^\d+ in \d+/),
    });
    expect(await trySmoke(place.ask, httpCheck(bad))).toMatchObject({
      passed: false,
      seen: expect.stringMatching(seen),
    });
  });

  test('HEAD has headers and no body', async () => {
    await using place = await open();
    const check = httpCheck({ method: 'HEAD', header: { 'x-version': equals('1.1.0') } });
    expect(await trySmoke(place.ask, check)).toMatchObject({ passed: true });
  });

  test('a certificate must be trusted, unless it is to be ignored; SNI is the host of the check', async () => {
    await using place = await open();
    const check = httpCheck({ host: 'shop.test', text: [equals('sni shop.test')] });
    expect(await trySmoke(place.ask, check, { base: https })).toMatchObject({
      passed: false,
      seen: expect.stringMatching(/^no answer \(.*certificate/i),
    });
    expect(await trySmoke(place.ask, { ...check, tls: 'ignore' }, { base: https })).toMatchObject({
      passed: true,
    });
  });

  test('a server that flaps fails when passes in a row are asked for, and starts to be trusted otherwise', async () => {
    await using place = await open();
    const patience = { ...ONCE, attempts: 5, consecutive: 2 };
    const result = await trySmoke(place.ask, httpCheck({ path: `/flapping-${name}` }), { patience });
    expect(result).toMatchObject({ passed: false, flapping: true });
    expect(result?.attempts.map(({ passed }) => passed)).toEqual([true, false, true, false, true]);
    expect(result?.seen).toContain('but only 1 in a row');

    const started = await trySmoke(place.ask, httpCheck({ path: `/starting-${name}` }), { patience });
    expect(started).toMatchObject({ passed: true, flapping: false });
    expect(started?.attempts.map(({ seen }) => seen.slice(0, 3))).toEqual(['503', '503', '200', '200']);
  });
});

describe.each(findShells())('programs in $name', (shell) => {
  test('a program of the release is run in its folder; exit code and output are judged', async () => {
    await using machine = await startMachine(shell);
    await machine.write(
      '/srv/web/releases/1.1.0/bin/check',
      '#!/bin/sh\ncat here\necho bad >&2\nexit 3\n',
      0o755,
    );
    await machine.write('/srv/web/releases/1.1.0/here', 'connected\n');
    await machine.write('/srv/web/releases/1.1.0/plain', 'no program\n');
    await machine.link('/srv/web/current', 'releases/1.1.0');
    const check = commandCheck({ run: './bin/check', exitCode: 3, text: [equals('connected\nbad\n')] });
    expect(await trySmoke(askOn(machine), check)).toMatchObject({
      passed: true,
      request: './bin/check in /srv/web/current',
      seen: expect.stringMatching(/^exit code 3 in /),
    });
    expect(await trySmoke(askOn(machine), { ...check, exitCode: 0 })).toMatchObject({
      passed: false,
      seen: 'exit code 3 "connected\\nbad"',
    });
    expect(await trySmoke(askOn(machine), { ...check, text: [equals('x')] })).toMatchObject({
      passed: false,
    });
    expect(await trySmoke(askOn(machine), { ...check, run: './plain' })).toMatchObject({
      passed: false,
      seen: expect.stringContaining('holds no program ./plain (missing or not executable)'),
    });
    expect(await machine.temporaryFiles()).toEqual([]);
  });

  test('a program without a release says so', async () => {
    await using machine = await startMachine(shell);
    expect(await trySmoke(askOn(machine), commandCheck())).toMatchObject({
      passed: false,
      seen: expect.stringContaining('there is no release at /srv/web/current'),
    });
  });
});
