import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createFileEvidence } from '../../src/evidence/file.ts';
import { openEvidenceStore } from '../../src/evidence/open.ts';
import { CancelledError, UserError } from '../../src/runner/errors.ts';
import { failure } from '../range/wire/builder.ts';

const { signal } = new AbortController();
const REGION = { region: 'eu-west-1' };

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'file-evidence-'));
});
afterEach(() => rm(root, { recursive: true }));

test('is beside the ledger, and of its kind', async () => {
  const file = await openEvidenceStore(`file:${root}/ledger.json`, REGION);
  expect(file.place).toBe(`file:${root}/ledger/evidence`);
  const s3 = await openEvidenceStore('s3://acme-releases/storefront/ledger.json', REGION);
  expect(s3.place).toBe('s3://acme-releases/storefront/ledger/evidence');
});

test('a bundle is kept under its name, and nothing is ever written over', async () => {
  const store = createFileEvidence(`file:${root}/evidence`);
  const places = [];
  for (const text of ['one', 'two', 'three']) places.push(await store.write('zone/7-1-deploy', text, signal));
  const names = ['', '-2', '-3'].map((suffix) => `7-1-deploy${suffix}.json`);
  expect(places).toEqual(names.map((name) => `file:${root}/evidence/zone/${name}`));
  expect((await readdir(join(root, 'evidence/zone'))).sort()).toEqual(names.toSorted());
  const kept = names.map((name) => readFile(join(root, 'evidence/zone', name), 'utf8'));
  expect(await Promise.all(kept)).toEqual(['one', 'two', 'three']);
});

test('of several that are written at once none is lost', async () => {
  const texts = ['1', '2', '3', '4', '5'];
  const places = await Promise.all(
    texts.map((text) => createFileEvidence(`file:${root}`).write('zone/7-1-deploy', text, signal)),
  );
  const kept = await Promise.all(places.map((place) => readFile(place.slice('file:'.length), 'utf8')));
  expect(kept).toEqual(texts);
});

test('one that cannot be kept leaves nothing, and says why', async () => {
  await writeFile(join(root, 'zone'), 'a file');
  const misplaced = await failure(createFileEvidence(`file:${root}`).write('zone/7-1-deploy', 'one', signal));
  expect(misplaced).toBeInstanceOf(UserError);
  expect(misplaced.message).toMatch(
    /^Could not write the evidence bundle .*7-1-deploy\.json: .* It was not written\./,
  );
  await mkdir(join(root, 'other'));
  const linkless = createFileEvidence(`file:${root}`, {
    hardLink: () => Promise.reject(Object.assign(new Error('EPERM'), { code: 'EPERM' })),
  });
  expect((await failure(linkless.write('other/7-1-deploy', 'one', signal))).message).toContain(
    'no hard links',
  );
  expect(await readdir(join(root, 'other'))).toEqual([]);
  const late = createFileEvidence(`file:${root}`).write('other/7-1-deploy', 'one', AbortSignal.abort());
  expect(await failure(late)).toBeInstanceOf(CancelledError);
});

test('a place that is none is refused', () => {
  expect(() => createFileEvidence('file://host/folder')).toThrow(UserError);
});
