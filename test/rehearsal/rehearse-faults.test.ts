import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { faultsNamed } from '../../src/rehearsal/faults.ts';
import type { RehearsalOptions, RehearsalWorld } from '../../src/rehearsal/rehearse.ts';
import { type FakeRange, fakeRange } from './fake-range.ts';
import { FLEET, makeRehearsalSetting, type RehearsalSetting } from './rehearse-setting.ts';

let setting: RehearsalSetting;
let range: FakeRange;
beforeEach(async () => {
  setting = await makeRehearsalSetting();
  range = fakeRange(setting.cleanups);
});
afterEach(() => setting.stop());

describe('before anything starts', () => {
  test.each<[string, Partial<RehearsalOptions>, Partial<RehearsalWorld>, RegExp]>([
    [
      'a switch that passes by the range',
      {},
      { environment: { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' } },
      /unset AWS_IGNORE/,
    ],
    [
      'an action that was not built',
      { bundle: () => '/nowhere/index.js' },
      {},
      /bundle .* is missing\. Build it/,
    ],
    ['a release that is not there', { to: '2.0.0' }, {}, /Release 2\.0\.0 .* holds 1\.0\.0, 1\.1\.0\./],
    ['a fleet file that is not there', { fleetFile: '/nowhere/fleet.yml' }, {}, /no such file/],
  ])('%s is refused', async (_, options, world, message) => {
    await expect(setting.start(range, options, world)).rejects.toThrow(message);
    expect(range.forked).toEqual([]);
  });

  test('a fleet without a range is refused', async () => {
    await writeFile(join(setting.folder, 'fleet.yml'), FLEET.slice(0, FLEET.indexOf('range:')));
    await expect(setting.start(range)).rejects.toThrow('has no `range`');
  });
});

describe('faults', () => {
  test('unprotected: the bundle finds it on GitHub, before anybody is asked', async () => {
    const asked: unknown[] = [];
    const approve: RehearsalWorld['approve'] = async (approval) => asked.push(approval) > 0;
    const verdict = await setting.start(
      range,
      { faults: faultsNamed(['unprotected']), aftermath: 0 },
      { approve },
    );
    expect(verdict.outcome).toEqual({
      kind: 'stopped',
      where: 'plan',
      why: 'environment shop-b asks nobody',
    });
    expect([asked, verdict.stages.map(({ state }) => state)]).toEqual([
      [],
      ['failed', 'untouched', 'untouched'],
    ]);
  });

  test('plan-changed: what was approved is not what the bundle reads', async () => {
    const verdict = await setting.start(range, { faults: faultsNamed(['plan-changed']), aftermath: 0 });
    expect(verdict.outcome).toEqual({
      kind: 'stopped',
      where: 'us-east-1a',
      why: 'the plan does not hold',
    });
  });

  test.each([
    ['stale-process', [{ kind: 'stale-process', host: 'i-0000000000000000b' }]],
    ['skip-identity', [{ kind: 'stale-process', host: 'i-0000000000000000b' }]],
    ['dead-agent', [{ kind: 'dead-agent', host: 'i-0000000000000000b' }]],
    ['sick-host', [{ kind: 'sick', host: 'i-0000000000000000b' }]],
    ['skip-quiet', []],
  ])('%s reaches the range', async (name, faults) => {
    const verdict = await setting.start(
      range,
      { faults: faultsNamed([name]), aftermath: 0 },
      { approve: async () => false },
    );
    expect(range.forked[0]?.faults).toEqual(faults);
    expect(verdict.faults).toEqual([name]);
  });

  test('skip-quiet turns the proof off, skip-identity the question', async () => {
    await setting.start(
      range,
      { faults: faultsNamed(['skip-identity', 'skip-quiet']), aftermath: 0 },
      { approve: async () => false },
    );
    expect(range.forked[0]?.fleet.policy.drain).toMatchObject({ policy: 'fixed', propagation: 0 });
    expect(range.forked[0]?.fleet.hosts).not.toHaveProperty('identity');
  });
});
