import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

interface Metadata {
  readonly inputs: Readonly<Record<string, { readonly required?: boolean; readonly default?: string }>>;
  readonly runs: { readonly using: string; readonly main: string };
}

const root = resolve(import.meta.dirname, '../..');
const actions = readdirSync(join(root, 'actions')).map((name) => {
  const metadata = join(root, 'actions', name, 'action.yml');
  const { inputs, runs }: Metadata = parse(readFileSync(metadata, 'utf8'));
  const required = Object.keys(inputs).filter((input) => inputs[input]?.required === true);
  return { name, bundle: join(dirname(metadata), runs.main), using: runs.using, inputs, required };
});

/** Inputs that are needed unless another one says otherwise. */
const NEEDED_BY_DEFAULT: Readonly<Record<string, readonly string[]>> = {
  'upgrade-host': ['hosts'],
  'smoke-test': ['hosts'],
};

describe.each(actions)('the bundle of $name', ({ name, bundle, using, inputs, required }) => {
  test('is where its action.yml says, and nothing else is', () => {
    expect(using).toBe('node24');
    expect(bundle).toBe(join(root, 'dist', name, 'index.js'));
    expect(existsSync(bundle)).toBe(true);
  });

  test('started with no inputs, names every missing one in one annotation and exits 1', () => {
    const { status, stdout, stderr } = start(bundle, {});
    const annotations = stdout.split('\n').filter((line) => line.startsWith('::error'));

    const needed = [...required, ...(NEEDED_BY_DEFAULT[name] ?? [])];
    expect(annotations).toHaveLength(1);
    // Who needs no input needs the file that its default names.
    if (needed.length === 0) expect(annotations[0]).toContain('.github/fleet.yml: saw no such file');
    expect(
      [...(annotations[0] ?? '').matchAll(/`([a-z0-9-]+)` is missing/g)].map((match) => match[1]),
    ).toEqual(needed);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  });

  test('takes every default of its action.yml', () => {
    const defaults = Object.entries(inputs).flatMap(([input, { default: value }]) =>
      value === undefined ? [] : [[input, value] as const],
    );
    const complaints = (values: readonly (readonly [string, string])[]) => {
      const given = values.map(([input, value]) => [`INPUT_${input.toUpperCase()}`, value]);
      return [...start(bundle, Object.fromEntries(given)).stdout.matchAll(/`([a-z0-9-]+)` is "/g)].map(
        (match) => match[1],
      );
    };
    expect(complaints(defaults)).toEqual([]);
    // The same search finds a value that is wrong.
    const wrong = defaults.map(([input]) => [input, '?!'] as const);
    if (wrong.length > 0) expect(complaints(wrong).length).toBeGreaterThan(0);
  });

  test('reads every input that its action.yml offers', () => {
    const texts = scriptsOf(join(root, 'dist', name)).join('\n');
    const unread = Object.keys(inputs).filter(
      (input) => !new RegExp(`["'\`{,]${input}["'\`]?[:)]`).test(texts),
    );
    expect(unread).toEqual([]);
  });

  test('holds nothing of the range or the rehearsal, and no path of the machine that built it', () => {
    const texts = scriptsOf(join(root, 'dist', name)).join('\n');
    const foreign = [...sentencesIn('range'), ...sentencesIn('rehearsal')];

    expect(foreign.length).toBeGreaterThan(5);
    expect(foreign.filter((sentence) => texts.includes(sentence))).toEqual([]);
    expect(texts).not.toContain(root);
    // The same search finds what is in the bundle.
    expect(sentencesIn('runner').filter((sentence) => texts.includes(sentence))).not.toEqual([]);
  });
});

test('there is a bundle for every action, one for the commands, and nothing else', () => {
  const folders = readdirSync(join(root, 'dist'), { withFileTypes: true }).filter((each) =>
    each.isDirectory(),
  );
  expect(folders.map(({ name }) => name).sort()).toEqual(
    [...actions.map(({ name }) => name), 'zonewise'].sort(),
  );
});

function start(bundle: string, inputs: Readonly<Record<string, string>>) {
  const env = { PATH: process.env['PATH'], ...inputs };
  return spawnSync(process.execPath, [bundle], { env, encoding: 'utf8', timeout: 20_000 });
}

function scriptsOf(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.js'))
    .map((file) => readFileSync(join(folder, file), 'utf8'));
}

/** Texts of several words in the sources of a room: minifying renames everything else. */
function sentencesIn(room: string): readonly string[] {
  const folder = join(root, 'src', room);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [
      ...readFileSync(join(folder, file), 'utf8').matchAll(/(?<=[(=,:+] ?)'([^'\\\n]{25,})'/g),
    ])
    .map((match) => match[1] ?? '')
    .filter((literal) => literal.split(' ').length > 3);
}
