import { describe, expect, test } from '@jest/globals';
import { planDigest } from '../../src/operations/plan/plan.ts';
import { planSummary, problemsText } from '../../src/report/plan.ts';
import { entryOf, setPlanStage } from '../operations/plan/stage.ts';
import { makeFleet } from '../operations/zone.ts';

describe('the summary for the approver', () => {
  test('has a row for each zone, the digest, other runs, warnings, and the details folded away', async () => {
    const stage = setPlanStage();
    stage.entries.set('us-east-1a', entryOf('1.0.0', {}, 3));
    stage.runs.push({
      id: 3,
      number: 40,
      title: '1.0.9 | everywhere',
      url: 'https://github.test/runs/3',
      status: 'waiting',
      created: '2026-11-20T00:00:00Z',
    });
    const report = await stage.plan();
    const summary = planSummary(report);
    expect(summary).toMatch(/^### storefront 1\.1\.0: to be approved zone by zone\n/);
    expect(summary).toContain(
      '| us-east-1a | storefront-us-east-1a | ada | 2 | 1.0.0 → 1.1.0 | 2 | pool web: 4 healthy of 4, 1 would leave, 3 remain, ' +
        'floor is 2 (min-healthy 50% of 4) | 31m 44s (bake 30m) |',
    );
    expect(summary).toContain('Expected for all zones: 38m 28s, without the time that approvals take.');
    expect(summary).toContain(report.plan === undefined ? 'none' : planDigest(report.plan));
    expect(summary).toContain('| 40 | 1.0.9 &#124; everywhere | waiting |');
    expect(summary).toContain('cancel it, do not reject it');
    expect(summary).toContain('<details><summary>us-east-1b: hosts, steps and alarms</summary>');
    expect(summary).toContain('ledger: promoted 1.0.0 since 2026-11-20T10:00:00.000Z');
    expect(summary).toContain('step 2: i-a2: pool web: 4 healthy of 4, 1 would leave, 3 remain');
    expect(summary).toContain('i-b1 runs 1.0.0');
  });

  test('says that nothing may be deployed, why, and at which step it would stop', async () => {
    const report = await setPlanStage().plan({
      fleet: makeFleet({ minHealthy: { kind: 'percent', value: 100 } }),
    });
    const summary = planSummary(report);
    expect(summary).toContain('### storefront 1.1.0: nothing may be deployed');
    expect(summary).toContain('2 to mend first:');
    expect(summary).toContain('- us-east-1b: the deployment would stop at step 1, with i-b1: pool web');
    expect(summary).toContain('| 0, would stop at step 1 | no host leaves |');
    expect(summary).not.toContain('plan    sha256');
  });

  test('stays small however many hosts there are', async () => {
    const report = await setPlanStage().plan();
    const [zone] = report.zones;
    const inventory = Array.from(
      { length: 5_000 },
      (_, index) => `i-${index} runs 1.0.0 (sha256 ${'0'.repeat(64)}), healthy`,
    );
    const zones = Array.from({ length: 6 }, () => ({ ...zone, inventory }));
    const summary = planSummary({ ...report, zones: zones as typeof report.zones });
    expect(Buffer.byteLength(summary)).toBeLessThan(1_048_576);
    expect(summary).toContain('and 4700 more hosts');
  });
});

describe('the annotation', () => {
  test('names every problem', async () => {
    const stage = setPlanStage();
    stage.environments.clear();
    stage.world.host('i-b2').reachable = false;
    const text = problemsText(await stage.plan());
    expect(text.split('\n')).toEqual([
      'storefront 1.1.0 may not be deployed; nothing was touched.',
      expect.stringMatching(/^- environment storefront-us-east-1a of us-east-1a does not exist/),
      expect.stringMatching(/^- environment storefront-us-east-1b of us-east-1b does not exist/),
      expect.stringMatching(/^- us-east-1b: i-b2 does not answer: its agent is silent/),
    ]);
  });

  test('stays within what GitHub shows, and says that there is more', async () => {
    const report = await setPlanStage().plan();
    const problems = Array.from({ length: 60 }, (_, index) => `problem ${index}: ${'x'.repeat(200)}`);
    const text = problemsText({ ...report, problems });
    expect(text.length).toBeLessThan(4_096);
    expect(text).toMatch(/- and \d+ more in the job summary$/);
    expect(problemsText({ ...report, problems: ['y'.repeat(9_000)] }).length).toBeLessThan(4_096);
  });
});
