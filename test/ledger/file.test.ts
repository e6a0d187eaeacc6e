import {
  access,
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createFileLedger } from '../../src/ledger/file.ts';
import { openLedger } from '../../src/ledger/open.ts';
import type { LedgerStore } from '../../src/ledger/port.ts';
import { UserError } from '../../src/runner/errors.ts';
import { failure } from '../range/wire/builder.ts';
import { storeCases } from './store-cases.ts';

const { signal } = new AbortController();

let root: string;
let path: string;
let folder: string;
let place: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'file-ledger-'));
  path = join(root, 'ledger.json');
  folder = `${path}.d`;
  place = `file:${path}`;
});
afterEach(() => rm(root, { recursive: true }));

const nameOf = (number: number) => `${String(number).padStart(12, '0')}.json`;
const fileOf = (number: number) => join(folder, nameOf(number));
const names = async () => (await readdir(folder)).sort();

async function stored(): Promise<string | undefined> {
  const newest = (await readdir(folder).catch(() => []))
    .filter((name) => name.endsWith('.json'))
    .sort()
    .at(-1);
  return newest === undefined ? undefined : readFile(join(folder, newest), 'utf8');
}

/** Revisions as others would have written them. */
async function plant(from: number, to: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let number = from; number <= to; number += 1) await writeFile(fileOf(number), `text ${number}`);
}

async function revisionIn(store: LedgerStore): Promise<string> {
  const found = await store.read(signal);
  if (found === undefined) throw new Error('there is no ledger');
  return found.revision;
}

describe('in a file', () => {
  storeCases({
    open: () => createFileLedger(place),
    stored,
    plant: async (text) => {
      await mkdir(folder);
      await writeFile(fileOf(1), text);
    },
    remove: () => rm(folder, { recursive: true }),
  });

  test('a folder that was made anew has other revisions of the same number', async () => {
    const store = createFileLedger(place);
    await store.write('one', undefined, signal);
    const first = await revisionIn(store);
    await rm(folder, { recursive: true });
    await store.write('another', undefined, signal);
    expect(await store.write('two', first, signal)).toEqual({ kind: 'conflict' });
    expect(await stored()).toBe('another');
  });

  test('a relative path is one from the working directory, and messages have the whole of it', async () => {
    const store = createFileLedger(`file:${relative(process.cwd(), path)}`);
    expect(store.place).toBe(place);
    await store.write('one', undefined, signal);
    expect(await stored()).toBe('one');
  });

  test('other files in the folder are nobody’s revision', async () => {
    await plant(1, 1);
    await writeFile(join(folder, '000000000009.json.bak'), 'no');
    await writeFile(join(folder, 'notes.txt'), 'no');
    const store = createFileLedger(place);
    expect(await store.read(signal)).toMatchObject({ text: 'text 1' });
    expect(await store.write('two', await revisionIn(store), signal)).toMatchObject({ kind: 'written' });
    expect(await names()).toEqual([nameOf(1), nameOf(2), '000000000009.json.bak', 'notes.txt'].sort());
  });
});

describe('revisions that are old', () => {
  test('are removed beyond the newest hundred, with temporary files whose number is taken', async () => {
    await plant(1, 150);
    const temporary = (number: number) => nameOf(number).replace('.json', `-${crypto.randomUUID()}.tmp`);
    const [dead, racing] = [temporary(120), temporary(152)];
    for (const name of [dead, racing]) await writeFile(join(folder, name), '{"sch');
    const store = createFileLedger(place);
    expect(await store.write('text 151', await revisionIn(store), signal)).toMatchObject({ kind: 'written' });
    const left = Array.from({ length: 100 }, (_, index) => nameOf(52 + index));
    expect(await names()).toEqual([...left, racing].sort());
  });

  test('leave no number that is free again to a writer that stood still before it', async () => {
    await plant(1, 1);
    const frozen = createFileLedger(place);
    const expected = await revisionIn(frozen);
    await plant(2, 150);
    const other = createFileLedger(place);
    await other.write('text 151', await revisionIn(other), signal);
    await expect(access(fileOf(2))).rejects.toThrow('ENOENT');
    expect(await frozen.write('late', expected, signal)).toEqual({ kind: 'conflict' });
    expect(await names()).toHaveLength(100);
    expect(await stored()).toBe('text 151');
  });

  test.each([
    ['its last look', 5],
    ['the look for the first one', 0],
  ])('leave none to a writer that stood still between %s and its link', async (_, number) => {
    if (number > 0) await plant(number, number);
    const other = createFileLedger(place);
    const seen: string[] = [];
    const frozen = createFileLedger(place, {
      hardLink: async (file, name) => {
        await plant(number + 1, number + 150);
        await other.write('newest', await revisionIn(other), signal);
        // The number is free: any other file may take it.
        await link(fileOf(number + 151), name);
        seen.push(name);
        await rm(name);
        await link(file, name);
      },
    });
    const expected = number > 0 ? await revisionIn(frozen) : undefined;
    expect(await frozen.write('late', expected, signal)).toEqual({ kind: 'conflict' });
    expect(seen).toEqual([fileOf(number + 1)]);
    expect(await names()).toEqual(Array.from({ length: 100 }, (__, index) => nameOf(number + 52 + index)));
    expect(await stored()).toBe('newest');
  });
});

