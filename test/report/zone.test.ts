import { describe, expect, test } from '@jest/globals';
import type { Admission } from '../../src/operations/admission/admit.ts';
import type { ZoneReport } from '../../src/operations/zone/deploy-zone.ts';
import { approvers, stoppedNews, zoneSummary } from '../../src/report/zone.ts';

const ADMITTED: Admission = {
  kind: 'admitted',
  release: { version: '1.1.0', sha256: 'a'.repeat(64), ordinal: 7 },
  digest: 'd'.repeat(64),
  warnings: [],
  approval: {
    environment: 'storefront-us-east-1a',
    letThrough: '2026-11-21T11:00:00Z',
    by: [
      { login: 'alice', comment: 'looks good | really' },
      { login: 'bob', comment: '' },
      { login: 'alice', comment: 'again' },
    ],
  },
};

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

function summary(report: ZoneReport, admission: Admission = ADMITTED): string {
  return zoneSummary('storefront', { report, admission });
}

describe('the summary of a zone', () => {
  test('says what, where, how it ended, and what each host rests on', () => {
    const text = summary(makeReport());
    expect(text).toContain('### storefront 1.1.0 in us-east-1a: deployed: every host proven and in service');
    expect(text).toContain('| i-1 | upgraded | 1.0.0 | 1.1.0 |  | 1.1.0, started now |');
    expect(text).toContain(`sha256  ${'a'.repeat(64)}`);
  });

  test.each([
    ['unchanged', 'already proven'],
    ['planned', 'dry run: nothing was touched'],
    ['stopped', ': stopped'],
  ] as const)('never calls %s deployed', (state, words) => {
    const text = summary(makeReport({ state }));
    expect(text).toContain(words);
    expect(text).not.toContain('deployed');
  });

  test('shows the problem as text that cannot act on the page', () => {
    const problem = new Error('saw 500\n```\n<script>');
    const text = summary(makeReport({ state: 'stopped', problem }));
    expect(text).toContain('````text\nsaw 500\n```\n<script>\n````');
  });

  test('says who approved, when and with what words, and which plan', () => {
    const text = summary(makeReport());
    expect(text).toContain('| approved by | environment | let through | comment |');
    expect(text).toContain(
      '| alice | storefront-us-east-1a | 2026-11-21T11:00:00Z | looks good &#124; really |\n| bob |',
    );
    expect(text).toContain(`ordinal 7\nplan    sha256 ${'d'.repeat(64)}`);
  });

  test('says loudly that nobody had to approve', () => {
    const { approval: _, digest: __, ...rest } = ADMITTED;
    const text = summary(makeReport(), { ...rest, warnings: ['NOBODY HAS TO APPROVE us-east-1a'] });
    expect(text).toContain('NOBODY HAS TO APPROVE us-east-1a');
    expect(text).not.toContain('approved by');
    expect(text).not.toContain('plan ');
  });

  test('of a dry run says what would be refused', () => {
    const refused: Admission = {
      kind: 'refused',
      warnings: [],
      problems: ['nobody approved', 'i-1 runs 1.0.0'],
    };
    expect(summary(makeReport({ state: 'planned' }), refused)).toContain(
      'Would be refused:\n\n```text\nnobody approved\ni-1 runs 1.0.0\n```',
    );
  });
});

test('everybody who approved is named once', () => {
  expect(approvers(ADMITTED)).toEqual(['alice', 'bob']);
  const { approval: _, ...rest } = ADMITTED;
  expect(approvers(rest)).toEqual([]);
});

test('news of a stopped zone have one line as their title, and tell what is to be done', () => {
  const report = makeReport({ state: 'stopped', problem: new Error('i-1 saw 500\nback on 1.0.0') });
  const news = stoppedNews('storefront', { report, admission: ADMITTED }, 'https://github.test/run/7');
  expect(news).toMatchObject({
    service: 'storefront',
    zone: 'us-east-1a',
    version: '1.1.0',
    state: 'stopped',
    title: 'storefront 1.1.0 stopped in us-east-1a: i-1 saw 500',
    run: 'https://github.test/run/7',
  });
  expect(news.body).toMatch(/back on 1\.0\.0[\s\S]*Later zones stay closed/);
});
