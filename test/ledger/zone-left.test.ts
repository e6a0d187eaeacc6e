import { expect, test } from '@jest/globals';
import { type Ledger, ZONE_STATES, type ZoneState } from '../../src/ledger/document.ts';
import { zoneLeft } from '../../src/ledger/order.ts';

function ledgerIn(state: ZoneState): Ledger {
  const at = '2026-11-21T10:00:00.000Z';
  const release = { version: '1.1.0', sha256: 'a'.repeat(64), ordinal: 7 };
  const entry = { state, release, run: 'https://github.test/runs/6', runId: 6, began: at, at };
  return { schema: 1, service: 'storefront', zones: { a: entry, b: entry }, releases: [] };
}

const LEFT = { zone: 'a', at: '2026-11-21T11:00:00.000Z', note: 'its run ended without saying how' };

test('a zone that was left deploying is stopped, and stays that of its run', () => {
  const before = ledgerIn('deploying');
  const { a, b } = zoneLeft(before, LEFT).zones;
  expect(a).toEqual({ ...before.zones['a'], state: 'stopped', at: LEFT.at, note: LEFT.note });
  expect(b).toEqual(before.zones['b']);
});

test.each(ZONE_STATES.filter((state) => state !== 'deploying'))(
  'a zone that is %s is not touched',
  (state) => {
    expect(zoneLeft(ledgerIn(state), LEFT)).toEqual(ledgerIn(state));
  },
);

test('neither is one of which nothing is known, by whatever name', () => {
  for (const zone of ['c', 'constructor', '__proto__']) {
    expect(zoneLeft(ledgerIn('deploying'), { ...LEFT, zone })).toEqual(ledgerIn('deploying'));
  }
});
