import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { archive, pack, serve, type TestServer } from '../hosts/archives.ts';
import { killBundles } from './run-bundle.ts';
import { A1, A2, B3, B4 } from './test-range.ts';
import { startUpgradeRange, type UpgradeRange } from './upgrade-range.ts';

jest.setTimeout(60_000);

const GOOD = pack({ 'bin/start': '#!/bin/sh\n', 'bin/stop': '#!/bin/sh\n' });
const CLIMBING = pack({ '../../../etc/cron.d/zonewise': 'owned' });
const ONCE = { 'on-failure': 'hold', 'before-install': '', 'after-install': '', verify: '' };

let world: UpgradeRange;
let web: TestServer;

beforeAll(async () => {
  web = await serve((response, path) => {
    if (path.startsWith('/short')) {
      // Says more than it sends, and hangs up.
      response.writeHead(200, { 'content-length': GOOD.bytes.length });
      if (response.req.method === 'HEAD') response.end();
      else response.write(GOOD.bytes.subarray(0, 40), () => response.destroy());
    } else if (path.startsWith('/climbing')) response.end(CLIMBING.bytes);
    else if (path.startsWith('/other')) response.end(archive(Buffer.from('something else')).bytes);
    else response.writeHead(404).end();
  });
  world = await startUpgradeRange([{ kind: 'double-delivery', host: A2 }]);
});

afterEach(killBundles);

afterAll(async () => {
  await web?.[Symbol.asyncDispose]();
  await world?.stop();
});

describe('an archive that is not what it should be', () => {
  test.each([
    { what: 'of another digest', path: 'other', sha256: GOOD.sha256, why: 'digest: ' },
    { what: 'cut off on its way', path: 'short', sha256: GOOD.sha256, why: 'download: ' },
    { what: 'that leaves its folder', path: 'climbing', sha256: CLIMBING.sha256, why: 'unpack: ' },
  ])('$what: the old release still serves, nothing is left behind', async ({ path, sha256, why }) => {
    const before = await world.everything();
    const ended = await world.upgrade([A1], '3.0.0', {
      ...ONCE,
      artifact: `${web.url}/${path}/3.0.0.tar.gz`,
      sha256,
    });
    expect(ended.exitCode).toBe(1);
    expect(ended.results).toMatchObject([{ host: A1, outcome: 'untouched', from: '1.0.0' }]);
    expect(ended.results[0]?.proof).toContain(why);
    expect(await world.everything()).toEqual(before);
    expect(await world.exists(A1, 'srv/storefront/releases/3.0.0')).toBe(false);
    expect(await world.exists(A1, 'etc/cron.d/zonewise')).toBe(false);
  });

  test('whose digest is known to be wrong is refused before any host is asked', async () => {
    const calls = await world.range.calls();
    const ended = await world.upgrade([A1], '1.1.0', { sha256: GOOD.sha256 });
    expect(ended.errors.join()).toContain(`expected ${GOOD.sha256}`);
    expect((await world.range.calls())['SendCommand']).toBe(calls['SendCommand']);
  });
});

test('a command that is delivered twice runs once', async () => {
  const ended = await world.upgrade([A2], '1.2.0');
  expect(ended.errors).toEqual([]);
  expect(ended.results).toMatchObject([{ host: A2, outcome: 'upgraded', to: '1.2.0' }]);
  expect((await world.hooks(A2)).map((line) => line.split(' ')[0])).toEqual([
    'before-install',
    'after-install',
    'verify',
  ]);
});

describe('a host whose agent dies', () => {
  test('before: it is named with its last ping, and nothing is touched anywhere', async () => {
    await world.range.stopAgent(B4);
    const ended = await world.upgrade([B3, B4], '1.1.0');
    expect(ended.exitCode).toBe(1);
    expect(ended.errors[0]).toMatch(
      new RegExp(`${B4}: its Systems Manager agent is ConnectionLost, last heard of \\d{4}-\\d\\d-\\d\\dT`),
    );
    expect(ended.errors[0]).not.toContain(B3);
    expect(await world.release(B3)).toBe('1.0.0');
  });
});

describe('what is wrong with the inputs', () => {
  test('is found before anything is loaded or touched, all of it at once', async () => {
    const ended = await world.upgrade([A1], 'previous', {
      artifact: 's3://releases/storefront/1.1.0.tar.gz',
      'on-failure': 'roll-back, retry 2',
      unit: 'a unit; reboot',
      start: './bin/start --now',
      'max-parallel': '0.5',
    });
    expect(ended.exitCode).toBe(1);
    expect(ended.errors).toHaveLength(1);
    expect(ended.errors[0]).toMatch(/^5 problems with the inputs/);
    for (const name of ['on-failure', 'unit', 'start', 'max-parallel', 'artifact']) {
      expect(ended.errors[0]).toContain(`\`${name}\``);
    }
  });

  test('a URL with a password is refused and never printed', async () => {
    const ended = await world.upgrade([A1], '1.1.0', {
      artifact: 'https://deploy:hunter2@releases.example.com/1.1.0.tar.gz',
    });
    expect(ended.errors[0]).toContain('`artifact` is (not shown)');
    expect(ended.log).not.toContain('hunter2');
  });
});
