import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Answer } from '../../src/hosts/answer.ts';
import { INSTALLER_SCRIPT } from '../../src/hosts/scripts/installer.ts';
import { archive, type Members, pack, packZip, serve, type TestArchive } from './archives.ts';
import {
  argumentsOf,
  callsOf,
  DIRECTORY,
  filesOf,
  haveCurrent,
  install,
  linkOf,
  offer,
  problemOf,
  RELEASES,
  releaseOf,
  STATE,
  type Wish,
} from './installer.ts';
import { type Machine, startMachine } from './machine.ts';
import { findProgram, findShells, linkInstallerTools, reportMissing, type Shell } from './shells.ts';

const TAR = ['tar.gz', pack] as const;
const ZIP = ['zip', packZip] as const;
const HAS_UNZIP = findProgram('unzip') !== undefined;
if (!HAS_UNZIP) reportMissing('unzip');

/** busybox has an unzip of its own. */
function formatsOf(shell: Shell): readonly (typeof TAR | typeof ZIP)[] {
  return HAS_UNZIP || shell.name === 'busybox' ? [TAR, ZIP] : [TAR];
}

/** Says why it failed, and that 1.0 serves on, with nothing beside it but the log. */
async function expectUntouched(machine: Machine, answer: Answer, step: string, why: RegExp): Promise<void> {
  expect(problemOf(answer)).toMatch(why);
  expect(answer).toMatchObject({
    outcome: 'failed',
    step,
    installed: false,
    switched: false,
    previous: '1.0',
  });
  expect(await linkOf(machine, 'current')).toBe('releases/1.0');
  expect(await linkOf(machine, 'previous')).toBe('');
  expect(await callsOf(machine)).toEqual([]);
  expect(await machine.list(DIRECTORY)).toEqual(['.zonewise', 'current', 'releases']);
  expect(await machine.list(RELEASES)).toEqual(['1.0']);
  expect(await machine.list(STATE)).toEqual(['log', 'results']);
  expect(await machine.list('/')).toEqual(['srv']);
}

async function installOver(
  shell: Shell,
  offered: TestArchive,
  wish: Wish,
  check: (machine: Machine, answer: Answer) => Promise<void>,
): Promise<void> {
  await using machine = await startMachine(shell);
  await haveCurrent(machine);
  await using server = await offer(offered, wish);
  await check(machine, await install(machine, server.wish));
}

