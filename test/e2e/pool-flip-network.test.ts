import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type FlipRange, startFlipRange } from './flip-range.ts';

jest.setTimeout(120_000);

let world: FlipRange;

beforeAll(async () => {
  world = await startFlipRange('network');
  expect((await world.install('1.1.0')).errors).toEqual([]);
});

afterAll(() => world?.stop());

test('checks behind a network balancer are not made anywhere before somebody says where', async () => {
  const before = await world.weights();
  const { exitCode, errors } = await (await world.flip()).ended;
  expect([exitCode, await world.weights()]).toEqual([1, before]);
  expect(errors.join()).toContain('is reached by no HTTP');
});

test('connections are moved in steps without one failed request', async () => {
  const flip = await world.flip({ steps: '50%, 100%', through: world.url });
  const [ended, load] = await world.under(flip.ended);
  expect(ended.errors).toEqual([]);
  expect(load.failures).toEqual([]);
  expect(load.requests).toBeGreaterThan(100);
  expect(JSON.parse(ended.outputs['steps'] ?? '')).toMatchObject([
    { percent: 50 },
    { percent: 100, seen: '40 of 40 answers from 1.1.0' },
  ]);
  expect((await world.weights())[0]).toBe(0);
});
