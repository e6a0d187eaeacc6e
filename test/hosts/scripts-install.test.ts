import { utimes } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { INSTALL_SCRIPT } from '../../src/hosts/scripts.ts';
import { until } from '../range/support.ts';
import { archive, pack, serve, type TestArchive } from './archives.ts';
import { type Machine, type Outcome, startMachine } from './machine.ts';
import { findShells } from './shells.ts';

const DIRECTORY = '/srv/the web';
const RELEASES = `${DIRECTORY}/releases`;
const RUN = 'https://github.com/acme/web/actions/runs/1';
const GOOD = pack({ 'bin/start': '#!/bin/sh\necho up\n', 'public/a page.html': 'hello' });

interface Wanted {
  readonly version?: string;
  readonly sha256?: string;
  readonly keep?: number;
}

function wants(url: string, { version = '1.0', sha256 = GOOD.sha256, keep = 5 }: Wanted = {}) {
  return [INSTALL_SCRIPT, DIRECTORY, version, sha256, url, RUN, String(keep)] as const;
}

function serveArchive({ bytes }: TestArchive) {
  return serve((response) => response.end(bytes));
}

/** Makes a release that was installed some minutes ago. */
async function haveRelease(
  machine: Machine,
  version: string,
  minutes: number,
  sha256 = version,
): Promise<void> {
  await machine.write(
    `${RELEASES}/${version}/.release.json`,
    `{"version":"${version}","sha256":"${sha256}"}\n`,
  );
  const then = Date.now() / 1_000 - minutes * 60;
  await utimes(machine.at(`${RELEASES}/${version}`), then, then);
}

/** Says why it failed and that nothing but folders was left behind. */
async function expectUntouched(
  machine: Machine,
  { code, stdout, stderr }: Outcome,
  why: RegExp,
): Promise<void> {
  expect(stderr).toMatch(why);
  expect(code).not.toBe(0);
  expect(stdout).toBe('');
  expect(await machine.list(RELEASES)).toEqual([]);
  expect((await machine.list(DIRECTORY)).filter((name) => name !== 'releases')).toEqual([]);
  expect(await machine.list('/')).toEqual(['srv']);
}

