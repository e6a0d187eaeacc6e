import { expect, test } from '@jest/globals';
import { estimateZone, INSTALLATION_GUESS } from '../../../src/operations/plan/estimate.ts';
import { createZones, makeFleet } from '../zone.ts';

async function viewsOf(settings: object) {
  const { balancer } = createZones().context;
  return [
    {
      settings: { ...(await balancer.settings('web')), ...settings },
      targets: await balancer.targets('web'),
    },
  ];
}

const { policy } = makeFleet();

test('each batch takes drain, installation, health checks and slow start; then comes the bake', async () => {
  const views = await viewsOf({ healthCheckInterval: 5_000, slowStart: 60_000 });
  const batch = 15_000 + 5_000 + INSTALLATION_GUESS + 2 * 5_000 + 60_000;
  expect(estimateZone(policy, views, 3, true)).toEqual({ deployment: 3 * batch, bake: 1_800_000 });
  expect(estimateZone(policy, views, 3, false).bake).toBe(300_000);
});

test('a drain that waits for the delay takes the delay', async () => {
  const views = await viewsOf({ healthCheckInterval: 5_000, deregistrationDelay: 120_000 });
  const delayed = { ...policy, drain: { ...policy.drain, policy: 'delay' as const } };
  expect(estimateZone(delayed, views, 1, false).deployment).toBe(120_000 + INSTALLATION_GUESS + 10_000);
});

test('no batch takes no time', async () => {
  expect(estimateZone(policy, await viewsOf({}), 0, false)).toEqual({ deployment: 0, bake: 300_000 });
});
