import { readFileSync, realpathSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const GRACE_MS = 10_000;
// A client that keeps its connection does not know that the service stops; whoever asks within this time is told.
const LINGER_MS = 1_000;
// Longer than a balancer keeps an idle connection (60 s), so that only the balancer ever closes one.
const KEEP_ALIVE_MS = 75_000;

const folder = realpathSync(dirname(fileURLToPath(import.meta.url)));
const release = readRelease();
const host = process.env.HOST_ID ?? 'unnamed';
const zone = process.env.ZONE ?? 'nowhere';
const startedAt = new Date().toISOString();
const nextWork = workTimes(host);
const connections = new Set();
const silent = new Set();
let stopping = false;
let inFlight = 0;

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
  silent.delete(request.socket);
  const path = new URL(request.url ?? '/', 'http://storefront').pathname;
  // Whoever asks how much work there is would otherwise count as work.
  if (path === '/inflight') return answer(response, 200, { in_flight: inFlight });
  inFlight += 1;
  response.on('close', () => {
    inFlight -= 1;
  });
  if (path === '/') setTimeout(() => home(response), nextWork());
  else if (path === '/version') answer(response, 200, identity());
  else if (path === '/healthz') health(response);
  else answer(response, 404, { error: `nothing at ${path}` });
});

server.on('connection', (socket) => {
  connections.add(socket);
  silent.add(socket);
  socket.on('close', () => {
    connections.delete(socket);
    silent.delete(socket);
    if (stopping && connections.size === 0) close();
  });
});
server.on('close', () => process.exit(0));
process.on('SIGTERM', stopGracefully);
process.on('SIGINT', () => process.exit(130));
process.on('SIGQUIT', () => process.exit(131));
server.listen(Number(process.env.PORT ?? 8080), process.env.BIND ?? '127.0.0.1', () => {
  const { address, port } = server.address();
  console.log(`storefront ${release.version} listens on http://${address}:${port}`);
});

/** The installer leaves the digest it proved in `.release.json`; a folder unpacked by hand has only `VERSION`. */
function readRelease() {
  try {
    return JSON.parse(readFileSync(join(folder, '.release.json'), 'utf8'));
  } catch {
    return { version: readFileSync(join(folder, 'VERSION'), 'utf8').trim() };
  }
}

function identity() {
  return { version: release.version, digest: release.sha256, started_at: startedAt, host, zone };
}

/** A release that starts, is healthy, says its version and still does not work: for rehearsing the way back. */
function home(response) {
  const where = { version: release.version, host, zone };
  if (release.version.endsWith('-broken'))
    answer(response, 500, { error: 'the shelves are empty', ...where });
  else answer(response, 200, { message: 'Welcome to the storefront', ...where });
}

function health(response) {
  if (process.env.STOREFRONT_SICK === '1') answer(response, 503, { healthy: false });
  else answer(response, 200, { healthy: true });
}

function answer(response, status, body) {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-storefront-version': release.version,
    ...(stopping && { connection: 'close' }),
  });
  response.end(text);
}

/**
 * Goes on answering, each time with `Connection: close`, until no connection is open or `LINGER_MS` are over. A host that
 * was proven quiet has none and stops at once; behind a network balancer clients keep theirs, and one that is closed in
 * the moment in which a client uses it loses a request.
 */
function stopGracefully() {
  stopping = true;
  setTimeout(() => process.exit(1), GRACE_MS).unref();
  if (connections.size === 0) close();
  else setTimeout(close, LINGER_MS);
}

/** Accepts nothing new and ends when the last request in flight was answered. */
function close() {
  server.close();
  server.closeIdleConnections();
  // A connection that has not asked for anything yet is not idle to Node, and would hold the process.
  for (const socket of silent) socket.destroy();
}

/** 5 to 50 ms of work for each request, the same sequence in every run of the same host. */
function workTimes(seed) {
  let state = [...seed].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, 7);
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return 5 + ((state >>> 16) % 46);
  };
}
