import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections (from 32768 on Linux, from 49152 elsewhere): a port
 * from there could be taken by a connection of the balancer while a host's service is restarting.
 */
const FIRST = 20_000;
const LAST = 32_000;

/**
 * Finds ports of 127.0.0.1 that nothing listens on and that stay free while their service restarts.
 *
 * @returns `count` different ports
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers: Server[] = [];
  const ports: number[] = [];
  // Starts anywhere, so that ranges that start at the same time do not compete for the same ports.
  let candidate = randomInt(FIRST, LAST);
  for (let tries = FIRST; ports.length < count && tries < LAST; tries++) {
    candidate = candidate < LAST ? candidate + 1 : FIRST;
    const server = await listen(candidate);
    if (server === undefined) continue;
    servers.push(server);
    ports.push(candidate);
  }
  await Promise.all(servers.map(close));
  if (ports.length < count) {
    throw new Error(`Found ${ports.length} free ports from ${FIRST} to ${LAST}, needed ${count}.`);
  }
  return ports;
}

function listen(port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
