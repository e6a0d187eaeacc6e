import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { GREEN_POOL, POOL, SECOND_POOL } from '../range/small-fleet.ts';
import { until } from '../range/support.ts';
import { ALARM, type FlipRange, LASTING_ALARM, startFlipRange } from './flip-range.ts';

jest.setTimeout(120_000);

let world: FlipRange;

beforeAll(async () => {
  world = await startFlipRange();
  expect((await world.install('1.1.0')).errors).toEqual([]);
});

afterAll(() => world?.stop());

/** Everything to the first pool again, for the next test. */
async function goBack(): Promise<void> {
  const { errors } = await (await world.flip({ revert: 'true', steps: '50%, 100%' })).ended;
  expect(errors).toEqual([]);
  expect((await world.weights())[1]).toBe(0);
}

describe('pool-flip on a range', () => {
  test('a dry run changes nothing', async () => {
    const before = await world.weights();
    const { exitCode, log } = await (await world.flip({ 'dry-run': 'true' })).ended;
    expect([exitCode, await world.weights()]).toEqual([0, before]);
    expect(log).toContain('steps that would be taken: 100 %');
  });

  test('moves the users in steps without one failed request, and goes back when told to', async () => {
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
    await goBack();
  });

  test('two at once: one result stands, and the other one says that it lost', async () => {
    const both = await Promise.all([world.flip(), world.flip()]);
    const ends = await Promise.all(both.map(({ ended }) => ended));
    const lost = ends.filter(({ exitCode }) => exitCode !== 0);
    const won = ends.filter(({ exitCode }) => exitCode === 0);
    expect([won.length, lost.length]).toEqual([1, 1]);
    expect(lost[0]?.errors.join()).toContain('was changed by somebody else');
    const after: Record<string, number> = JSON.parse(won[0]?.outputs['weights-after'] ?? '{}');
    expect(await world.weights()).toEqual([after[POOL], after[GREEN_POOL]]);
    await goBack();
  });

  test.each(['SIGINT', 'SIGKILL'] as const)(
    'stopped half-way by %s, it is finished by the next run',
    async (signal) => {
      const first = await world.flip({ steps: '50%, 100%' });
      await first.said('50 % to storefront-green; waiting');
      first.signal(signal);
      const { exitCode, errors } = await first.ended;
      expect(exitCode).not.toBe(0);
      const [old, green] = await world.weights();
      expect([Math.abs(old - green) <= 1, green > 0]).toEqual([true, true]);
      if (signal === 'SIGINT') {
        expect(errors.join()).toContain('50 % of requests go to storefront-green');
        expect(errors.join()).toContain('Run the same step again');
      }
      const second = await (await world.flip({ steps: '50%, 100%' })).ended;
      expect(second.errors).toEqual([]);
      expect(second.log).toContain('an earlier run got to 50 %; going on from there');
      expect((await world.weights())[0]).toBe(0);
      await goBack();
    },
  );

  test('the rule of one path is flipped, and the rest of the listener stays as it is', async () => {
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
  });

  test('a new side that is healthy and fails the smoke test: everything goes back', async () => {
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
  });

  test('an alarm that rings while a step is baked: everything goes back, and the alarm is named', async () => {
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
  });

  test.each([
    ['that rings already', LASTING_ALARM, `alarm ${LASTING_ALARM} is in ALARM`],
    ['that does not exist', 'storefront-6xx', 'alarm storefront-6xx does not exist in us-east-1'],
  ])('an alarm %s keeps a flip from beginning', async (_, alarms, says) => {
    const before = await world.weights();
    const flip = await world.flip({ 'expect-version': '1.1.1-broken', alarms });
    const { exitCode, errors } = await flip.ended;
    expect([exitCode, await world.weights()]).toEqual([1, before]);
    expect(errors.join()).toContain(says);
    expect(errors.join()).toContain('This run has changed nothing');
  });

  test.each([
    [
      'a target group that does not exist',
      { to: POOL.replace('/storefront/', '/nothing/') },
      'does not exist',
    ],
    [
      'a target group on another balancer',
      { to: SECOND_POOL },
      'a target group can be used by one load balancer only',
    ],
    ['a stale `from`', { from: SECOND_POOL }, 'storefront gets requests too'],
  ])('%s is refused, and nothing is changed', async (_, inputs, says) => {
    const before = await world.weights();
    const { exitCode, errors } = await (await world.flip(inputs)).ended;
    expect([exitCode, await world.weights()]).toEqual([1, before]);
    expect(errors.join()).toContain(says);
  });

  test('hosts that are not what they should be get no request', async () => {
    const before = await world.weights();
    const { exitCode, errors } = await (await world.flip({ 'expect-version': '9.9.9' })).ended;
    expect([exitCode, await world.weights()]).toEqual([1, before]);
    expect(errors.join()).toContain('did not prove their release');
    expect(errors.join()).toContain('This run has changed nothing');
  });
});
