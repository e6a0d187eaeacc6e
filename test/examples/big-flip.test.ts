import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { VERSIONS } from '../../examples/storefront/pack.ts';
import { loadFleet, parseFleet, renderFleet } from '../../src/fleet/load.ts';
import { FAULTS } from '../../src/rehearsal/faults.ts';

const FILE = fileURLToPath(new URL('../../examples/big-flip/fleet.yml', import.meta.url));
const fleet = await loadFleet(FILE);

test('takes the releases of the storefront, and has those it names', () => {
  const storefront = fileURLToPath(new URL('../../examples/storefront/releases', import.meta.url));
  expect(resolve(dirname(FILE), fleet.range?.releases ?? '')).toBe(storefront);
  expect(VERSIONS).toEqual(expect.arrayContaining([fleet.range?.from, fleet.range?.to]));
  for (const { to } of FAULTS) expect([undefined, ...VERSIONS]).toContain(to);
});

test('has as many hosts in the second pool as in the first, in the same zones', () => {
  const first = fleet.zones.map(({ zone, hosts }) => [zone, hosts.length]);
  const second = Object.entries(fleet.range?.secondPool?.hosts ?? {}).map(([zone, hosts]) => [
    zone,
    hosts.length,
  ]);
  expect(second).toEqual(first);
});

test('reaches the actions as it is', () => {
  expect(parseFleet(renderFleet(fleet), 'fleet.yml')).toEqual(fleet);
});

test('is told of in a page that names what can be tried', async () => {
  const text = await readFile(new URL('../../examples/big-flip/README.md', import.meta.url), 'utf8');
  expect(text.split('\n').length).toBeLessThan(60);
  for (const [, name = ''] of text.matchAll(/--fault ([a-z-]+)/g)) {
    expect(FAULTS.map((fault) => fault.name)).toContain(name);
  }
});
