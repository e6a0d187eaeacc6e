import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createWebhookNotifier } from '../../src/notify/webhook.ts';
import { CancelledError, PlatformError, UserError } from '../../src/runner/errors.ts';
import { failure } from '../range/wire/builder.ts';
import { newsOf } from './news.ts';

const SECRET = 'hidden0123456789';
const { signal } = new AbortController();

let answer: (response: ServerResponse, request: IncomingMessage) => void;
let heard: { readonly path: string; readonly type: string | undefined; readonly body: string }[];
let origin: string;
let stop: () => Promise<void>;

beforeEach(async () => {
  heard = [];
  answer = (response) => void response.writeHead(204).end();
  const server = createServer(async (request, response) => {
    const body = await text(request);
    heard.push({ path: `${request.method} ${request.url}`, type: request.headers['content-type'], body });
    answer(response, request);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
});
afterEach(() => stop());

function notifier(limit = 10_000) {
  return createWebhookNotifier(`${origin}/${SECRET}?token=${SECRET}`, { limit, pause: 1 });
}

/** What it was refused with, once it is sure that nothing in it says where the webhook is. */
async function refused(
  kind: typeof UserError | typeof PlatformError,
  attempt: Promise<unknown> = notifier().notify(newsOf(), signal),
): Promise<string> {
  const error = await failure(attempt);
  expect(error).toBeInstanceOf(kind);
  const shown = inspect(error, { depth: 10, showHidden: true });
  expect(shown).not.toContain(SECRET);
  expect(shown).not.toContain(new URL(origin).port);
  return error.message;
}

const status =
  (code: number, headers: Readonly<Record<string, string>> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(code, headers).end();

test('posts the news as JSON', async () => {
  const webhook = notifier();
  await webhook.notify(newsOf(), signal);
  expect(webhook.name).toBe('webhook');
  expect(heard.map(({ path, type }) => [path, type])).toEqual([
    [`POST /${SECRET}?token=${SECRET}`, 'application/json'],
  ]);
  expect(JSON.parse(heard[0]?.body ?? '')).toEqual(newsOf());
});

test('tries once more after a failure', async () => {
  answer = (response) => status(heard.length === 1 ? 503 : 200)(response);
  await notifier().notify(newsOf(), signal);
  expect(heard).toHaveLength(2);
});

test('tries once more after a connection that broke', async () => {
  answer = (response) => void (heard.length === 1 ? response.destroy() : response.writeHead(200).end());
  await notifier().notify(newsOf(), signal);
  expect(heard).toHaveLength(2);
});

test('gives up after the second failure', async () => {
  answer = status(502);
  expect(await refused(PlatformError)).toContain('The webhook answered HTTP 502 (2 attempts), expected 2xx.');
  expect(heard).toHaveLength(2);
});

test.each([400, 401, 404, 410, 429])('does not try again after %i', async (code) => {
  answer = status(code);
  expect(await refused(UserError)).toContain(`The webhook answered HTTP ${code}, expected 2xx.`);
  expect(heard).toHaveLength(1);
});

test.each([301, 302, 303, 307, 308])('follows no redirect (%i), and does not say to where', async (code) => {
  answer = status(code, { location: `/elsewhere/${SECRET}` });
  expect(await refused(UserError)).toContain('It redirects, which is not followed.');
  expect(heard).toHaveLength(1);
});

test('waits no longer than the limit', async () => {
  answer = () => undefined;
  expect(await refused(PlatformError, notifier(50).notify(newsOf(), signal))).toContain(
    'no answer within 50ms',
  );
});

test('names no host that is not there', async () => {
  await stop();
  expect(await refused(PlatformError)).toBe(
    'The webhook does not answer: ECONNREFUSED (2 attempts). Check that this runner reaches it.',
  );
  stop = async () => undefined;
});

test('names no host that has no address', async () => {
  const webhook = createWebhookNotifier(`https://${SECRET}.invalid/x`, { limit: 10_000, pause: 1 });
  expect(await refused(PlatformError, webhook.notify(newsOf(), signal))).toContain(
    'The webhook does not answer: E',
  );
});

test('ends when it is cancelled', async () => {
  const cancellation = new AbortController();
  answer = () => cancellation.abort(new CancelledError('Cancelled by SIGTERM.'));
  expect(await failure(notifier().notify(newsOf(), cancellation.signal))).toBeInstanceOf(CancelledError);
  expect(heard).toHaveLength(1);
});

test.each([
  [`http://example.com/${SECRET}`, 'it does not use https'],
  [`ftp://example.com/${SECRET}`, 'it does not use https'],
  [`https://me:${SECRET}@example.com`, 'it holds a user name or a password'],
  [SECRET, 'it is not a URL'],
])('is refused for what is no https URL (%#), without showing it', async (webhook, because) => {
  const said = await refused(UserError, (async () => createWebhookNotifier(webhook))());
  expect(said).toContain(`The webhook cannot be used: ${because}.`);
});

test.each(['https://example.com/x', 'http://localhost:1/x', 'http://[::1]:1/x'])('may be %s', (webhook) => {
  expect(createWebhookNotifier(webhook).name).toBe('webhook');
});
