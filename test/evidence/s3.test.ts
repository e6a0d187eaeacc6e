import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { EvidenceStore } from '../../src/evidence/port.ts';
import { createS3Evidence } from '../../src/evidence/s3.ts';
import { UserError } from '../../src/runner/errors.ts';
import { useEndpoint } from '../hosts/aws-environment.ts';
import { type Setting, startSetting } from '../range/wire/builder.ts';

const BUCKET = 'acme-releases';
const FOLDER = 'storefront/ledger/evidence';
const REGION = { region: 'eu-west-1' };
const { signal } = new AbortController();

let setting: Setting;
let store: EvidenceStore;

beforeEach(async () => {
  setting = await startSetting();
  setting.store.createBucket(BUCKET);
  useEndpoint(setting.endpoint.url);
  store = createS3Evidence(`s3://${BUCKET}/${FOLDER}`, REGION);
});
afterEach(() => setting.endpoint.stop());

function stored(name: string): string | undefined {
  const [newest] = setting.store.versions(BUCKET, `${FOLDER}/${name}`);
  return newest?.kind === 'object' ? newest.body.toString() : undefined;
}

test('a bundle is kept under its name, and nothing is ever written over', async () => {
  const places = [];
  for (const text of ['one', 'two', 'three']) places.push(await store.write('zone/7-1-deploy', text, signal));
  expect(places).toEqual(
    ['', '-2', '-3'].map((suffix) => `s3://${BUCKET}/${FOLDER}/zone/7-1-deploy${suffix}.json`),
  );
  expect(stored('zone/7-1-deploy.json')).toBe('one');
  expect(stored('zone/7-1-deploy-3.json')).toBe('three');
});

test('however many there are, each is kept', async () => {
  const texts = Array.from({ length: 12 }, (_, index) => `bundle ${index}`);
  const places = [];
  for (const text of texts) places.push(await store.write('zone/0-1-deploy', text, signal));
  expect(new Set(places).size).toBe(texts.length);
  const kept = places.map((place) => stored(place.slice(`s3://${BUCKET}/${FOLDER}/`.length)));
  expect(kept).toEqual(texts);
  expect(places.at(-1)).toMatch(/\/zone\/0-1-deploy-[0-9a-f-]{36}\.json$/);
});

test('two that are written at the same time are both kept', async () => {
  const texts = ['one', 'two', 'three'];
  const places = await Promise.all(texts.map((text) => store.write('zone/7-2-deploy', text, signal)));
  const kept = places.map((place) => stored(place.slice(`s3://${BUCKET}/${FOLDER}/`.length)));
  expect(kept).toEqual(texts);
});

test('a bucket that is missing is said', async () => {
  const other = createS3Evidence('s3://nobodys-bucket/evidence', REGION);
  await expect(other.write('zone/7-1-deploy', 'one', signal)).rejects.toThrow(
    /evidence bundle s3:\/\/nobodys-bucket/,
  );
});

test('a place that is none is refused', () => {
  expect(() => createS3Evidence('https://example.com', REGION)).toThrow(UserError);
});
