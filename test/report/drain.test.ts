import { describe, expect, test } from '@jest/globals';
import type { UndoRecord } from '../../src/operations/records.ts';
import { drainSummary, restoreSummary } from '../../src/report/drain.ts';

const POOL = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/storefront/6d0ecf831eec9f09';

function record(changes: Partial<UndoRecord> = {}): UndoRecord {
  return {
    host: 'i-1',
    targets: [{ pool: POOL, id: 'i-1', port: 8080 }],
    reason: 'kernel update',
    run: 'https://github.test/runs/7',
    since: '2026-11-21T00:00:00.000Z',
    ...changes,
  };
}

describe('the summary of a drain', () => {
  test('has one row per registration and the undo record as it has to be handed on', () => {
    const records = [record()];
    const text = drainSummary(records, false);
    expect(text).toContain('### Drained and proven quiet');
    expect(text).toContain('| i-1 | storefront | 8080 | 2026-11-21T00:00:00.000Z | kernel update |');
    const undo = /```text\n(?<json>.*)\n```/s.exec(text)?.groups?.['json'] ?? '';
    expect(JSON.parse(undo)).toEqual(records);
  });

  test('keeps the reason inside its cell', () => {
    const text = drainSummary([record({ reason: 'a | b <img>\n# next' })], false);
    expect(text).toContain('| a &#124; b &lt;img&gt; |');
    expect(text).not.toContain('\n# next');
  });

  test('of a dry run does not claim that anything was drained', () => {
    expect(drainSummary([record()], true)).toContain('dry run, nothing was touched');
    expect(drainSummary([record()], true)).not.toContain('proven quiet');
  });
});

describe('the summary of a restore', () => {
  test('says how long each target was out', () => {
    const since = new Date(Date.now() - 300_000).toISOString();
    expect(restoreSummary([record({ since })], false)).toMatch(
      /\| i-1 \| storefront \| 8080 \| 5m( \d+s)? \|/,
    );
  });

  test('of a dry run does not claim that anything serves again', () => {
    const text = restoreSummary([record()], true);
    expect(text).toContain('dry run, nothing was touched');
    expect(text).not.toContain('Back in service');
  });
});
