import { describe, expect, jest } from '@jest/globals';
import { atOnce } from '../at-once.ts';
import { GREEN_POOL, POOL, SECOND_POOL } from '../range/small-fleet.ts';
import { until } from '../range/support.ts';
import { ALARM, type FlipRange, LASTING_ALARM, startFlipRange } from './flip-range.ts';

// A balancer is given 6 s at least to hear of a write, so that each flip takes its time.
jest.setTimeout(120_000);

/** The work with a range of its own, whose second pool has the release. */
function onRange(work: (world: FlipRange) => Promise<void>): () => Promise<void> {
  return async () => {
    const world = await startFlipRange();
    try {
      expect((await world.install('1.1.0')).errors).toEqual([]);
      await work(world);
    } finally {
      await world.stop();
    }
  };
}

async function movesAndGoesBack(world: FlipRange): Promise<void> {
  const [ended, load] = await world.under((await world.flip({ steps: '50%, 100%' })).ended);
  expect(ended.errors).toEqual([]);
  expect(ended.exitCode).toBe(0);
  expect(load.failures).toEqual([]);
  expect(load.requests).toBeGreaterThan(100);
  expect(load.groups['storefront-green']).toBeGreaterThan(10);
  const [old, green] = await world.weights();
  expect([old, green >= 500]).toEqual([0, true]);
  expect(JSON.parse(ended.outputs['weights-before'] ?? '')).toEqual({ [POOL]: 100, [GREEN_POOL]: 0 });
  expect(JSON.parse(ended.outputs['weights-after'] ?? '')).toEqual({ [POOL]: 0, [GREEN_POOL]: green });
  const steps = JSON.parse(ended.outputs['steps'] ?? '');
  expect(steps).toMatchObject([{ percent: 50 }, { percent: 100, seen: '40 of 40 answers from 1.1.0' }]);
  expect(Date.parse(ended.outputs['old-idle-at'] ?? '')).toBeLessThanOrEqual(Date.now());
  expect(ended.summary).toContain('Pool flip: flipped and proven');

  const again = await (await world.flip({ steps: '50%, 100%' })).ended;
  expect([again.exitCode, await world.weights()]).toEqual([0, [old, green]]);
  expect(again.summary).toContain('nothing was left to do');
  const { errors } = await (await world.flip({ revert: 'true', steps: '50%, 100%' })).ended;
  expect(errors).toEqual([]);
  expect((await world.weights())[1]).toBe(0);
}

async function twoAtOnce(world: FlipRange): Promise<void> {
  const both = await Promise.all([world.flip(), world.flip()]);
  const ends = await Promise.all(both.map(({ ended }) => ended));
  const lost = ends.filter(({ exitCode }) => exitCode !== 0);
  const won = ends.filter(({ exitCode }) => exitCode === 0);
  expect([won.length, lost.length]).toEqual([1, 1]);
  expect(lost[0]?.errors.join()).toContain('was changed by somebody else');
  const after: Record<string, number> = JSON.parse(won[0]?.outputs['weights-after'] ?? '{}');
  expect(await world.weights()).toEqual([after[POOL], after[GREEN_POOL]]);
}

async function stoppedHalfWay(world: FlipRange, how: 'cancel' | 'kill'): Promise<void> {
  const first = await world.flip({ steps: '50%, 100%' });
  await first.said('50 % to storefront-green; waiting');
  first[how]();
  const { exitCode, errors } = await first.ended;
  expect(exitCode).not.toBe(0);
  const [old, green] = await world.weights();
  expect([Math.abs(old - green) <= 1, green > 0]).toEqual([true, true]);
  if (how === 'cancel') {
    expect(errors.join()).toContain('50 % of requests go to storefront-green');
    expect(errors.join()).toContain('Run the same step again');
  }
  const second = await (await world.flip({ steps: '50%, 100%' })).ended;
  expect(second.errors).toEqual([]);
  expect(second.log).toContain('an earlier run got to 50 %; going on from there');
  expect((await world.weights())[0]).toBe(0);
}

async function flipsOneRule(world: FlipRange): Promise<void> {
  const rule = await world.createRule('/');
  const before = await world.weights();
  const flip = await world.flip({ listener: '', rule });
  const [ended, load] = await world.under(flip.ended);
  expect(ended.errors).toEqual([]);
  expect([await world.ruleWeights(rule), await world.weights()]).toEqual([[0, expect.any(Number)], before]);
  expect(load.failures).toEqual([]);
  expect(load.groups['storefront-green']).toBeGreaterThan(10);
  // Where the hosts say their version, the rule takes no requests.
  expect(ended.log).toContain('the rule may not take /version');
  await world.deleteRule(rule);
}

