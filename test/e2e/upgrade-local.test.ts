import { mkdtemp, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { freePorts } from '../../src/range/hosts/ports.ts';
import { serve, type TestServer } from '../hosts/archives.ts';
import { packRelease } from './releases.ts';
import { type Ended, killBundles, runBundle } from './run-bundle.ts';

jest.setTimeout(60_000);

/** The storefront without a service manager: a process and a file with its number. */
const STOP = `#!/bin/sh
[ -f ../../pid ] || exit 0
kill "$(cat ../../pid)" 2>/dev/null
rm -f ../../pid
`;

function start(port: number): string {
  return `#!/bin/sh
PORT=${port} nohup '${process.execPath}' server.js >../../service.log 2>&1 &
echo "$!" >../../pid
`;
}

let folder: string;
let port: number;
let web: TestServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-'));
  [port = 0] = await freePorts(1);
  const programs = { start: start(port), stop: STOP };
  await packRelease(folder, '1.0.0', programs);
  await packRelease(folder, '1.1.0', programs);
  web = await serve(async (response, path) => {
    const file = await readFile(join(folder, path)).catch(() => undefined);
    if (file === undefined) response.writeHead(404).end();
    else response.end(response.req.method === 'HEAD' ? undefined : file);
  });
});

afterEach(killBundles);

afterAll(async () => {
  const pid = await readFile(join(folder, 'root/srv/storefront/pid'), 'utf8').catch(() => '');
  if (pid !== '') process.kill(Number(pid));
  await web[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, maxRetries: 3 });
});

function upgrade(version: string, inputs: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return runBundle('upgrade-host', {
    inputs: {
      transport: 'local',
      version,
      ...(version === 'previous' ? {} : { artifact: `${web.url}/${version}.tar.gz` }),
      directory: '/srv/storefront',
      stop: './bin/stop',
      start: './bin/start',
      port: String(port),
      'identity-url': 'http://{address}:{port}/version',
      'identity-digest': 'digest',
      'identity-started': 'started_at',
      ...inputs,
    },
    environment: { ZONEWISE_HOST_ROOT: join(folder, 'root') },
    folder,
  });
}

describe('a runner that is the host', () => {
  test('upgrades itself, without AWS, and goes back', async () => {
    for (const version of ['1.0.0', '1.1.0']) {
      const ended = await upgrade(version);
      expect(ended.errors).toEqual([]);
      expect(JSON.parse(ended.outputs['results'] ?? '')).toMatchObject([
        { host: 'local', outcome: 'upgraded', to: version },
      ]);
    }
    const downloads = web.count();
    const back = await upgrade('previous');
    expect(back.errors).toEqual([]);
    expect(JSON.parse(back.outputs['results'] ?? '')).toMatchObject([
      { outcome: 'upgraded', from: '1.1.0', to: '1.0.0' },
    ]);
    expect(web.count()).toBe(downloads);
    expect(await readlink(join(folder, 'root/srv/storefront/current'))).toBe('releases/1.0.0');
    const answer = await fetch(`http://127.0.0.1:${port}/version`);
    expect(await answer.json()).toMatchObject({ version: '1.0.0' });
  });

  test('is refused with hosts, and with a rung that would end it', async () => {
    const ended = await upgrade('1.1.0', { hosts: 'i-0a000000000000001', 'on-failure': 'replace' });
    expect(ended.errors).toHaveLength(1);
    expect(ended.errors[0]).toContain('`hosts` is given with `transport: local`');
    expect(ended.errors[0]).toContain('a runner cannot replace the host it runs on');
  });
});
