import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseFileCommands } from '../../src/rehearsal/runner-files.ts';

const ENTRIES = resolve(import.meta.dirname, '../../src/entries');

/** What every entry is given. */
const BASE = { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] };

export interface EntryResult {
  readonly exitCode: number | null;
  /** Lines of the `::error::` annotations, decoded. */
  readonly errors: readonly string[];
  /** The same of the `::warning::` annotations. */
  readonly warnings: readonly string[];
  readonly stdout: string;
}

/** Runs an entry from its source with nothing but the given inputs and environment. */
export function runEntry(
  name: string,
  inputs: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): EntryResult {
  const { status, stdout } = spawnSync(process.execPath, [join(ENTRIES, `${name}.ts`)], {
    env: { ...BASE, ...variables(inputs), ...environment },
    encoding: 'utf8',
    timeout: 20_000,
  });
  return resultOf(status, stdout);
}

export interface EntryEnd extends EntryResult {
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** Everything it printed. */
  readonly log: string;
}

/** Runs an entry from its source while servers of this process answer it; files that it writes are removed before it returns. */
export async function runEntryAlongside(
  name: string,
  inputs: Readonly<Record<string, string>>,
  look: (ended: EntryEnd) => Promise<void> | void = () => undefined,
  environment: Readonly<Record<string, string>> = {},
): Promise<EntryEnd> {
  const folder = await mkdtemp(join(tmpdir(), 'entry-'));
  try {
    const [output, summary] = [join(folder, 'output'), join(folder, 'summary')];
    for (const file of [output, summary]) await writeFile(file, '');
    const env = {
      ...BASE,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      RUNNER_TEMP: folder,
      ...variables(inputs),
      ...environment,
    };
    const child = spawn(process.execPath, [join(ENTRIES, `${name}.ts`)], { env, timeout: 30_000 });
    const closed = once(child, 'close');
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    await closed;
    const ended = {
      ...resultOf(child.exitCode, stdout),
      outputs: parseFileCommands(await readFile(output, 'utf8')),
      summary: await readFile(summary, 'utf8'),
      log: stdout + stderr,
    };
    await look(ended);
    return ended;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function variables(inputs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(inputs).map(([key, value]) => [`INPUT_${key.toUpperCase()}`, value]),
  );
}

function resultOf(exitCode: number | null, stdout: string): EntryResult {
  return {
    exitCode,
    errors: annotations(stdout, 'error'),
    warnings: annotations(stdout, 'warning'),
    stdout,
  };
}

function annotations(stdout: string, kind: string): readonly string[] {
  const mark = `::${kind}::`;
  return stdout
    .split('\n')
    .filter((line) => line.startsWith(mark))
    .map((line) => line.slice(mark.length).replaceAll('%0A', '\n').replaceAll('%25', '%'));
}