describe.each(findShells())('INSTALLER in $name', (shell) => {
  const formats = formatsOf(shell);

  test.each(formats)(
    'unpacks a %s with its modes, its links and names that need quoting',
    async (format, packed) => {
      const members: Members = {
        ...filesOf('1.1'),
        'an odd $(name)/it\'s "one"': 'odd',
        logs: { link: '/var/log/web' },
        'bin/alias': { link: 'start' },
        '.release.json/version': 'forged',
      };
      await installOver(shell, packed(members), { format }, async (machine, answer) => {
        expect(problemOf(answer)).toBe('');
        expect(answer).toMatchObject({ outcome: 'switched', installed: true });
        expect(await machine.read(`${RELEASES}/1.1/an odd $(name)/it's "one"`)).toBe('odd');
        expect(await machine.read(`${RELEASES}/1.1/bin/alias`)).toContain('start');
        expect(JSON.parse(await machine.read(`${RELEASES}/1.1/.release.json`))).toMatchObject({
          version: '1.1',
        });
      });
    },
  );

  test.each(
    formats.flatMap(([format, packed]) =>
      ['/evil', '../evil', 'bin/../../evil', '..', 'bin/..'].map((path) => ({ format, packed, path })),
    ),
  )('lets nothing out of the release by the $format path $path', async ({ format, packed, path }) => {
    const hostile = packed({ ...filesOf('1.1'), [path]: 'evil' });
    await installOver(shell, hostile, { format }, async (machine, answer) => {
      // busybox does not show such paths: it strips what leads out, as it does when it unpacks.
      if (shell.name === 'busybox' && answer['outcome'] === 'switched') {
        expect(await machine.list('/')).toEqual(['srv']);
        expect(await machine.list(RELEASES)).toEqual(['1.0', '1.1']);
        expect(await machine.list(DIRECTORY)).not.toContain('evil');
      } else {
        await expectUntouched(machine, answer, 'unpack', /leaves the release folder|could not be unpacked/);
      }
    });
  });

  test.each(
    formats.flatMap(([format, packed]) => ['/tmp', 'bin', '../..'].map((link) => ({ format, packed, link }))),
  )('writes nothing through a link to $link in a $format', async ({ format, packed, link }) => {
    const hostile = packed({ ...filesOf('1.1'), 'deep/way': { link }, 'deep/way/evil': 'evil' });
    await installOver(shell, hostile, { format }, (machine, answer) =>
      expectUntouched(machine, answer, 'unpack', /below a symbolic link|could not be unpacked/),
    );
  });

  test('refuses a name whose second line looks like another member', async () => {
    const hostile = pack({
      ...filesOf('1.1'),
      'way\n-rw-r--r-- 0/0 1 2026-01-01 00:00:00 x': { link: '/tmp' },
    });
    await installOver(shell, hostile, {}, async (machine, answer) => {
      // GNU tar shows such a name on one line, and unpacks it as it is.
      if (answer['outcome'] === 'failed') await expectUntouched(machine, answer, 'unpack', /cannot be read/);
      else expect(await machine.list(`${RELEASES}/1.1`)).toHaveLength(4);
    });
  });

  test.each([
    ['is no archive at all', archive(Buffer.from('<html>please log in</html>'))],
    ['is cut off', archive(releaseOf('1.1').bytes.subarray(0, -20))],
  ])('refuses what %s even when the digest is right', async (_, bad) => {
    for (const [format] of formats) {
      await installOver(shell, bad, { format }, (machine, answer) =>
        expectUntouched(machine, answer, 'unpack', new RegExp(`not a readable ${format}`)),
      );
    }
  });

  test('refuses what has another digest', async () => {
    await installOver(shell, releaseOf('1.1'), { sha256: 'c0ffee' }, (machine, answer) =>
      expectUntouched(machine, answer, 'digest', /has sha256 [0-9a-f]{64}, expected c0ffee/),
    );
  });

  test.each(['-oProxyCommand=x', 'file:///etc/passwd'])(
    'takes %s for an address that cannot be fetched, never for an option or a file',
    async (url) => {
      await installOver(shell, releaseOf('1.1'), { url }, (machine, answer) =>
        expectUntouched(machine, answer, 'download', /could not be downloaded/),
      );
    },
  );

  test('reports what the server answered, and a download that breaks off', async () => {
    await using machine = await startMachine(shell);
    await haveCurrent(machine);
    const { bytes, sha256 } = releaseOf('1.1');
    await using server = await serve((response, path) => {
      if (path === '/404') response.writeHead(404).end('no such thing');
      else
        response
          .writeHead(200, { 'content-length': bytes.length })
          .write(bytes.subarray(0, 20), () => response.destroy());
    });
    const missing = await install(machine, { url: `${server.url}/404`, sha256 });
    await expectUntouched(machine, missing, 'download', /error: 404/);
    const broken = await install(machine, { url: `${server.url}/broken`, sha256 });
    await expectUntouched(machine, broken, 'download', /could not be downloaded: .*\d+ (out of|bytes)/);
  });

  test('reads no .curlrc', async () => {
    await using machine = await startMachine(shell);
    await using server = await offer(releaseOf('1.1'));
    await machine.writeHome('.curlrc', 'write-out = "from .curlrc"\nurl = "http://127.0.0.1:1/"\n');
    const { stdout } = await machine.run(INSTALLER_SCRIPT, ...argumentsOf(server.wish));
    expect(stdout).toMatch(/^\{"outcome":"switched"/);
  });
});

test('a host without unzip is told what to install, and takes a tar.gz', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'zonewise-tools-'));
  try {
    await using machine = await startMachine(undefined, { PATH: await linkInstallerTools(folder) });
    await haveCurrent(machine);
    await using zip = await offer(packZip(filesOf('1.1')), { format: 'zip' });
    await expectUntouched(machine, await install(machine, zip.wish), 'unpack', /install unzip/);
    await using tar = await offer(releaseOf('1.1'));
    expect(await install(machine, tar.wish)).toMatchObject({ outcome: 'switched' });
    expect(await callsOf(machine)).toHaveLength(5);
  } finally {
    await rm(folder, { recursive: true });
  }
});
