import { describe, expect, test } from '@jest/globals';
import type { HostReport } from '../../src/operations/upgrade/host-report.ts';
import { hostResults, hostsSummary } from '../../src/report/hosts.ts';

const SPENT = { download: 20, unpack: 30, hooks: 900, total: 1_200 };

function makeReport(changes: Partial<HostReport> = {}): HostReport {
  return { host: 'i-1', outcome: 'held', from: 'nothing', to: '1.1.0', proof: 'saw 500', ...changes };
}

describe('the summary of hosts', () => {
  test('keeps what a host said inside its cell', () => {
    const text = hostsSummary('Upgrade', [makeReport({ proof: 'smoke test saw 500 "a | b <b>"\nmore' })]);
    expect(text).toContain('| i-1 | held | nothing | 1.1.0 |  | smoke test saw 500 "a &#124; b &lt;b&gt;" |');
    expect(text).not.toContain('more');
  });

  test('names the successor and how long the installer took', () => {
    const trace = { milliseconds: SPENT, output: '' };
    const text = hostsSummary('Upgrade', [makeReport({ outcome: 'replaced', successor: 'i-2', trace })]);
    expect(text).toContain('| i-1 | replaced, successor i-2 | nothing | 1.1.0 | 1.2s | saw 500 |');
  });

  test('folds away what the hooks of failed hosts printed, as text that cannot act on the page', () => {
    const trace = { milliseconds: SPENT, output: '```\n<script>' };
    const failed = hostsSummary('Upgrade', [makeReport({ trace })]);
    expect(failed).toContain('<details><summary>What the hooks of i-1 printed</summary>');
    expect(failed).toContain('````text\n```\n<script>\n````');
    expect(hostsSummary('Upgrade', [makeReport({ outcome: 'upgraded', trace })])).not.toContain('printed');
  });
});

describe('the results of hosts', () => {
  test('carry durations and the end of what the hooks printed', () => {
    const trace = { milliseconds: SPENT, output: `${'x'.repeat(5_000)}the end` };
    const [result] = hostResults([makeReport({ trace, sha256: 'a'.repeat(64) })]);
    expect(result).toMatchObject({ host: 'i-1', milliseconds: SPENT, sha256: 'a'.repeat(64) });
    expect(result?.output).toMatch(/^x+the end$/);
    expect(result?.output).toHaveLength(1_000);
    expect(result).not.toHaveProperty('trace');
  });

  test('of 120 hosts fit into the outputs of a step', () => {
    const trace = { milliseconds: SPENT, output: '\n'.repeat(8_000) };
    const reports = Array.from({ length: 120 }, () => makeReport({ trace, proof: 'p'.repeat(1_000) }));
    expect(JSON.stringify(hostResults(reports)).length).toBeLessThan(1_000_000);
  });
});
