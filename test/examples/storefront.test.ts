import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { Agent, get, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { extract } from 'tar';
import { type Packed, pack, VERSIONS } from '../../examples/storefront/pack.ts';

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Service {
  readonly process: ChildProcess;
  readonly port: number;
}

/** The first request of this host takes 50 ms of work. */
const SLOW_HOST = 'host-90';
/** A signal that comes after the answer proves nothing; then the whole case is played again. */
const ATTEMPTS = 10;
/** Milliseconds after the begin of a stop; the service waits 1 s for whoever is connected. */
const IDLE_WHILE_STOPPING = 300;

const running = new Set<ChildProcess>();
let folder = '';
let packed: readonly Packed[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'storefront-test-'));
  packed = await pack(join(folder, 'releases'));
  for (const { version, file, sha256 } of packed) {
    const home = join(folder, version);
    await mkdir(home);
    await extract({ file, cwd: home });
    await writeFile(join(home, '.release.json'), JSON.stringify({ version, sha256 }));
  }
});

afterEach(async () => {
  for (const child of running) {
    child.kill('SIGKILL');
    await ended(child);
  }
});

afterAll(() => rm(folder, { recursive: true }));

async function start(home: string, environment: Readonly<Record<string, string>> = {}): Promise<Service> {
  const child = spawn(join(home, 'bin', 'serve'), {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
      PORT: '0',
      HOST_ID: 'host-1',
      ZONE: 'us-east-1a',
      ...environment,
    },
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const port = /listens on http:\/\/127\.0\.0\.1:(\d+)$/.exec(String(line))?.[1];
  if (port === undefined) throw new Error(`the service said ${line}`);
  return { process: child, port: Number(port) };
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

function ask({ port }: Service, path: string, agent = new Agent()): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += String(chunk);
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    }).on('error', reject);
  });
}

/** Two connections that the service knows, so that what is asked over them later is read at once. */
async function warmConnections(service: Service): Promise<readonly [Agent, Agent]> {
  const agents = [new Agent({ keepAlive: true }), new Agent({ keepAlive: true })] as const;
  await Promise.all(agents.map((agent) => ask(service, '/healthz', agent)));
  return agents;
}

/** Asks on kept connections until one answer says that the service has begun to stop. */
async function beginsToStop(service: Service, agent: Agent): Promise<void> {
  let connection: string | undefined;
  while (connection !== 'close') connection = (await ask(service, '/healthz', agent)).headers.connection;
}

/** Sends a signal while `/` is being worked on. */
async function signalInFlight(signal: NodeJS.Signals) {
  const service = await start(join(folder, '1.0.0'), { HOST_ID: SLOW_HOST });
  const [first, second] = await warmConnections(service);
  const [answer, exitCode] = await Promise.all([
    ask(service, '/', first).catch((error: NodeJS.ErrnoException) => error),
    // The service has read `/` when it answers what was sent after it.
    ask(service, '/healthz', second).then(() => {
      service.process.kill(signal);
      return ended(service.process);
    }),
  ]);
  first.destroy();
  second.destroy();
  return { answer, exitCode };
}

describe('packing', () => {
  test('gives the same bytes every time', async () => {
    const again = await pack(join(folder, 'again'));
    expect(again.map(({ version, sha256 }) => ({ version, sha256 }))).toEqual(
      packed.map(({ version, sha256 }) => ({ version, sha256 })),
    );
    expect(packed.map(({ version }) => version)).toEqual([...VERSIONS]);
    expect(new Set(packed.map(({ sha256 }) => sha256)).size).toBe(VERSIONS.length);
  });

  test('writes the digest of each archive beside it, and nothing else', async () => {
    for (const { version, file, sha256 } of packed) {
      expect(await readFile(`${file}.sha256`, 'utf8')).toBe(`${sha256}  ${version}.tar.gz\n`);
      expect(
        createHash('sha256')
          .update(await readFile(file))
          .digest('hex'),
      ).toBe(sha256);
    }
    expect(await readdir(join(folder, 'releases'))).toHaveLength(2 * VERSIONS.length);
  });
});

