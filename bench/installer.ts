import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerField, numberField, readAnswer } from '../src/hosts/answer.ts';
import { packCommand } from '../src/hosts/envelope.ts';
import { INSTALLER_SCRIPT } from '../src/hosts/scripts/installer.ts';

const HOOKS = ['before-install', 'stop', 'start', 'after-install', 'verify'];

/** What the installer costs a host beyond the download and what the hooks do, in milliseconds. */
export interface InstallerCost {
  readonly shell: string;
  readonly median: number;
  readonly most: number;
}

interface Shell {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly path: string;
}

/**
 * Runs whole upgrades, each to a version of its own, from the start of the shell to its end, and takes off what the
 * installer itself says the download took. Its five hooks do nothing, so that what they take is the installer's own.
 */
export async function measureInstaller(rounds: number): Promise<readonly InstallerCost[]> {
  const folder = mkdtempSync(join(tmpdir(), 'zonewise bench-'));
  try {
    const archive = packRelease(folder);
    const server = createServer((_, response) => response.end(archive)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const sha256 = createHash('sha256').update(archive).digest('hex');
    const costs: InstallerCost[] = [];
    for (const shell of shellsIn(folder)) {
      const times: number[] = [];
      for (let round = 0; round <= rounds; round += 1) {
        const values = argumentsOf(join('/', shell.name), `1.${round}`, {
          url,
          sha256,
          bytes: archive.length,
        });
        const time = await runOnce(folder, shell, values);
        // The first round only warms the file cache up.
        if (round > 0) times.push(time);
      }
      const sorted = times.toSorted((a, b) => a - b);
      const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
      costs.push({ shell: shell.name, median, most: sorted.at(-1) ?? Number.NaN });
    }
    server.close();
    return costs;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A small release: what unpacking a large one takes depends on the release. */
function packRelease(folder: string): Buffer {
  const bin = join(folder, 'release', 'bin');
  mkdirSync(bin, { recursive: true });
  for (const name of HOOKS) writeFileSync(join(bin, name), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  const { stdout } = spawnSync('tar', ['-czf', '-', '-C', join(folder, 'release'), '.']);
  return stdout;
}

/** dash, and busybox with nothing but its own tools and curl; what is not installed is left out. */
function shellsIn(folder: string): readonly Shell[] {
  const system = process.env['PATH'] ?? '/usr/bin:/bin';
  const find = (name: string) =>
    system.split(':').flatMap((each) => (existsSync(join(each, name)) ? [join(each, name)] : []))[0];
  const [dash, busybox] = [find('dash'), find('busybox')];
  const shells: Shell[] = [];
  if (dash !== undefined) shells.push({ name: 'dash', command: [dash], path: system });
  if (busybox !== undefined) {
    const tools = join(folder, 'tools');
    mkdirSync(tools);
    spawnSync(busybox, ['--install', '-s', tools]);
    symlinkSync(find('curl') ?? 'curl', join(tools, 'curl'));
    shells.push({ name: 'busybox', command: [busybox, 'sh'], path: tools });
  }
  return shells;
}

function argumentsOf(
  directory: string,
  version: string,
  { url, sha256, bytes }: { readonly url: string; readonly sha256: string; readonly bytes: number },
): readonly string[] {
  const release = [directory, version, sha256, url, 'tar.gz', String(bytes)];
  const hooks = HOOKS.map((name) => `./bin/${name}`);
  return [randomUUID(), 'bench', '300', 'web', 'us-east-1a', ...release, '', '3', '60', '', ...hooks];
}

async function runOnce(folder: string, shell: Shell, values: readonly string[]): Promise<number> {
  const file = join(folder, 'command.sh');
  writeFileSync(file, packCommand(INSTALLER_SCRIPT, values).join('\n'));
  const [program, ...options] = shell.command;
  const began = performance.now();
  const child = spawn(program, [...options, file], {
    env: { PATH: shell.path, ZONEWISE_HOST_ROOT: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    stdout += part;
  });
  await once(child, 'close');
  const took = performance.now() - began;
  const answer = readAnswer(shell.name, stdout);
  if (answer['outcome'] !== 'switched') throw new Error(`the installer failed: ${stdout}`);
  return took - numberField(answerField(answer, 'milliseconds'), 'download');
}
