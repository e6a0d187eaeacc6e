import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startGitHub } from '../../src/range/github/github.ts';
import type { ProgressEvent } from '../../src/rehearsal/progress.ts';
import type { RehearsalWorld } from '../../src/rehearsal/rehearse.ts';
import { type FakeRange, fakeRange } from './fake-range.ts';
import { makeRehearsalSetting, type RehearsalSetting } from './rehearse-setting.ts';

let setting: RehearsalSetting;
let range: FakeRange;
beforeEach(async () => {
  setting = await makeRehearsalSetting();
  range = fakeRange(setting.cleanups);
});
afterEach(() => setting.stop());

describe('a rehearsal', () => {
  test('promotes zone after zone, measures, and leaves nothing behind', async () => {
    const events: ProgressEvent[] = [];
    const verdict = await setting.start(range, {}, { progress: (event) => events.push(event) });
    expect(verdict.problems).toEqual([]);
    expect(verdict).toMatchObject({
      good: true,
      seed: 3,
      from: '1.0.0',
      to: '1.1.0',
      traffic: { failed: 0 },
    });
    expect(verdict.traffic.total).toBeGreaterThanOrEqual(200);
    expect(verdict.stages.map(({ stage, state }) => [stage, state])).toEqual([
      ['plan', 'done'],
      ['us-east-1a', 'done'],
      ['us-east-1b', 'done'],
    ]);
    expect(verdict.groups[0]?.hosts[0]).toMatchObject({
      version: '1.1.0',
      phases: [{ phase: 'installing' }, { phase: 'serving' }],
    });
    expect(events.filter(({ kind }) => kind === 'host')).toHaveLength(6);
    // The reviews are made on GitHub, from where actions read them.
    expect(linesOf(events).filter((line) => line.startsWith('read: '))).toEqual([
      'read: shop-a approved by you',
      'read: shop-a approved by you',
      'read: shop-b approved by you',
    ]);
    expect(
      verdict.activities.map((each) => `${each.stage} ${each.kind === 'action' ? each.action : each.kind}`),
    ).toEqual([
      'plan plan-zones',
      ...['us-east-1a', 'us-east-1b'].flatMap((zone) => [
        `${zone} approval`,
        `${zone} deploy-zone`,
        `${zone} promote-zone`,
      ]),
    ]);
    expect(range.stopped()).toBe(true);
    await expect(access(dirname(range.forked[0]?.folder ?? ''))).rejects.toThrow('ENOENT');
    // The rehearsal's own policy reaches the range and the action.
    expect(range.forked[0]?.fleet.policy.drain.propagation).toBe(7_000);
  });

  test('sees a failure and says what was being done', async () => {
    let failures = 0;
    range.trouble = (_, response) => {
      if (failures === 1 || response.getHeader('x-version') !== '1.1.0') return false;
      failures += 1;
      response.writeHead(502).end();
      return true;
    };
    const verdict = await setting.start(range);
    expect(verdict).toMatchObject({ good: false, outcome: { kind: 'promoted' }, traffic: { failed: 1 } });
    expect(verdict.failures[0]).toMatchObject({ reason: 'status', detail: 'status 502', version: '1.1.0' });
  });

  test('stops at the zone whose action fails, with its message, and leaves later zones alone', async () => {
    const bundle = `console.log('::error::floor of us-east-1a:%0A2 healthy, floor is 3'); process.exitCode = 1;`;
    const verdict = await setting.start(range, {}, {}, { 'deploy-zone': bundle });
    expect(verdict.outcome).toEqual({
      kind: 'stopped',
      where: 'us-east-1a',
      why: 'floor of us-east-1a:\n2 healthy, floor is 3',
    });
    expect(verdict.stages.map(({ state }) => state)).toEqual(['done', 'failed', 'untouched']);
    expect(verdict.groups.flatMap(({ hosts }) => hosts.map(({ version }) => version))).toEqual([
      '1.0.0',
      '1.0.0',
      '1.0.0',
    ]);
    expect(verdict.problems).toHaveLength(1);
  });

  test('tells how an action ended that gave no reason', async () => {
    const verdict = await setting.start(
      range,
      {},
      {},
      { 'deploy-zone': "console.log('last words'); process.exitCode = 9;" },
    );
    expect(verdict.outcome).toMatchObject({ why: expect.stringMatching(/exit code 9 .* last words/) });
  });

  test('stops where a person refuses', async () => {
    const asked: string[] = [];
    const approve: RehearsalWorld['approve'] = async ({ environment }) => {
      asked.push(environment ?? '');
      return environment !== 'shop-b';
    };
    const reviews: unknown[] = [];
    const startRecorded: typeof startGitHub = async (options) => {
      const github = await startGitHub(options);
      return {
        ...github,
        review(environment, state) {
          reviews.push([environment, state]);
          github.review(environment, state);
        },
      };
    };
    const verdict = await setting.start(range, {}, { approve, startGitHub: startRecorded });
    expect(reviews).toEqual([
      ['shop-a', 'approved'],
      ['shop-b', 'rejected'],
    ]);
    expect(asked).toEqual(['shop-a', 'shop-b']);
    expect(verdict.outcome).toMatchObject({
      where: 'us-east-1b',
      why: expect.stringContaining('shop-b was refused'),
    });
    expect(verdict.stages.map(({ state }) => state)).toEqual(['done', 'done', 'refused']);
    expect(verdict.good).toBe(false);
  });

  test.each([
    ['rolled-back', '1.0.0'],
    ['held', '1.1.0'],
  ])('stops at a zone that promote-zone leaves %s, with every host on %s', async (state, version) => {
    const promote = `
import { appendFileSync, readFileSync } from 'node:fs';
const env = process.env;
const zone = readFileSync(env.INPUT_FLEET, 'utf8').split('- zone: ').find((text) => text.startsWith(env.INPUT_ZONE));
for (const [host] of zone.matchAll(/i-[0-9a-f]{17}/g)) await fetch(env.AWS_ENDPOINT_URL + '/' + host + '/${version}');
appendFileSync(env.GITHUB_OUTPUT, 'state=${state}\\n');
console.log('::error::alarm shop-5xx is in ALARM');
process.exitCode = 1;
`;
    const verdict = await setting.start(range, {}, {}, { 'promote-zone': promote });
    expect(verdict.stages.map((each) => each.state)).toEqual(['done', state, 'untouched']);
    expect(verdict.groups[0]?.hosts.map((host) => host.version)).toEqual([version, version]);
    expect(verdict.problems).toEqual(['Stopped at us-east-1a: alarm shop-5xx is in ALARM']);
    expect(verdict.good).toBe(false);
  });

  test('that is interrupted stops the action and still gives a verdict', async () => {
    const controller = new AbortController();
    const progress: RehearsalWorld['progress'] = (event) => {
      if (event.kind === 'line' && event.line === 'ready') controller.abort(new Error('Stopped by Ctrl-C.'));
    };
    const bundle = `process.on('SIGINT', () => process.exit(1)); setInterval(() => {}, 1000); console.log('ready');`;
    const verdict = await setting.start(
      range,
      {},
      { progress, signal: controller.signal },
      { 'deploy-zone': bundle },
    );
    expect(verdict.outcome).toEqual({ kind: 'stopped', where: 'us-east-1a', why: 'Stopped by Ctrl-C.' });
    expect(range.stopped()).toBe(true);
  });
});

function linesOf(events: readonly ProgressEvent[]): readonly string[] {
  return events.flatMap((event) => (event.kind === 'line' ? [event.line] : []));
}
