import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { until } from '../range/support.ts';
import { startGateway } from './drain-gateway.ts';
import { runBundle } from './run-bundle.ts';
import { A1, B3, POOL, startTestRange, type TestRange } from './test-range.ts';

jest.setTimeout(60_000);

let world: TestRange;

beforeAll(async () => {
  world = await startTestRange();
});

afterAll(() => world?.stop());

test('another host dies between the guard and the withdrawal: the drained host serves again, exit 1', async () => {
  const { range, folder } = world;
  const gateway = await startGateway(range.endpoint, {
    async before(operation) {
      if (operation !== 'DeregisterTargets') return;
      await range.stopHost(B3);
      await until(async () => (await world.targets())[B3] === 'unhealthy', `${B3} is unhealthy`);
    },
  });
  try {
    const ended = await runBundle('drain-target', {
      inputs: {
        'target-groups': POOL,
        hosts: A1,
        'min-healthy': '75%',
        propagation: '200ms',
        quiet: '200ms',
        timeout: '20s',
      },
      environment: { ...range.environment, AWS_ENDPOINT_URL: gateway.url },
      folder,
    });
    expect(ended.log).toContain('floor holds: pool storefront: 4 healthy of 4, 1 would leave, 3 remain');
    expect(ended.exitCode).toBe(1);
    expect(ended.errors).toEqual([
      expect.stringMatching(
        new RegExp(
          'fell below its floor while hosts were leaving: pool storefront: 2 healthy of 4, .*2 remain, floor is 3' +
            `.*${A1} are back in service; nothing was installed`,
          's',
        ),
      ),
    ]);
    expect(await world.targets()).toMatchObject({ [A1]: 'healthy', [B3]: 'unhealthy' });
  } finally {
    await gateway.stop();
  }
});