describe('the service', () => {
  test('says how many requests it is working on, without the one that asks', async () => {
    const service = await start(join(folder, '1.0.0'), { HOST_ID: SLOW_HOST });
    const [first, second] = await warmConnections(service);
    const inFlight = async (): Promise<number> => {
      const { body } = await ask(service, '/inflight', second);
      return JSON.parse(body).in_flight;
    };
    expect(await inFlight()).toBe(0);
    let most = 0;
    for (let attempt = 0; most === 0 && attempt < ATTEMPTS; attempt++) {
      const home = ask(service, '/', first);
      most = Math.max(most, await inFlight());
      await home;
    }
    expect(most).toBe(1);
    expect(await inFlight()).toBe(0);
    first.destroy();
    second.destroy();
  });

  test('welcomes, and says which release, host and zone answered', async () => {
    const service = await start(join(folder, '1.1.0'));
    const agent = new Agent({ keepAlive: true });
    const home = await ask(service, '/', agent);
    agent.destroy();
    expect(home.status).toBe(200);
    expect(home.headers['x-storefront-version']).toBe('1.1.0');
    expect(home.headers.connection).toBe('keep-alive');
    expect(JSON.parse(home.body)).toEqual({
      message: 'Welcome to the storefront',
      version: '1.1.0',
      host: 'host-1',
      zone: 'us-east-1a',
    });
    expect((await ask(service, '/nowhere')).status).toBe(404);
  });

  test('says the version and digest the installer proved, and when it started', async () => {
    const before = Date.now();
    const service = await start(join(folder, '1.1.0'));
    const identity = JSON.parse((await ask(service, '/version')).body);
    expect(identity).toEqual({
      version: '1.1.0',
      digest: packed.find(({ version }) => version === '1.1.0')?.sha256,
      started_at: expect.any(String),
      host: 'host-1',
      zone: 'us-east-1a',
    });
    expect(Date.parse(identity.started_at)).toBeGreaterThanOrEqual(before);
  });

  test('has only a version when it was unpacked by hand', async () => {
    const home = join(folder, 'by-hand');
    await mkdir(home);
    await extract({ file: join(folder, 'releases', '1.0.0.tar.gz'), cwd: home });
    const identity = JSON.parse((await ask(await start(home), '/version')).body);
    expect(identity.version).toBe('1.0.0');
    expect(identity).not.toHaveProperty('digest');
  });

  test('is the release it was started from, whatever current points to later', async () => {
    const current = join(folder, 'current');
    await symlink('1.0.0', current);
    const service = await start(current);
    await rm(current);
    await symlink('1.1.0', current);
    expect(JSON.parse((await ask(service, '/version')).body).version).toBe('1.0.0');
  });

  test('is healthy, and sick when told to be', async () => {
    expect((await ask(await start(join(folder, '1.0.0')), '/healthz')).status).toBe(200);
    const sick = await start(join(folder, '1.0.0'), { STOREFRONT_SICK: '1' });
    expect((await ask(sick, '/healthz')).status).toBe(503);
    expect((await ask(sick, '/')).status).toBe(200);
  });

  test('in its broken release seems well and does not work', async () => {
    const service = await start(join(folder, '1.1.1-broken'));
    expect((await ask(service, '/healthz')).status).toBe(200);
    expect(JSON.parse((await ask(service, '/version')).body).version).toBe('1.1.1-broken');
    expect((await ask(service, '/')).status).toBe(500);
  });
});

describe('stopping', () => {
  test('gracefully answers what is in flight and closes the connection', async () => {
    for (let attempt = 1; ; attempt++) {
      const { answer, exitCode } = await signalInFlight('SIGTERM');
      expect(exitCode).toBe(0);
      expect(answer).toMatchObject({
        status: 200,
        body: expect.stringContaining('Welcome to the storefront'),
      });
      if ('status' in answer && answer.headers.connection === 'close') break;
      expect(attempt).toBeLessThan(ATTEMPTS);
    }
  });

  test('gracefully still answers on a connection that was idle, and ends', async () => {
    const service = await start(join(folder, '1.0.0'));
    const [idle, witness] = await warmConnections(service);
    service.process.kill('SIGTERM');
    await beginsToStop(service, witness);
    await sleep(IDLE_WHILE_STOPPING);
    const answer = await ask(service, '/', idle);
    expect(answer).toMatchObject({ status: 200, headers: { connection: 'close' } });
    expect(await ended(service.process)).toBe(0);
    idle.destroy();
    witness.destroy();
  });

  test('gracefully still accepts whoever comes while others are connected', async () => {
    const service = await start(join(folder, '1.0.0'));
    const [idle, witness] = await warmConnections(service);
    service.process.kill('SIGTERM');
    await beginsToStop(service, witness);
    const answer = await ask(service, '/healthz', new Agent({ keepAlive: true }));
    expect(answer).toMatchObject({ status: 200, headers: { connection: 'close' } });
    idle.destroy();
    witness.destroy();
    expect(await ended(service.process)).toBe(0);
  });

  test('gracefully waits a moment, and no longer, for who is connected and asks for nothing', async () => {
    const service = await start(join(folder, '1.0.0'));
    const silent = connect(service.port, '127.0.0.1').on('error', () => undefined);
    await once(silent, 'connect');
    const [idle, other] = await warmConnections(service);
    service.process.kill('SIGTERM');
    expect(await ended(service.process)).toBe(0);
    silent.destroy();
    idle.destroy();
    other.destroy();
  });

  test('gracefully ends at once when nobody is connected', async () => {
    const visited = await start(join(folder, '1.0.0'));
    const lonely = await start(join(folder, '1.0.0'));
    const agents = await warmConnections(visited);
    visited.process.kill('SIGTERM');
    // If both waited, the one that was told first would end first.
    await sleep(IDLE_WHILE_STOPPING);
    lonely.process.kill('SIGTERM');
    const firstToEnd = Promise.race([
      ended(visited.process).then(() => 'visited'),
      ended(lonely.process).then(() => 'lonely'),
    ]);
    expect(await firstToEnd).toBe('lonely');
    expect(await ended(lonely.process)).toBe(0);
    expect(await ended(visited.process)).toBe(0);
    for (const agent of agents) agent.destroy();
  });

  test.each([
    ['SIGINT', 130],
    ['SIGQUIT', 131],
  ] as const)('by %s cuts what is in flight', async (signal, code) => {
    for (let attempt = 1; ; attempt++) {
      const { answer, exitCode } = await signalInFlight(signal);
      expect(exitCode).toBe(code);
      if (!('status' in answer)) {
        expect(answer).toMatchObject({ code: 'ECONNRESET' });
        break;
      }
      expect(attempt).toBeLessThan(ATTEMPTS);
    }
  });
});
