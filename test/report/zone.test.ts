import { describe, expect, test } from '@jest/globals';
import type { ZoneReport } from '../../src/operations/zone/deploy-zone.ts';
import { zoneSummary } from '../../src/report/zone.ts';

function makeReport(changes: Partial<ZoneReport> = {}): ZoneReport {
  return {
    zone: 'us-east-1a',
    version: '1.1.0',
    sha256: 'a'.repeat(64),
    state: 'deployed',
    hosts: [{ host: 'i-1', outcome: 'upgraded', from: '1.0.0', to: '1.1.0', proof: '1.1.0, started now' }],
    ...changes,
  };
}

describe('the summary of a zone', () => {
  test('says what, where, how it ended, and what each host rests on', () => {
    const text = zoneSummary('storefront', makeReport());
    expect(text).toContain('### storefront 1.1.0 in us-east-1a: deployed: every host proven and in service');
    expect(text).toContain('| i-1 | upgraded | 1.0.0 | 1.1.0 |  | 1.1.0, started now |');
    expect(text).toContain(`sha256  ${'a'.repeat(64)}`);
  });

  test.each([
    ['unchanged', 'already proven'],
    ['planned', 'dry run: nothing was touched'],
    ['stopped', ': stopped'],
  ] as const)('never calls %s deployed', (state, words) => {
    const text = zoneSummary('storefront', makeReport({ state }));
    expect(text).toContain(words);
    expect(text).not.toContain('deployed');
  });

  test('shows the problem as text that cannot act on the page', () => {
    const problem = new Error('saw 500\n```\n<script>');
    const text = zoneSummary('storefront', makeReport({ state: 'stopped', problem }));
    expect(text).toContain('````text\nsaw 500\n```\n<script>\n````');
  });
});