async function failsSmokeTest(world: FlipRange): Promise<void> {
  expect((await world.install('1.1.1-broken')).errors).toEqual([]);
  const before = await world.weights();
  const flip = await world.flip({ steps: '50%, 100%', 'expect-version': '1.1.1-broken' });
  const [ended, load] = await world.under(flip.ended);
  expect(ended.exitCode).toBe(1);
  expect(ended.errors.join()).toContain('smoke test home');
  expect(ended.errors.join()).toMatch(
    /All requests go to storefront again.* Users saw storefront-green at 50 % for \d/s,
  );
  expect(await world.weights()).toEqual(before);
  expect(load.failures.length).toBeGreaterThan(0);
  expect(new Set(load.failures)).toEqual(new Set(['500 from storefront-green']));
}

async function alarmRings(world: FlipRange): Promise<void> {
  expect((await world.install('1.1.1-broken')).errors).toEqual([]);
  const before = await world.weights();
  const work = async () => {
    await until(async () => (await world.alarm(ALARM)) === 'OK', 'the alarm is OK', 20_000);
    const flip = await world.flip({
      steps: '50%, 100%',
      bake: '30s',
      'expect-version': '1.1.1-broken',
      checks: '[{ name: alive, path: /version }]',
      alarms: ALARM,
    });
    return flip.ended;
  };
  const [ended, load] = await world.under(work());
  expect(ended.exitCode).toBe(1);
  expect(ended.errors.join()).toContain(`alarm ${ALARM} is in ALARM`);
  expect(ended.errors.join()).toMatch(
    /All requests go to storefront again.* Users saw storefront-green at 50 % for \d/s,
  );
  expect(await world.weights()).toEqual(before);
  expect(new Set(load.failures)).toEqual(new Set(['500 from storefront-green']));
  for (const [alarms, says] of [
    [LASTING_ALARM, `alarm ${LASTING_ALARM} is in ALARM`],
    ['storefront-6xx', 'alarm storefront-6xx does not exist in us-east-1'],
  ] as const) {
    await isRefused(world, { 'expect-version': '1.1.1-broken', alarms }, [
      says,
      'This run has changed nothing',
    ]);
  }
}

/** A dry run and flips that may not begin. */
async function changesNothing(world: FlipRange): Promise<void> {
  const before = await world.weights();
  const { exitCode, log } = await (await world.flip({ 'dry-run': 'true' })).ended;
  expect([exitCode, await world.weights()]).toEqual([0, before]);
  expect(log).toContain('steps that would be taken: 100 %');
  await isRefused(world, { to: POOL.replace('/storefront/', '/nothing/') }, ['does not exist']);
  await isRefused(world, { to: SECOND_POOL }, ['a target group can be used by one load balancer only']);
  await isRefused(world, { from: SECOND_POOL }, ['storefront gets requests too']);
  await isRefused(world, { 'expect-version': '9.9.9' }, [
    'did not prove their release',
    'This run has changed nothing',
  ]);
}

async function isRefused(
  world: FlipRange,
  inputs: Readonly<Record<string, string>>,
  says: readonly string[],
): Promise<void> {
  const before = await world.weights();
  const { exitCode, errors } = await (await world.flip(inputs)).ended;
  expect([exitCode, await world.weights()]).toEqual([1, before]);
  for (const each of says) expect(errors.join()).toContain(each);
}

describe('pool-flip on a range', () => {
  atOnce({
    'moves the users in steps without one failed request, and goes back when told to':
      onRange(movesAndGoesBack),
    'an alarm that rings while a step is baked: everything goes back; one that rings or is not there refuses the next flip':
      onRange(alarmRings),
    'the rule of one path is flipped; a new side that is healthy and fails the smoke test: everything goes back':
      onRange(async (world) => {
        await flipsOneRule(world);
        await failsSmokeTest(world);
      }),
    'what is wrong changes nothing; of two at once one result stands, and the other one says that it lost':
      onRange(async (world) => {
        await changesNothing(world);
        await twoAtOnce(world);
      }),
    'cancelled half-way, it is finished by the next run': onRange((world) => stoppedHalfWay(world, 'cancel')),
    'killed half-way, it is finished by the next run': onRange((world) => stoppedHalfWay(world, 'kill')),
  });
});
