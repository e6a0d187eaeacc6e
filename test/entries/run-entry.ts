import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const ENTRIES = resolve(import.meta.dirname, '../../src/entries');

export interface EntryResult {
  readonly exitCode: number | null;
  /** Lines of the `::error::` annotations, decoded. */
  readonly errors: readonly string[];
  /** The same of the `::warning::` annotations. */
  readonly warnings: readonly string[];
}

/** Runs an entry from its source with nothing but the given inputs and environment. */
export function runEntry(
  name: string,
  inputs: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): EntryResult {
  const given = Object.entries(inputs).map(([key, value]) => [`INPUT_${key.toUpperCase()}`, value]);
  const env = { PATH: process.env['PATH'], ...Object.fromEntries(given), ...environment };
  const { status, stdout } = spawnSync(process.execPath, [join(ENTRIES, `${name}.ts`)], {
    env,
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { exitCode: status, errors: annotations(stdout, 'error'), warnings: annotations(stdout, 'warning') };
}

function annotations(stdout: string, kind: string): readonly string[] {
  const mark = `::${kind}::`;
  return stdout
    .split('\n')
    .filter((line) => line.startsWith(mark))
    .map((line) => line.slice(mark.length).replaceAll('%0A', '\n').replaceAll('%25', '%'));
}
