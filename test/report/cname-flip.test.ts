import { expect, test } from '@jest/globals';
import { flipSummary } from '../../src/report/cname-flip.ts';

test('a flip is told with its servers and until when the old side is needed', () => {
  const text = flipSummary('www.example.com', {
    kind: 'flipped',
    says: 'www.example.com was changed.',
    changed: true,
    inSyncAt: Date.parse('2026-11-21T09:00:00Z'),
    safeToStopAt: Date.parse('2026-11-21T09:01:00Z'),
    servers: [{ server: 'ns1.test', address: '192.0.2.53:53', state: 'proven', says: 'green|x' }],
    results: [],
  });
  expect(text).toContain('Safe to stop the old side at 2026-11-21T09:01:00.000Z');
  expect(text).toContain('| ns1.test | 192.0.2.53:53 | proven | green&#124;x |');
});

test('a failed one promises nothing', () => {
  const text = flipSummary('www.example.com', {
    kind: 'failed',
    says: 'it was swapped back',
    changed: false,
    servers: [],
    results: [],
  });
  expect(text).toContain('FAILED');
  expect(text).not.toContain('Safe to stop');
});