describe('is refused', () => {
  test.each(['EPERM', 'ENOTSUP', 'ENOSYS'])('where link(2) says %s, and nothing is left', async (code) => {
    await plant(1, 1);
    const store = createFileLedger(place, {
      hardLink: () => Promise.reject(Object.assign(new Error(code), { code })),
    });
    const error = await failure(store.write('two', await revisionIn(store), signal));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(`makes no hard links (${code})`);
    expect(error.message).toContain(
      'Nothing was changed. Put the ledger on a local disk of this machine, or on S3',
    );
    expect(await names()).toEqual([nameOf(1)]);
  });

  test('below a folder that is not there, which may be a disk that is not mounted', async () => {
    const store = createFileLedger(`file:${join(root, 'nowhere', 'ledger.json')}`);
    for (const attempt of [store.read(signal), store.write('one', undefined, signal)]) {
      const error = await failure(attempt);
      expect(error).toBeInstanceOf(UserError);
      expect(error.message).toContain(
        `The folder ${join(root, 'nowhere')} of the ledger ${store.place} does not exist.`,
      );
    }
    expect(await readdir(root)).toEqual([]);
  });

  test('where its path is a folder', async () => {
    await mkdir(path);
    const error = await failure(createFileLedger(place).read(signal));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(`${path} of the ledger ${place} is a folder. Nothing was touched.`);
  });

  test.each([
    ['a file', () => writeFile(path, '{}')],
    ['a link to nothing', () => symlink('nothing', path)],
  ])('where its path is %s: it would seem to be the ledger', async (_, make) => {
    await make();
    const store = createFileLedger(place);
    for (const attempt of [store.read(signal), store.write('one', undefined, signal)]) {
      const error = await failure(attempt);
      expect(error).toBeInstanceOf(UserError);
      expect(error.message).toContain(`mkdir -p ${folder} && mv ${path} ${fileOf(1)}`);
    }
    expect(await readdir(root)).toEqual(['ledger.json']);
  });

  test('where its folder is a file, or one above it', async () => {
    await writeFile(folder, 'no folder');
    for (const store of [createFileLedger(place), createFileLedger(`file:${folder}/ledger.json`)]) {
      for (const attempt of [store.read(signal), store.write('one', undefined, signal)]) {
        const error = await failure(attempt);
        expect(error).toBeInstanceOf(UserError);
        expect(error.message).toContain('ENOTDIR');
        expect(error.message).toContain('Correct `ledger` in the fleet file');
      }
    }
    expect(await readFile(folder, 'utf8')).toBe('no folder');
  });

  test('where it may be read and not written, with the user who may not', async () => {
    await plant(1, 1);
    await chmod(folder, 0o555);
    await withoutRights(async () => {
      const store = createFileLedger(place);
      const error = await failure(store.write('two', await revisionIn(store), signal));
      expect(error).toBeInstanceOf(UserError);
      expect(error.message).toMatch(
        /^Could not write the ledger file:.*EACCES.*The ledger was not changed\. Let the user \w+ read and write there/,
      );
    });
    expect(await names()).toEqual([nameOf(1)]);
    await chmod(folder, 0o755);
  });

  test('where it may not even be looked at', async () => {
    await plant(1, 1);
    await chmod(folder, 0);
    await withoutRights(async () => {
      const error = await failure(createFileLedger(place).read(signal));
      expect(error).toBeInstanceOf(UserError);
      expect(error.message).toMatch(/^Could not read the ledger file:.*EACCES.*Nothing was touched\./);
    });
    await chmod(folder, 0o755);
  });

  test.each(['file:', 'file://host/ledger.json', 'file:a\nb.json', 'ledger.json'])(
    'as the place %j',
    (each) => expect(() => createFileLedger(each)).toThrow('is not of the form file:path'),
  );
});

/** Does something as a user who is not root, to whom rights mean nothing. */
async function withoutRights(work: () => Promise<void>): Promise<void> {
  const nobody = 65_534;
  const isRoot = process.geteuid?.() === 0;
  await chmod(root, 0o755);
  if (isRoot) process.seteuid?.(nobody);
  try {
    await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

describe('opened on a runner', () => {
  const open = (each: string, runner: string | undefined) =>
    openLedger(each, {
      region: 'eu-west-1',
      environment: runner === undefined ? {} : { RUNNER_ENVIRONMENT: runner },
    });

  test('of GitHub it is refused: the next job would find none', async () => {
    for (const each of [place, 'file:ledger.json']) {
      const error = await failure(open(each, 'github-hosted'));
      expect(error).toBeInstanceOf(UserError);
      expect(error.message).toContain('which is a new machine in each job');
      expect(error.message).toContain('Write `ledger: s3://bucket/key`');
    }
  });

  test('of one’s own it is refused in the workspace alone', async () => {
    const error = await failure(open('file:state/ledger.json', 'self-hosted'));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('which actions/checkout empties');
    expect((await open(place, 'self-hosted')).place).toBe(place);
  });

  test('outside of GitHub it is opened, and one on S3 everywhere', async () => {
    expect((await open('file:ledger.json', undefined)).place).toBe(
      `file:${join(process.cwd(), 'ledger.json')}`,
    );
    expect((await open('s3://acme/ledger.json', 'github-hosted')).place).toBe('s3://acme/ledger.json');
  });
});