describe.each(findShells())('INSTALL in $name', (shell) => {
  test('downloads, verifies and unpacks beside the running release', async () => {
    await using machine = await startMachine(shell);
    await using server = await serveArchive(GOOD);
    await haveRelease(machine, '0.9', 5);
    await machine.link(`${DIRECTORY}/current`, 'releases/0.9');
    expect(await machine.ask(...wants(`${server.url}/1.0.tar.gz?X-Amz-Signature=a%2Fb&x={[1-3]}`))).toEqual({
      installed: true,
    });
    expect(await machine.list(RELEASES)).toEqual(['0.9', '1.0']);
    expect(await machine.read(`${RELEASES}/1.0/public/a page.html`)).toBe('hello');
    expect(JSON.parse(await machine.read(`${RELEASES}/1.0/.release.json`))).toEqual({
      version: '1.0',
      sha256: GOOD.sha256,
      installed_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      run: RUN,
    });
    expect(await machine.list(`${DIRECTORY}/current/`)).toEqual(['.release.json']);
  });

  test('does nothing when the release is there already, current or not', async () => {
    await using machine = await startMachine(shell);
    await using server = await serveArchive(GOOD);
    await machine.ask(...wants(server.url));
    await machine.write(`${RELEASES}/1.0/written-since`, '');
    expect(await machine.ask(...wants(server.url))).toEqual({ installed: false });
    await machine.link(`${DIRECTORY}/current`, 'releases/1.0');
    expect(await machine.ask(...wants(server.url))).toEqual({ installed: false });
    expect(server.count()).toBe(1);
    expect(await machine.list(`${RELEASES}/1.0`)).toContain('written-since');
  });

  test('replaces another build of the version unless it is the running one', async () => {
    await using machine = await startMachine(shell);
    await using server = await serveArchive(GOOD);
    await haveRelease(machine, '1.0', 5, 'other');
    await machine.link(`${DIRECTORY}/current`, 'releases/1.0');
    const refused = await machine.run(...wants(server.url));
    expect(refused).toMatchObject({ code: 25, stderr: expect.stringContaining('another digest') });
    expect(server.count()).toBe(0);
    expect(await machine.read(`${RELEASES}/1.0/.release.json`)).toContain('"other"');
    await machine.remove(`${DIRECTORY}/current`);
    expect(await machine.ask(...wants(server.url))).toEqual({ installed: true });
    expect(await machine.list(RELEASES)).toEqual(['1.0']);
    expect(await machine.read(`${RELEASES}/1.0/.release.json`)).toContain(GOOD.sha256);
  });

  test('takes its own word for the digest, not the archive', async () => {
    await using machine = await startMachine(shell);
    const lying = pack({ '.release.json/x': 'a folder in the place of the note' });
    await using server = await serveArchive(lying);
    await machine.ask(...wants(server.url, { sha256: lying.sha256 }));
    expect(await machine.read(`${RELEASES}/1.0/.release.json`)).toContain(lying.sha256);
  });

  test('keeps so many releases: not the oldest, always the current one and the new one', async () => {
    await using machine = await startMachine(shell);
    await using server = await serveArchive(GOOD);
    // As numbers 1.1 and 1.10 would be the same.
    for (const [index, version] of ['1.10', '0.7', '0.8', '0.9'].entries()) {
      await haveRelease(machine, version, 60 - index);
    }
    await machine.link(`${DIRECTORY}/current`, 'releases/0.7');
    await machine.ask(...wants(server.url, { version: '1.1', keep: 3 }));
    expect(await machine.list(RELEASES)).toEqual(['0.7', '0.9', '1.1']);
    await machine.ask(...wants(server.url, { version: '1.2', keep: 1 }));
    expect(await machine.list(RELEASES)).toEqual(['0.7', '1.2']);
    await machine.ask(...wants(server.url, { version: '1.3', keep: 3 }));
    expect(await machine.list(RELEASES)).toEqual(['0.7', '1.2', '1.3']);
  });

  test('succeeds after it was killed in the middle of a download', async () => {
    await using machine = await startMachine(shell);
    await using server = await serve((response, _, count) => {
      response.setHeader('content-length', GOOD.bytes.length);
      if (count === 1) response.write(GOOD.bytes.subarray(0, 100));
      else response.end(GOOD.bytes);
    });
    const first = machine.start(...wants(server.url));
    await until(() => server.count() === 1, 'the download has begun');
    first.kill();
    await first.ended;
    expect(await machine.list(RELEASES)).toEqual([expect.stringMatching(/^\.incoming-1\.0\.\d+$/)]);
    expect(await machine.ask(...wants(server.url))).toEqual({ installed: true });
    expect(await machine.list(RELEASES)).toEqual(['1.0']);
  });

  test('clears away what a killed run left, even when there is nothing to install', async () => {
    await using machine = await startMachine(shell);
    await using server = await serveArchive(GOOD);
    await machine.ask(...wants(server.url));
    await machine.write(`${RELEASES}/.incoming-1.0.77/archive`, 'left');
    expect(await machine.ask(...wants(server.url))).toEqual({ installed: false });
    expect(await machine.list(RELEASES)).toEqual(['1.0']);
  });

  test('refuses an archive with another digest, naming both', async () => {
    await using machine = await startMachine(shell);
    await using server = await serveArchive(GOOD);
    const outcome = await machine.run(...wants(server.url, { sha256: '0'.repeat(64) }));
    expect(outcome.code).toBe(21);
    await expectUntouched(machine, outcome, new RegExp(`has sha256 ${GOOD.sha256}, expected 0{64}`));
  });

  test.each([
    ['is not there', (response) => void response.writeHead(404).end('<Error>NoSuchKey</Error>'), 20, /404/],
    [
      'breaks off',
      (response) => {
        response.setHeader('content-length', GOOD.bytes.length);
        response.write(GOOD.bytes.subarray(0, 100), () => response.destroy());
      },
      20,
      /curl: \(18\)/,
    ],
  ] satisfies [string, Parameters<typeof serve>[0], number, RegExp][])(
    'fails when the archive %s',
    async (_, answer, code, why) => {
      await using machine = await startMachine(shell);
      await using server = await serve(answer);
      const outcome = await machine.run(...wants(server.url));
      expect(outcome.code).toBe(code);
      await expectUntouched(machine, outcome, why);
    },
  );

  test('fails when nothing listens there', async () => {
    await using machine = await startMachine(shell);
    const gone = await serveArchive(GOOD);
    await gone[Symbol.asyncDispose]();
    await expectUntouched(machine, await machine.run(...wants(gone.url)), /could not be downloaded/);
  });

  test.each([
    ['is no tar.gz', archive(Buffer.from('<html>please log in</html>')), 22],
    ['is cut off', archive(GOOD.bytes.subarray(0, GOOD.bytes.length - 20)), 22],
  ])('refuses what %s even when the digest is right', async (_, { bytes, sha256 }, code) => {
    await using machine = await startMachine(shell);
    await using server = await serveArchive({ bytes, sha256 });
    const outcome = await machine.run(...wants(server.url, { sha256 }));
    expect(outcome.code).toBe(code);
    await expectUntouched(machine, outcome, /not a readable tar\.gz/);
  });

  test.each(['/evil', '../evil', 'bin/../../evil', '..'])(
    'lets nothing out of the release by the path %s',
    async (path) => {
      await using machine = await startMachine(shell);
      const hostile = pack({ 'bin/start': 'fine', [path]: 'evil' });
      await using server = await serveArchive(hostile);
      const outcome = await machine.run(...wants(server.url, { sha256: hostile.sha256 }));
      // The tar of busybox does not show such paths: it strips what leads out, as it does when it unpacks.
      if (shell.name !== 'busybox' || outcome.code !== 0) {
        await expectUntouched(machine, outcome, /leaves the release folder|could not be unpacked/);
      }
      expect(await machine.list('/')).toEqual(['srv']);
      expect(await machine.list(DIRECTORY)).toEqual(['releases']);
      expect((await machine.list(RELEASES)).filter((name) => name !== '1.0')).toEqual([]);
    },
  );

  test.each(['-oProxyCommand=x', 'file:///etc/passwd'])(
    'takes %s for an address that cannot be fetched, never for an option or a file',
    async (url) => {
      await using machine = await startMachine(shell);
      const outcome = await machine.run(...wants(url));
      expect(outcome.code).toBe(20);
      await expectUntouched(machine, outcome, /could not be downloaded/);
    },
  );

  test('reads no .curlrc', async () => {
    await using machine = await startMachine(shell);
    await using server = await serveArchive(GOOD);
    await machine.writeHome('.curlrc', 'write-out = "from .curlrc"\nurl = "http://127.0.0.1:1/"\n');
    const { stdout } = await machine.run(...wants(server.url));
    expect(stdout).toBe('{"installed":true}\n');
  });
});
