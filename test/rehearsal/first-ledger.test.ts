import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { loadFleet } from '../../src/fleet/load.ts';
import { beginProblems, zoneBegan } from '../../src/ledger/order.ts';
import { parseLedger } from '../../src/ledger/parse.ts';
import { firstLedger } from '../../src/rehearsal/first-ledger.ts';

const fleet = await loadFleet(fileURLToPath(new URL('../../examples/storefront/fleet.yml', import.meta.url)));
const old = { version: '1.0.0', sha256: 'a'.repeat(64), ordinal: 0 };
const next = { version: '1.1.0', sha256: 'b'.repeat(64), ordinal: 9 };
const ledger = parseLedger(JSON.stringify(firstLedger(fleet, old, new Date())), {
  place: fleet.ledger,
  service: fleet.service,
});

test('the first zone may begin, and has a release to go back to', () => {
  const turn = { zone: 'us-east-1a', earlier: [], release: next, runId: 9, rollBack: false };
  expect(beginProblems(ledger, turn)).toEqual([]);
  const at = new Date().toISOString();
  const begun = zoneBegan(ledger, { zone: 'us-east-1a', release: next, run: 'run', runId: 9, at });
  expect(begun.zones['us-east-1a']?.before).toEqual(old);
});

test('the second zone may not: the first one is promoted with another release', () => {
  const turn = { zone: 'us-east-1b', earlier: ['us-east-1a'], release: next, runId: 9, rollBack: false };
  expect(beginProblems(ledger, turn)).toHaveLength(1);
});
