import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { uploadArchives } from '../../src/range/archives.ts';
import { createStore, type Store } from '../../src/range/s3/store.ts';
import { makeFleet } from '../operations/zone.ts';

let folder: string;
let store: Store;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archives-'));
  await writeFile(join(folder, '1.0.0.tar.gz'), 'release');
  store = createStore();
});
afterEach(() => rm(folder, { recursive: true }));

function keys(bucket: string): readonly (string | undefined)[] {
  return store.allVersions(bucket).map(([newest]) => newest?.key);
}

test('releases are in the bucket of the artifact, beside which the ledger has room', async () => {
  await uploadArchives(makeFleet(), folder, store);
  expect(keys('releases')).toEqual(['storefront/1.0.0.tar.gz']);
});

test('a ledger in another bucket finds it empty', async () => {
  await uploadArchives({ ...makeFleet(), ledger: 's3://ledgers/storefront.json' }, folder, store);
  expect(keys('ledgers')).toEqual([]);
  expect(keys('releases')).toHaveLength(1);
  expect(() => keys('nobodys')).toThrow('does not exist');
});

test('a ledger in a file needs no bucket', async () => {
  await uploadArchives({ ...makeFleet(), ledger: 'file:/srv/ledger.json' }, folder, store);
  expect(keys('releases')).toHaveLength(1);
});
