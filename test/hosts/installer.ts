import { randomUUID } from 'node:crypto';
import { readlink, utimes } from 'node:fs/promises';
import { type Answer, encodedField } from '../../src/hosts/answer.ts';
import { INSTALLER_SCRIPT } from '../../src/hosts/scripts/installer.ts';
import { archive, pack, serve, type TestArchive, type TestServer } from './archives.ts';
import type { Machine } from './machine.ts';

export const DIRECTORY = '/srv/the web';
export const RELEASES = `${DIRECTORY}/releases`;
export const STATE = `${DIRECTORY}/.zonewise`;
export const RUN = 'https://github.com/acme/web/actions/runs/1';

/** The hooks, in the order in which they run. */
export const HOOKS = ['before-install', 'stop', 'start', 'after-install', 'verify'] as const;
export type Hook = (typeof HOOKS)[number];
/** Text of each hook's program. */
export type Programs = Partial<Readonly<Record<Hook, string>>>;

/** A program for every hook: one that notes its name in `calls`, beside the releases. */
export const NOTING: Programs = Object.fromEntries(
  HOOKS.map((name) => [name, `echo "${name}" >>../../calls`]),
);

export interface Wish {
  readonly command?: string;
  readonly run?: string;
  /** Seconds. */
  readonly hold?: number;
  readonly service?: string;
  readonly zone?: string;
  readonly version?: string;
  readonly sha256?: string;
  readonly url?: string;
  readonly format?: 'tar.gz' | 'zip';
  readonly bytes?: number;
  readonly ordinal?: string;
  readonly keep?: number;
  /** Seconds. */
  readonly limit?: number;
  readonly unit?: string;
  /** Hooks to run, each by the program `./bin/<name>`; all by default. */
  readonly hooks?: readonly Hook[];
}

/** The installer's arguments. */
export function argumentsOf(wish: Wish): readonly string[] {
  const { command = randomUUID(), run = RUN, hold = 300, service = 'web', zone = 'us-east-1b' } = wish;
  const { version = '1.1', sha256 = '', url = '', format = 'tar.gz', bytes = 0, ordinal = '' } = wish;
  const { keep = 5, limit = 20, unit = '', hooks = HOOKS } = wish;
  const programs = HOOKS.map((name) => (hooks.includes(name) ? `./bin/${name}` : ''));
  return [
    ...[command, run, String(hold), service, zone, DIRECTORY, version, sha256, url, format],
    ...[String(bytes), ordinal, String(keep), String(limit), unit, ...programs],
  ];
}

/** Runs the installer to its answer. */
export function install(machine: Machine, wish: Wish): Promise<Answer> {
  return machine.ask(INSTALLER_SCRIPT, ...argumentsOf(wish));
}

export function problemOf(answer: Answer): string {
  return encodedField(answer, 'problem');
}

export function outputOf(answer: Answer): string {
  return encodedField(answer, 'output');
}

/** The files of a release. */
export function filesOf(version: string, programs: Programs = NOTING): Readonly<Record<string, string>> {
  const hooks = Object.entries(programs).map(([name, text]) => [`bin/${name}`, `#!/bin/sh\n${text}\n`]);
  return { 'a page.html': `page of ${version}`, ...Object.fromEntries(hooks) };
}

export function releaseOf(version: string, programs: Programs = NOTING): TestArchive {
  return pack(filesOf(version, programs));
}

export function digestOf(version: string): string {
  return archive(Buffer.from(version)).sha256;
}

/** Makes a release as the installer left it some minutes ago. */
export async function haveRelease(
  machine: Machine,
  version: string,
  { minutes = 1, programs = NOTING }: { readonly minutes?: number; readonly programs?: Programs } = {},
): Promise<void> {
  const folder = `${RELEASES}/${version}`;
  for (const [name, text] of Object.entries(filesOf(version, programs))) {
    await machine.write(`${folder}/${name}`, text, 0o755);
  }
  await machine.write(
    `${folder}/.release.json`,
    `{"version":"${version}","sha256":"${digestOf(version)}","installed_at":"2026-11-02T10:00:00Z","run":"${RUN}"}\n`,
  );
  const then = Date.now() / 1_000 - minutes * 60;
  await utimes(machine.at(folder), then, then);
}

/** A machine's release 1.0 is current; its hooks would all fail. */
export async function haveCurrent(machine: Machine, version = '1.0'): Promise<void> {
  const programs = Object.fromEntries(
    HOOKS.map((name) => [name, `echo "old ${name}" >>../../calls; exit 1`]),
  );
  await haveRelease(machine, version, { programs });
  await machine.link(`${DIRECTORY}/current`, `releases/${version}`);
}

/** Serves an archive; what a wish needs to ask for it comes with it. */
export async function offer(
  { bytes, sha256 }: TestArchive,
  wish: Wish = {},
): Promise<TestServer & { readonly wish: Wish }> {
  const server = await serve((response) => response.end(bytes));
  return { ...server, wish: { url: `${server.url}/archive`, sha256, bytes: bytes.length, ...wish } };
}

/** What a link beside the releases points to; `''` when there is none. */
export function linkOf(machine: Machine, name: 'current' | 'previous'): Promise<string> {
  return readlink(machine.at(`${DIRECTORY}/${name}`)).catch(() => '');
}

/** Names of the hooks that ran, in order. */
export async function callsOf(machine: Machine): Promise<readonly string[]> {
  const text = await machine.read(`${DIRECTORY}/calls`).catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}
